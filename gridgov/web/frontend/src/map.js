// The map page: grids and cells drawn, cases as tiles; what is tapped is told in words.
import "./committee.css";
import { t } from "./lib/words.js";

const page = document.querySelector("[data-map-page]");
if (page) begin();

async function begin() {
  page.hidden = false;
  const find = (name) => page.querySelector(`[data-${name}]`);
  const words = JSON.parse(page.dataset.words);
  const [park, { shade, hatch }, { Circle, Fill, RegularShape, Stroke, Style, Text }, { default: TileLayer }, { default: TileSource }, { default: MVT }] = await Promise.all([
    import("./lib/park.js"),
    import("./lib/shades.js"),
    import("ol/style.js"),
    import("ol/layer/VectorTile.js"),
    import("ol/source/VectorTile.js"),
    import("ol/format/MVT.js"),
  ]);
  const edge = new Stroke({ color: "rgba(112,121,133,.5)", width: 0.7 });
  const [cellList, gridList, below] = await Promise.all([park.features("cells"), park.features("grids"), park.base()]);
  const cells = park.vector(cellList, new Style({ stroke: edge, fill: new Fill({ color: "rgba(0,0,0,0)" }) }));
  const LOADS = [0, 1, 3, 6, 12];
  const loads = new TileLayer({
    visible: false,
    source: tiles("load", ""),
    style: (feature) => feature.get("layer") === "load" && new Style({
      fill: new Fill({ color: feature.get("few") ? hatch(null) : shade("load", LOADS, feature.get("per_ha")) }),
    }),
  });
  // What is late is a triangle besides its colour, as it is everywhere.
  const cases = new TileLayer({
    style: (feature) => {
      const count = feature.get("count");
      const heap = count > 1;
      const late = Number(feature.get("late") ?? 0);
      const look = {
        radius: heap ? Math.min(22, 9 + Math.sqrt(count) * 1.5) : late ? 10 : 7,
        fill: new Fill({ color: late ? "#9c1620" : "#1457a8" }),
        stroke: new Stroke({ color: "#fff", width: 2 }),
      };
      const sign = feature.get("urgency") === "urgent" ? "!" : "";
      return new Style({
        image: heap || !late ? new Circle(look) : new RegularShape({ ...look, points: 3 }),
        text: new Text({ text: heap ? (late ? `▲${count}` : String(count)) : sign, fill: new Fill({ color: "#fff" }), font: "600 13px sans-serif" }),
      });
    },
  });
  const map = park.park(find("map"), [...below, loads, cells, park.gridLines(gridList), cases]);

  function tiles(layer, query) {
    return new TileSource({ format: new MVT(), url: `/tiles/${layer}/{z}/{x}/{y}.mvt${query ? `?${query}` : ""}`, maxZoom: 18 });
  }

  function filter() {
    const query = new URLSearchParams();
    for (const one of page.querySelectorAll("[data-filter]")) {
      if (one.value) query.set(one.dataset.filter, one.value);
    }
    cases.setSource(tiles("cases", query.toString()));
  }

  function told(...parts) {
    find("said").replaceChildren(...parts.map(([tag, text, address]) => {
      const element = document.createElement(tag);
      element.textContent = text;
      if (address) element.href = address;
      return element;
    }));
  }

  map.on("singleclick", (event) => {
    const hits = map.getFeaturesAtPixel(event.pixel, { hitTolerance: 6, layerFilter: (one) => one !== loads });
    const of = (test) => hits.find(test);
    const one = of((hit) => hit.get("number"));
    const heap = of((hit) => hit.get("count"));
    const cell = of((hit) => hit.get("grid") && hit.get("code") && !hit.get("number"));
    if (one) {
      const number = one.get("number");
      told(
        ["h2", words.categories[one.get("category")] ?? number],
        ["p", [one.get("late") ? `▲ ${t("Late")}` : "", words.statuses[one.get("status")], words.grids[one.get("grid")]].filter(Boolean).join(" · ")],
        ["a", t("Open the case %(number)s", { number }), `/cases/${number}`],
      );
    } else if (heap) {
      told(
        ["h2", t("%(count)s cases here", { count: heap.get("count") })],
        ["p", t("%(open)s of them open; zoom in to tell them apart", { open: heap.get("open") ?? 0 })],
        ...(heap.get("late") ? [["p", `▲ ${t("%(late)s of them late", { late: heap.get("late") })}`]] : []),
      );
    } else if (cell) {
      const code = cell.get("code");
      told(
        ["h2", cell.get("landmark") || code],
        ["p", [code, words.grids[cell.get("grid")]].filter(Boolean).join(" · ")],
        ["a", t("Cases in this cell"), `/list?cell=${code}`],
      );
    } else told(["p", t("Nothing stands here.")]);
  });

  for (const one of page.querySelectorAll("[data-filter]")) one.addEventListener("change", filter);
  find("load-layer").addEventListener("change", () => loads.setVisible(find("load-layer").checked));
  filter();
  map.once("rendercomplete", () => {
    page.dataset.drawn = "1";
  });
}
