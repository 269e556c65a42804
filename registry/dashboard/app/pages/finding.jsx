/* One finding: the evidence, what was decided, and the decision. */
import { request, useApi } from "../api.js";
import { instant } from "../format.js";
import { Field, Submit, useForm, useSend } from "../form.jsx";
import { Facts, Page, Part } from "../layout.jsx";
import { ProblemNote, Waiting } from "../problem.jsx";
import { Link, address } from "../router.js";
import { userNow } from "../session.js";
import { Table } from "../table.jsx";
import { both, t, word } from "../words.js";
import { Status, Subject } from "./findings.jsx";

const INSTANT = /^\d{4}-\d\d-\d\dT/;
const DECISIONS = ["confirmed", "explained", "open"];

const nameOf = (key) => (t.has(`evidence.${key}`) ? t(`evidence.${key}`) : key);

function Value({ name, value }) {
    if (value === null || value === undefined) return "–";
    const outside = userNow().role === "reporter"; /* who reads no samples */
    if (outside && typeof value === "string" && value.startsWith("/v1/")) return "–";
    if (name === "samples" && typeof value === "string" && value.startsWith("/v1/")) return <a href={value}>{t("evidence.open")}</a>;
    if (typeof value === "string" && INSTANT.test(value)) return instant(value, true);
    if (t.has(`${name}.${value}`)) return word(name, value);
    return typeof value === "object" ? <code>{JSON.stringify(value)}</code> : String(value);
}

/* A day of a vehicle's evidence leads to the track of that day. */
function rowColumns(rows, finding) {
    const keys = [...new Set(rows.flatMap((r) => Object.keys(r)))].sort((a, b) => (a === "day" ? -1 : b === "day" ? 1 : a < b ? -1 : 1));
    const columns = keys.map((key) => ({ id: key, title: nameOf(key), render: (r) => <Value name={key} value={r[key]} /> }));
    if (finding.subject_kind === "vehicle" && userNow().role !== "reporter" && keys.includes("day"))
        columns.push({ id: "track", title: t("track.title"), render: (r) => <Link to={address(`/vehicles/${encodeURIComponent(finding.subject)}`, { day: r.day })}>{t("track.show")}</Link> });
    return columns;
}

function Evidence({ finding }) {
    const plain = [];
    const parts = [];
    for (const [key, value] of Object.entries(finding.evidence)) {
        if (Array.isArray(value) && value.length > 0 && value.every((v) => v !== null && typeof v === "object"))
            parts.push(<><h3>{nameOf(key)}</h3><Table caption={nameOf(key)} rows={value} columns={rowColumns(value, finding)} /></>);
        else if (value !== null && typeof value === "object" && !Array.isArray(value))
            parts.push(<><h3>{nameOf(key)}</h3><Facts rows={Object.entries(value).map(([k, v]) => [nameOf(k), <Value name={k} value={v} />])} /></>);
        else plain.push([nameOf(key), <Value name={key} value={value} />]);
    }
    return <><Facts rows={plain} />{parts.map((part, i) => <div key={i}>{part}</div>)}</>;
}

function Decide({ finding, etag, reload }) {
    const form = useForm(`decide-${finding.id}`, { decision: "", note: "" }, { decision: { required: true }, note: { required: true, max: 1000 } });
    const [submit, busy, problem] = useSend(form, async () => {
        await request("POST", `/v1/findings/${finding.id}:decide`, { body: form.values, headers: { "If-Match": etag } });
        form.done();
        await reload();
    });
    const open = DECISIONS.filter((d) => d !== finding.status);
    return (
        <form class="narrow" onSubmit={submit} noValidate>
            <Field form={form} name="decision" kind="select" label={t("finding.decision")} options={[["", t("finding.choose")], ...open.map((d) => [d, t(`decision.${d}`)])]} />
            <Field form={form} name="note" kind="textarea" label={t("finding.note")} help={t("finding.note.help")} />
            <ProblemNote problem={problem} />
            <Submit busy={busy}>{t("finding.decide")}</Submit>
        </form>
    );
}

export default function Finding({ id }) {
    const user = userNow();
    const answer = useApi(`/v1/findings/${encodeURIComponent(id)}`);
    const f = answer.data;
    if (!f) return <Page title={t("finding.title", { id })}><Waiting of={answer} /></Page>;
    const may = (user.role === "officer" || user.role === "admin") && f.status !== "closed";
    return (
        <Page title={both(f.title_zh, f.title)} lead={t("finding.title", { id })} actions={<Link class="button" to="/findings">{t("view.findings")}</Link>}>
            <ProblemNote problem={answer.problem} />
            <Facts rows={[
                [t("finding.status"), <Status status={f.status} />], [word("subject", f.subject_kind), <Subject finding={f} />], [t("finding.about"), f.about],
                [t("finding.cause"), f.cause], [t("finding.first"), instant(f.first_seen)], [t("finding.last"), instant(f.last_seen)], [t("finding.reopened"), f.reopened > 0 ? f.reopened : null],
            ]} />
            <div class="columns">
                <Part title={t("finding.evidence")}><Evidence finding={f} /></Part>
                <div>
                    {may && <Part title={t("finding.decision")}><p class="small">{t("finding.decide.lead")}</p><Decide key={f.history.length} finding={f} etag={answer.etag} reload={answer.reload} /></Part>}
                    <Part title={t("finding.history")}>
                        <Table caption={t("finding.history")} rows={[...f.history].reverse()} columns={[
                            { id: "at", title: t("at"), whole: true, render: (h) => instant(h.at) }, { id: "status", title: t("finding.status"), render: (h) => <Status status={h.status} /> },
                            { id: "author", title: t("finding.author"), render: (h) => h.author ?? t("finding.by_itself") },
                            { id: "reason", title: t("finding.reason"), render: (h) => (h.author === null && t.has(`reason.${h.reason}`) ? t(`reason.${h.reason}`) : h.reason) }]} />
                    </Part>
                </div>
            </div>
        </Page>
    );
}
