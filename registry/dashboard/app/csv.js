/*
 * csv: reads and writes CSV (RFC 4180) in the browser, for what goes into a form before it goes to
 * the registry, and for rows that came back. Files of Chinese spreadsheets are GB 18030 as often as
 * UTF-8: what is no UTF-8 is read as that.
 *
 *   decodeCsv(bytes)       the text, without a byte order mark
 *   decodeUtf8(bytes)      the same, null of what is no UTF-8
 *   parseCsv(text)         [{line, cells}], line as an editor counts; empty lines are left out
 *   recordAt(lines, n)     the record, as it stands there, that begins at the n-th line, counted from 1
 *   writeCsv(rows)         a text with CRLF, for spreadsheets
 */
export function decodeUtf8(bytes) {
    try {
        return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    } catch {
        return null;
    }
}

export const decodeCsv = (bytes) => decodeUtf8(bytes) ?? new TextDecoder("gb18030").decode(bytes);

export function parseCsv(text) {
    const rows = [];
    let cells = [], cell = "", quoted = false, line = 1, begun = 1;
    const endCell = () => { cells.push(cell); cell = ""; };
    const endRow = () => {
        endCell();
        if (cells.length > 1 || cells[0].trim() !== "") rows.push({ line: begun, cells });
        cells = [];
    };
    for (let i = 0; i < text.length; i++) {
        const c = text[i];
        if (c === "\n") line++;
        if (quoted && c === '"' && text[i + 1] === '"') { cell += c; i++; }
        else if (c === '"' && (quoted || cell === "")) quoted = !quoted;
        else if (!quoted && c === ",") endCell();
        else if (!quoted && c === "\n") { endRow(); begun = line; }
        else if (quoted || c !== "\r") cell += c;
    }
    if (cell !== "" || cells.length > 0) endRow();
    return rows;
}

const escaped = (value) => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);

/* It ends with the line in which its last quote is closed. */
export function recordAt(lines, n) {
    let record = lines[n - 1];
    for (let i = n; i < lines.length && (record.match(/"/g)?.length ?? 0) % 2 === 1; i++) record += `\n${lines[i]}`;
    return record.replace(/\r$/, "");
}

/* A spreadsheet computes what begins like this, also behind quotes; the registry's own CSV guards it the same way. */
const guarded = (text) => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text);

export function writeCsv(rows) {
    return rows.map((cells) => cells.map((c) => escaped(guarded(String(c ?? "")))).join(",")).join("\r\n") + "\r\n";
}
