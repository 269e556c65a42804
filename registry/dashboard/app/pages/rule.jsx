/* One rule: what the plan says, the figure and its course, and the vehicles or enterprises behind it. */
import { useApi } from "../api.js";
import { ShareChart } from "../chart.jsx";
import { instant, number, share } from "../format.js";
import { Facts, Page, Part } from "../layout.jsx";
import { useLive } from "../live.js";
import { OwnerName } from "../owner.jsx";
import { ProblemNote, Waiting } from "../problem.jsx";
import { Link, address, useQuery } from "../router.js";
import { Said } from "../said.jsx";
import { Beside, Figure, Restated, Verdict, Verified, due, target } from "../rule.jsx";
import { Exports, PagedTable, Table, usePages } from "../table.jsx";
import { Why } from "../why.jsx";
import { both, languageNow, t, word } from "../words.js";
import { DayAndArea } from "./overview.jsx";

const FLEET = ["STOCK_SHARE", "FLOW_SHARE"];
const COUNTS = ["yes", "no", "exempt", "unknown"];

function Text({ rule }) {
    return (
        <Part title={t("rule.text")}>
            <blockquote class="text-zh" lang="zh-CN">{rule.text}</blockquote>
            {languageNow() === "en" && rule.text_en && <p class="text-zh">{rule.text_en}</p>}
            <Facts rows={[
                [t("rule.source"), rule.source_doc], [t("rule.authority"), word("authority", rule.authority)], [t("rule.kind"), word("kind", rule.kind)],
                [t("plan.lead"), rule.lead], [t("rule.support"), rule.support.join("、")], [t("rule.strength"), word("strength", rule.strength)],
                [t("rule.threshold_source"), rule.threshold_source], [t("rule.definition"), rule.definition && both(rule.definition.title, rule.definition.title_en)],
                [t("rule.exempt"), rule.exempt_reasons.map((r) => word("exempt", r)).join("、")],
            ]} />
            {rule.threshold_note && <p class="small"><Said text={rule.threshold_note} /></p>}
            {rule.note && <p class="small"><Said text={rule.note} /></p>}
        </Part>
    );
}

function Parts({ rule }) {
    if (rule.breakdown.length === 0) return null;
    return (
        <Part title={t("rule.parts")}>
            <Table caption={t("rule.parts")} rows={rule.breakdown} row={(p) => p.id} columns={[
                { id: "title", title: t("plan.clause"), value: (p) => both(p.title, p.title_en) },
                { id: "value", title: t("plan.figure"), render: (p) => <Figure rule={p} /> },
                { id: "met", title: t("plan.verdict"), render: (p) => (p.met === null ? t("plan.nodata") : p.met ? word("verdict", "MET") : t("plan.short", { n: p.shortfall })) },
            ]} />
        </Part>
    );
}

/* Other ways to count, and what was entered by hand. */
function Views({ rule }) {
    return (
        <>
            {rule.views.length > 0 && (
                <Part title={t("rule.views")}>
                    <Table caption={t("rule.views")} rows={rule.views} row={(v) => v.id} columns={[
                        { id: "title", title: t("rule.view") },
                        { id: "value", title: t("plan.figure"), render: (v) => <Figure rule={v} /> },
                        { id: "unit", title: t("rule.unit"), render: (v) => word("unit", v.unit) },
                        { id: "note", title: t("rule.note"), render: (v) => v.note && <Said text={v.note} /> },
                    ]} />
                </Part>
            )}
            {rule.values.length > 0 && (
                <Part title={t("rule.values")}>
                    <Table caption={t("rule.values")} rows={rule.values} columns={[
                        { id: "indicator", title: t("rule.indicator"), render: (v) => word("indicator", v.indicator) },
                        { id: "subject", title: t("rule.subject") }, { id: "from", title: t("from") }, { id: "to", title: t("to") },
                        { id: "value", title: t("rule.value"), numeric: true, render: (v) => `${number(v.value, 3)} ${v.unit}` },
                        { id: "source", title: t("rule.source") }, { id: "published", title: t("rule.published") },
                    ]} />
                </Part>
            )}
        </>
    );
}

function Course({ rule, asked }) {
    const answer = useApi(address(`/v1/compliance/${rule.id}/projection`, asked));
    const p = answer.data;
    if (!p) return <Waiting of={answer} />;
    return (
        <>
            <ShareChart label={both(rule.title, rule.title_en)} months={p.history} threshold={rule.threshold} />
            <Facts rows={[
                [t("projection.outcome"), t(`projection.${p.outcome}`, { day: p.reached_on ?? "–" })],
                [t("projection.pace"), p.pace && t("projection.pace.what", { from: share(p.pace.numerator, p.pace.denominator), since: p.pace.since, to: share(p.numerator, p.denominator) })],
                [t("projection.missing"), p.missing > 0 ? number(p.missing) : null],
                [t("projection.per_month"), p.target.needed_per_month > 0 ? number(p.target.needed_per_month) : null],
                [t("projection.expected"), p.target.expected && `${share(p.target.expected.numerator, p.target.expected.denominator)} (${p.target.target_date})`],
            ]} />
            {p.replace?.vehicles.length > 0 && (
                <details>
                    <summary>{t("projection.replace", { n: p.replace.needed })}</summary>
                    <Table caption={t("projection.replace", { n: p.replace.needed })} rows={p.replace.vehicles} row={(v) => v.vehicle_id} columns={[
                        { id: "rank", title: "#", numeric: true },
                        { id: "vehicle_id", title: t("vehicle.id"), render: (v) => <Link to={`/vehicles/${encodeURIComponent(v.vehicle_id)}`}>{v.plate ?? v.vehicle_id}</Link> },
                        { id: "energy", title: t("vehicle.energy"), render: (v) => word("energy", v.energy) },
                        { id: "stage", title: t("vehicle.stage"), render: (v) => word("stage", v.stage) },
                        { id: "first_registered", title: t("vehicle.first_registered") },
                        { id: "score", title: t("projection.score"), numeric: true },
                    ]} />
                </details>
            )}
        </>
    );
}

const vehicleColumns = () => [
    { id: "vehicle_id", title: t("vehicle.id"), whole: true, render: (v) => <Link to={`/vehicles/${encodeURIComponent(v.vehicle_id)}`}>{v.vehicle_id}</Link> },
    { id: "plate", title: t("vehicle.plate"), whole: true },
    { id: "category", title: t("vehicle.category"), render: (v) => word("category", v.category) },
    { id: "energy", title: t("vehicle.energy"), render: (v) => word("energy", v.energy) },
    { id: "stage", title: t("vehicle.stage"), render: (v) => word("stage", v.stage) },
    { id: "owner", title: t("vehicle.owner"), render: (v) => <OwnerName id={v.owner} /> },
    { id: "added", title: t("vehicle.added"), whole: true },
    { id: "counts", title: t("rule.counts"), render: (v) => word("counts", v.counts) },
    { id: "why", title: t("rule.why"), wide: true, render: (v) => <Why text={v.why} /> },
    { id: "verified", title: t("plan.verified"), render: verified },
    { id: "attribution", title: t("rule.attribution"), render: (v) => v.attribution && t(`rule.attribution.${v.attribution.by}`) },
];

/* How telemetry and findings bear it out; the finding is a link. */
const verified = (r) => r.verified && (r.finding?.number
    ? <Link to={`/findings/${r.finding.number}`}>{t(`rule.verified.${r.verified}`)}</Link> : t(`rule.verified.${r.verified}`));

/* Trips through gates, or the working time of machines by site and day. */
const useColumns = () => [
    { id: "plate", title: t("vehicle.plate"), whole: true, render: (u) => (u.vehicle_id
        ? <Link to={`/vehicles/${encodeURIComponent(u.vehicle_id)}`}>{u.plate ?? u.vehicle_id}</Link> : u.plate ?? u.named_id) },
    { id: "at", title: t("rule.at"), whole: true, render: (u) => (u.at ? instant(u.at) : u.day) },
    { id: "site_id", title: t("rule.site"), render: (u) => (u.gate ? `${u.site_id} · ${u.gate}` : u.site_id) },
    { id: "org_id", title: t("vehicle.owner"), render: (u) => <OwnerName id={u.org_id} /> },
    { id: "energy", title: t("vehicle.energy"), render: (u) => u.energy && word("energy", u.energy) },
    { id: "stage", title: t("vehicle.stage"), render: (u) => u.stage && word("stage", u.stage) },
    { id: "tonnes", title: t("rule.tonnes"), numeric: true },
    { id: "operating_min", title: t("rule.minutes"), numeric: true },
    { id: "counts", title: t("rule.counts"), render: (u) => word("counts", u.counts) },
    { id: "why", title: t("rule.why"), wide: true, render: (u) => <Why text={u.why} /> },
    { id: "exception", title: t("rule.exception") },
    { id: "verified", title: t("plan.verified"), render: verified },
];

const itemColumns = () => [
    { id: "id", title: t("rule.item"), render: (i) => i.name ?? (i.org_id ? <OwnerName id={i.org_id} /> : i.site_id ?? i.area) },
    { id: "value", title: t("plan.figure"), render: (i) => <Figure rule={i} /> },
    { id: "unit", title: t("rule.unit"), render: (i) => word("unit", i.unit) },
    { id: "counts", title: t("rule.counts"), render: (i) => <>{word("counts", i.counts)} {i.disputed && <span class="badge badge-odd">{word("verdict", "DISPUTED")}</span>}</> },
    { id: "exception", title: t("rule.exception") },
    { id: "why", title: t("rule.why"), wide: true, render: (i) => <Why text={i.why} /> },
];

function Behind({ rule, asked, query, set }) {
    const path = address(`/v1/compliance/${rule.id}/vehicles`, { ...asked, counts: query.counts });
    const pages = usePages(path, "vehicles");
    const first = pages.rows[0];
    const kind = rule.kind === "USAGE_SHARE" ? useColumns : first === undefined || first.category !== undefined ? vehicleColumns : itemColumns;
    const sparse = ["attribution", "verified", "tonnes", "operating_min", "exception"];
    const columns = kind().filter((c) => !sparse.includes(c.id) || pages.rows.some((r) => r[c.id] != null));
    const key = (r) => (r.at || r.day ? [r.site_id, r.at ?? r.day, r.gate, r.plate ?? r.named_id, r.vehicle_id].join() : r.vehicle_id ?? r.org_id ?? r.site_id ?? r.area);
    return (
        <Part title={t("rule.behind")} actions={<Exports path={path} name={`${rule.id}-vehicles`} />}>
            <div class="tabs" role="group" aria-label={t("rule.counts")}>
                {["", ...COUNTS].map((c) => <button key={c} type="button" aria-pressed={(query.counts ?? "") === c} onClick={() => set({ counts: c })}>{c === "" ? t("plan.all") : word("counts", c)}</button>)}
            </div>
            <PagedTable pages={pages} caption={t("rule.behind")} columns={columns} row={key} />
        </Part>
    );
}

export default function Rule({ id }) {
    const [query, set] = useQuery();
    const asked = { as_of: query.as_of, area: query.area, owner: query.owner };
    const answer = useApi(address("/v1/compliance", asked));
    useLive(["figures"], answer.reload);
    const rule = answer.data?.rules.find((r) => r.id === id);
    if (!answer.data) return <Page title={id}><Waiting of={answer} /></Page>;
    if (!rule) return <Page title={id}><p>{t("rule.none", { id })}</p></Page>;
    return (
        <Page title={`${rule.id} ${both(rule.title, rule.title_en)}`} lead={t("plan.as_of.lead", { day: answer.data.as_of })} actions={<Link class="button" to={address("/", { as_of: query.as_of, area: query.area })}>{t("view.overview")}</Link>}>
            <div class="filters"><DayAndArea query={query} set={set} /></div>
            <ProblemNote problem={answer.problem} />
            <Facts rows={[
                [t("plan.verdict"), <><Verdict rule={rule} /> <Restated rule={rule} /></>],
                [t("plan.figure"), <><Figure rule={rule} /><Beside rule={rule} /></>],
                [t("plan.target"), target(rule)], [t("plan.due"), due(rule)],
                [t("plan.verified"), rule.verified && rule.denominator > 0 && <Verified verified={rule.verified} />],
                [t("rule.measured"), rule.measured && share(rule.measured.numerator, rule.measured.denominator)],
                [t("rule.zero_emission"), FLEET.includes(rule.kind) && rule.zero_emission.denominator > 0 ? share(rule.zero_emission.numerator, rule.zero_emission.denominator) : null],
                [t("rule.window"), rule.window && `${rule.window.from} – ${rule.window.to}`],
                [t("rule.coverage"), rule.coverage && t("freight.coverage.of", rule.coverage)],
                [t("rule.attributed"), rule.attributed && t("rule.attributed.what", { into: rule.attributed.declared_outside, out: rule.attributed.declared_inside, declared: rule.attributed.by_declared ? share(rule.attributed.by_declared.numerator, rule.attributed.by_declared.denominator) : "–" })],
            ]} />
            {rule.note_figure && <p class="note"><Said text={rule.note_figure} /></p>}
            {FLEET.includes(rule.kind) && rule.threshold && <Part title={t("rule.course")}><Course rule={rule} asked={asked} /></Part>}
            <Parts rule={rule} />
            <Views rule={rule} />
            <Behind rule={rule} asked={asked} query={query} set={set} />
            <Text rule={rule} />
        </Page>
    );
}
