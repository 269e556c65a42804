/* An enterprise's own page, for who reports for it: the register's view of it, its reports, shares and figures, what was
 * found about it, its fleet. */
import { useApi } from "../api.js";
import { State, periodName, quartersBefore, tonnes } from "../freight/words.jsx";
import { number, share, today, yes } from "../format.js";
import { Facts, Page, Part } from "../layout.jsx";
import { ProblemNote, Waiting } from "../problem.jsx";
import { Link, address } from "../router.js";
import { userNow } from "../session.js";
import { PagedTable, Table, usePages } from "../table.jsx";
import { both, t, word } from "../words.js";
import { Figures, Findings } from "./enterprise.jsx";
import { vehicleColumns } from "./vehicles.jsx";

/* A reporter has no page of a vehicle, so that its columns carry no links. */
const plain = () => vehicleColumns().filter((c) => c.id !== "owner_id").map((c) => (c.id === "vehicle_id" ? { ...c, render: undefined } : c));

function Shares() {
    const year = quartersBefore(today(), 2)[1].slice(0, 4);
    const answer = useApi(address("/v1/freight/shares", { period: year }));
    if (!answer.data) return <Waiting of={answer} />;
    const { shares, definitions, bulk_t: bulk } = answer.data;
    const rows = [["rail_of_bulk", t("freight.rail_of_bulk")], ...definitions.map((d) => [d.id, both(d.title_zh, d.title_en)])];
    const value = ([id]) => (shares[id] ? share(shares[id][0], shares[id][1]) : "–");
    return <><Facts rows={[[t("freight.period"), periodName(year)], [t("freight.bulk"), tonnes(bulk)], ...rows.map((r) => [r[1], value(r)])]} /><p><Link to={`/shares?period=${year}`}>{t("company.shares")}</Link></p></>;
}

function Reports() {
    const answer = useApi("/v1/freight/reports?limit=200");
    if (!answer.data) return <Waiting of={answer} />;
    const newest = [...answer.data.reports].sort((a, b) => (a.due < b.due ? 1 : -1)).slice(0, 4);
    const columns = [
        { id: "period", title: t("freight.period"), whole: true, render: (r) => <Link to={`/reports/${r.id}`}>{periodName(r.period)}</Link> },
        { id: "state", title: t("freight.state"), render: (r) => <State report={r} /> },
        { id: "due", title: t("freight.due"), whole: true },
    ];
    return <><Table caption={t("freight.own")} columns={columns} rows={newest} row={(r) => r.id} empty={t("enterprise.reports.none")} /><p><Link to="/reports">{t("company.reports")}</Link></p></>;
}

export default function Company() {
    const answer = useApi(`/v1/orgs/${encodeURIComponent(userNow().org)}`);
    const pages = usePages("/v1/vehicles", "vehicles", 20);
    const org = answer.data;
    if (!org) return <Page title={t("view.company")}><Waiting of={answer} /></Page>;
    return (
        <Page title={org.name} lead={t("company.lead")}>
            <ProblemNote problem={answer.problem} />
            <Facts rows={[
                [t("owner.id"), <code>{org.org_id}</code>], [t("owner.kind"), word("owner_kind", org.kind)], [t("owner.industry"), word("industry", org.industry)],
                [t("owner.project"), word("project", org.project_status)], [t("owner.siding"), word("siding", org.siding)], [t("enterprise.pipeline"), yes(org.pipeline)],
                [t("enterprise.bulk"), org.bulk_t_per_year && number(org.bulk_t_per_year)],
            ]} />
            <Part title={t("freight.own")}><Reports /></Part>
            <Part title={t("freight.shares")}><Shares /></Part>
            <Part title={t("enterprise.figures")}><Figures linked={false} /></Part>
            <Part title={t("view.findings")}><Findings /></Part>
            <Part title={t("view.vehicles")}><PagedTable pages={pages} caption={t("view.vehicles")} columns={plain()} row={(v) => v.vehicle_id} /></Part>
        </Page>
    );
}
