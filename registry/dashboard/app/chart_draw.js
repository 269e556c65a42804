/* chart_draw: the part of ECharts that is used, loaded only where a chart is shown. On a canvas, and with texts drawn there too: the policy against inline styles allows no others. */
import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

use([BarChart, LineChart, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent, CanvasRenderer]);

const FONT = '"PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "WenQuanYi Micro Hei", system-ui, sans-serif';

export function draw(element, option) {
    const chart = init(element, null, { renderer: "canvas" });
    chart.setOption({
        animation: false,
        textStyle: { fontFamily: FONT, color: "#1c2733" },
        color: ["#1d4f7c", "#b35c00", "#3c8f62"],
        grid: { left: 56, right: 24, top: 36, bottom: 34 },
        legend: { top: 4, textStyle: { fontFamily: FONT } },
        tooltip: { trigger: "axis", renderMode: "richText", textStyle: { fontFamily: FONT } },
        ...option,
    });
    return chart;
}
