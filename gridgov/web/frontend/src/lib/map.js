// A map to tap on: the park's own streets and grids, a base map where the office has a key for one.
import "ol/ol.css";
import Feature from "ol/Feature.js";
import OlMap from "ol/Map.js";
import View from "ol/View.js";
import { defaults as controls } from "ol/control/defaults.js";
import { createEmpty, extend } from "ol/extent.js";
import GeoJSON from "ol/format/GeoJSON.js";
import Point from "ol/geom/Point.js";
import VectorLayer from "ol/layer/Vector.js";
import { fromLonLat, toLonLat } from "ol/proj.js";
import VectorSource from "ol/source/Vector.js";
import { Circle, Fill, Stroke, Style, Text } from "ol/style.js";

const dark = () => matchMedia("(prefers-color-scheme: dark)").matches;
const font = "600 14px system-ui, 'PingFang SC', 'Noto Sans CJK SC', sans-serif";

// `chosen` none: the place is shown, and stays. `others`: [{lon, lat, label}], numbered marks.
export async function pickOnMap(element, { start, chosen, labels, others = [] }) {
  const ink = dark() ? "#eef0f3" : "#16191d";
  const [cells, grids] = await Promise.all([layer("cells"), layer("grids")]);
  cells.setStyle(new Style({ stroke: new Stroke({ color: dark() ? "#3d454f" : "#d5dae1" }) }));
  grids.setStyle((feature) => [
    new Style({
      stroke: new Stroke({ color: dark() ? "#8fbdff" : "#1457a8", width: 2 }),
      fill: new Fill({ color: dark() ? "rgba(143,189,255,.06)" : "rgba(20,87,168,.05)" }),
      text: new Text({ text: feature.get("name"), font, fill: new Fill({ color: ink }) }),
    }),
  ]);
  grids.setDeclutter(true); // names that would cover each other wait for a closer look
  const mark = new Feature();
  mark.setStyle(
    new Style({
      zIndex: 1, // over others at the same door
      image: new Circle({
        radius: 10,
        fill: new Fill({ color: "#c8202c" }),
        stroke: new Stroke({ color: "#fff", width: 3 }),
      }),
    }),
  );
  const marks = others.map((one) => {
    const found = new Feature(new Point(fromLonLat([one.lon, one.lat])));
    found.setStyle(
      new Style({
        image: new Circle({
          radius: 11,
          fill: new Fill({ color: dark() ? "#14171b" : "#fff" }),
          stroke: new Stroke({ color: dark() ? "#8fbdff" : "#1457a8", width: 2 }),
        }),
        text: new Text({ text: one.label, font, fill: new Fill({ color: ink }) }),
      }),
    );
    return found;
  });
  const map = new OlMap({
    target: element,
    controls: controls({ attribution: false, zoomOptions: labels }),
    layers: [cells, grids, new VectorLayer({ source: new VectorSource({ features: [...marks, mark] }) })],
    view: new View({ maxZoom: 20 }),
  });
  const whole = createEmpty();
  extend(whole, grids.getSource().getExtent());
  map.getView().fit(whole, { padding: [16, 16, 16, 16] });
  if (start) {
    const at = fromLonLat([start.lon, start.lat]);
    mark.setGeometry(new Point(at));
    map.getView().setCenter(at);
    map.getView().setZoom(17);
  }
  if (chosen) map.on("singleclick", (event) => {
    mark.setGeometry(new Point(event.coordinate));
    const [lon, lat] = toLonLat(event.coordinate);
    chosen({ lon, lat });
  });
  return map;
}

async function layer(kind) {
  const answer = await fetch(`/api/v1/map/${kind}`);
  const features = new GeoJSON({ featureProjection: "EPSG:3857" }).readFeatures(
    answer.ok ? await answer.json() : { type: "FeatureCollection", features: [] },
  );
  return new VectorLayer({ source: new VectorSource({ features }) });
}
