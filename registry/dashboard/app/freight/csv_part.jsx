/* freight/csv_part: a CSV that is read into the form, row by row, before anything is sent. */
import { useState } from "preact/hooks";

import { decodeCsv, writeCsv } from "../csv.js";
import { saveCsv } from "../save.js";
import { t } from "../words.js";
import { CSV_MAX, LINES_MAX, readCsv } from "./lines.js";
import { COLUMNS, cellText } from "./words.jsx";

const template = () => writeCsv([COLUMNS, ["ORE", "", "IN", "RAIL", "1200.5", "420", "0", "", "MAIN", "", ""]]);

function Rows({ rows }) {
    return (
        <div class="table-frame" tabIndex="0" role="region" aria-label={t("freight.csv.rows")}>
            <table>
                <caption class="unseen">{t("freight.csv.rows")}</caption>
                <thead><tr><th scope="col">{t("freight.csv.line")}</th><th scope="col">{t("freight.csv.result")}</th><th scope="col">{t("freight.csv.content")}</th></tr></thead>
                <tbody>
                    {rows.map((row) => (
                        <tr key={row.number}>
                            <th scope="row" data-title={t("freight.csv.line")}><div>{row.number}</div></th>
                            <td data-title={t("freight.csv.result")}><div>{row.reasons.length === 0 ? <span class="badge badge-good">{t("freight.csv.good")}</span> : <ul>{row.reasons.map((why) => <li key={why} class="wrong">✕ {why}</li>)}</ul>}</div></td>
                            <td data-title={t("freight.csv.content")}><div>{["commodity", "direction", "mode", "tonnes"].map((c) => cellText(c, row.line[c])).join(" · ")}</div></td>
                        </tr>
                    ))}
                </tbody>
            </table>
        </div>
    );
}

export function CsvIntoForm({ lines, take }) {
    const [result, set] = useState(null);
    const read = async (event) => {
        const [file] = event.currentTarget.files;
        event.currentTarget.value = "";
        if (!file) return;
        if (file.size > CSV_MAX) set({ trouble: t("freight.csv.large", { max: CSV_MAX / 1024 }) });
        else set({ name: file.name, ...readCsv(decodeCsv(await file.arrayBuffer())) });
    };
    const good = result?.rows?.filter((row) => row.reasons.length === 0) ?? [];
    const put = (all) => { take(all.slice(0, LINES_MAX)); set(null); };
    return (
        <details class="csv">
            <summary>{t("freight.csv")}</summary>
            <p>{t("freight.csv.help", { max: CSV_MAX / 1024, rows: LINES_MAX })} <button type="button" onClick={() => saveCsv(template(), "report-lines.csv")}>{t("freight.csv.template")}</button></p>
            <p><label>{t("freight.csv.file")} <input type="file" name="csv" accept=".csv,text/csv" onChange={read} /></label></p>
            {result?.trouble && <p class="note note-bad" role="alert">{result.trouble}</p>}
            {result?.rows && (
                <div role="status">
                    <p>{t("freight.csv.counts", { file: result.name, good: good.length, bad: result.rows.length - good.length })}</p>
                    <Rows rows={result.rows} />
                    <p class="buttons">
                        <button type="button" class="primary" disabled={good.length === 0} onClick={() => put([...lines, ...good.map((row) => row.line)])}>{t("freight.csv.append", { n: good.length })}</button>
                        <button type="button" disabled={good.length === 0} onClick={() => put(good.map((row) => row.line))}>{t("freight.csv.replace", { n: good.length })}</button>
                    </p>
                </div>
            )}
        </details>
    );
}
