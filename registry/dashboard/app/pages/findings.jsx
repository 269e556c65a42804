/* Where telemetry, register and reports disagree. */
import { useApi } from "../api.js";
import { instant } from "../format.js";
import { Filter } from "../form.jsx";
import { Page } from "../layout.jsx";
import { useLive } from "../live.js";
import { Link, address, useQuery } from "../router.js";
import { userNow } from "../session.js";
import { PagedTable, usePages } from "../table.jsx";
import { both, t, word } from "../words.js";

const STATES = ["open", "confirmed", "explained", "closed"];
const LOOKS = { open: "warn", confirmed: "bad", explained: "calm" };

export function Status({ status }) {
    return <span class={`badge${LOOKS[status] ? ` badge-${LOOKS[status]}` : ""}`}>{word("status", status)}</span>;
}

/* A reporter has no page of a vehicle. */
export function Subject({ finding: f }) {
    return f.subject_kind === "vehicle" && userNow().role !== "reporter" ? <Link to={`/vehicles/${encodeURIComponent(f.subject)}`}>{f.subject}</Link> : f.subject;
}

export const findingColumns = () => [
    { id: "id", title: t("finding.id"), whole: true, render: (f) => <Link to={`/findings/${f.id}`}>{f.id}</Link> },
    { id: "title", title: t("finding.what"), wide: true, render: (f) => <Link to={`/findings/${f.id}`}>{both(f.title_zh, f.title)}</Link> },
    { id: "subject", title: t("finding.subject"), render: (f) => <><Subject finding={f} /> <span class="small">{word("subject", f.subject_kind)}</span></> },
    { id: "status", title: t("finding.status"), render: (f) => <Status status={f.status} /> },
    { id: "first_seen", title: t("finding.first"), whole: true, render: (f) => instant(f.first_seen) },
    { id: "last_seen", title: t("finding.last"), whole: true, render: (f) => instant(f.last_seen) },
];

export default function Findings() {
    const [query, set] = useQuery();
    const kinds = useApi("/v1/finding-kinds");
    const pages = usePages(address("/v1/findings", { kind: query.kind, status: query.status ?? "open", subject: query.subject, from: query.from, to: query.to }), "findings");
    useLive(["findings"], pages.reload);
    return (
        <Page title={t("view.findings")} lead={t(userNow().role === "reporter" ? "findings.lead.own" : "findings.lead")}>
            <div class="filters">
                <Filter name="status" kind="select" label={t("finding.status")} value={query.status ?? "open"} options={[...STATES, "current"].map((s) => [s, word("status", s)])} onChange={(status) => set({ status: status === "open" ? null : status })} />
                <Filter name="kind" kind="select" label={t("finding.kind")} value={query.kind} options={[["", t("plan.all")], ...(kinds.data?.kinds ?? []).map((k) => [k.kind, both(k.title_zh, k.title)])]} onChange={(kind) => set({ kind })} />
                <Filter name="subject" label={t("finding.subject")} value={query.subject} maxLength="60" onChange={(subject) => set({ subject })} />
                <Filter name="from" kind="date" label={t("findings.from")} value={query.from} onChange={(from) => set({ from })} />
                <Filter name="to" kind="date" label={t("findings.to")} value={query.to} onChange={(to) => set({ to })} />
            </div>
            <PagedTable pages={pages} caption={t("view.findings")} columns={findingColumns()} row={(f) => f.id} empty={t("findings.none")} />
        </Page>
    );
}
