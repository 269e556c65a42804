/* Freight figures: shares of rail and of each definition of green, with coverage and targets. */
import { useApi } from "../api.js";
import { writeCsv } from "../csv.js";
import { Filter } from "../form.jsx";
import { MODES, periodName, quartersBefore, tonnes } from "../freight/words.jsx";
import { number, share, today } from "../format.js";
import { Facts, Page, Part } from "../layout.jsx";
import { ProblemNote, Waiting } from "../problem.jsx";
import { Link, address, useQuery } from "../router.js";
import { Verdict, target } from "../rule.jsx";
import { saveCsv } from "../save.js";
import { userNow } from "../session.js";
import { Table } from "../table.jsx";
import { both, t, word } from "../words.js";

const BY = ["org", "commodity", "zone", "period"];
const LISTS = { org: "orgs", commodity: "commodities", zone: "zones", period: "periods" };
const REGION = ["R3-03a", "R3-03b", "R3-04", "R3-05"];
const shareText = (pair) => (pair ? share(pair[0], pair[1]) : "–");
const pairText = (pair) => (pair?.[1] ? t("freight.pair", { part: number(pair[0] / 10, 1), whole: number(pair[1] / 10, 1) }) : "");

/* Tonnes by mode as one bar; the words stand in its label and title. */
function Modes({ byMode, bulk }) {
    const parts = MODES.map((mode) => [mode, Number(byMode[mode] ?? 0)]).filter(([, v]) => v > 0);
    const all = Number(bulk);
    if (all === 0) return <span class="small">–</span>;
    const what = parts.map(([mode, v]) => `${word("mode", mode)} ${share(v, all)}`).join(", ");
    return (
        <div class="bar-modes" role="img" aria-label={what} title={what}>
            {parts.map(([mode, v]) => <span key={mode} class={`mode-${mode}`} ref={(at) => { if (at) at.style.width = `${(100 * v) / all}%`; }} />)}
        </div>
    );
}

function Legend({ byMode }) {
    return <ul class="legend">{MODES.filter((m) => Number(byMode[m] ?? 0) > 0).map((m) => <li key={m}><span class={`mode-${m}`} aria-hidden="true" /> {word("mode", m)} <span class="small">{tonnes(byMode[m])} t</span></li>)}</ul>;
}

function Definitions({ found }) {
    const rows = [
        { id: "rail_of_bulk", title: t("freight.rail_of_bulk"), pair: found.shares.rail_of_bulk },
        { id: "rail_of_all", title: t("freight.rail_of_all"), pair: found.shares.rail_of_all },
        ...found.definitions.map((d) => ({ ...d, title: both(d.title_zh, d.title_en), pair: found.shares[d.id] })),
    ];
    const columns = [
        { id: "title", title: t("freight.share"), wide: true, render: (r) => <>{r.title}{r.version && <span class="small"> {r.id} v{r.version}</span>}</> },
        { id: "value", title: t("freight.share.tonnes"), numeric: true, value: (r) => r.pair?.[2], render: (r) => <><strong>{shareText(r.pair)}</strong><div class="small">{pairText(r.pair)}</div></> },
        { id: "km", title: t("freight.share.km"), numeric: true, value: (r) => found.tonne_km[r.id]?.[2], render: (r) => shareText(found.tonne_km[r.id]) },
        { id: "modes", title: t("freight.share.modes"), sort: false, wide: true, render: (r) => (r.modes ?? []).map((m) => word("mode", m)).join(t("comma")) || "–" },
        { id: "source", title: t("freight.share.source"), sort: false, wide: true, render: (r) => <span class="small">{r.source ?? "–"} {r.note}</span> },
    ];
    return <Table caption={t("freight.shares")} columns={columns} rows={rows} sortable row={(r) => r.id} />;
}

/* The plan's rules about the zone's freight, where the role may see the plan. */
function Targets() {
    const answer = useApi("/v1/compliance");
    if (!answer.data) return <ProblemNote problem={answer.problem} />;
    const columns = [
        { id: "id", title: t("freight.rule"), whole: true, render: (r) => <Link to={`/rules/${r.id}`}>{r.id}</Link> },
        { id: "title", title: t("freight.clause"), wide: true, value: (r) => both(r.title, r.title_en) },
        { id: "value", title: t("freight.share"), numeric: true, render: (r) => <strong>{share(r.numerator, r.denominator)}</strong> },
        { id: "target", title: t("freight.target"), value: target },
        { id: "verdict", title: t("freight.verdict"), render: (r) => <Verdict rule={r} /> },
    ];
    return <Part title={t("freight.targets")}><p class="small">{t("freight.targets.lead", { day: answer.data.as_of ?? today() })}</p><Table caption={t("freight.targets")} columns={columns} rows={answer.data.rules.filter((r) => REGION.includes(r.id))} row={(r) => r.id} /></Part>;
}

/* The shown list as CSV: tonnes and, for each share, its two figures in tonnes. */
function exported(by, found) {
    const ids = ["rail_of_bulk", ...found.definitions.map((d) => d.id)];
    const rows = (found[LISTS[by]] ?? []).map((r) => [r.org_id ?? r.commodity ?? r.zone ?? r.period, nameOf(by, r), r.bulk_t, ...ids.flatMap((id) => [0, 1].map((i) => (r.shares[id] ? (r.shares[id][i] / 10).toFixed(1) : "")))]);
    return writeCsv([[by, "name", "bulk_t", ...ids.flatMap((id) => [`${id}_t`, `${id}_of_t`])], ...rows]);
}

const nameOf = (by, row) => (by === "org" ? row.name ?? row.org_id : by === "commodity" ? word("commodity", row.commodity) : by === "zone" ? row.zone : periodName(row.period));

function byColumns(by, found) {
    return [
        { id: "name", title: t(`freight.by.${by}`), wide: true, value: (r) => nameOf(by, r), render: (r) => <>{nameOf(by, r)}{by === "org" && <span class="small"> {word("industry", r.industry)}</span>}</> },
        { id: "bulk", title: t("freight.bulk"), numeric: true, value: (r) => Number(r.bulk_t), render: (r) => tonnes(r.bulk_t) },
        { id: "modes", title: t("freight.modes"), sort: false, render: (r) => <Modes byMode={r.by_mode} bulk={r.bulk_t} /> },
        { id: "rail", title: t("freight.rail"), numeric: true, value: (r) => r.shares.rail_of_bulk?.[2], render: (r) => shareText(r.shares.rail_of_bulk) },
        ...found.definitions.map((d) => ({ id: d.id, title: both(d.title_zh, d.title_en), numeric: true, value: (r) => r.shares[d.id]?.[2], render: (r) => shareText(r.shares[d.id]) })),
        ...(by === "org" ? [{ id: "complete", title: t("freight.complete"), render: (r) => (r.complete ? <span class="badge badge-good">✓ {t("yes")}</span> : <span class="badge badge-warn">! {t("no")}</span>) }] : []),
    ];
}

export default function Shares() {
    const bureau = ["viewer", "officer", "admin"].includes(userNow().role);
    const [query, set] = useQuery();
    const period = query.period ?? quartersBefore(today(), 2)[1].slice(0, 4);
    const by = BY.includes(query.by) ? query.by : "org";
    const path = address("/v1/freight/shares", { period, by, known_at: query.known_at });
    const answer = useApi(path);
    const found = answer.data;
    return (
        <Page title={t("view.shares")} lead={t("freight.shares.lead")} actions={found && <button type="button" onClick={() => saveCsv(exported(by, found), `shares-${period}-${by}.csv`)}>{t("freight.export")}</button>}>
            <div class="filters">
                <Filter name="period" label={t("freight.period")} value={period} maxLength="7" placeholder="2025-Q2" onChange={(p) => set({ period: p.trim() })} />
                <Filter name="by" kind="select" label={t("freight.by")} value={by} options={BY.map((b) => [b, t(`freight.by.${b}`)])} onChange={(b) => set({ by: b })} />
                <Filter name="known_at" kind="date" label={t("freight.known_at")} value={query.known_at} max={today()} onChange={(d) => set({ known_at: d })} />
            </div>
            <ProblemNote problem={found && answer.problem} />
            {!found ? <Waiting of={answer} /> : (
                <>
                    <Facts rows={[
                        [t("freight.period"), periodName(found.period)],
                        [t("freight.bulk"), `${tonnes(found.bulk_t)} t`],
                        [t("freight.coverage"), t("freight.coverage.of", found.coverage)],
                    ]} />
                    {Number(found.bulk_t) > 0 && <><Modes byMode={found.by_mode} bulk={found.bulk_t} /><Legend byMode={found.by_mode} /></>}
                    <Part title={t("freight.shares")}><Definitions found={found} /></Part>
                    {bureau && <Targets />}
                    <Part title={t(`freight.by.${by}`)}><Table caption={t(`freight.by.${by}`)} columns={byColumns(by, found)} rows={found[LISTS[by]] ?? []} sortable /></Part>
                </>
            )}
        </Page>
    );
}
