// A case: a key for each step, office phrases, the place on a map, and what others changed.
import "./case.css";
import { keys } from "./lib/keys.js";
import { again, dirty, morph, watch } from "./lib/live.js";
import { phrases } from "./lib/phrases.js";
import { t } from "./lib/words.js";

keys();
phrases();

// An address such as …#step-dispatch opens that step's form.
const named = location.hash.startsWith("#step-") && document.getElementById(location.hash.slice(1));
if (named) {
  named.closest(".more-steps")?.setAttribute("open", "");
  named.open = true;
  named.querySelector("select, textarea, input:not([type=hidden])")?.focus();
}

const map = document.getElementById("map");
if (map) {
  map.hidden = false;
  const others = [...document.querySelectorAll(".around li")].map((one, i) => ({
    lon: Number(one.dataset.lon),
    lat: Number(one.dataset.lat),
    label: String(i + 1),
  }));
  import("./lib/map.js")
    .then(({ pickOnMap }) => {
      const start = { lon: Number(map.dataset.lon), lat: Number(map.dataset.lat) };
      return pickOnMap(map, { start, others, labels: {} });
    })
    .catch(() => {
      map.hidden = true;
    });
}

// What somebody else changed: said above, shown in place; what is being typed stays.
const shown = document.getElementById("case");
const banner = document.getElementById("changed");
const lost = () => {
  banner.hidden = false;
  banner.textContent = t("This case is no longer with you. What you have typed stays here to be copied.");
};
const changed = async () => {
  const page = await again(location.pathname + location.search);
  const fresh = page.getElementById("case");
  if (!fresh || fresh.dataset.version === shown.dataset.version) return;
  const since = Number(shown.dataset.version);
  morph(shown, fresh);
  for (const group of shown.querySelectorAll(".phrases")) group.hidden = false;
  const happened = [...shown.querySelectorAll(".timeline li")]
    .filter((one) => Number(one.dataset.version) > since)
    .map((one) => one.querySelector(".what").textContent.trim());
  banner.hidden = false;
  banner.textContent = t("Changed just now: %(what)s", { what: happened.reverse().join("; ") });
  const gone = [...shown.querySelectorAll(".gone")].filter(dirty);
  if (gone.length) {
    banner.textContent += ` ${t("What you are typing is no longer possible; it stays here to be copied.")}`;
  }
};
// The answer to a step that was refused stands as it is; it has an address of its own.
const refused = location.pathname !== `/cases/${shown.dataset.case}`;
watch(`/live/case/${shown.dataset.case}`, shown.dataset.version, refused ? () => {} : changed, lost);
