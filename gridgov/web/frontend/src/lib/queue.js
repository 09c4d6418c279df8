// Sends what waits, in order, one sender at a time, each thing once: its key is drawn when it is
// made and never changes, so that an answer lost on the way is asked for again, not done again.
import { Refused, sendFile, sendReport, sendStep, sendVisit } from "./send.js";
import * as store from "./store.js";

const LOCK = "gridgov-queue";
const LEASE_MS = 90_000;
const LONGEST_MS = 300_000;
const LATER = new Set([401, 408, 425, 429]);
const HOLDER = newKey();
const heard = new Set();
const channel = self.BroadcastChannel ? new BroadcastChannel(LOCK) : null;
let timer = null;
let turn = Promise.resolve();

if (channel) channel.onmessage = () => tell(false);

export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((one) => one.toString(16).padStart(2, "0")).join("");
}

// Calls back whenever something changed, here or in another tab; returns how to stop it.
export function listen(callback) {
  heard.add(callback);
  return () => heard.delete(callback);
}

function tell(further = true) {
  for (const callback of heard) callback();
  if (further) channel?.postMessage("changed");
}

export async function enqueue(item) {
  const files = (item.files ?? []).map((file) => ({ file, key: newKey(), sent: false }));
  const whole = { key: newKey(), made: Date.now(), state: "waiting", tries: 0, ...item, files };
  whole.id = await store.add(whole);
  tell();
  return whole;
}

export async function discard(id) {
  const gone = await store.read(id);
  await store.drop(id);
  // What was to follow a report that never goes out has nothing to follow.
  for (const one of await store.all()) {
    if (gone?.state !== "sent" && one.after === gone?.key) await store.drop(one.id);
  }
  tell();
}

// The step again, upon the case as it stands now.
export async function insist(id) {
  const item = await store.read(id);
  const version = item.current.version;
  await store.put({ ...item, key: newKey(), version, added: 0, state: "waiting", tries: 0, current: null });
  tell();
}

export const unsent = async () => (await store.all()).filter((one) => one.state !== "sent");

// Sends what `who` made, and what nobody signed in made. Resolves when nothing more can go now.
export async function drain(who) {
  clearTimeout(timer);
  if (!(await unsent()).some((one) => one.state === "waiting")) return;
  if (self.navigator.locks) {
    await navigator.locks.request(LOCK, () => run(who));
  } else {
    const leased = () => runLeased(who);
    turn = turn.then(leased, leased); // the lease is the tab's, which may be asked twice at once
    await turn;
  }
}

async function runLeased(who) {
  if (!(await store.lease(HOLDER, LEASE_MS))) {
    again(who, 4); // whoever sends may have died meanwhile
    return;
  }
  try {
    await run(who);
  } finally {
    await store.lease(HOLDER, 0);
  }
}

async function run(who) {
  const here = await whoIsHere();
  const held = new Set(); // cases and reports behind which everything else has to wait
  for (const { id } of await unsent()) {
    // Read again: another tab may have dropped or sent it meanwhile.
    const item = await store.read(id);
    if (!item || item.state === "sent") continue;
    const names = [item.number, item.after].filter(Boolean);
    if (item.state !== "waiting" || names.some((one) => held.has(one))) {
      hold(held, item);
      continue;
    }
    if (item.who && (item.who !== here || item.who !== who)) {
      if (here !== undefined) await note(item, { waits: "sign-in" });
      hold(held, item);
      continue;
    }
    if (here === undefined || !(await attempt(item))) {
      if (here === undefined) await put_off(item);
      again(who, item.tries);
      return;
    }
    if (item.state !== "sent") hold(held, item);
  }
}

function hold(held, item) {
  held.add(item.key);
  if (item.number) held.add(item.number);
}

// Who the server takes this browser for; undefined where it cannot be asked.
async function whoIsHere() {
  try {
    const answer = await fetch("/outbox/who", { cache: "no-store" });
    return answer.ok ? (await answer.json()).who : undefined;
  } catch {
    return undefined;
  }
}

// Tells whether it came to an end, be it good or bad.
async function attempt(item) {
  try {
    if (item.kind === "report") await report(item);
    else if (item.kind === "visit") await visit(item);
    else await step(item);
    const done = { draft: null, body: null, files: [], state: "sent", sent: Date.now(), waits: null };
    await note(item, done);
    await followers(item);
    return true;
  } catch (error) {
    return failed(item, error);
  }
}

async function failed(item, error) {
  if (!(error instanceof Refused) || error.status >= 500 || LATER.has(error.status)) {
    await put_off(item, error.status === 401 ? "sign-in" : null);
    return false;
  }
  const why = error.errors.map((one) => one.message).join(" ") || error.message;
  const state = error.status === 409 && error.current ? "conflict" : "refused";
  await note(item, { state, why, errors: error.errors, current: error.current ?? null, waits: null });
  return true;
}

async function report(item) {
  if (!item.number) {
    const taken = await sendReport(item.draft, item.key, !item.who);
    await note(item, { number: taken.number, code: taken.query_code, version: taken.version });
  }
  await sendFiles(item, item.who ? null : item.code);
}

// Number and code of each need stay here a while, to be told to the firm.
async function visit(item) {
  const taken = await sendVisit(item.body, item.key);
  const needs = taken.needs.map((one) => ({ number: one.number, code: one.query_code, title: one.title }));
  await note(item, { ref: taken.ref, needs });
}

async function step(item) {
  if (!item.number) throw new Refused(422, null);
  await sendFiles(item, null);
  const version = item.version + (item.added ?? 0);
  const taken = await sendStep(item.number, { ...item.body, version }, item.key);
  await note(item, { reached: taken.version });
}

async function sendFiles(item, code) {
  for (const one of item.files) {
    if (one.sent) continue;
    try {
      const taken = await sendFile(item.number, code, one.file, one.key, item.audience);
      one.sent = true;
      await note(item, { added: (item.added ?? 0) + 1, reached: taken.version });
    } catch (error) {
      const final = error instanceof Refused && error.status < 500 && !LATER.has(error.status);
      if (!final) throw error;
      // A photo that is not taken keeps nothing else from being said.
      one.sent = true;
      await note(item, { lost: (item.lost ?? 0) + 1 });
    }
  }
}

// What was made upon this goes on from where this has led.
async function followers(item) {
  const before = item.version;
  for (const one of await unsent()) {
    const follows = one.after === item.key;
    const same = item.kind === "step" && one.number === item.number && one.version === before;
    if (one.id > item.id && (follows || same)) {
      const version = item.reached ?? item.version;
      await store.put({ ...one, number: item.number, version, after: null });
    }
  }
  tell();
}

async function note(item, more) {
  Object.assign(item, more);
  if (await store.read(item.id)) await store.put(item);
  tell();
}

async function put_off(item, waits = null) {
  await note(item, { tries: item.tries + 1, waits });
}

function again(who, tries) {
  const wait = Math.min(LONGEST_MS, 2000 * 2 ** Math.min(tries, 8)) * (0.5 + Math.random() / 2);
  timer = setTimeout(() => drain(who).catch(() => {}), wait);
}
