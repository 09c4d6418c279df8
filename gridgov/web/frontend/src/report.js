// The report page: place and photo with few taps; sends to the API, and says what became of it.
import "./report.css";
import { placeOf } from "./lib/exif.js";
import { send as sendQueue, who } from "./lib/offline.js";
import { discard, enqueue, listen, newKey } from "./lib/queue.js";
import { draftOf, Refused, sendFile, sendReport, smaller } from "./lib/send.js";
import * as store from "./lib/store.js";
import { canRecord, MOST_SECONDS, record } from "./lib/voice.js";
import { t } from "./lib/words.js";

const form = document.getElementById("report");
const by = (id) => document.getElementById(id);
const field = (name) => form.elements.namedItem(name);
const files = [];
// A page kept on the phone is opened many times; each report has a key of its own.
field("key").value = newKey();

// Place: proposed from the device or from a photo, asked about once, in words.
let proposed = null;

async function propose(point) {
  proposed = point;
  const query = new URLSearchParams({ lon: point.lon, lat: point.lat });
  let said = null;
  try {
    const answer = await fetch(`/report/place?${query}`, { headers: { Accept: "application/json" } });
    if (answer.ok) said = await answer.json();
  } catch {
    // without a network the point itself must do
  }
  const words = [said?.words, said?.grid].filter(Boolean).join(" · ");
  by("here-words").textContent = words || (said?.outside ? t("outside our map") : t("where you are"));
  proposed.words = said?.words ?? "";
  by("here").hidden = false;
  by("elsewhere").hidden = true;
}

function place(point) {
  field("location.lon").value = point.lon.toFixed(7);
  field("location.lat").value = point.lat.toFixed(7);
  field("location.accuracy_m").value = point.accuracy ? String(Math.round(point.accuracy)) : "";
}

function fromDevice() {
  navigator.geolocation?.getCurrentPosition(
    ({ coords }) => {
      if (!field("location.lon").value) {
        propose({ lon: coords.longitude, lat: coords.latitude, accuracy: coords.accuracy });
      }
    },
    () => announce(t("The position could not be had; say the place in words or on the map.")),
    { enableHighAccuracy: true, timeout: 8000, maximumAge: 60000 },
  );
}

by("here-yes").addEventListener("click", () => {
  place(proposed);
  const address = field("location.address");
  if (!address.value) address.value = proposed.words;
  by("here").hidden = true;
  by("elsewhere").hidden = false;
  announce(t("The place is noted."));
});
by("here-no").addEventListener("click", () => {
  by("here").hidden = true;
  by("elsewhere").hidden = false;
  field("location.address").focus();
});
by("ways").hidden = false;
by("locate").hidden = !navigator.geolocation;
by("locate").addEventListener("click", () => {
  field("location.lon").value = "";
  fromDevice();
});
by("on-map").addEventListener("click", async () => {
  const box = by("map");
  by("on-map").disabled = true;
  box.hidden = false;
  try {
    const { pickOnMap } = await import("./lib/map.js");
    const lon = Number(field("location.lon").value);
    const start = lon ? { lon, lat: Number(field("location.lat").value) } : null;
    const labels = { zoomInTipLabel: t("Nearer"), zoomOutTipLabel: t("Farther") };
    await pickOnMap(box, { start, labels, chosen: tapped });
  } catch {
    box.hidden = true;
    by("on-map").disabled = false;
    announce(t("The map could not be loaded; say the place in words."));
  }
});

async function tapped(point) {
  place(point);
  announce(t("The place is noted."));
  const query = new URLSearchParams({ lon: point.lon, lat: point.lat });
  const answer = await fetch(`/report/place?${query}`).catch(() => null);
  const said = answer?.ok ? await answer.json() : null;
  const address = field("location.address");
  if (said?.words && !address.value) address.value = said.words;
}

// A device that has allowed it before proposes at once; one that has not is not asked on opening.
navigator.permissions
  ?.query({ name: "geolocation" })
  .then((found) => found.state === "granted" && fromDevice())
  .catch(() => {});

// Photos and voice
function keep(file, closer) {
  files.push(file);
  const line = document.createElement("li");
  const address = URL.createObjectURL(file);
  const shown = document.createElement(file.type.startsWith("audio/") ? "audio" : "img");
  shown.src = address;
  if (shown.tagName === "AUDIO") shown.controls = true;
  else shown.alt = t("Photo %(n)s", { n: files.length });
  const away = document.createElement("button");
  away.type = "button";
  away.className = "link";
  away.textContent = t("Remove");
  away.addEventListener("click", () => {
    files.splice(files.indexOf(file), 1);
    URL.revokeObjectURL(address);
    line.remove();
    by("thumbs").hidden = !files.length;
    closer?.();
  });
  line.append(shown, away);
  by("thumbs").append(line);
  by("thumbs").hidden = false;
}

by("photos").addEventListener("change", async (event) => {
  const chosen = [...event.target.files];
  event.target.value = "";
  for (const file of chosen) {
    const taken = field("location.lon").value ? null : await placeOf(file);
    if (taken) propose(taken);
    keep(await smaller(file));
  }
});

let recording = null;
const speak = by("speak");
speak.hidden = !canRecord();
speak.addEventListener("click", async () => {
  const label = speak.lastElementChild;
  if (recording) {
    recording.stop();
    return;
  }
  try {
    recording = await record((n) => (label.textContent = t("Stop (%(n)s s)", { n: MOST_SECONDS - n })));
  } catch {
    announce(t("The microphone is not allowed here."));
    return;
  }
  label.textContent = t("Stop (%(n)s s)", { n: MOST_SECONDS });
  keep(await recording.done, () => (speak.hidden = false));
  recording = null;
  label.textContent = t("Say it");
  speak.hidden = true;
});

// Kinds: found by what is typed, shown in the summary once chosen
by("search").hidden = false;
by("find").addEventListener("input", (event) => {
  const wanted = event.target.value.trim().toLowerCase();
  let left = 0;
  for (const group of document.querySelectorAll(".kinds")) {
    let here = 0;
    for (const one of group.querySelectorAll(".choice")) {
      const fits = one.textContent.toLowerCase().includes(wanted);
      one.hidden = !fits;
      here += fits;
    }
    group.hidden = !here;
    left += here;
  }
  by("no-kind").hidden = left > 0;
});
form.addEventListener("change", (event) => {
  if (event.target.name !== "category") return;
  const inside = by("others").contains(event.target);
  by("chosen").textContent = inside ? event.target.parentElement.textContent.trim() : "";
  if (inside) by("others").open = false;
});

// Sending
const announce = (text) => (by("live").textContent = text);

function complain(text) {
  const line = by("f-form");
  line.textContent = text;
  line.hidden = false;
  line.scrollIntoView({ block: "center" });
}

const near = by("near");
let asked = false;

async function similar(draft) {
  if (asked || !draft.category || draft.location?.lon === undefined) return [];
  const { lon, lat, coord_type } = draft.location;
  const query = new URLSearchParams({ lon, lat, coord_type, category: draft.category });
  const answer = await fetch(`/api/v1/map/nearby?${query}`).catch(() => null);
  return answer?.ok ? (await answer.json()).similar : [];
}

function offer(found) {
  asked = true;
  const list = document.createElement("ul");
  for (const one of found) {
    const line = document.createElement("li");
    line.textContent = `${one.category.name} · ${one.status_name} · ${t("%(n)s m away", { n: one.metres })}`;
    list.append(line);
  }
  const title = document.createElement("p");
  title.textContent = t("This may have been reported already:");
  const row = document.createElement("p");
  row.className = "row end";
  const same = document.createElement("a");
  same.className = "button plain";
  same.href = "/";
  same.textContent = t("It is the same; I leave it");
  const other = document.createElement("button");
  other.type = "button";
  other.className = "button";
  other.textContent = t("It is another; send mine");
  other.addEventListener("click", () => form.requestSubmit());
  row.append(other, same);
  near.replaceChildren(title, list, row);
  near.hidden = false;
  near.scrollIntoView({ block: "center" });
}

const send = by("send");

function busy(text) {
  send.textContent = text;
  send.setAttribute("aria-disabled", text === t("Send the report") ? "false" : "true");
}

let sending = false;
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (sending) return;
  const draft = draftOf(form);
  by("f-form").hidden = true;
  if (!draft.description && !draft.category) {
    complain(t("Choose what it is, or say it in a few words."));
    return;
  }
  sending = true;
  busy(t("Sending …"));
  try {
    const found = await similar(draft);
    if (found.length) {
      offer(found);
      return;
    }
    near.hidden = true;
    await throughQueue(draft);
  } catch (error) {
    failed(error);
  } finally {
    sending = false;
    busy(t("Send the report"));
  }
});

// First onto the phone, then out: so neither a dead network nor a killed browser loses it.
async function throughQueue(draft) {
  const chosen = document.querySelector('input[name="category"]:checked');
  const title = chosen?.parentElement.textContent.trim() ?? draft.description?.slice(0, 40);
  const key = field("key").value;
  let item;
  try {
    item = await enqueue({ kind: "report", who: who(), key, draft, files, title });
  } catch {
    await directly(draft, key); // no room, or private browsing
    return;
  }
  const stop = listen(() => progress(item.id));
  try {
    await sendQueue();
  } finally {
    stop();
  }
  const now = await store.read(item.id);
  if (now?.state === "waiting") {
    kept(now);
  } else if (now) {
    await (now.state === "sent" ? store.drop(now.id) : discard(now.id));
    field("key").value = newKey();
    if (now.state !== "sent") throw new Refused(422, { detail: now.why, errors: now.errors });
    await corrected();
    follow(now.number, now.code, now.lost ?? 0);
  }
}

async function progress(id) {
  const now = await store.read(id);
  const done = now?.files.filter((one) => one.sent).length;
  if (now?.number && done < now.files.length) {
    busy(t("Sending photo %(n)s of %(all)s …", { n: done + 1, all: now.files.length }));
  }
}

async function directly(draft, key) {
  const taken = await sendReport(draft, key);
  const code = who() ? null : taken.query_code;
  let lost = 0;
  for (const file of files) {
    try {
      await sendFile(taken.number, code, file, newKey());
    } catch {
      lost += 1;
    }
  }
  follow(taken.number, taken.query_code, lost);
}

// Without a network: said in place, since no other page may open; the form is ready for the next.
function kept(item) {
  corrected();
  const said = by("kept");
  said.querySelector("p").textContent =
    item.waits === "sign-in"
      ? t("Your session has ended. This is kept here; sign in again, then it is sent.")
      : t("No network. This is kept on the phone and sent by itself as soon as there is one.");
  said.hidden = false;
  form.hidden = true;
  scrollTo(0, 0);
  said.focus();
}

by("another").addEventListener("click", () => {
  form.reset();
  for (const name of ["location.lon", "location.lat", "location.accuracy_m"]) field(name).value = "";
  field("key").value = newKey();
  files.length = 0;
  by("thumbs").replaceChildren();
  by("thumbs").hidden = true;
  by("chosen").textContent = "";
  near.hidden = true;
  asked = false;
  by("kept").hidden = true;
  form.hidden = false;
  fromDevice();
});

// A report that was refused, back in the form to be corrected; what it was goes with its sending.
let correcting = Number(/^#correct-(\d+)$/.exec(location.hash)?.[1]) || null;

async function corrected() {
  const id = correcting;
  correcting = null;
  if (id) await discard(id);
}

async function refill() {
  const item = correcting && (await store.read(correcting).catch(() => null));
  if (!item?.draft) return;
  const { location: at = {}, reporter = {}, steps, ...plain } = item.draft;
  const given = { ...plain, result: steps?.[0]?.result };
  for (const [name, value] of Object.entries(at)) given[`location.${name}`] = value;
  for (const [name, value] of Object.entries(reporter)) given[`reporter.${name}`] = value;
  if (item.draft.anonymous) given.contact = "anonymous";
  if (item.draft.confidential) given.contact = "confidential";
  for (const [name, value] of Object.entries(given)) {
    const input = name === "key" ? null : field(name);
    if (input && value !== undefined) input.value = String(value);
  }
  if (steps && field("settled")) field("settled").checked = true;
  for (const { file } of item.files) keep(file);
  if (item.why) complain(item.why);
}
refill();

function follow(number, code, lost) {
  const onward = document.createElement("form");
  onward.method = "post";
  onward.action = "/follow";
  for (const [name, value] of Object.entries({ number, code, sent: "1", refused: String(lost) })) {
    const input = document.createElement("input");
    input.type = "hidden";
    input.name = name;
    input.value = value;
    onward.append(input);
  }
  document.body.append(onward);
  onward.submit();
}

function failed(error) {
  if (!(error instanceof Refused)) {
    complain(t("There is no network. What you entered is still here; send it again."));
    return;
  }
  const lines = error.errors.map((one) => one.message);
  complain(lines.join(" ") || error.message);
  const first = error.errors[0]?.field;
  const spot = first && document.getElementById(`f-${first.replaceAll(".", "-")}`);
  spot?.focus?.();
}
