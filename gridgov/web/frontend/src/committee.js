// Figures: charts beside their tables, and the park coloured by what is counted there.
import "./committee.css";
import { t } from "./lib/words.js";

const WEEK_MS = 7 * 24 * 3600 * 1000;

drawIn(document);

function drawIn(root) {
  const charts = [...root.querySelectorAll("[data-chart]")];
  if (!charts.length) return;
  import("./lib/charts.js").then(({ drawn }) => {
    for (const element of charts) {
      element.hidden = false;
      drawn(element, JSON.parse(element.dataset.chart));
    }
  });
}

// The tables below come as they are reached, then all the others one by one, so that paper holds
// everything; who prints at once asks for what is left, and has it on the second try.
const coming = new Set(document.querySelectorAll("[data-part]"));

async function bring(part) {
  if (!coming.delete(part)) return;
  const answer = await fetch(part.dataset.part).catch(() => null);
  if (!answer?.ok || answer.redirected) return; // its link still leads there
  const made = new DOMParser().parseFromString(await answer.text(), "text/html").body;
  const section = made.firstElementChild;
  part.replaceWith(section);
  drawIn(section);
}

if (coming.size) {
  const seen = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) if (isIntersecting) bring(target);
  }, { rootMargin: "400px" });
  for (const part of coming) seen.observe(part);
  const rest = async () => {
    for (const part of [...coming]) await bring(part);
  };
  addEventListener("load", () => setTimeout(rest, 500));
  addEventListener("beforeprint", () => [...coming].forEach(bring));
}

const panel = document.querySelector("[data-park]");
if (panel) colourPark(panel);

async function colourPark(panel) {
  panel.hidden = false;
  const find = (name) => panel.querySelector(`[data-${name}]`);
  const [park, shades, { Fill, Stroke, Style }] = await Promise.all([
    import("./lib/park.js"),
    import("./lib/shades.js"),
    import("ol/style.js"),
  ]);
  const [cells, grids] = await Promise.all([park.features("cells"), park.features("grids")]);
  const lines = park.gridLines(grids);
  const shapes = { cell: cells, grid: grids };
  const layer = park.vector(cells, null);
  const map = park.park(find("map"), [layer, lines]);
  const names = new Map([...cells, ...grids].map((one) => [one.get("code"), one.get("landmark") || one.get("name") || one.get("code")]));
  const hectares = new Map([...cells, ...grids].map((one) => [one.get("code"), (one.get("area_m2") || 0) / 10_000]));
  const fetched = new Map();
  let weeks = [];
  let playing;

  const per = () => find("per").value;
  const measure = () => find("measure").value;

  function ask(weekly) {
    const key = `${per()} ${weekly}`;
    if (!fetched.has(key)) {
      const address = `/api/v1/figures/map?${panel.dataset.park}&per=${per()}&weeks=${weekly}`;
      fetched.set(key, fetch(address).then((answer) => (answer.ok ? answer.json() : { places: [] })));
    }
    return fetched.get(key);
  }

  function value(place) {
    if (!place) return null;
    if (measure() === "late") return place.load ? place.late / place.load : null;
    if (measure() === "satisfaction") return place.satisfaction;
    const area = hectares.get(place.code);
    return area ? place.load / area : place.load;
  }

  async function show() {
    const all = (await ask(false)).places;
    let places = all;
    let edges = shades.classes(measure(), all.map(value));
    if (!find("weeks").hidden && playing !== undefined) {
      const weekly = (await ask(true)).places;
      places = weekly.filter((one) => one.week === weeks[playing]);
      edges = shades.classes(measure(), weekly.map(value));
    }
    const by = new Map(places.map((one) => [one.code, one]));
    layer.setSource(Object.assign(layer.getSource()));
    layer.getSource().clear();
    layer.getSource().addFeatures(shapes[per()]);
    layer.setStyle((feature) => {
      const place = by.get(feature.get("code"));
      const color = place && shades.shade(measure(), edges, value(place));
      const few = place?.few && per() === "cell";
      const fill = few || (place && color == null) ? shades.hatch(null) : color;
      return new Style({ fill: new Fill({ color: fill ?? "rgba(0,0,0,0)" }), stroke: new Stroke({ color: "rgba(112,121,133,.45)", width: 0.7 }) });
    });
    shades.legend(find("legend"), measure(), edges, per() === "cell");
    panel.dataset.drawn = `${per()} ${measure()} ${playing ?? ""}`;
    map.un("pointermove", tell);
    map.on("singleclick", (event) => tell(event, by));
  }

  function tell(event, by) {
    const code = map.forEachFeatureAtPixel(event.pixel, (feature, from) => (from === layer ? feature.get("code") : undefined));
    const place = by?.get(code);
    find("said").textContent = !code ? "" : place
      ? t("%(place)s: %(load)s cases, %(late)s of them late", { place: names.get(code), load: String(place.load), late: String(place.late) })
      : t("%(place)s: no cases", { place: names.get(code) });
  }

  async function byWeek(at) {
    playing = at;
    find("week").value = String(at);
    const week = weeks[at] ?? "";
    const begun = Date.parse(week) + WEEK_MS > Date.parse(panel.dataset.today);
    find("week-said").textContent = begun ? t("%(week)s (not over yet)", { week }) : week;
    await show();
  }

  find("measure").addEventListener("change", show);
  find("per").addEventListener("change", show);
  find("week").addEventListener("input", () => byWeek(Number(find("week").value)));
  find("play").addEventListener("click", async () => {
    for (let at = 0; at < weeks.length; at += 1) {
      await byWeek(at);
      await new Promise((done) => setTimeout(done, 900));
    }
    playing = undefined;
    find("week-said").textContent = t("the whole period");
    show();
  });
  await show();
  weeks = [...new Set((await ask(true)).places.map((one) => one.week))].sort();
  find("week").max = String(Math.max(0, weeks.length - 1));
  find("weeks").hidden = weeks.length < 2;
}
