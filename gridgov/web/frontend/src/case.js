// A case: a key for each step, a small map, and word when somebody else changed it meanwhile.
import "./case.css";
import { keys } from "./lib/keys.js";

keys();

const map = document.getElementById("map");
if (map) {
  map.hidden = false;
  import("./lib/map.js")
    .then(({ pickOnMap }) => {
      const start = { lon: Number(map.dataset.lon), lat: Number(map.dataset.lat) };
      return pickOnMap(map, { start, chosen: () => {}, labels: {} });
    })
    .catch(() => {
      map.hidden = true;
    });
}
