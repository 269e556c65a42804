/* Two versions of a freight report side by side. */
import { useApi } from "../api.js";
import { Filter } from "../form.jsx";
import { COLUMNS, cellText, columnName, periodName, tonnes } from "../freight/words.jsx";
import { instant, number } from "../format.js";
import { Page, Part } from "../layout.jsx";
import { ProblemNote, Waiting } from "../problem.jsx";
import { Link, address, useQuery } from "../router.js";
import { Table } from "../table.jsx";
import { t } from "../words.js";

const LOOKS = { changed: "warn", added: "good", removed: "bad" };

function Change({ of }) {
    return <span class={`badge${LOOKS[of] ? ` badge-${LOOKS[of]}` : ""}`}>{t(`freight.change.${of}`)}</span>;
}

/* One value where both agree, else the old one struck out and the new one. */
function Pair({ column, pair }) {
    const [from, to] = [pair.from, pair.to].map((line) => line && cellText(column, line[column]));
    if (from === to || from === null || to === null) return <>{from ?? to}</>;
    return <><del>{from}</del> <ins>{to}</ins></>;
}

function difference(pair) {
    return (pair.to?.tonnes ?? 0) - (pair.from?.tonnes ?? 0);
}

function columns(from, to) {
    const shown = COLUMNS.filter((c) => !["tonnes", "note", "station"].includes(c));
    return [
        { id: "change", title: t("freight.change"), render: (p) => <Change of={p.change} /> },
        ...shown.slice(0, 3).map((c) => ({ id: c, title: columnName(c), value: (p) => (p.to ?? p.from)[c], render: (p) => <Pair column={c} pair={p} /> })),
        { id: "old", title: t("freight.version.tonnes", { n: from }), numeric: true, value: (p) => p.from?.tonnes, render: (p, v) => tonnes(v) },
        { id: "new", title: t("freight.version.tonnes", { n: to }), numeric: true, value: (p) => p.to?.tonnes, render: (p, v) => tonnes(v) },
        { id: "difference", title: t("freight.difference"), numeric: true, value: difference, render: (p, v) => (v === 0 ? "–" : <strong>{v > 0 ? "+" : ""}{number(v, 1)}</strong>) },
        ...shown.slice(3).map((c) => ({ id: c, title: columnName(c), value: (p) => (p.to ?? p.from)[c], render: (p) => <Pair column={c} pair={p} /> })),
    ];
}

function Heads({ head, from, to }) {
    const list = [
        { id: "column", title: t("freight.head"), render: (h) => columnName(h.column) },
        { id: "from", title: t("freight.version.n", { n: from }), render: (h) => cellText(h.column, h.from) },
        { id: "to", title: t("freight.version.n", { n: to }), render: (h) => cellText(h.column, h.to) },
    ];
    return <Part title={t("freight.head")}><Table caption={t("freight.head")} columns={list} rows={head} row={(h) => h.column} empty={t("freight.head.same")} /></Part>;
}

export default function Compare({ id }) {
    const [query, set] = useQuery();
    const path = `/v1/freight/reports/${encodeURIComponent(id)}`;
    const report = useApi(path);
    const answer = useApi(address(`${path}/compare`, { from: query.from, to: query.to }));
    const versions = (report.data?.versions ?? []).map((v) => [String(v.version), `${v.version} · ${v.author} · ${instant(v.recorded_at)}`]);
    const found = answer.data;
    return (
        <Page title={t("freight.compare.title")} lead={report.data && <Link to={`/reports/${id}`}>{report.data.name} · {periodName(report.data.period)}</Link>}>
            {!found || !report.data ? <Waiting of={report.data ? answer : report} /> : (
                <>
                    <div class="filters">
                        <Filter name="from" kind="select" options={versions} label={t("freight.compare.from")} value={String(found.from)} onChange={(from) => set({ from })} />
                        <Filter name="to" kind="select" options={versions} label={t("freight.compare.to")} value={String(found.to)} onChange={(to) => set({ to })} />
                    </div>
                    <ProblemNote problem={answer.problem} />
                    <Part title={t("freight.lines")}><Table caption={t("freight.lines")} columns={columns(found.from, found.to)} rows={found.lines} sortable /></Part>
                    <Heads head={found.head} from={found.from} to={found.to} />
                </>
            )}
        </Page>
    );
}
