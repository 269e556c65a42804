/*
 * Import of a CSV into the register. The file goes in parts, one after the other, so that the page can
 * tell how far it is and nobody else waits long; the same rows twice change nothing.
 */
import { useState } from "preact/hooks";

import { Problem, request, useSubmit } from "../api.js";
import { decodeCsv, parseCsv, writeCsv } from "../csv.js";
import { number } from "../format.js";
import { Submit } from "../form.jsx";
import { Facts, Page, Part } from "../layout.jsx";
import { ProblemNote } from "../problem.jsx";
import { Said, refusalsLoaded } from "../said.jsx";
import { saveCsv } from "../save.js";
import { Table } from "../table.jsx";
import { t } from "../words.js";

const FILE_MAX = 32 * 1024 * 1024;
const PART_ROWS = 2000;
const SHOWN = 500;
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
const nothing = () => ({ ...Object.fromEntries(COUNTS.map((c) => [c, 0])), omitted: 0, remarks: [] });

/* Lines of a part are counted in the part: its head is line 1. They become lines of the file. */
function addPart(sum, answer, part) {
    const lineOf = (remark) => ({ ...remark, line: part.lineAt(remark.line) });
    const remarks = [...answer.rejected_rows.map((r) => ({ ...lineOf(r), refused: true })), ...answer.warned_rows.map((r) => ({ ...lineOf(r), refused: false }))];
    const next = { ...sum, omitted: sum.omitted + answer.omitted, remarks: [...sum.remarks, ...remarks] };
    for (const count of COUNTS) next[count] += answer[count];
    return next;
}

/* The rows of a part written anew, and which line of the file each of its lines was. */
function partOf(head, rows) {
    const lines = [];
    for (const row of rows) for (let i = 0; i < 1 + row.cells.reduce((n, c) => n + c.split("\n").length - 1, 0); i++) lines.push(row.line);
    return { text: writeCsv([head.cells, ...rows.map((r) => r.cells)]), lineAt: (line) => lines[line - 2] ?? line };
}

function readFile(text) {
    const [head, ...rows] = parseCsv(text);
    return head && rows.length > 0 ? { head, rows } : null;
}

function Result({ sum, file }) {
    const refused = new Set(sum.remarks.filter((r) => r.refused).map((r) => r.line));
    const save = () => saveCsv(writeCsv([file.head.cells, ...file.rows.filter((r) => refused.has(r.line)).map((r) => r.cells)]), "rejected.csv");
    const columns = [
        { id: "line", title: t("import.line"), numeric: true },
        { id: "refused", title: t("import.result"), render: (r) => <span class={`badge badge-${r.refused ? "bad" : "warn"}`}>{r.refused ? "✕ " : "! "}{t(r.refused ? "import.refused" : "import.warned")}</span> },
        { id: "column", title: t("import.column"), render: (r) => <code>{r.column}</code> },
        { id: "reason", title: t("import.reason"), wide: true, render: (r) => <Said text={r.reason} /> },
    ];
    return (
        <Part title={t("import.results")} actions={refused.size > 0 && <button type="button" onClick={save}>{t("import.save")}</button>}>
            <Facts rows={COUNTS.map((c) => [t(`import.count.${c}`), number(sum[c])])} />
            <Table caption={t("import.results")} columns={columns} rows={sum.remarks.slice(0, SHOWN)} empty={t("import.clean")} sortable />
            {sum.remarks.length + sum.omitted > SHOWN && <p class="small">{t("import.more", { n: number(sum.remarks.length + sum.omitted - SHOWN) })}</p>}
        </Part>
    );
}

export default function Import() {
    const [kind, setKind] = useState("vehicles");
    const [chosen, setChosen] = useState(null);
    const [trouble, setTrouble] = useState(null);
    const [state, set] = useState(null); /* {sum, file, done, stopped} */
    const [submit, busy, problem] = useSubmit(async () => {
        setTrouble(!chosen ? t("freight.file.choose") : chosen.size > FILE_MAX ? t("import.large") : null);
        if (!chosen || chosen.size > FILE_MAX) return;
        const file = readFile(decodeCsv(await chosen.arrayBuffer()));
        if (!file) return setTrouble(t("import.empty"));
        let sum = nothing();
        await refusalsLoaded();
        try {
            for (let at = 0; at < file.rows.length; at += PART_ROWS) {
                set({ sum, file, done: at });
                const part = partOf(file.head, file.rows.slice(at, at + PART_ROWS));
                sum = addPart(sum, (await request("POST", KINDS[kind].path, { body: part.text, type: "text/csv" })).data, part);
            }
            set({ sum, file, done: file.rows.length });
        } catch (error) {
            if (error instanceof Problem) set({ sum, file, done: sum.rows, stopped: true });
            throw error;
        }
    });
    return (
        <Page title={t("view.import")} lead={t("import.lead")}>
            <form class="medium" onSubmit={submit} noValidate>
                <div class="field"><label for="import-kind">{t("import.kind")}</label><select id="import-kind" name="kind" value={kind} disabled={busy} onChange={(e) => { setKind(e.currentTarget.value); set(null); }}>{Object.keys(KINDS).map((k) => <option key={k} value={k}>{t(`import.kind.${k}`)}</option>)}</select></div>
                <p class="help">{t("import.columns")} <code>{KINDS[kind].columns}</code></p>
                <div class="field"><label for="import-file">{t("import.file")}</label><input id="import-file" name="file" type="file" accept=".csv,text/csv" disabled={busy} aria-describedby="import-help" onChange={(e) => { setChosen(e.currentTarget.files[0] ?? null); set(null); }} /><p class="help" id="import-help">{t("import.file.help")}</p></div>
                {trouble && <p class="wrong" role="alert">{trouble}</p>}
                <Submit busy={busy}>{t("import.begin")}</Submit>
            </form>
            {state && (
                <div role="status" class="progress">
                    <progress aria-label={t("import.progress")} max={state.file.rows.length} value={state.done} /> {t("import.done", { done: number(state.done), all: number(state.file.rows.length) })}
                </div>
            )}
            <ProblemNote problem={problem} />
            {state?.stopped && <p class="note note-warn">{t("import.stopped", { n: number(state.done) })}</p>}
            {state && !busy && state.sum.rows > 0 && <Result sum={state.sum} file={state.file} />}
        </Page>
    );
}
