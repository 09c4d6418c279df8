// What somebody typed while their session ended under them stands in the form again once they
// have signed in: in this tab only, for nobody else, and for this one time.
import { t } from "./words.js";

const KEPT = "kept";
const NEVER = /^(password|file|hidden|submit|button)$/;

const who = () => document.documentElement.dataset.who ?? "";

export function keeping() {
  addEventListener("submit", (event) => {
    if (event.target.method === "post" && who()) keep(event.target);
  });
  again();
}

function keep(form) {
  const fields = [...form.elements].filter((one) => one.name && !NEVER.test(one.type));
  const said = fields.map((one) => [one.name, one.value, ticks(one) ? one.checked : null]);
  if (!fields.some((one) => !ticks(one) && one.value)) return;
  write({ who: who(), action: form.action, said });
}

function again() {
  const kept = read();
  if (!kept) return;
  if (!who()) return void write({ ...kept, asked: true });
  sessionStorage.removeItem(KEPT);
  if (!kept.asked || kept.who !== who()) return;
  const form = [...document.forms].find((one) => one.action === kept.action);
  if (form) refill(form, kept.said);
}

function refill(form, said) {
  for (const [name, value, checked] of said) {
    const fields = [...form.elements].filter((one) => one.name === name && !NEVER.test(one.type));
    const field = checked === null ? fields[0] : fields.find((one) => one.value === value);
    if (!field) continue;
    if (checked === null) field.value = value;
    else field.checked = checked;
    for (let up = field.closest("details"); value && up; up = up.parentElement.closest("details")) {
      if (checked !== false) up.open = true;
    }
  }
  const note = document.createElement("div");
  note.className = "notice warn";
  note.setAttribute("role", "status");
  note.textContent = t("It was not sent, because you had to sign in again. What you typed is still here.");
  form.prepend(note);
  form.scrollIntoView({ block: "nearest" });
}

const ticks = (field) => /^(radio|checkbox)$/.test(field.type);

function read() {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT));
  } catch {
    return null;
  }
}

function write(kept) {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(kept));
  } catch {
    // Private browsing, or no room: then it is typed once more.
  }
}
