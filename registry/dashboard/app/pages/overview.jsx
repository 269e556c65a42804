/* The plan at a glance: every rule with figure, target, verdict, trend and how much is verified. */
import { Exports, Table } from "../table.jsx";
import { Filter } from "../form.jsx";
import { Page } from "../layout.jsx";
import { ProblemNote, Waiting } from "../problem.jsx";
import { useApi } from "../api.js";
import { Link, address, useQuery } from "../router.js";
import { useLive } from "../live.js";
import { Said } from "../said.jsx";
import { Beside, Figure, Restated, Verdict, Verified, due, target } from "../rule.jsx";
import { Spark } from "../spark.jsx";
import { today } from "../format.js";
import { both, t, word } from "../words.js";

const GROUPS = ["R2", "R3", "R7"];
const groupOf = (rule) => t(`plan.group.${GROUPS.find((g) => rule.id.startsWith(g)) ?? "other"}`);

function columns(query, trends) {
    return [
        { id: "id", title: t("plan.rule"), whole: true, render: (r) => <Link to={address(`/rules/${r.id}`, query)}>{r.id}</Link> },
        { id: "title", title: t("plan.clause"), value: (r) => both(r.title, r.title_en), wide: true },
        { id: "value", title: t("plan.figure"), render: (r) => <><Figure rule={r} /><Beside rule={r} /></> },
        { id: "target", title: t("plan.target"), whole: true, value: target, render: (r) => r.threshold && <>{target(r)}<div class="small">{word("strength", r.strength)}</div></> },
        { id: "verdict", title: t("plan.verdict"), render: (r) => <><Verdict rule={r} /> <Restated rule={r} /></> },
        { id: "trend", title: t("plan.trend"), sort: false, render: (r) => <Trend rule={r} trends={trends} /> },
        { id: "verified", title: t("plan.verified"), value: (r) => r.verified?.by_telemetry, render: (r) => <Verified verified={r.verified} /> },
        { id: "due", title: t("plan.due"), whole: true, render: due },
        { id: "lead", title: t("plan.lead") },
    ];
}

function Trend({ rule, trends }) {
    const months = trends?.[rule.id];
    return months ? <Spark title={both(rule.title, rule.title_en)} months={months} threshold={rule.threshold} /> : null;
}

/* How many rules have which verdict, in the order of how much they ask for attention. */
const ORDER = ["OVERDUE", "NOT_MET", "DISPUTED", "AT_RISK", "ON_TRACK", "MET_WITH_EXCEPTIONS", "MET", "NO_DATA"];

function Summary({ rules }) {
    const tested = rules.filter((r) => r.kind !== "QUALITATIVE");
    return (
        <ul class="summary" aria-label={t("plan.summary")}>
            {ORDER.map((verdict) => [verdict, tested.filter((r) => r.verdict === verdict).length]).filter(([, n]) => n > 0)
                .map(([verdict, n]) => <li key={verdict}><Verdict rule={{ verdict }} /> <strong>{n}</strong></li>)}
        </ul>
    );
}

/* The day and the area are those of every figure below. */
export function DayAndArea({ query, set }) {
    return (
        <>
            <Filter name="as_of" kind="date" label={t("plan.as_of")} value={query.as_of ?? today()} max={today()} onChange={(as_of) => set({ as_of: as_of === today() ? null : as_of })} />
            <Filter name="area" label={t("plan.area")} value={query.area} inputMode="numeric" maxLength="12" placeholder={t("plan.area.help")} onChange={(area) => set({ area })} />
        </>
    );
}

export default function Overview() {
    const [query, set] = useQuery();
    const asked = { as_of: query.as_of, area: query.area };
    const path = address("/v1/compliance", asked);
    const answer = useApi(path);
    const history = useApi(address("/v1/compliance/history", asked));
    useLive(["figures"], () => { answer.reload(); history.reload(); });
    const plan = answer.data;
    const trends = history.data && Object.fromEntries(history.data.rules.map((r) => [r.id, r.history]));
    return (
        <Page title={t("view.overview")} lead={plan && <>{both(plan.title, plan.title_en)} <span class="nowrap">{plan.document}</span> · {t("plan.as_of.lead", { day: plan.as_of })}{plan.area && ` · ${t("plan.area")} ${plan.area}`}</>} actions={<Exports path={path} name="compliance" />}>
            <div class="filters"><DayAndArea query={query} set={set} /></div>
            <ProblemNote problem={plan && answer.problem} />
            {!plan ? <Waiting of={answer} /> : (
                <>
                    <Summary rules={plan.rules} />
                    {plan.note && <p class="note"><Said text={plan.note} /></p>}
                    <Table caption={t("view.overview")} columns={columns(asked, trends)} rows={plan.rules} sortable row={(r) => r.id} group={groupOf} />
                </>
            )}
        </Page>
    );
}
