/*
 * Import of a CSV into the register. The file goes as it is and at once: only a whole file can be held against itself, and
 * the audit log names its digest. How far it has gone to the registry is shown, then that its rows are being entered;
 * the same rows twice change nothing.
 */
import { useState } from "preact/hooks";

import { CSV, upload, useSubmit } from "../api.js";
import { decodeCsv, decodeUtf8, recordAt } from "../csv.js";
import { number } from "../format.js";
import { Submit } from "../form.jsx";
import { Facts, Page, Part } from "../layout.jsx";
import { ProblemNote } from "../problem.jsx";
import { Said, refusalsLoaded } from "../said.jsx";
import { saveCsv } from "../save.js";
import { Table } from "../table.jsx";
import { t } from "../words.js";

const FILE_MAX = 32 * 1024 * 1024;
const SHOWN = 500;
const MALFORMED = /^line \d+, column \d+: /; /* what is no record costs one line */
const KINDS = {
    orgs: { path: "/v1/orgs:import", columns: "org_id,name,kind,industry,project_status,bulk_t_per_year,siding,pipeline" },
    vehicles: { path: "/v1/vehicles:import", columns: "vehicle_id,plate,category,energy,stage,owner_id,area,built_up,first_registered,added,removed,unit" },
    units: { path: "/v1/units:import", columns: "unit,vehicle_id,effective" },
    exemptions: { path: "/v1/exemptions:import", columns: "vehicle_id,reason,document,from,to" },
    exceptions: { path: "/v1/exceptions:import", columns: "rule,subject_kind,subject,document,from,to,approved,approved_by,evidence" },
    statistics: { path: "/v1/statistics:import", columns: "indicator,subject,from,to,value,source,published" },
    sites: { path: "/v1/sites:import", columns: "site_id,org_id,name,kind,polygon" },
    "gate-trips": { path: "/v1/gate-trips:import", columns: "site_id,gate,direction,at,plate,energy,stage,cargo,tonnes" },
    freight: { path: "/v1/freight/reports:import", columns: "org_id,period,commodity,direction,mode,tonnes,km,container,counterpart" },
};
const COUNTS = ["rows", "created", "changed", "unchanged", "rejected", "warnings"];

/* The file itself where it is UTF-8, which is all that the registry reads. */
async function sendable(chosen) {
    const bytes = await chosen.arrayBuffer();
    const own = decodeUtf8(bytes);
    const text = own ?? decodeCsv(bytes);
    return { text, body: own === null ? new Blob([text]) : chosen };
}

const hasRows = (text) => /\S[^\n]*\n\s*\S/.test(text);

function remarksOf({ rejected_rows, warned_rows }) {
    return [...rejected_rows.map((r) => ({ ...r, refused: true })), ...warned_rows.map((r) => ({ ...r, refused: false }))];
}

/* The head of the file and the rows that were refused, as they stand in it. */
function refusedRows(text, remarks) {
    const lines = text.split("\n");
    const head = lines.findIndex((l) => l.trim() !== "") + 1;
    const refused = new Map(remarks.filter((r) => r.refused).map((r) => [r.line, r]));
    return [recordAt(lines, head), ...[...refused.values()].sort((a, b) => a.line - b.line).map((r) => (MALFORMED.test(r.reason) ? lines[r.line - 1].replace(/\r$/, "") : recordAt(lines, r.line)))];
}

function Result({ answer, text }) {
    const remarks = remarksOf(answer);
    const handedBack = new Set(answer.rejected_rows.map((r) => r.line)).size;
    const save = () => saveCsv([...refusedRows(text, remarks), ""].join("\r\n"), "rejected.csv");
    const columns = [
        { id: "line", title: t("import.line"), numeric: true },
        { id: "refused", title: t("import.result"), render: (r) => <span class={`badge badge-${r.refused ? "bad" : "warn"}`}>{r.refused ? "✕ " : "! "}{t(r.refused ? "import.refused" : "import.warned")}</span> },
        { id: "column", title: t("import.column"), render: (r) => <code>{r.column}</code> },
        { id: "reason", title: t("import.reason"), wide: true, render: (r) => <Said text={r.reason} /> },
    ];
    return (
        <Part title={t("import.results")} actions={handedBack > 0 && <button type="button" onClick={save}>{t("import.save")}</button>}>
            <Facts rows={COUNTS.map((c) => [t(`import.count.${c}`), number(answer[c])])} />
            {handedBack < answer.rejected && <p class="note note-warn">{t("import.omitted", { n: number(handedBack), all: number(answer.rejected) })}</p>}
            <Table caption={t("import.results")} columns={columns} rows={remarks.slice(0, SHOWN)} empty={t("import.clean")} sortable />
            {remarks.length + answer.omitted > SHOWN && <p class="small">{t("import.more", { n: number(remarks.length + answer.omitted - SHOWN) })}</p>}
        </Part>
    );
}

/* Once it is sent nothing tells how far the registry is: the bar has no end then. */
function Progress({ sent, answer }) {
    const at = answer ? { max: 1, value: 1 } : sent < 1 ? { max: 1, value: sent } : {};
    const said = answer ? t("import.done", { n: number(answer.rows) }) : sent < 1 ? t("import.sent", { percent: Math.floor(sent * 100) }) : t("import.entering");
    return <div role="status" class="progress"><progress aria-label={t("import.progress")} {...at} /> {said}</div>;
}

export default function Import() {
    const [kind, setKind] = useState("vehicles");
    const [chosen, setChosen] = useState(null);
    const [trouble, setTrouble] = useState(null);
    const [state, set] = useState(null); /* {sent, text, answer} */
    const [submit, busy, problem] = useSubmit(async () => {
        set(null);
        setTrouble(chosen ? null : t("freight.file.choose"));
        if (!chosen) return;
        const { text, body } = await sendable(chosen);
        if (body.size > FILE_MAX) return setTrouble(t("import.large"));
        if (!hasRows(text)) return setTrouble(t("import.empty"));
        await refusalsLoaded();
        set({ sent: 0 });
        const answer = await upload(KINDS[kind].path, CSV, body, (sent) => set({ sent }));
        set({ sent: 1, text, answer });
    });
    /* What was committed before the answer was lost stays. */
    const unknown = problem && (problem.status === 0 || problem.status >= 500);
    return (
        <Page title={t("view.import")} lead={t("import.lead")}>
            <form class="medium" onSubmit={submit} noValidate>
                <div class="field"><label for="import-kind">{t("import.kind")}</label><select id="import-kind" name="kind" value={kind} disabled={busy} onChange={(e) => { setKind(e.currentTarget.value); set(null); }}>{Object.keys(KINDS).map((k) => <option key={k} value={k}>{t(`import.kind.${k}`)}</option>)}</select></div>
                <p class="help">{t("import.columns")} <code>{KINDS[kind].columns}</code></p>
                <div class="field"><label for="import-file">{t("import.file")}</label><input id="import-file" name="file" type="file" accept=".csv,text/csv" disabled={busy} aria-describedby="import-help" onChange={(e) => { setChosen(e.currentTarget.files[0] ?? null); set(null); }} /><p class="help" id="import-help">{t("import.file.help")}</p></div>
                {trouble && <p class="wrong" role="alert">{trouble}</p>}
                <Submit busy={busy}>{t("import.begin")}</Submit>
            </form>
            {state && !problem && <Progress {...state} />}
            <ProblemNote problem={problem} />
            {unknown && <p class="note note-warn">{t("import.stopped")}</p>}
            {state?.answer && <Result answer={state.answer} text={state.text} />}
        </Page>
    );
}
