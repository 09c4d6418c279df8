// A step's form goes through the queue, so that neither a dead network nor a killed browser loses
// it. What the server refuses while one looks on is sent once more as a plain form: then the page
// itself says why, and how the case stands.
import { discard, enqueue } from "./queue.js";
import { smaller } from "./send.js";
import * as store from "./store.js";
import { t } from "./words.js";

const STEPS = /^\/cases\/([\d-]+)\/steps$/;
const HANDLED = new Set(["submit", "settle"]); // the reporter sees these photos

export function intercept(who, send) {
  // Before whatever else listens for a form being sent.
  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      const number = STEPS.exec(new URL(form.action, location.href).pathname)?.[1];
      if (!number || form.method !== "post" || !who() || !form.elements.namedItem("step")) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      if (form.dataset.sent) return;
      form.dataset.sent = "1";
      taken(form, number, who(), send).finally(() => delete form.dataset.sent);
    },
    true,
  );
  refill();
  marked();
}

async function taken(form, number, who, send) {
  let item;
  try {
    item = await enqueue(await itemOf(form, number, who));
  } catch {
    form.submit(); // no room on the phone, or private browsing
    return;
  }
  await send();
  const now = await store.read(item.id);
  if (now?.state === "sent") {
    await store.drop(item.id);
    location.assign(form.dataset.onward ?? `/cases/${number}?done=${item.body.step}`);
  } else if (now?.state === "waiting") {
    kept(form, now);
  } else if (now) {
    await discard(item.id);
    plainly(form, now.added ?? 0);
  }
}

async function itemOf(form, number, who) {
  const body = bodyOf(form);
  const version = Number(body.version);
  delete body.version;
  const files = [];
  for (const input of form.querySelectorAll("input[type=file]")) {
    for (const file of input.files) files.push(await smaller(file));
  }
  const audience = HANDLED.has(body.step) ? "reporter" : "staff";
  const button = form.querySelector("button:not([type=button])");
  const title = document.querySelector(".case-head h1")?.textContent ?? form.dataset.title ?? number;
  const label = (form.dataset.label ?? button?.firstChild?.textContent ?? body.step).trim();
  return { kind: "step", who, number, version, body, files, audience, label, title: words(title) };
}

const words = (text) => text.replace(/\s+/g, " ").trim().slice(0, 80);

// As the API takes a step: nothing that is empty, yes and no as such, an instant with its zone.
export function bodyOf(form) {
  const body = {};
  for (const input of form.elements) {
    const text = input.name && input.type !== "file" ? input.value.trim() : "";
    if (!text || (/^(radio|checkbox)$/.test(input.type) && !input.checked)) continue;
    if (input.name === "location.address") body.location = { address: text };
    else if (input.tagName === "SELECT" && /^(true|false)$/.test(text)) body[input.name] = text === "true";
    else if (input.type === "datetime-local") body[input.name] = new Date(text).toISOString();
    else body[input.name] = text;
  }
  return body;
}

function plainly(form, added) {
  const version = form.elements.namedItem("version");
  if (version) version.value = String(Number(version.value) + added);
  // What was taken of the photos is not sent again.
  if (added) for (const input of form.querySelectorAll("input[type=file]")) input.value = "";
  form.submit();
}

function kept(form, item) {
  const said = document.createElement("div");
  said.className = "notice warn";
  said.setAttribute("role", "status");
  said.tabIndex = -1;
  said.textContent =
    item.waits === "sign-in"
      ? t("Your session has ended. This is kept here; sign in again, then it is sent.")
      : t("No network. This is kept on the phone and sent by itself as soon as there is one.");
  form.hidden = true;
  form.after(said);
  said.focus();
  goOn(item.body.step);
}

// What can be done once this has been: with no network it can be said already, and follows it.
function goOn(step) {
  const next = document.querySelector(`template[data-upon="${CSS.escape(step)}"]`);
  if (!next) return;
  for (const form of document.querySelectorAll(`form[data-step="${CSS.escape(step)}"]`)) form.hidden = true;
  next.replaceWith(next.content);
}

// A step that was refused, back in its form to be corrected.
async function refill() {
  const id = Number(/^#correct-(\d+)$/.exec(location.hash)?.[1]);
  const item = id ? await store.read(id).catch(() => null) : null;
  if (!item?.body) return;
  const form = document.querySelector(`form[data-step="${CSS.escape(item.body.step)}"]`);
  if (!form) return;
  for (const [name, value] of Object.entries(item.body)) {
    const input = form.elements.namedItem(name);
    if (input && name !== "step") input.value = String(value.address ?? value);
  }
  const unfolded = form.closest("details");
  if (unfolded) unfolded.open = true;
  form.scrollIntoView({ block: "center" });
  form.addEventListener("submit", () => discard(id), { capture: true, once: true });
}

// A page kept from before does not show what waits on this phone; this says so.
async function marked() {
  const number = document.querySelector("[data-case]")?.dataset.case;
  const waiting = (await store.all().catch(() => [])).filter((one) => one.kind === "step" && one.state === "waiting");
  for (const one of waiting) {
    const place =
      number === one.number
        ? document.querySelector(".case-head")
        : document.querySelector(`#work a[href="/cases/${CSS.escape(one.number ?? "")}"]`);
    if (!place) continue;
    const said = document.createElement(place.tagName === "A" ? "span" : "p");
    said.className = "not-sent";
    said.textContent = t("Not sent yet: %(step)s", { step: one.label });
    place.append(said);
    if (number === one.number) goOn(one.body.step);
  }
}
