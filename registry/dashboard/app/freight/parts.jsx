/* freight/parts: what stands under a report whoever looks at it: lines, evidence, versions, history. */
import { useState } from "preact/hooks";

import { download, request, useSubmit } from "../api.js";
import { instant, number } from "../format.js";
import { Facts, Part } from "../layout.jsx";
import { ProblemNote } from "../problem.jsx";
import { Link, address } from "../router.js";
import { Table } from "../table.jsx";
import { t, word } from "../words.js";
import { Findings } from "./editor.jsx";
import { EVIDENCE, cellText, columnName, tonnes } from "./words.jsx";

const FILE_MAX = 8 * 1024 * 1024;
const HEAD = ["no_activity", "output_t", "throughput_t", "contact", "responsible", "explanation", "reason"];

const column = (id, more) => ({ id, title: columnName(id), render: (line, value) => cellText(id, value), ...more });
const LINES = () => [
    { id: "line", title: t("freight.line") },
    { ...column("commodity"), render: (l) => <>{cellText("commodity", l.commodity)}{l.note && <span class="small"> {l.note}</span>}</> },
    column("direction"), { ...column("mode"), render: (l) => <>{cellText("mode", l.mode)}{l.station && <span class="small"> {l.station}</span>}</> },
    column("tonnes", { numeric: true }), column("km", { numeric: true }), column("container"), column("counterpart"), column("leg"), column("evidence"),
];

export function Content({ report }) {
    return (
        <>
            <Part title={t("freight.lines")}><Table caption={t("freight.lines")} columns={LINES()} rows={report.lines} sortable row={(l) => l.line} empty={t(report.no_activity ? "freight.lines.inactive" : "freight.lines.none")} /></Part>
            <Part title={t("freight.head")}><Facts rows={HEAD.filter((c) => report[c]).map((c) => [columnName(c), cellText(c, report[c])])} /></Part>
        </>
    );
}

/* Findings of the checks that are about no line; those of lines stand at them while it is written. */
export function Checks({ report, lines }) {
    const list = report.checks.filter((c) => lines || c.line === null);
    if (list.length === 0) return null;
    const said = list.map((c) => (c.line === null ? c : { ...c, zh: `${t("freight.line.at", { n: c.line })}${c.zh}`, en: `${t("freight.line.at", { n: c.line })}${c.en}` }));
    return <div class={`note ${list.some((c) => c.level === "error") ? "note-bad" : "note-warn"} findings`}><p><strong>{t("freight.checks")}</strong></p><Findings list={said} /></div>;
}

/* ---- declared beside what others say ---- */

/* `base` is what the tolerance is a part of: gates against what is declared, the others the other way. */
function Apart({ declared, seen, base, percent }) {
    if (seen === null) return <span class="small">{t("freight.beside.none")}</span>;
    const difference = Math.abs(seen - declared);
    const apart = difference * 100 > percent * base;
    const said = { tonnes: number(difference, 1), percent: base > 0 ? ` (${((100 * difference) / base).toFixed(1)} %)` : "" };
    return <span class={`badge badge-${apart ? "warn" : "good"}`}>{apart ? "! " : "✓ "}{t(difference === 0 ? "freight.beside.same" : seen > declared ? "freight.beside.more" : "freight.beside.less", said)}</span>;
}

export function Beside({ report }) {
    const b = report.beside;
    const rows = [
        { id: "gate", declared: b.trucks_t, seen: b.gate_t, base: b.trucks_t, percent: b.tolerance_percent },
        { id: "railway", declared: b.rail_t, seen: b.railway_t, base: b.railway_t, percent: b.tolerance_percent },
        { id: "year", declared: b.total_t, seen: b.year_before_t, base: b.year_before_t, percent: 30 },
    ];
    const columns = [
        { id: "id", title: t("freight.beside.what"), render: (r) => t(`freight.beside.${r.id}`) },
        { id: "declared", title: t("freight.beside.declared"), numeric: true, render: (r) => tonnes(r.declared) },
        { id: "seen", title: t("freight.beside.seen"), numeric: true, render: (r) => tonnes(r.seen) },
        { id: "apart", title: t("freight.beside.apart"), render: (r) => <Apart {...r} /> },
    ];
    return <Part title={t("freight.beside")}><Table caption={t("freight.beside")} columns={columns} rows={rows} row={(r) => r.id} /></Part>;
}

/* ---- evidence ---- */

function AddFile({ path, changed }) {
    const [kind, setKind] = useState(EVIDENCE[0]);
    const [file, setFile] = useState(null);
    const [trouble, setTrouble] = useState(null);
    const [submit, busy, problem] = useSubmit(async () => {
        setTrouble(!file ? t("freight.file.choose") : file.size > FILE_MAX ? t("freight.file.large") : file.size === 0 ? t("freight.file.empty") : null);
        if (!file || file.size > FILE_MAX || file.size === 0) return;
        await request("POST", address(`${path}/files`, { name: file.name, kind }), { body: file, type: "application/octet-stream" });
        setFile(null);
        changed();
    });
    return (
        <form onSubmit={submit} class="filters" noValidate key={file === null ? "empty" : "chosen"}>
            <div class="filter"><label for="evidence-kind">{t("freight.file.kind")}</label><select id="evidence-kind" name="kind" value={kind} onChange={(e) => setKind(e.currentTarget.value)}>{EVIDENCE.map((k) => <option key={k} value={k}>{word("evidence_kind", k)}</option>)}</select></div>
            <div class="filter"><label for="evidence-file">{t("freight.file")}</label><input id="evidence-file" name="file" type="file" accept=".pdf,.png,.jpg,.jpeg,.csv,.xlsx" aria-describedby="evidence-help" onChange={(e) => setFile(e.currentTarget.files[0] ?? null)} /></div>
            <button type="submit" aria-disabled={busy ? "true" : undefined}>{busy ? t("sending") : t("freight.file.add")}</button>
            <p class="help" id="evidence-help">{t("freight.file.help")}</p>
            {trouble && <p class="wrong" role="alert">{trouble}</p>}
            <ProblemNote problem={problem} />
        </form>
    );
}

function SaveFile({ path, file }) {
    const [save, , problem] = useSubmit(() => download(`${path}/files/${file.number}`, "application/octet-stream", file.name));
    return <><button type="button" onClick={save}>{file.name}</button><ProblemNote problem={problem} /></>;
}

export function Files({ report, path, write, changed }) {
    const columns = [
        { id: "number", title: t("freight.file.number") },
        { id: "name", title: t("freight.file"), render: (f) => <SaveFile path={path} file={f} /> },
        { id: "kind", title: t("freight.file.kind"), render: (f) => word("evidence_kind", f.kind) },
        { id: "type", title: t("freight.file.type") },
        { id: "bytes", title: t("freight.file.bytes"), numeric: true, render: (f) => `${number(Math.ceil(f.bytes / 1024))} KiB` },
        { id: "sha256", title: "SHA-256", render: (f) => <code title={f.sha256}>{f.sha256.slice(0, 16)}…</code> },
        { id: "author", title: t("freight.author") },
        { id: "recorded_at", title: t("freight.at"), whole: true, render: (f) => instant(f.recorded_at) },
    ];
    return (
        <Part title={t("freight.files")}>
            <Table caption={t("freight.files")} columns={columns} rows={report.files} row={(f) => f.number} empty={t("freight.files.none")} />
            {write && <AddFile path={path} changed={changed} />}
        </Part>
    );
}

/* ---- what was ---- */

export function Versions({ report }) {
    const columns = [
        { id: "version", title: t("freight.version"), render: (v) => <>{v.version}{v.version === report.accepted && <> <span class="badge badge-good">{t("freight.inforce")}</span></>}</> },
        { id: "author", title: t("freight.author") },
        { id: "recorded_at", title: t("freight.at"), whole: true, render: (v) => instant(v.recorded_at) },
        { id: "submitter", title: t("freight.submitter") },
        { id: "accepter", title: t("freight.accepter") },
        { id: "reason", title: t("freight.reason"), wide: true },
        { id: "compare", title: t("freight.compare"), render: (v) => v.version > 1 && <Link to={`/reports/${report.id}/compare?from=${v.version - 1}&to=${v.version}`}>{t("freight.compare.before")}</Link> },
    ];
    return <Part title={t("freight.versions")}><Table caption={t("freight.versions")} columns={columns} rows={[...report.versions].reverse()} row={(v) => v.version} /></Part>;
}

export function History({ report }) {
    const columns = [
        { id: "at", title: t("freight.at"), whole: true, render: (e) => instant(e.at) },
        { id: "action", title: t("freight.action"), render: (e) => word("report_action", e.action) },
        { id: "to", title: t("freight.state"), render: (e) => word("report_state", e.to) },
        { id: "version", title: t("freight.version") },
        { id: "author", title: t("freight.author") },
        { id: "reason", title: t("freight.reason"), wide: true },
    ];
    return <Part title={t("freight.history")}><Table caption={t("freight.history")} columns={columns} rows={[...report.history].reverse()} /></Part>;
}
