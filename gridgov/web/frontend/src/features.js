// Features of OGC API on a map, over the park's grids; the table beneath says the same in words.
import "./features.css";
import "ol/ol.css";
import OlMap from "ol/Map.js";
import View from "ol/View.js";
import { defaults as controls } from "ol/control/defaults.js";
import { createEmpty, extend, isEmpty } from "ol/extent.js";
import GeoJSON from "ol/format/GeoJSON.js";
import VectorLayer from "ol/layer/Vector.js";
import VectorSource from "ol/source/Vector.js";
import { Circle, Fill, Stroke, Style } from "ol/style.js";
import { t } from "./lib/words.js";

const dark = matchMedia("(prefers-color-scheme: dark)").matches;
const accent = dark ? "#8fbdff" : "#1457a8";
const line = dark ? "#3d454f" : "#c9ced6";
const read = new GeoJSON({ featureProjection: "EPSG:3857" });

async function layer(address, style) {
  const answer = await fetch(address);
  const found = answer.ok ? read.readFeatures(await answer.json()) : [];
  return new VectorLayer({ source: new VectorSource({ features: found }), style });
}

async function draw(element) {
  const [grids, features] = await Promise.all([
    layer("/api/v1/map/grids", new Style({ stroke: new Stroke({ color: line, width: 2 }) })),
    layer(
      element.dataset.features,
      new Style({
        stroke: new Stroke({ color: accent, width: 1.5 }),
        fill: new Fill({ color: dark ? "rgba(143,189,255,.12)" : "rgba(20,87,168,.1)" }),
        image: new Circle({
          radius: 6,
          fill: new Fill({ color: accent }),
          stroke: new Stroke({ color: dark ? "#14171b" : "#fff", width: 2 }),
        }),
      }),
    ),
  ]);
  const map = new OlMap({
    target: element,
    controls: controls({
      attribution: false,
      zoomOptions: { zoomInTipLabel: t("Nearer"), zoomOutTipLabel: t("Farther") },
    }),
    layers: [grids, features],
    view: new View({ maxZoom: 20 }),
  });
  const whole = createEmpty();
  extend(whole, features.getSource().getExtent());
  if (isEmpty(whole)) extend(whole, grids.getSource().getExtent());
  if (!isEmpty(whole)) map.getView().fit(whole, { padding: [24, 24, 24, 24], maxZoom: 18 });
  element.dataset.drawn = String(features.getSource().getFeatures().length);
}

for (const element of document.querySelectorAll("[data-features]")) draw(element);
