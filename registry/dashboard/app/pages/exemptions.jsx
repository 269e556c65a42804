/* Exemptions of vehicles, and exceptions to rules that hold in principle: lists, entry and change. */
import { useState } from "preact/hooks";

import { request } from "../api.js";
import { today } from "../format.js";
import { Field, Filter, Submit, useForm, useSend } from "../form.jsx";
import { Page, Part } from "../layout.jsx";
import { ProblemNote } from "../problem.jsx";
import { Link, address, useQuery } from "../router.js";
import { userNow } from "../session.js";
import { PagedTable, usePages } from "../table.jsx";
import { t, word } from "../words.js";

const REASONS = ["EMERGENCY", "SPECIAL_NEED"];
const SUBJECTS = ["VEHICLE", "ORG", "SITE"];
const writes = () => ["officer", "admin"].includes(userNow().role);
const vehicle = (id) => <Link to={`/vehicles/${encodeURIComponent(id)}`}>{id}</Link>;
const ended = (row) => row.to && row.to < today();
const Until = ({ row }) => <>{row.to ?? t("exempt.open")}{ended(row) && <> <span class="badge badge-warn">{t("exempt.ended")}</span></>}</>;

/* Row of the list that is being changed: known by its key, so that its newest version is at hand. */
function useChosen(rows, key) {
    const [id, choose] = useState(null);
    const idOf = (row) => key.map((name) => row[name]).join("\n");
    return { key, idOf, row: id === null ? null : rows.find((r) => idOf(r) === id) ?? null, choose: (row) => choose(idOf(row)), close: () => choose(null) };
}

const changeColumn = (chosen) => ({
    id: "change", title: t("exempt.change"),
    render: (row) => <button type="button" onClick={() => chosen.choose(row)} aria-label={t("exempt.change.of", { document: row.document, of: row.vehicle_id ?? row.subject })}>{t("exempt.change")}</button>,
});

/* A form whose fields are those of the API; what is empty is not sent. Of a row that is changed the key stays. */
function Entry({ name, path, initial, rules, fields, chosen, reload }) {
    const { row } = chosen;
    const first = row ? Object.fromEntries(Object.keys(initial).map((field) => [field, row[field] ?? ""])) : initial;
    const form = useForm(row ? `${name}-${chosen.idOf(row)}-${row.version}` : name, first, rules);
    const [submit, busy, problem] = useSend(form, async () => {
        const given = Object.entries(form.values).map(([k, v]) => [k, v.trim()]).filter(([, v]) => v !== "");
        await request("POST", path, { body: Object.fromEntries(given), headers: row ? { "If-Match": `"${row.version}"` } : {} });
        form.done();
        chosen.close();
        await reload();
    });
    return (
        <Part title={t(row ? "exempt.change" : "exempt.enter")} actions={row && <button type="button" onClick={chosen.close}>{t("cancel")}</button>}>
            <form onSubmit={submit} noValidate>
                <div class="columns">{fields.map((f) => <Field key={f.name} form={form} {...f} disabled={row !== null && chosen.key.includes(f.name)} />)}</div>
                <ProblemNote problem={problem} />
                <Submit busy={busy}>{t("save")}</Submit>
            </form>
        </Part>
    );
}

const DAY = { pattern: /^\d{4}-\d\d-\d\d$/ };
const dated = () => [{ name: "from", kind: "date", label: t("exempt.from") }, { name: "to", kind: "date", label: t("exempt.to"), help: t("exempt.to.help") }];

export default function Exemptions() {
    const [query, set] = useQuery();
    const pages = usePages(address("/v1/exemptions", { vehicle: query.vehicle, reason: query.reason, ends_by: query.ends_by }), "exemptions");
    const chosen = useChosen(pages.rows, ["vehicle_id", "reason", "document", "from"]);
    const columns = [
        { id: "vehicle_id", title: t("vehicle.id"), whole: true, render: (e) => vehicle(e.vehicle_id) },
        { id: "reason", title: t("exempt.reason"), render: (e) => word("exempt", e.reason) },
        { id: "document", title: t("exempt.document"), wide: true },
        { id: "from", title: t("exempt.from"), whole: true },
        { id: "to", title: t("exempt.to"), whole: true, render: (e) => <Until row={e} /> },
        ...(writes() ? [changeColumn(chosen)] : []),
    ];
    return (
        <Page title={t("view.exemptions")} lead={t("exempt.lead")}>
            <div class="filters">
                <Filter name="vehicle" label={t("vehicle.id")} value={query.vehicle} maxLength="32" onChange={(v) => set({ vehicle: v.trim() })} />
                <Filter name="reason" kind="select" label={t("exempt.reason")} value={query.reason} options={[["", t("plan.all")], ...REASONS.map((r) => [r, word("exempt", r)])]} onChange={(v) => set({ reason: v })} />
                <Filter name="ends_by" kind="date" label={t("exempt.ends_by")} value={query.ends_by} onChange={(v) => set({ ends_by: v })} />
            </div>
            <PagedTable pages={pages} caption={t("view.exemptions")} columns={columns} />
            {writes() && (
                <Entry key={chosen.row && `${chosen.idOf(chosen.row)}-${chosen.row.version}`} name="exemption" path="/v1/exemptions" chosen={chosen} reload={pages.reload} initial={{ vehicle_id: "", reason: "", document: "", from: "", to: "" }}
                    rules={{ vehicle_id: { required: true, max: 32 }, reason: { required: true }, document: { required: true, max: 128 }, from: { required: true, ...DAY }, to: DAY }}
                    fields={[{ name: "vehicle_id", label: t("vehicle.id") }, { name: "reason", kind: "select", label: t("exempt.reason"), options: [["", "–"], ...REASONS.map((r) => [r, word("exempt", r)])] },
                        { name: "document", label: t("exempt.document") }, ...dated()]} />
            )}
        </Page>
    );
}

export function Exceptions() {
    const [query, set] = useQuery();
    const pages = usePages(address("/v1/exceptions", { rule: query.rule, subject: query.subject, ends_by: query.ends_by }), "exceptions");
    const chosen = useChosen(pages.rows, ["rule", "subject_kind", "subject", "document", "from"]);
    const columns = [
        { id: "rule", title: t("exempt.rule"), whole: true, render: (e) => <Link to={`/rules/${e.rule}`}>{e.rule}</Link> },
        { id: "subject", title: t("exempt.subject"), render: (e) => <>{word("exception_subject", e.subject_kind)} {e.subject_kind === "VEHICLE" ? vehicle(e.subject) : e.subject}</> },
        { id: "document", title: t("exempt.document"), wide: true },
        { id: "from", title: t("exempt.from"), whole: true },
        { id: "to", title: t("exempt.to"), whole: true, render: (e) => <Until row={e} /> },
        { id: "approved", title: t("exempt.approved"), whole: true },
        { id: "approved_by", title: t("exempt.approved_by") },
        { id: "evidence", title: t("exempt.evidence"), wide: true },
        ...(writes() ? [changeColumn(chosen)] : []),
    ];
    const text = { required: true, max: 128 };
    return (
        <Page title={t("view.exceptions")} lead={t("exception.lead")}>
            <div class="filters">
                <Filter name="rule" label={t("exempt.rule")} value={query.rule} maxLength="12" onChange={(v) => set({ rule: v.trim() })} />
                <Filter name="subject" label={t("exempt.subject")} value={query.subject} maxLength="64" onChange={(v) => set({ subject: v.trim() })} />
                <Filter name="ends_by" kind="date" label={t("exempt.ends_by")} value={query.ends_by} onChange={(v) => set({ ends_by: v })} />
            </div>
            <PagedTable pages={pages} caption={t("view.exceptions")} columns={columns} />
            {writes() && (
                <Entry key={chosen.row && `${chosen.idOf(chosen.row)}-${chosen.row.version}`} name="exception" path="/v1/exceptions" chosen={chosen} reload={pages.reload}
                    initial={{ rule: "", subject_kind: "ORG", subject: "", document: "", from: "", to: "", approved: "", approved_by: "", evidence: "" }}
                    rules={{ rule: { required: true, max: 12 }, subject: { required: true, max: 64 }, document: text, from: { required: true, ...DAY }, to: DAY, approved: { required: true, ...DAY }, approved_by: text, evidence: text }}
                    fields={[{ name: "rule", label: t("exempt.rule"), placeholder: "R2-07" }, { name: "subject_kind", kind: "select", label: t("exempt.subject_kind"), options: SUBJECTS.map((s) => [s, word("exception_subject", s)]) },
                        { name: "subject", label: t("exempt.subject") }, { name: "document", label: t("exempt.document") }, ...dated(),
                        { name: "approved", kind: "date", label: t("exempt.approved") }, { name: "approved_by", label: t("exempt.approved_by") }, { name: "evidence", label: t("exempt.evidence") }]} />
            )}
        </Page>
    );
}
