/* One enterprise: what the register says of it, its figures, reports, findings and fleet. */
import { useApi } from "../api.js";
import { State, periodName } from "../freight/words.jsx";
import { number, yes } from "../format.js";
import { Facts, Page, Part } from "../layout.jsx";
import { ProblemNote, Waiting } from "../problem.jsx";
import { Link, address } from "../router.js";
import { Beside, Figure, Verdict, target } from "../rule.jsx";
import { PagedTable, Table, usePages } from "../table.jsx";
import { both, t, word } from "../words.js";
import { vehicleColumns } from "./vehicles.jsx";

/* Of the enterprise with this id; without one, of the own enterprise of who asks, who has no page of a rule. */
export function Figures({ id, linked = true }) {
    const answer = useApi(address("/v1/compliance", { owner: id }));
    if (!answer.data) return <Waiting of={answer} />;
    const rules = answer.data.rules.filter((r) => r.denominator > 0);
    const columns = [
        { id: "id", title: t("plan.rule"), whole: true, render: (r) => (linked ? <Link to={address(`/rules/${r.id}`, { owner: id })}>{r.id}</Link> : r.id) },
        { id: "title", title: t("plan.clause"), wide: true, value: (r) => both(r.title, r.title_en) },
        { id: "value", title: t("plan.figure"), render: (r) => <><Figure rule={r} /><Beside rule={r} /></> },
        { id: "target", title: t("plan.target"), value: target },
        { id: "verdict", title: t("plan.verdict"), render: (r) => <Verdict rule={r} /> },
    ];
    return <Table caption={t("enterprise.figures")} columns={columns} rows={rules} row={(r) => r.id} empty={t("enterprise.figures.none")} />;
}

function Reports({ id }) {
    const answer = useApi(address("/v1/freight/reports", { org_id: id, limit: 200 }));
    if (!answer.data) return <Waiting of={answer} />;
    const columns = [
        { id: "period", title: t("freight.period"), whole: true, render: (r) => <Link to={`/reports/${r.id}`}>{periodName(r.period)}</Link> },
        { id: "state", title: t("freight.state"), render: (r) => <State report={r} /> },
        { id: "due", title: t("freight.due"), whole: true },
        { id: "accepted", title: t("freight.inforce"), numeric: true },
    ];
    return <Table caption={t("view.reports")} columns={columns} rows={[...answer.data.reports].reverse()} row={(r) => r.id} empty={t("enterprise.reports.none")} />;
}

export function Findings({ id }) {
    const answer = useApi(address("/v1/findings", { subject: id, status: "current", limit: 50 }));
    if (!answer.data) return <Waiting of={answer} />;
    const columns = [
        { id: "kind", title: t("enterprise.finding"), render: (f) => <Link to={`/findings/${f.id}`}>{f.kind}</Link> },
        { id: "status", title: t("freight.state"), render: (f) => word("status", f.status) },
        { id: "last_seen", title: t("freight.at"), whole: true },
    ];
    return <Table caption={t("view.findings")} columns={columns} rows={answer.data.findings} row={(f) => f.id} empty={t("enterprise.findings.none")} />;
}

export default function Enterprise({ id }) {
    const answer = useApi(`/v1/orgs/${encodeURIComponent(id)}`);
    const pages = usePages(address("/v1/vehicles", { owner: id }), "vehicles", 20);
    const org = answer.data;
    if (!org) return <Page title={t("view.enterprise")}><Waiting of={answer} /></Page>;
    return (
        <Page title={org.name}>
            <ProblemNote problem={answer.problem} />
            <Facts rows={[
                [t("owner.id"), <code>{org.org_id}</code>], [t("owner.kind"), word("owner_kind", org.kind)], [t("owner.industry"), word("industry", org.industry)],
                [t("owner.project"), word("project", org.project_status)], [t("owner.siding"), word("siding", org.siding)], [t("enterprise.pipeline"), yes(org.pipeline)],
                [t("enterprise.bulk"), org.bulk_t_per_year && number(org.bulk_t_per_year)],
            ]} />
            <Part title={t("enterprise.figures")}><Figures id={id} /></Part>
            <Part title={t("view.reports")}><Reports id={id} /></Part>
            <Part title={t("view.findings")}><Findings id={id} /></Part>
            <Part title={t("view.vehicles")}><PagedTable pages={pages} caption={t("view.vehicles")} columns={vehicleColumns()} row={(v) => v.vehicle_id} /></Part>
        </Page>
    );
}
