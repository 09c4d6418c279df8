// Charts; loaded only by pages that draw some. Tooltips are drawn, since HTML ones carry styles.
import { BarChart, LineChart } from "echarts/charts";
import { DatasetComponent, GridComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { LabelLayout } from "echarts/features";
import { CanvasRenderer } from "echarts/renderers";

use([
  BarChart, LineChart, DatasetComponent, GridComponent, TooltipComponent, LabelLayout,
  CanvasRenderer,
]);

const dark = () => matchMedia("(prefers-color-scheme: dark)").matches;
const fontFamily = "system-ui, 'PingFang SC', 'Noto Sans CJK SC', 'Microsoft YaHei', sans-serif";
const LINES = {
  light: ["#1457a8", "#b35900", "#14663a", "#7a3e9d", "#9c1620"],
  dark: ["#8fbdff", "#ffb066", "#7fd8a4", "#d3a4f0", "#ff9aa0"],
};

export function chart(element, options) {
  const made = init(element);
  made.setOption({ tooltip: { renderMode: "richText" }, animation: false, ...options });
  addEventListener("resize", () => made.resize());
  return made;
}

// What `Chart.plain()` gives: lines over time, or bars beside names; always from zero.
export function drawn(element, given) {
  const look = dark() ? "dark" : "light";
  const quiet = look === "dark" ? "#b3bcc6" : "#505863";
  const faint = look === "dark" ? "#5b6570" : "#b4bcc6";
  const rule = look === "dark" ? "#3d454f" : "#dfe3e8";
  const said = (value) => (value == null ? "–" : given.percent ? `${Math.round(value * 1000) / 10}%` : `${Math.round(value * 10) / 10}`);
  const text = { color: quiet, fontFamily, fontSize: 13 };
  const value = { type: "value", min: 0, minInterval: given.percent ? 0 : 1, axisLabel: { ...text, formatter: said }, splitLine: { lineStyle: { color: rule } } };
  const names = { type: "category", data: given.labels, axisLabel: text, axisTick: { show: false }, axisLine: { lineStyle: { color: quiet } } };
  const tooltip = {
    trigger: "axis", renderMode: "richText", valueFormatter: said, confine: true,
    axisPointer: { type: given.form === "bars" ? "shadow" : "line" },
  };
  if (given.form === "lines") {
    return chart(element, {
      tooltip,
      grid: { left: 8, right: 128, top: 16, bottom: 8, containLabel: true },
      xAxis: { ...names, boundaryGap: false },
      yAxis: value,
      series: given.series.map((one, at) =>
        line(one, one.faint ? faint : LINES[look][at % 5], quiet, from(given.series, at, element))),
    });
  }
  element.style.height = `${given.labels.length * (given.series.length > 1 ? 34 : 28) + 24}px`;
  return chart(element, {
    tooltip,
    grid: { left: 8, right: 56, top: 4, bottom: 4, containLabel: true },
    yAxis: { ...names, inverse: true, axisLine: { show: false }, axisLabel: { ...text, width: 128, overflow: "truncate" } },
    xAxis: { ...value, axisLabel: { show: false }, splitLine: { show: false } },
    series: given.series.map((one) => ({
      type: "bar", name: one.label, data: one.values, barGap: "10%", silent: one.faint,
      barWidth: one.faint ? 5 : 14, itemStyle: { color: one.faint ? faint : LINES[look][0] },
      label: { show: !one.faint, position: "right", ...text, formatter: (each) => said(each.value) },
    })),
  });
}

// Lines that end at one height: their names stand upwards from the axis.
function from(series, at, element) {
  const last = series.map((one) => one.values.at(-1) ?? 0);
  const below = last.filter((value, i) => value < last[at] || (value === last[at] && i > at)).length;
  return ({ labelRect }) => ({
    y: Math.min(labelRect.y + labelRect.height / 2, element.clientHeight - 40 - below * 18),
    moveOverlap: "shiftY",
  });
}

function line(one, color, quiet, labelLayout) {
  return {
    type: "line", name: one.label, data: one.values, showSymbol: !one.faint, symbolSize: 5,
    lineStyle: { color, width: one.faint ? 1.5 : 2.5 }, itemStyle: { color }, z: one.faint ? 1 : 2,
    endLabel: { show: true, formatter: one.label, color: one.faint ? quiet : color, fontFamily, fontSize: 13 },
    labelLayout,
  };
}
