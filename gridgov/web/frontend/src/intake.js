// Telephone and counter: places and kinds suggested while typing, similar reports, Ctrl+Enter.
import "./intake.css";
import { combobox } from "./lib/combobox.js";
import { t } from "./lib/words.js";

const by = (id) => document.getElementById(id);
const form = by("intake");
const [where, kind] = [by("f-location-address"), by("f-kind")];
const KINDS = { landmark: t("landmark"), firm: t("firm"), earlier: t("earlier report") };
const kinds = [...by("all-kinds").options].map((one) => ({ label: one.value, hint: one.textContent }));

// Place: chosen from the list it has a point; typed on afterwards it is words only.
combobox(where, by("places"), {
  async find(words) {
    const answer = await fetch(`/intake/places?q=${encodeURIComponent(words)}`);
    if (!answer.ok) return [];
    return (await answer.json()).places.map((one) => ({
      ...one,
      label: one.words,
      hint: [KINDS[one.kind], one.grid].filter(Boolean).join(" · "),
    }));
  },
  chosen(one) {
    where.value = one.words;
    by("lon").value = one.lon;
    by("lat").value = one.lat;
    by("grid").textContent = one.grid
      ? t("→ %(grid)s", { grid: one.grid })
      : t("Outside the map: the street takes it.");
    by("grid").classList.add("found");
    near();
  },
});
where.addEventListener("input", () => {
  if (!by("lon").value) return;
  by("lon").value = by("lat").value = "";
  by("grid").textContent = t("Words only: no grid yet.");
  by("grid").classList.remove("found");
  near();
});

combobox(kind, by("kinds"), {
  find(words) {
    const wanted = words.toLowerCase();
    return kinds
      .filter((one) => `${one.label} ${one.hint}`.toLowerCase().includes(wanted))
      .slice(0, 8);
  },
  chosen(one) {
    kind.value = one.label;
    near();
  },
});
kind.addEventListener("change", near);

// Similar reports: one press merges what is being said into the one that is open already.
async function near() {
  const [lon, lat, code] = [by("lon").value, by("lat").value, kind.value.trim().split(" ")[0]];
  const box = by("near");
  box.hidden = true;
  if (!lon || !/^\d{5}$/.test(code)) return;
  const answer = await fetch(`/intake/near?lon=${lon}&lat=${lat}&category=${code}`);
  if (!answer.ok) return;
  const { near: found, merges } = await answer.json();
  if (!found.length) return;
  const head = document.createElement("p");
  head.textContent = t("%(n)s similar near by:", { n: found.length });
  box.replaceChildren(head, ...found.map((one) => line(one, merges)));
  box.hidden = false;
}

function line(one, merges) {
  const row = document.createElement("p");
  row.className = "row";
  const open = document.createElement("a");
  open.href = `/cases/${one.number}`;
  open.target = "_blank";
  open.textContent = one.number;
  const said = document.createElement("span");
  said.textContent = t("%(name)s, %(status)s, %(metres)s m away", {
    name: one.category.name,
    status: one.status_name,
    metres: one.metres,
  });
  row.append(open, said);
  if (merges) {
    const button = document.createElement("button");
    button.className = "button plain";
    button.name = "merge";
    button.value = one.number;
    button.textContent = t("Merge into this one");
    row.append(button);
  }
  return row;
}

// Enter in a field goes on instead of sending half of what is said.
form.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing) return;
  if (event.ctrlKey || event.metaKey) {
    event.preventDefault();
    form.requestSubmit(by("send"));
  } else if (event.target.tagName === "INPUT") {
    event.preventDefault();
    const all = [...form.querySelectorAll("input:not([type=hidden]), select, textarea, button")];
    all[all.indexOf(event.target) + 1]?.focus();
  }
});

// Whom it is about: the unit only where one is meant.
const about = by("f-subject-kind");
const fit = () => {
  by("f-subject-unit").closest(".field").hidden = about.value !== "unit";
  by("f-subject-text").closest(".field").hidden = !about.value;
};
about.addEventListener("change", fit);
fit();

if (by("lon").value) near();
if (!document.querySelector("[data-focus]")) by("f-reporter-phone").focus();
