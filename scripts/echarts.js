/* What the pages use of ECharts, and no more: scripts/vendor.py bundles this into static/vendor/echarts.js. */
import { BarChart } from "echarts/charts";
import { AriaComponent, GridComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

use([AriaComponent, BarChart, GridComponent, SVGRenderer, TooltipComponent]);

export { init };
