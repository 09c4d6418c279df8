// The park as OpenLayers draws it: cells and grids from the API, and Tianditu below where there is a key.
import "ol/ol.css";
import OlMap from "ol/Map.js";
import View from "ol/View.js";
import { defaults as controls } from "ol/control/defaults.js";
import GeoJSON from "ol/format/GeoJSON.js";
import TileLayer from "ol/layer/Tile.js";
import VectorLayer from "ol/layer/Vector.js";
import VectorSource from "ol/source/Vector.js";
import XYZ from "ol/source/XYZ.js";
import { Fill, Stroke, Style, Text } from "ol/style.js";
import { t } from "./words.js";

const dark = () => matchMedia("(prefers-color-scheme: dark)").matches;
const font = "600 14px system-ui, 'PingFang SC', 'Noto Sans CJK SC', sans-serif";
export const ink = () => (dark() ? "#eef0f3" : "#16191d");
export const paper = () => (dark() ? "#14171b" : "#ffffff");

export async function features(kind) {
  const answer = await fetch(`/api/v1/map/${kind}`);
  if (!answer.ok) return [];
  return new GeoJSON({ featureProjection: "EPSG:3857" }).readFeatures(await answer.json());
}

export function vector(list, style) {
  return new VectorLayer({ source: new VectorSource({ features: list }), style });
}

export function gridLines(list) {
  const drawn = vector(list, (feature) => [
    new Style({
      stroke: new Stroke({ color: ink(), width: 2 }),
      text: new Text({ text: feature.get("name"), font, overflow: true, fill: new Fill({ color: ink() }), stroke: new Stroke({ color: paper(), width: 4 }) }),
    }),
  ]);
  drawn.setDeclutter(true); // names that would cover each other wait for a closer look
  return drawn;
}

export function park(element, layers) {
  const map = new OlMap({
    target: element,
    controls: controls({ attribution: true, zoomOptions: { zoomInTipLabel: t("Closer"), zoomOutTipLabel: t("Further") } }),
    layers,
    view: new View({ maxZoom: 20 }),
  });
  const source = layers.map((layer) => layer.getSource()).find((one) => one?.getFeatures?.().length);
  if (source) map.getView().fit(source.getExtent(), { padding: [16, 16, 16, 16] });
  else map.getView().setCenter([0, 0]);
  return map;
}

// Tianditu, in Web Mercator as all that is drawn here.
export async function base() {
  const answer = await fetch("/api/v1/map/base");
  if (!answer.ok) return [];
  const { layers = [] } = await answer.json();
  return layers
    .filter((one) => ["vec", "cva"].includes(one.key))
    .map((one) => new TileLayer({
      opacity: 0.7,
      source: new XYZ({
        url: one.url.replace("{n}", "{0-7}"),
        attributions: one.attribution,
        maxZoom: one.max_zoom,
      }),
    }));
}
