// Five classes that colour-blind readers can order (ColorBrewer), with numbers; hatched where few.
import { t } from "./words.js";

const RAMPS = {
  load: ["#ffffb2", "#fecc5c", "#fd8d3c", "#f03b20", "#bd0026"],
  late: ["#ffffb2", "#fecc5c", "#fd8d3c", "#f03b20", "#bd0026"],
  satisfaction: ["#ffffcc", "#a1dab4", "#41b6c4", "#2c7fb8", "#253494"],
};
const FIXED = { late: [0, 0.05, 0.1, 0.2, 0.4], satisfaction: [0, 0.6, 0.7, 0.8, 0.9] };

const round = (value) => (value >= 10 ? Math.round(value) : Math.round(value * 100) / 100);
const percent = (value) => `${Math.round(value * 100)}%`;

// Lower edges of the classes: fixed for shares, of equal numbers of places for what is counted.
export function classes(measure, values) {
  if (FIXED[measure]) return FIXED[measure];
  const sorted = values.filter((value) => value > 0).sort((a, b) => a - b);
  if (!sorted.length) return [0];
  const edges = [0, 1, 2, 3, 4].map((at) => round(sorted[Math.floor((at * sorted.length) / 5)]));
  return [...new Set([0, ...edges.slice(1)])];
}

export function shade(measure, edges, value) {
  if (value == null) return null;
  const at = edges.findLastIndex?.((edge) => value >= edge) ?? last(edges, value);
  return RAMPS[measure][Math.round((Math.max(0, at) * 4) / Math.max(1, edges.length - 1))];
}

function last(edges, value) {
  let at = 0;
  edges.forEach((edge, index) => {
    if (value >= edge) at = index;
  });
  return at;
}

export function hatch(color) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 8;
  const pen = tile.getContext("2d");
  pen.fillStyle = color ?? "rgba(128,128,128,.06)";
  pen.fillRect(0, 0, 8, 8);
  pen.strokeStyle = "rgba(90,98,108,.75)";
  pen.lineWidth = 1;
  for (const from of [-8, 0, 8]) {
    pen.beginPath();
    pen.moveTo(from, 8);
    pen.lineTo(from + 8, 0);
    pen.stroke();
  }
  return pen.createPattern(tile, "repeat");
}

export function legend(element, measure, edges, few) {
  const write = measure === "load" ? String : percent;
  const parts = edges.map((edge, at) => {
    const to = edges[at + 1];
    return [shade(measure, edges, edge), to === undefined ? `≥ ${write(edge)}` : `${write(edge)} – ${write(to)}`];
  });
  element.replaceChildren(...parts.map(([color, text]) => entry(text, color)), ...(few ? [entry(t("fewer than 5 cases"), null)] : []));
}

function entry(text, color) {
  const holder = document.createElement("span");
  const swatch = document.createElement("canvas");
  swatch.width = 28;
  swatch.height = 18;
  const pen = swatch.getContext("2d");
  pen.fillStyle = color ?? hatch(null);
  pen.fillRect(0, 0, 28, 18);
  holder.append(swatch, text);
  return holder;
}
