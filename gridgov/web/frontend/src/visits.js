// Firms and visits: the list near me from the device's place, a firm on the map, and a record that
// is not lost where there is no network.
import "./case.css";
import "./visits.css";
import { t } from "./lib/words.js";

const near = document.getElementById("near");
if (near && navigator.geolocation) {
  const said = document.getElementById("near-said");
  near.hidden = false;
  near.addEventListener("submit", (event) => {
    if (near.elements.lon.value) return;
    event.preventDefault();
    said.textContent = t("Asking the device where you are …");
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        near.elements.lon.value = coords.longitude.toFixed(6);
        near.elements.lat.value = coords.latitude.toFixed(6);
        near.submit();
      },
      () => {
        said.textContent = t("The position could not be had; find the firm by its name.");
      },
      { enableHighAccuracy: true, timeout: 8000, maximumAge: 60000 },
    );
  });
}

// A page that the network does not answer would take along what was typed: ask first.
const form = document.getElementById("visit");
const unsent = document.getElementById("unsent");
form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (form.dataset.sent) return;
  form.dataset.sent = "1";
  try {
    const answer = await fetch("/outbox/who", { cache: "no-store" });
    if (!answer.ok) throw new Error(answer.statusText);
    form.submit();
  } catch {
    unsent.textContent = t("There is no network. What you typed stays here; press the button again later.");
    unsent.hidden = false;
    unsent.scrollIntoView({ block: "center" });
  }
  delete form.dataset.sent;
});

const map = document.getElementById("map");
if (map) {
  map.hidden = false;
  import("./lib/map.js")
    .then(({ pickOnMap }) => {
      const start = { lon: Number(map.dataset.lon), lat: Number(map.dataset.lat) };
      return pickOnMap(map, { start, labels: {} });
    })
    .catch(() => {
      map.hidden = true;
    });
}
