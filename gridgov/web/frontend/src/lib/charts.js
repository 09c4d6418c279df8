// Charts; loaded only by pages that draw some. Tooltips are drawn, since HTML ones carry styles.
import { BarChart, LineChart } from "echarts/charts";
import { DatasetComponent, GridComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

use([BarChart, LineChart, DatasetComponent, GridComponent, TooltipComponent, CanvasRenderer]);

export function chart(element, options) {
  const made = init(element);
  made.setOption({ tooltip: { renderMode: "richText" }, ...options });
  addEventListener("resize", () => made.resize());
  return made;
}
