/*
 * freight/lines: the rows of the form as texts that are typed, what is wrong with them before the
 * registry sees them, and a CSV that is read into them. The limits are those of registry/freight/form.c.
 */
import { parseCsv } from "../csv.js";
import { t, word } from "../words.js";
import { COLUMNS, COMMODITIES, DIRECTIONS, LEGS, MODES, columnName } from "./words.jsx";

export const LINES_MAX = 500;
export const CSV_MAX = 512 * 1024;
const BYTES = { counterpart: 128, note: 64, station: 64, evidence: 64 };
const NUMBERS = { tonnes: 100000000, km: 20000 };
const WORDS = { commodity: COMMODITIES, direction: DIRECTIONS, mode: MODES, leg: LEGS };
const REQUIRED = ["commodity", "direction", "mode", "tonnes"];

export const blankLine = () => ({ commodity: "", note: "", direction: "IN", mode: "", tonnes: "", km: "", container: false, counterpart: "", leg: "MAIN", station: "", evidence: "" });

/* From an answer to texts, and back. */
export const typedLine = (line) => Object.fromEntries(COLUMNS.map((c) => [c, c === "container" ? line[c] === true : String(line[c] ?? "")]));

export function sentLine(line) {
    const sent = {};
    for (const column of COLUMNS) {
        const value = typeof line[column] === "string" ? line[column].trim() : line[column];
        sent[column] = value === "" ? null : column in NUMBERS ? Number(value) : value;
    }
    return sent;
}

const bytes = (text) => new TextEncoder().encode(text).length;

export function tooLong(text, max) {
    return bytes(text) > max ? t("freight.bytes", { max, length: bytes(text) }) : null;
}

/* The reason why a text is no number to 0.1 up to `max`, or null. */
export function noNumber(text, max) {
    if (!/^\d+(\.\d)?$/.test(text.trim())) return t("freight.number");
    return Number(text) > max ? t("freight.number.max", { max }) : null;
}

/* [{line, column, level, text}] of what cannot even be sent as a draft. */
export function lineTroubles(lines) {
    const found = [];
    lines.forEach((line, i) => {
        for (const [column, max] of Object.entries(NUMBERS)) {
            const why = line[column].trim() !== "" && noNumber(line[column], max);
            if (why) found.push({ line: i + 1, column, level: "error", text: why });
        }
        for (const [column, max] of Object.entries(BYTES)) {
            const why = tooLong(line[column], max);
            if (why) found.push({ line: i + 1, column, level: "error", text: why });
        }
    });
    return found;
}

/* ---- CSV ---- */

/* A code of the API or the word for it that the page shows; null when it is neither. */
function coded(column, text) {
    const wanted = text.trim();
    return WORDS[column].find((code) => code === wanted.toUpperCase() || word(column, code) === wanted) ?? null;
}

function columnOf(title) {
    const wanted = title.trim();
    return COLUMNS.find((c) => c === wanted.toLowerCase() || columnName(c) === wanted) ?? null;
}

function takeCell(column, text, line) {
    if (text === "") return REQUIRED.includes(column) ? t("field.required") : null;
    if (column === "container") {
        line.container = ["1", "true", "yes", t("yes")].includes(text.toLowerCase());
        return null;
    }
    if (!(column in WORDS)) {
        line[column] = column in NUMBERS ? text.replaceAll(",", "") : text;
        return column in NUMBERS ? noNumber(line[column], NUMBERS[column]) : tooLong(text, BYTES[column]);
    }
    const code = coded(column, text);
    if (code === null && column === "commodity") {
        Object.assign(line, { commodity: "OTHER_BULK", note: text });
        return tooLong(text, BYTES.note);
    }
    line[column] = code ?? "";
    return code === null ? t("freight.csv.word", { text }) : null;
}

function takeRow(columns, cells) {
    const line = blankLine();
    const reasons = columns.map((column, i) => {
        const why = column && takeCell(column, (cells[i] ?? "").trim(), line);
        return why ? `${columnName(column)}: ${why}` : null;
    }).filter(Boolean);
    return { line, reasons };
}

/* {rows: [{number, line, reasons}]} or {trouble}. */
export function readCsv(text) {
    const [head, ...rest] = parseCsv(text);
    if (!head) return { trouble: t("freight.csv.empty") };
    const columns = head.cells.map(columnOf);
    const missing = REQUIRED.filter((c) => !columns.includes(c));
    if (missing.length > 0) return { trouble: t("freight.csv.missing", { columns: missing.map(columnName).join(", ") }) };
    if (rest.length > LINES_MAX) return { trouble: t("freight.csv.long", { max: LINES_MAX }) };
    return { rows: rest.map(({ line: number, cells }) => ({ number, ...takeRow(columns, cells) })) };
}
