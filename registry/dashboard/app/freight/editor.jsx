/*
 * freight/editor: the form of a report: its head, its lines, a CSV that fills them, and what the
 * checks say at each line. What is typed is kept as a draft with the version it was made from, so
 * that a colleague's change in between is refused and not written over.
 */
import { useRef, useState } from "preact/hooks";

import { Problem, request, useSubmit } from "../api.js";
import { draftRead } from "../draft.js";
import { Field, Submit, useForm } from "../form.jsx";
import { Part } from "../layout.jsx";
import { ProblemNote } from "../problem.jsx";
import { said } from "../said.jsx";
import { userNow } from "../session.js";
import { both, t, word } from "../words.js";
import { CsvIntoForm } from "./csv_part.jsx";
import { LINES_MAX, blankLine, lineTroubles, noNumber, sentLine, tooLong, typedLine } from "./lines.js";
import { COMMODITIES, DIRECTIONS, LEGS, MODES, columnName, tonnes } from "./words.jsx";

const amount = (value) => noNumber(value, 100000000);
const bytes = (max) => (value) => tooLong(value, max);
const RULES = {
    output_t: { check: amount }, throughput_t: { check: amount }, contact: { check: bytes(128) },
    responsible: { check: bytes(128) }, explanation: { check: bytes(1024) },
};
const HEAD = Object.keys(RULES);

const typed = (report, etag) => ({
    etag, no_activity: report.no_activity === true, lines: report.lines.map(typedLine),
    ...Object.fromEntries(HEAD.map((column) => [column, String(report[column] ?? "")])),
});

function sent(values) {
    const head = Object.fromEntries(HEAD.map((column) => {
        const text = values[column].trim();
        return [column, text === "" ? null : column.endsWith("_t") ? Number(text) : text];
    }));
    return { ...head, no_activity: values.no_activity, lines: values.lines.map(sentLine) };
}

/* ---- a line ---- */

const choice = (list, codes, blank) => [...(blank ? [["", "–"]] : []), ...codes.map((code) => [code, word(list, code)])];

function Cell({ number, column, line, wrong, change, options, ...rest }) {
    const attributes = {
        name: `line-${number}-${column}`, "aria-label": t("freight.line.of", { n: number, column: columnName(column) }),
        "aria-invalid": wrong ? "true" : undefined, class: wrong ? "cell-wrong" : undefined, ...rest,
    };
    if (options)
        return <select {...attributes} value={line[column]} onChange={(e) => change(column, e.currentTarget.value)}>{options.map(([value, label]) => <option key={value} value={value}>{label}</option>)}</select>;
    if (column === "container")
        return <input type="checkbox" {...attributes} checked={line.container} onChange={(e) => change(column, e.currentTarget.checked)} />;
    return <input {...attributes} value={line[column]} onInput={(e) => change(column, e.currentTarget.value)} />;
}

/* TRUCK and BELT say too little to be submitted: offered only where a line has them. */
const modesFor = (line) => MODES.filter((m) => (m !== "TRUCK" && m !== "BELT") || m === line.mode);

function Line({ number, line, findings, change, remove }) {
    const wrong = (column) => findings.some((f) => f.level === "error" && f.column === column);
    const cell = (column, more) => <Cell key={column} number={number} column={column} line={line} wrong={wrong(column)} change={change} {...more} />;
    const titled = (column, content, kind) => <td key={column} data-title={columnName(column)} class={kind}><div>{content}</div></td>;
    return (
        <>
            <tr class={findings.length > 0 ? "line-marked" : undefined}>
                <th scope="row" data-title={t("freight.line")}><div>{number}</div></th>
                {titled("commodity", <>{cell("commodity", { options: choice("commodity", COMMODITIES, true) })}{line.commodity === "OTHER_BULK" && cell("note", { placeholder: columnName("note") })}</>)}
                {titled("direction", cell("direction", { options: choice("direction", DIRECTIONS) }))}
                {titled("mode", <>{cell("mode", { options: choice("mode", modesFor(line), true) })}{line.mode === "RAIL" && cell("station", { placeholder: columnName("station") })}</>)}
                {titled("tonnes", cell("tonnes", { inputMode: "decimal", size: 10, class: `amount${wrong("tonnes") ? " cell-wrong" : ""}` }))}
                {titled("km", cell("km", { inputMode: "decimal", size: 5, class: "amount" }))}
                {titled("container", cell("container"))}
                {titled("counterpart", cell("counterpart", { size: 12 }))}
                {titled("leg", cell("leg", { options: choice("leg", LEGS) }))}
                {titled("evidence", cell("evidence", { size: 4 }))}
                <td data-title=""><div><button type="button" onClick={remove} aria-label={t("freight.line.remove", { n: number })}>✕</button></div></td>
            </tr>
            {findings.length > 0 && <tr class="line-findings"><td colSpan="11"><Findings list={findings} /></td></tr>}
        </>
    );
}

export function Findings({ list }) {
    return (
        <ul>
            {list.map((f, i) => (
                <li key={i} class={f.level === "error" ? "wrong" : "doubtful"}>
                    <span aria-hidden="true">{f.level === "error" ? "✕" : "!"}</span> <span class="unseen">{t(`freight.level.${f.level}`)}</span>{f.rule && <strong>{f.rule} </strong>}{f.column && <span>{columnName(f.column)}: </span>}{f.text ?? both(f.zh, f.en)}
                </li>
            ))}
        </ul>
    );
}

function Lines({ form, findings }) {
    const { lines } = form.values;
    const change = (at, column, value) => form.set("lines", lines.map((line, i) => (i === at ? { ...line, [column]: value } : line)));
    const main = lines.filter((l) => l.leg !== "DRAYAGE").reduce((sum, l) => sum + (Number(l.tonnes) || 0), 0);
    return (
        <>
            {lines.length > 0 && (
                <div class="table-frame lines" tabIndex="0" role="region" aria-label={t("freight.lines")}>
                    <table>
                        <caption class="unseen">{t("freight.lines")}</caption>
                        <thead><tr><th scope="col">{t("freight.line")}</th>{["commodity", "direction", "mode", "tonnes", "km", "container", "counterpart", "leg", "evidence"].map((c) => <th key={c} scope="col">{columnName(c)}</th>)}<td /></tr></thead>
                        <tbody>
                            {lines.map((line, i) => (
                                <Line key={i} number={i + 1} line={line} findings={findings.filter((f) => f.line === i + 1)}
                                    change={(column, value) => change(i, column, value)} remove={() => form.set("lines", lines.filter((_, at) => at !== i))} />
                            ))}
                        </tbody>
                    </table>
                </div>
            )}
            <p class="line-end">
                <button type="button" onClick={() => form.set("lines", [...lines, blankLine()])} disabled={lines.length >= LINES_MAX}>{t("freight.line.add")}</button>
                <span>{t("freight.lines.sum", { n: lines.length, tonnes: tonnes(main) })}</span>
            </p>
        </>
    );
}

/* ---- the form ---- */

/* What the registry refused about a line names it in the sentence. */
function refusedLines(problem) {
    return (problem?.errors ?? []).flatMap((e) => {
        const found = /^line (\d+): (.*)$/.exec(e.reason);
        return found ? [{ line: Number(found[1]), column: e.column, level: "error", text: said(found[2]) }] : [];
    });
}

function Changed({ form, report, etag, restored }) {
    if (!restored) return null;
    return (
        <div class="note note-warn" role="status">
            <p>{t(form.values.etag === etag ? "freight.draft.kept" : "freight.draft.old")}</p>
            <p><button type="button" onClick={() => form.done(typed(report, etag))}>{t("freight.draft.drop")}</button></p>
        </div>
    );
}

/* What to say when it was sent: it is written by then, whatever the checks find. */
async function submitted(path, etag) {
    try {
        await request("POST", `${path}:submit`, { headers: { "If-Match": etag } });
        return { note: t("freight.submitted") };
    } catch (error) {
        if (!(error instanceof Problem)) throw error;
        return { problem: error };
    }
}

/* `changed` is told what to say: {note} or {problem}. */
export function Editor({ report, etag, path, changed }) {
    const name = `report-${report.id}`;
    const [restored] = useState(() => draftRead(name, userNow()?.name) !== null);
    const form = useForm(name, typed(report, etag), RULES);
    const [local, setLocal] = useState([]);
    const wanted = useRef("save");

    const [submit, busy, problem] = useSubmit(async () => {
        const troubles = lineTroubles(form.values.lines);
        setLocal(troubles);
        if (!form.check() || troubles.length > 0) return;
        const written = await request("PUT", path, { body: sent(form.values), headers: { "If-Match": form.values.etag } });
        form.done(typed(written.data, written.etag));
        changed(wanted.current === "submit" ? await submitted(path, written.etag) : { note: t("freight.saved") });
    });
    const findings = [...local, ...refusedLines(problem), ...report.checks];
    return (
        <form onSubmit={submit} noValidate class="report">
            <Changed form={form} report={report} etag={etag} restored={restored} />
            <Part title={t("freight.lines")}>
                <Lines form={form} findings={findings} />
                <CsvIntoForm lines={form.values.lines} take={(lines) => form.set("lines", lines)} />
            </Part>
            <Part title={t("freight.head")}>
                <p><label class="tick"><input type="checkbox" name="no_activity" checked={form.values.no_activity} onChange={(e) => form.set("no_activity", e.currentTarget.checked)} /> {t("freight.column.no_activity")}</label></p>
                <div class="columns">
                    <Field form={form} name="output_t" label={columnName("output_t")} help={t("freight.output.help")} inputMode="decimal" />
                    <Field form={form} name="throughput_t" label={columnName("throughput_t")} help={t("freight.output.help")} inputMode="decimal" />
                    <Field form={form} name="contact" label={columnName("contact")} />
                    <Field form={form} name="responsible" label={columnName("responsible")} help={t("freight.responsible.help")} />
                </div>
                <Field form={form} name="explanation" kind="textarea" label={columnName("explanation")} help={t("freight.explanation.help")} />
            </Part>
            <ProblemNote problem={problem} />
            <p class="buttons">
                <Submit busy={busy} onClick={() => { wanted.current = "save"; }}>{t("freight.save")}</Submit>
                {report.actions.includes("submit") && <button type="submit" class="primary" name="submit" aria-disabled={busy ? "true" : undefined} onClick={() => { wanted.current = "submit"; }}>{t("freight.submit")}</button>}
            </p>
        </form>
    );
}
