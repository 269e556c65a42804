/*
 * chart: a picture of figures that also stand in words or a table on the page.
 *
 *   <Chart label={…} option={…} />      an ECharts option; chart_draw.js has the common part
 *   <ShareChart label months threshold />
 */
import { useEffect, useRef } from "preact/hooks";

import { ratio } from "./format.js";
import { t } from "./words.js";

export function Chart({ label, option }) {
    const place = useRef(null);
    const text = JSON.stringify(option);
    useEffect(() => {
        let chart = null;
        let gone = false;
        const fit = () => chart?.resize();
        import("./chart_draw.js").then(({ draw }) => { if (!gone) chart = draw(place.current, option); });
        addEventListener("resize", fit);
        return () => {
            gone = true;
            removeEventListener("resize", fit);
            chart?.dispose();
        };
    }, [text]);
    return <div class="chart" role="img" aria-label={label} ref={place} />;
}

/* Percent of each month, and the target as a line across. */
export function ShareChart({ label, months, threshold }) {
    const percent = (m) => (m.denominator > 0 ? Math.floor((m.numerator * 10000) / m.denominator) / 100 : null);
    const aim = threshold && (100 * threshold[0]) / threshold[1];
    const values = months.map(percent).filter((v) => v !== null);
    const low = Math.min(...values, aim ?? 100);
    return (
        <Chart label={label} option={{
            legend: { show: false },
            xAxis: { type: "category", data: months.map((m) => m.as_of.slice(0, 7)) },
            yAxis: { type: "value", min: Math.max(0, Math.floor(low / 10) * 10), max: 100, axisLabel: { formatter: "{value} %" } },
            series: [{
                type: "line", name: label, data: months.map(percent), symbolSize: 5,
                markLine: aim === null || aim === undefined ? undefined : {
                    silent: true, symbol: "none", lineStyle: { type: "dashed", color: "#9b1414" },
                    data: [{ yAxis: aim }], label: { formatter: `${t("plan.target")} ${ratio(threshold)}`, position: "insideEndTop", color: "#9b1414" },
                },
            }],
        }} />
    );
}
