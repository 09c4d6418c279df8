// What waits on this device, and what became of it: sent, refused, or overtaken by somebody else.
import "./outbox.css";
import { who } from "./lib/offline.js";
import { discard, drain, enqueue, insist, listen } from "./lib/queue.js";
import { all, drop } from "./lib/store.js";
import { t } from "./lib/words.js";

const box = document.getElementById("outbox");
const settles = Boolean(box.dataset.settles);
const STATES = {
  waiting: () => t("Waits"),
  sent: () => t("Sent"),
  refused: () => t("Not taken"),
  conflict: () => t("Somebody else was first"),
};

function made(name, text, more = {}) {
  const element = document.createElement(name);
  if (text) element.textContent = text;
  Object.assign(element, more);
  return element;
}

const time = (at) =>
  new Date(at).toLocaleString(document.documentElement.lang, {
    month: "numeric",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
  });

function button(label, kind, press) {
  const one = made("button", label, { type: "button", className: `button ${kind}`.trim() });
  one.addEventListener("click", press);
  return one;
}

const link = (label, href, kind) => made("a", label, { className: `button ${kind}`.trim(), href });

function title(item) {
  if (item.kind === "step") return `${item.label} · ${item.title}`;
  if (item.kind === "visit") return `${t("Visit")} · ${item.title}`;
  return item.title || t("Report");
}

function said(item) {
  const given = item.body ?? item.draft ?? {};
  const texts = ["result", "reason", "text", "question", "description"].map((name) => given[name]);
  const needs = (given.needs ?? []).map((one) => one.description);
  return [given.location?.address, ...texts, ...needs].filter(Boolean).join(" ");
}

function state(item) {
  if (item.state === "waiting" && item.waits === "sign-in") {
    return t("Waits until you sign in again");
  }
  return STATES[item.state]();
}

function conflict(item) {
  const sides = made("dl", null, { className: "sides" });
  const now = item.current;
  const stands = [now.status_name, now.unit?.name, now.result].filter(Boolean).join(" · ");
  const mine = [item.label, said(item)].filter(Boolean).join(": ");
  for (const [label, text] of [
    [t("What you wanted"), mine],
    [t("How it stands now"), stands],
  ]) {
    const row = made("div");
    row.append(made("dt", label), made("dd", text));
    sides.append(row);
  }
  return sides;
}

function acts(item) {
  const row = made("p", null, { className: "row" });
  const away = button(t("Drop it"), "danger", () => discard(item.id));
  if (item.state === "sent") {
    const of = item.who ? `/cases/${item.number}` : `/follow/${item.number}`;
    const open = item.kind === "visit" ? `/firms/${item.firm}` : of;
    row.append(link(t("Open"), open, "plain"));
    row.append(button(t("Take off the list"), "link", () => drop(item.id).then(show)));
  } else if (item.state === "refused") {
    const forms = { report: "/report", visit: "/visits/new" };
    const form = forms[item.kind] ?? `/cases/${item.number}`;
    row.append(link(t("Correct it"), `${form}#correct-${item.id}`, ""), away);
  } else if (item.state === "conflict") {
    const offered = item.current.steps.some((one) => one.name === item.body.step);
    if (offered) row.append(button(t("Do it all the same"), "", () => insist(item.id).then(send)));
    row.append(link(t("Look at the case"), `/cases/${item.number}`, "plain"), away);
  } else {
    if (item.waits === "sign-in") row.append(link(t("Sign in"), "/sign-in?next=/outbox", ""));
    row.append(away);
  }
  return row;
}

// A need that was heard on a visit: what the firm follows it by.
function slip(need) {
  const said = made("p", `${need.title}: `);
  said.append(made("strong", need.number), ` · ${t("Code")}: `, made("strong", spaced(need.code)));
  return said;
}

const spaced = (code) => `${code.slice(0, 4)}-${code.slice(4)}`;

// Settled after all, before the report itself is out: goes behind it, with its number.
function settled(item, followed) {
  const fits = item.kind === "report" && item.state === "waiting" && item.who && item.draft?.category;
  if (!settles || !fits || followed || item.draft.steps) return null;
  const form = made("form", null, { className: "settle-later" });
  const id = `result-${item.id}`;
  const label = made("label", t("Settled meanwhile? What did you do?"), { htmlFor: id });
  const text = made("textarea", null, { id, rows: 2, maxLength: 5000, required: true });
  const press = made("button", t("Settled on the spot"), { className: "button plain" });
  form.append(label, text, press);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopPropagation();
    const body = { step: "settle", category: item.draft.category, result: text.value.trim() };
    const names = { label: t("Settled on the spot"), title: title(item) };
    await enqueue({ kind: "step", who: item.who, after: item.key, number: null, body, ...names });
    send();
  });
  return form;
}

function line(item, items) {
  const card = made("article", null, { className: `outbox-item ${item.state}` });
  const heading = made("h2", title(item), { id: `item-${item.id}` });
  card.setAttribute("aria-labelledby", heading.id);
  card.append(heading, made("p", `${state(item)} · ${time(item.made)}`, { className: "outbox-state" }));
  if (item.number) card.append(made("p", item.number, { className: "big-number" }));
  if (item.state === "sent") for (const one of item.needs ?? []) card.append(slip(one));
  if (item.state === "sent" && item.code) {
    card.append(made("p", `${t("Code")}: ${item.code}`, { className: "number-code" }));
  }
  if (item.state === "conflict") card.append(conflict(item));
  else if (said(item)) card.append(made("p", said(item), { className: "said" }));
  if (item.why) card.append(made("p", item.why, { className: "wrong" }));
  const photos = item.files?.length ?? 0;
  if (photos) card.append(made("p", t("%(n)s photos", { n: photos }), { className: "quiet" }));
  if (item.lost) card.append(made("p", t("%(n)s photos were not taken", { n: item.lost }), { className: "wrong" }));
  const later = settled(item, items.some((one) => one.after === item.key));
  if (later) card.append(later);
  card.append(acts(item));
  return card;
}

// Another account's things are neither shown nor sent here; nor touched.
async function show() {
  const items = (await all()).filter((one) => !one.who || one.who === who());
  if (box.querySelector("textarea:focus")) return; // nothing typed is taken away
  box.replaceChildren(...items.reverse().map((one) => line(one, items)));
  document.getElementById("outbox-empty").hidden = items.length > 0;
  document.getElementById("outbox-acts").hidden = !items.some((one) => one.state === "waiting");
}

const send = () => drain(who()).catch(() => {});

document.getElementById("send-now").addEventListener("click", send);
listen(show);
show();
