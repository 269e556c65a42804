/* Owners and enterprises. */
import { Filter } from "../form.jsx";
import { Page } from "../layout.jsx";
import { Link, address, useQuery } from "../router.js";
import { PagedTable, usePages } from "../table.jsx";
import { t, word } from "../words.js";

const KINDS = ["GOVERNMENT", "SOE", "PRIVATE", "INDIVIDUAL"];

export default function Owners() {
    const [query, set] = useQuery();
    const pages = usePages(address("/v1/orgs", { q: query.q, kind: query.kind }), "orgs");
    const columns = [
        { id: "name", title: t("owner.name"), wide: true, render: (o) => <Link to={`/owners/${encodeURIComponent(o.org_id)}`}>{o.name}</Link> },
        { id: "org_id", title: t("owner.id"), whole: true },
        { id: "kind", title: t("owner.kind"), render: (o) => word("owner_kind", o.kind) },
        { id: "industry", title: t("owner.industry"), render: (o) => word("industry", o.industry) },
        { id: "project_status", title: t("owner.project"), render: (o) => word("project", o.project_status) },
        { id: "siding", title: t("owner.siding"), render: (o) => word("siding", o.siding) },
        { id: "vehicles", title: t("view.vehicles"), render: (o) => <Link to={address("/vehicles", { owner: o.org_id })}>{t("owner.vehicles")}</Link> },
    ];
    return (
        <Page title={t("view.owners")}>
            <div class="filters">
                <Filter name="q" label={t("owner.q")} value={query.q} maxLength="60" onChange={(q) => set({ q })} />
                <Filter name="kind" kind="select" label={t("owner.kind")} value={query.kind} options={[["", t("plan.all")], ...KINDS.map((k) => [k, word("owner_kind", k)])]} onChange={(kind) => set({ kind })} />
            </div>
            <PagedTable pages={pages} caption={t("view.owners")} columns={columns} row={(o) => o.org_id} />
        </Page>
    );
}
