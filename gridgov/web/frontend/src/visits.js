// Firms and visits: the list near me from the device's place, a firm on the map, and a record that
// is not lost where there is no network.
import "./case.css";
import "./visits.css";
import { recording } from "./lib/visit.js";
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

const form = document.getElementById("visit");
if (form) recording(form);

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
