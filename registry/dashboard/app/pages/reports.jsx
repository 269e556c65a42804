/* Freight reports: an enterprise's own, or the inbox of who reviews them. */
import { request, useApi, useSubmit } from "../api.js";
import { Field, Filter, Submit, useForm } from "../form.jsx";
import { STATES, State, monthsBefore, periodName, quartersBefore } from "../freight/words.jsx";
import { instant, today } from "../format.js";
import { Page, Part } from "../layout.jsx";
import { useLive } from "../live.js";
import { ProblemNote } from "../problem.jsx";
import { Link, address, go, useQuery } from "../router.js";
import { userNow } from "../session.js";
import { PagedTable, usePages } from "../table.jsx";
import { t, word } from "../words.js";

const PERIODS = () => [...quartersBefore(today(), 6), ...monthsBefore(today(), 13)].map((p) => [p, periodName(p)]);

const COLUMNS = (own) => [
    { id: "period", title: t("freight.period"), whole: true, render: (r) => <Link to={`/reports/${r.id}`}>{periodName(r.period)}</Link> },
    ...(own ? [] : [{ id: "name", title: t("freight.org"), wide: true, render: (r) => <>{r.name} <span class="small">{r.org_id}</span></> }]),
    { id: "state", title: t("freight.state"), render: (r) => <State report={r} /> },
    { id: "due", title: t("freight.due"), whole: true },
    { id: "amend_until", title: t("freight.amend_until"), whole: true },
    { id: "version", title: t("freight.version"), numeric: true },
    { id: "accepted", title: t("freight.inforce"), numeric: true },
    { id: "recorded_at", title: t("freight.at"), whole: true, render: (r) => instant(r.recorded_at) },
];

/* The period of the report that has these months already. */
const speaks = (problem) => /^the enterprise's report for (\S+) speaks/.exec(problem.errors[0]?.reason)?.[1];

function Begin({ own }) {
    const first = quartersBefore(today(), 2)[1];
    const form = useForm("report-begin", { period: first, org_id: "" }, { org_id: own ? {} : { required: true, max: 18 } });
    const [submit, busy, problem] = useSubmit(async () => {
        if (!form.check()) return;
        const body = own ? { period: form.values.period, lines: [] } : { period: form.values.period, org_id: form.values.org_id.trim(), lines: [] };
        const { data } = await request("POST", "/v1/freight/reports", { body });
        form.done();
        go(`/reports/${data.id}`);
    });
    return (
        <form onSubmit={submit} noValidate class="begin">
            {!own && <Field form={form} name="org_id" label={t("freight.org_id")} autocapitalize="characters" />}
            <Field form={form} name="period" kind="select" options={PERIODS()} label={t("freight.period")} help={t("freight.begin.help")} />
            <ProblemNote problem={problem} />
            {problem?.status === 409 && <p><Link to={`/reports/${own ?? form.values.org_id.trim()}~${speaks(problem) ?? form.values.period}`}>{t("freight.begin.there")}</Link></p>}
            <Submit busy={busy}>{t("freight.begin")}</Submit>
        </form>
    );
}

/* What is owed of the last quarter that is over. */
function Owed() {
    const answer = useApi("/v1/freight/reminders?days=366");
    const owed = answer.data?.reminders ?? [];
    if (!answer.data) return <ProblemNote problem={answer.problem} />;
    if (owed.length === 0) return <p class="note note-good">{t("freight.owed.none", { period: periodName(answer.data.period) })}</p>;
    return (
        <div class={`note ${owed[0].overdue ? "note-bad" : "note-warn"}`}>
            <p><strong>{t(owed[0].overdue ? "freight.owed.over" : "freight.owed", { period: periodName(answer.data.period), due: answer.data.due })}</strong></p>
            {owed[0].report && <p><Link to={`/reports/${owed[0].report}`}>{t("freight.owed.goon", { state: word("report_state", owed[0].state) })}</Link></p>}
        </div>
    );
}

export default function Reports() {
    const user = userNow();
    const own = user.role === "reporter";
    const reviews = user.role === "officer" || user.role === "admin";
    const [query, set] = useQuery();
    const state = query.state ?? (reviews ? "SUBMITTED" : "");
    const pages = usePages(address("/v1/freight/reports", { period: query.period, org_id: query.org_id, state: state === "all" ? "" : state }), "reports", own ? 200 : 50);
    useLive(["reports"], pages.reload);
    const rows = own ? [...pages.rows].sort((a, b) => (a.due < b.due ? 1 : -1)) : pages.rows;
    return (
        <Page title={t(own ? "freight.own" : "view.reports")} lead={t(own ? "freight.own.lead" : "freight.inbox.lead")}>
            {own && <Owed />}
            <div class="filters">
                <Filter name="state" kind="select" label={t("freight.state")} value={state || "all"} options={[["all", t("freight.all")], ...STATES.map((s) => [s, word("report_state", s)])]} onChange={(v) => set({ state: v })} />
                <Filter name="period" label={t("freight.period")} value={query.period} maxLength="7" placeholder="2025-Q2" onChange={(period) => set({ period: period.trim() })} />
                {!own && <Filter name="org_id" label={t("freight.org_id")} value={query.org_id} maxLength="18" onChange={(org_id) => set({ org_id: org_id.trim() })} />}
            </div>
            <PagedTable pages={{ ...pages, rows }} caption={t("view.reports")} columns={COLUMNS(own)} row={(r) => r.id} sortable={own} empty={t(reviews && state === "SUBMITTED" ? "freight.inbox.empty" : "table.empty")} />
            {(own || reviews) && <Part title={t("freight.begin")}><Begin own={own ? user.org : null} /></Part>}
        </Page>
    );
}
