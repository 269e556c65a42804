/* Who has not reported, and when it is due. */
import { useApi } from "../api.js";
import { Filter } from "../form.jsx";
import { State, periodName, quartersBefore } from "../freight/words.jsx";
import { number, share, today } from "../format.js";
import { Facts, Page } from "../layout.jsx";
import { ProblemNote, Waiting } from "../problem.jsx";
import { Link, address, useQuery } from "../router.js";
import { Table } from "../table.jsx";
import { t, word } from "../words.js";

const COLUMNS = () => [
    { id: "name", title: t("freight.org"), wide: true, render: (o) => <>{o.name} <span class="small">{o.org_id}</span></> },
    { id: "industry", title: t("freight.industry"), value: (o) => word("industry", o.industry) },
    { id: "months", title: t("freight.months"), value: (o) => o.months.join(", ") },
    { id: "state", title: t("freight.state"), render: (o) => (o.report ? <Link to={`/reports/${o.report}`}><State report={{ state: o.state }} /></Link> : <State report={{ state: null }} />) },
    { id: "due", title: t("freight.due"), whole: true },
    { id: "overdue", title: t("freight.overdue"), render: (o) => (o.overdue ? <span class="badge badge-bad">✕ {t("freight.overdue")}</span> : "–") },
];

export default function Missing() {
    const [query, set] = useQuery();
    const period = query.period ?? quartersBefore(today(), 2)[1];
    const answer = useApi(address("/v1/freight/missing", { period }));
    const found = answer.data;
    return (
        <Page title={t("view.missing")} lead={t("freight.missing.lead")}>
            <div class="filters"><Filter name="period" label={t("freight.period")} value={period} maxLength="7" placeholder="2025-Q2" onChange={(p) => set({ period: p.trim() })} /></div>
            <ProblemNote problem={found && answer.problem} />
            {!found ? <Waiting of={answer} /> : (
                <>
                    <Facts rows={[
                        [t("freight.period"), periodName(found.period)],
                        [t("freight.expected"), number(found.expected)],
                        [t("freight.reported"), `${number(found.reported)} (${share(found.reported, found.expected)})`],
                        [t("freight.complete"), `${number(found.complete)} (${share(found.complete, found.expected)})`],
                    ]} />
                    <Table caption={t("view.missing")} columns={COLUMNS()} rows={found.missing} sortable row={(o) => o.org_id} empty={t("freight.missing.none")} />
                </>
            )}
        </Page>
    );
}
