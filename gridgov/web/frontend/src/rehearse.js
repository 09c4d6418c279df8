// Cells go to another grid by tapping or dragging; the loads beside follow at once.
import "./committee.css";
import { t } from "./lib/words.js";

const form = document.querySelector("[data-rehearse]");
if (form) begin();

// Neighbouring grids differ; the names say which is which.
const COLOURS = ["#8dd3c7", "#ffffb3", "#bebada", "#fb8072", "#80b1d3", "#fdb462", "#b3de69", "#fccde5", "#d9d9d9", "#ccebc5"];

async function begin() {
  const find = (name) => form.querySelector(`[data-${name}]`);
  find("map-part").hidden = false;
  const [park, { Fill, Stroke, Style, Text }, { default: DragPan }] = await Promise.all([
    import("./lib/park.js"),
    import("ol/style.js"),
    import("ol/interaction/DragPan.js"),
  ]);
  const load = JSON.parse(form.dataset.load);
  const names = JSON.parse(form.dataset.names);
  const moved = JSON.parse(find("cells").value || "{}");
  const order = Object.keys(names);
  const colour = (grid) => COLOURS[(order.indexOf(grid) * 3) % COLOURS.length];
  const gridOf = (feature) => moved[feature.get("code")] ?? feature.get("grid");
  const cells = park.vector(await park.features("cells"), (feature) => {
    const grid = gridOf(feature);
    const changed = grid !== feature.get("grid");
    return new Style({
      fill: new Fill({ color: colour(grid) }),
      stroke: new Stroke({ color: changed ? "#9c1620" : "rgba(60,68,78,.35)", width: changed ? 2.5 : 0.7 }),
      zIndex: changed ? 1 : 0,
      text: load[feature.get("code")] ? new Text({ text: String(load[feature.get("code")]), fill: new Fill({ color: "#16191d" }) }) : undefined,
    });
  });
  const map = park.park(find("map"), [cells, park.gridLines(await park.features("grids"))]);

  let waiting;
  let asked = 0;
  function changed() {
    find("cells").value = JSON.stringify(moved);
    cells.changed();
    clearTimeout(waiting);
    waiting = setTimeout(count, 250);
  }

  async function count() {
    const mine = (asked += 1);
    const [from, to] = form.dataset.span.split("&").map((part) => part.split("=")[1]);
    const answer = await fetch("/api/v1/figures/rehearse", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ from, to, cells: moved }),
    });
    if (!answer.ok || mine !== asked) return;
    const found = await answer.json();
    find("spread").textContent = found.spread;
    find("spread-then").textContent = found.spread_then;
    find("moved").textContent = cells.getSource().getFeatures().filter((one) => gridOf(one) !== one.get("grid")).length;
    find("rows").replaceChildren(...found.grids.map(row));
  }

  function row(one) {
    const line = document.createElement("tr");
    const head = document.createElement("th");
    head.scope = "row";
    head.textContent = names[one.grid] ?? one.grid;
    const rest = [one.cells, one.load, one.cells_then, one.load_then].map((number) => {
      const cell = document.createElement("td");
      cell.className = "number";
      cell.textContent = number;
      return cell;
    });
    line.append(head, ...rest);
    return line;
  }

  function paint(pixel) {
    const feature = map.forEachFeatureAtPixel(pixel, (one, from) => (from === cells ? one : undefined));
    const grid = find("brush").value;
    if (!feature || gridOf(feature) === grid) return;
    moved[feature.get("code")] = grid;
    find("said").textContent = t("%(cell)s now goes to %(grid)s", { cell: feature.get("code"), grid: names[grid] });
    changed();
  }

  const pan = map.getInteractions().getArray().find((one) => one instanceof DragPan);
  find("drag").addEventListener("change", () => pan.setActive(!find("drag").checked));
  map.on("click", (event) => paint(event.pixel));
  map.on("pointerdrag", (event) => find("drag").checked && paint(event.pixel));
  find("move").addEventListener("click", (event) => {
    if (!find("cell").value) return;
    event.preventDefault();
    moved[find("cell").value] = find("to").value;
    changed();
  });
  form.dataset.drawn = "1";
}
