/* freight/words: the words of a report, what a line of it is, and how its states look. */
import { number } from "../format.js";
import { t, word } from "../words.js";

export const COMMODITIES = ["COAL", "ORE", "COKE", "STEEL", "CEMENT", "LIMESTONE", "BUILDING_MATERIAL", "GRAIN", "OTHER_BULK", "OTHER"];
export const MODES = ["RAIL", "WATER", "PIPELINE", "PIPE_CONVEYOR", "BELT_ENCLOSED", "BELT_OPEN", "TRUCK_NEV", "TRUCK_CN6", "TRUCK_CN5", "TRUCK_LE4", "TRUCK", "BELT"];
export const DIRECTIONS = ["IN", "OUT"];
export const LEGS = ["MAIN", "DRAYAGE"];
export const STATES = ["DRAFT", "SUBMITTED", "RETURNED", "ACCEPTED", "AMENDING", "LOCKED"];
export const EVIDENCE = ["WAYBILLS", "WEIGHBRIDGE", "METER", "CONTRACT", "GATE_LEDGER", "OTHER"];

const LOOKS = { SUBMITTED: "calm", RETURNED: "bad", ACCEPTED: "good", AMENDING: "warn", LOCKED: "good" };

export function State({ report }) {
    const look = LOOKS[report.state];
    return (
        <>
            <span class={`badge${look ? ` badge-${look}` : ""}`}>{word("report_state", report.state ?? "NONE")}</span>
            {report.overdue && <> <span class="badge badge-bad">{t("freight.overdue")}</span></>}
        </>
    );
}

export const tonnes = (value) => (value === null || value === undefined || value === "" ? "–" : number(Number(value), 1));

/* "2025-Q2" and "2025-06" as people say them. */
export function periodName(period) {
    const [, year, quarter, month] = /^(\d{4})(?:-Q([1-4])|-(\d{2}))?$/.exec(period) ?? [];
    if (quarter) return t("freight.quarter", { year, quarter });
    if (month) return t("freight.month", { year, month });
    return year ? t("freight.year", { year }) : period;
}

/* The quarter of a day, and those before it; then months. */
export function quartersBefore(day, count) {
    let year = Number(day.slice(0, 4)), quarter = Math.ceil(Number(day.slice(5, 7)) / 3);
    return Array.from({ length: count }, () => {
        const period = `${year}-Q${quarter}`;
        if (--quarter === 0) { quarter = 4; year--; }
        return period;
    });
}

export function monthsBefore(day, count) {
    let year = Number(day.slice(0, 4)), month = Number(day.slice(5, 7));
    return Array.from({ length: count }, () => {
        const period = `${year}-${String(month).padStart(2, "0")}`;
        if (--month === 0) { month = 12; year--; }
        return period;
    });
}

/* What several pages call the columns of a line. */
export const COLUMNS = ["commodity", "note", "direction", "mode", "tonnes", "km", "container", "counterpart", "leg", "station", "evidence"];
export const columnName = (column) => (t.has(`freight.column.${column}`) ? t(`freight.column.${column}`) : column);

export function cellText(column, value) {
    if (value === null || value === undefined || value === "") return "–";
    if (column === "tonnes" || column === "km" || column === "output_t" || column === "throughput_t") return number(value, 1);
    if (column === "container" || column === "no_activity") return t(value ? "yes" : "no");
    return word(column, value);
}
