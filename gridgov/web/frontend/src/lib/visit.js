// A visit's record, which goes out as a report does: kept on the phone first, sent once.
import { send, who } from "./offline.js";
import { discard, enqueue, newKey } from "./queue.js";
import * as store from "./store.js";
import { t } from "./words.js";

const by = (id) => document.getElementById(id);

export function recording(form) {
  const { key, firm, on } = form.elements;
  // A page kept on the phone is opened many times, for any firm and on any day.
  key.value = newKey();
  firm.value ||= new URLSearchParams(location.search).get("firm") ?? "";
  const errors = document.querySelector(".errors");
  if (!errors && on.value === on.defaultValue) on.value = today();
  const corrects = Number(/^#correct-(\d+)$/.exec(location.hash)?.[1]) || null;
  if (corrects) refill(form, corrects).catch(() => {});
  let sending = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (sending) return;
    sending = true;
    try {
      await throughQueue(form, corrects);
    } finally {
      sending = false;
    }
  });
}

async function throughQueue(form, corrects) {
  const body = bodyOf(form);
  const title = document.querySelector(".visit-firm strong")?.textContent ?? body.firm;
  const what = { kind: "visit", who: who(), key: form.elements.key.value, body, title, firm: body.firm };
  let item;
  try {
    item = await enqueue(what);
  } catch {
    await directly(form); // no room, or private browsing
    return;
  }
  if (corrects) await discard(corrects);
  await send();
  const now = (await store.read(item.id)) ?? item;
  if (now.state === "waiting") kept(form, now);
  else if (now.state === "sent") {
    await store.drop(now.id);
    done(now);
  } else {
    await discard(now.id);
    form.submit(); // nothing was recorded: the page says what is wrong
  }
}

// A page that the network does not answer would take along what was typed: ask first.
async function directly(form) {
  const unsent = by("unsent");
  try {
    const answer = await fetch("/outbox/who", { cache: "no-store" });
    if (!answer.ok) throw new Error(answer.statusText);
    form.submit();
  } catch {
    unsent.textContent = t("There is no network. What you typed stays here; press the button again later.");
    unsent.hidden = false;
    unsent.scrollIntoView({ block: "center" });
  }
}

function bodyOf(form) {
  const data = new FormData(form);
  const body = { firm: data.get("firm").trim(), on: data.get("on"), met: data.getAll("met"), needs: [] };
  if (data.get("follow_up_on")) body.follow_up_on = data.get("follow_up_on");
  for (const [name, text] of data) {
    const place = /^need\.(\d+)$/.exec(name)?.[1];
    if (place === undefined) continue;
    const said = { description: text.trim(), category: data.get(`category.${place}`) };
    const need = Object.fromEntries(Object.entries(said).filter(([, value]) => value));
    if (Object.keys(need).length) body.needs.push(need);
  }
  return body;
}

async function refill(form, id) {
  const { body, why } = (await store.read(id)) ?? {};
  if (!body) return;
  for (const name of ["firm", "on", "follow_up_on"]) form.elements[name].value = body[name] ?? "";
  for (const box of form.querySelectorAll("[name=met]")) box.checked = body.met.includes(box.value);
  body.needs.forEach((need, place) => {
    const field = form.elements[`need.${place}`];
    field.value = need.description ?? "";
    form.elements[`category.${place}`].value = need.category ?? "";
    if (field.closest("details")) field.closest("details").open = true;
  });
  by("unsent").textContent = why ?? "";
  by("unsent").hidden = !why;
}

function kept(form, item) {
  const box = by("kept");
  box.querySelector("p").textContent =
    item.waits === "sign-in"
      ? t("Your session has ended. This is kept here; sign in again, then it is sent.")
      : t("No network. This is kept on the phone and sent by itself as soon as there is one.");
  box.hidden = false;
  form.hidden = true;
  scrollTo(0, 0);
  box.focus();
}

function done(item) {
  const page = by("visit-done").content.cloneNode(true);
  const slot = (name, from = page) => from.querySelector(`[data-slot=${name}]`);
  slot("what").textContent = item.title;
  slot("firm").href = `/firms/${item.firm}`;
  const one = slot("need");
  const list = one.parentElement;
  for (const need of item.needs) {
    const made = one.cloneNode(true);
    made.setAttribute("aria-label", need.number);
    slot("title", made).textContent = need.title;
    slot("number", made).textContent = need.number;
    slot("code", made).textContent = `${need.code.slice(0, 4)}-${need.code.slice(4)}`;
    list.append(made);
  }
  one.remove();
  slot("none").hidden = item.needs.length > 0;
  slot("some").hidden = !item.needs.length;
  const main = by("main");
  main.replaceChildren(page);
  scrollTo(0, 0);
  main.focus();
}

function today() {
  const now = new Date();
  const two = (n) => String(n).padStart(2, "0");
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}
