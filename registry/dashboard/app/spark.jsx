/* spark: a small line of shares over months, with the target as a dashed line. Drawn as SVG, so that the overview needs no chart library. */
import { share } from "./format.js";
import { t } from "./words.js";

const WIDTH = 104;
const HEIGHT = 28;

export function Spark({ title, months, threshold }) {
    const known = months.filter((m) => m.denominator > 0);
    if (known.length === 0) return <span class="small">–</span>;
    const values = known.map((m) => m.numerator / m.denominator);
    const aim = threshold ? threshold[0] / threshold[1] : null;
    const low = Math.min(...values, aim ?? 1);
    const high = Math.max(...values, aim ?? 0);
    const x = (i) => (known.length === 1 ? WIDTH : (i * WIDTH) / (known.length - 1));
    const y = (v) => (high === low ? HEIGHT / 2 : HEIGHT - 2 - ((v - low) * (HEIGHT - 4)) / (high - low));
    const at = (m) => share(m.numerator, m.denominator);
    const first = known[0];
    const last = known[known.length - 1];
    return (
        <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={t("plan.trend.what", { title, first: first.as_of, from: at(first), last: last.as_of, to: at(last) })}>
            {aim !== null && <line x1="0" x2={WIDTH} y1={y(aim)} y2={y(aim)} />}
            <path d={values.map((v, i) => `${i === 0 ? "M" : "L"}${x(i).toFixed(1)} ${y(v).toFixed(1)}`).join("")} />
            <circle cx={x(values.length - 1)} cy={y(values[values.length - 1])} r="2.4" />
        </svg>
    );
}
