// The dispatcher's queue: by keyboard from end to end, many at once, kept fresh in place.
import "./queue.css";
import { keys, press } from "./lib/keys.js";
import { again, morph, watch } from "./lib/live.js";
import { phrases } from "./lib/phrases.js";
import { t } from "./lib/words.js";

const by = (id) => document.getElementById(id);
const lines = () => [...document.querySelectorAll(".q-line")];
const current = () => document.activeElement?.closest?.(".q-line");
let last = null; // the line that was looked at, for when the focus is elsewhere

function go(step) {
  const all = lines();
  const from = all.indexOf(current() ?? (last && by(last)));
  const to = all[Math.max(0, Math.min(all.length - 1, from + step))];
  to?.querySelector(".q-what").focus();
  to?.scrollIntoView({ block: "nearest" });
}
document.addEventListener("focusin", () => {
  if (current()) last = current().id;
});

function ofLine(key) {
  const line = current() ?? (last && by(last)) ?? lines()[0];
  const found = line?.querySelector(`[data-line-key="${key}"]`);
  if (found) press(found);
}

// The unit is preselected: d and Enter dispatch.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches?.(".q-step select")) return;
  event.preventDefault();
  event.target.form.requestSubmit();
});

const boxes = () => [...document.querySelectorAll(".q-tick input:checked")];
function ticked() {
  const n = boxes().length;
  by("ticked").hidden = !n;
  by("ticked").textContent = t("%(n)s ticked", { n });
  by("bulk").classList.toggle("some", n > 0);
}
document.addEventListener("change", (event) => {
  if (event.target.closest(".q-tick")) ticked();
  // A filter chosen is a filter applied; the button is there without a script.
  if (event.target.matches("#filters select")) by("filters").requestSubmit();
});

const bulk = (what) => by("bulk").requestSubmit(by("bulk").querySelector(`[value=${what}]`));
const own = {
  j: () => go(1),
  k: () => go(-1),
  "/": () => by("q").focus(),
  "?": () => by("keys").showModal(),
  n: () => location.assign("/intake"),
  D: () => bulk("dispatch"),
  U: () => bulk("urge"),
  " ": () => (current() ?? (last && by(last)))?.querySelector(".q-tick input").click(),
};
for (const key of "dfglyx") own[key] = () => ofLine(key);
keys(own);
phrases();
by("help").hidden = false;
by("bulk").classList.add("scripted");
ticked();

const queue = by("queue");
const changed = async () => {
  const page = await again();
  const fresh = page.getElementById("queue");
  if (!fresh) return;
  const before = new Map(lines().map((line) => [line.id, line.textContent]));
  morph(queue, fresh);
  for (const group of queue.querySelectorAll(".phrases")) group.hidden = false;
  const came = lines().filter((line) => !before.has(line.id));
  for (const line of came) line.classList.add("new");
  const gone = [...before.keys()].filter((id) => !by(id)).length;
  if (came.length || gone) {
    by("changed").hidden = false;
    by("changed").textContent = t("Changed just now: %(n)s came in, %(m)s went.", {
      n: came.length,
      m: gone,
    });
  }
  ticked();
};
// The answer to what was refused stands as it is; it has an address of its own.
if (location.pathname === "/queue") watch(queue.dataset.live, queue.dataset.mark, changed);
