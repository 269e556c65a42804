/* The audit log: who changed what and who looked at what, newest first. */
import { instant, number } from "../format.js";
import { Filter } from "../form.jsx";
import { Facts, Page } from "../layout.jsx";
import { address, useQuery } from "../router.js";
import { PagedTable, usePages } from "../table.jsx";
import { t, word } from "../words.js";

/* Of neighbours in the log, whether each names the hash of the one before; null where none stand side by side. */
function chained(entries) {
    const pairs = entries.slice(1).map((older, i) => [entries[i], older]).filter(([newer, older]) => newer.number === older.number + 1);
    return pairs.length === 0 ? null : pairs.every(([newer, older]) => newer.previous === older.hash);
}

function Chain({ entries }) {
    const holds = chained(entries);
    if (holds === null) return <span class="small">{t("audit.chain.none")}</span>;
    return holds ? <span class="badge badge-good">✓ {t("audit.chain.holds")}</span> : <span class="badge badge-bad">✕ {t("audit.chain.broken")}</span>;
}

const COLUMNS = () => [
    { id: "number", title: t("audit.number"), numeric: true },
    { id: "at", title: t("freight.at"), whole: true, render: (e) => instant(e.at, true) },
    { id: "who", title: t("audit.who"), render: (e) => <>{e.who} <span class="small">{word("role", e.role)}</span></> },
    { id: "action", title: t("audit.action"), render: (e) => <code>{e.action}</code> },
    { id: "subject", title: t("audit.subject"), render: (e) => <span class="anywhere">{e.subject}</span> },
    { id: "details", title: t("audit.details"), wide: true, render: (e) => <code>{JSON.stringify(e.details)}</code> },
    { id: "hash", title: t("audit.hash"), render: (e) => <code title={e.hash}>{e.hash.slice(0, 12)}…</code> },
];

export default function Audit() {
    const [query, set] = useQuery();
    const pages = usePages(address("/v1/audit", { from: query.from, to: query.to, who: query.who, action: query.action, subject: query.subject }), "entries");
    const text = (name, max) => <Filter name={name} label={t(`audit.${name}`)} value={query[name]} maxLength={max} onChange={(v) => set({ [name]: v.trim() })} />;
    return (
        <Page title={t("view.audit")} lead={t("audit.lead")}>
            <div class="filters">
                <Filter name="from" kind="date" label={t("audit.from")} value={query.from} onChange={(from) => set({ from })} />
                <Filter name="to" kind="date" label={t("audit.to")} value={query.to} onChange={(to) => set({ to })} />
                {text("who", 64)}{text("action", 64)}{text("subject", 128)}
            </div>
            {pages.data && <Facts rows={[[t("audit.head"), number(pages.data.head.number)], [t("audit.hash"), <code>{pages.data.head.hash}</code>], [t("audit.chain"), <Chain entries={pages.rows} />]]} />}
            <PagedTable pages={pages} caption={t("view.audit")} columns={COLUMNS()} row={(e) => e.number} />
        </Page>
    );
}
