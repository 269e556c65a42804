/* One vehicle: what the register says and said of it, what it did, where it was, what was found out. */
import { useEffect, useState } from "preact/hooks";

import { Problem, useApi } from "../api.js";
import { Chart } from "../chart.jsx";
import { instant, number, share, today, yes } from "../format.js";
import { Facts, Page, Part } from "../layout.jsx";
import { TrackMap } from "../map.jsx";
import { OwnerName } from "../owner.jsx";
import { ProblemNote, Waiting } from "../problem.jsx";
import { address, useQuery } from "../router.js";
import { PagedTable, Table, usePages } from "../table.jsx";
import { readTrack } from "../track.js";
import { t, word } from "../words.js";
import { findingColumns } from "./findings.jsx";

const DAYS_SHOWN = 92;
const MORE = 1000;

function daysBefore(day, n) {
    return new Date(Date.parse(day) - n * 86400000).toISOString().slice(0, 10);
}

function Paper({ vehicle: v }) {
    return (
        <Facts rows={[
            [t("vehicle.plate"), v.plate], [t("vehicle.category"), word("category", v.category)], [t("vehicle.energy"), word("energy", v.energy)],
            [t("vehicle.stage"), word("stage", v.stage)], [t("vehicle.owner"), <><OwnerName id={v.owner_id} /><div class="small">{v.owner_id}</div></>], [t("owner.kind"), word("owner_kind", v.owner_kind)],
            [t("vehicle.area"), v.area], [t("vehicle.built_up"), yes(v.built_up)], [t("vehicle.first_registered"), v.first_registered],
            [t("vehicle.added"), v.added], [t("vehicle.removed"), v.removed], [t("vehicle.unit"), v.unit],
            [t("vehicle.in_fleet"), yes(v.in_fleet)], [t("vehicle.exempt"), v.exempt.map((e) => word("exempt", e)).join("、")],
        ]} />
    );
}

function Activity({ id, day, set }) {
    const to = daysBefore(today(), -1);
    const answer = useApi(address(`/v1/vehicles/${encodeURIComponent(id)}/activity`, { by: "day", from: daysBefore(to, DAYS_SHOWN), to }));
    if (!answer.data) return <Waiting of={answer} />;
    const days = answer.data.activity;
    if (days.length === 0) return <p class="empty">{t("activity.none", { n: DAYS_SHOWN })}</p>;
    const shown = [...days].reverse();
    return (
        <>
            <Chart label={t("activity.chart")} option={{
                xAxis: { type: "category", data: days.map((d) => d.period) },
                yAxis: { type: "value", name: "km" },
                series: [
                    { type: "bar", name: t("activity.km"), data: days.map((d) => Math.round(d.km * 10) / 10), barMaxWidth: 26 },
                    { type: "bar", name: t("activity.electric_km"), data: days.map((d) => Math.round(d.electric_km * 10) / 10), barMaxWidth: 26, itemStyle: { color: "#3c8f62" } },
                ],
            }} />
            <Table caption={t("activity.title")} rows={shown} sortable row={(d) => d.period} columns={[
                { id: "period", title: t("day"), whole: true },
                { id: "km", title: t("activity.km"), numeric: true, render: (d) => number(d.km, 1) },
                { id: "electric_km", title: t("activity.electric_km"), numeric: true, render: (d) => number(d.electric_km, 1) },
                { id: "operating_h", title: t("activity.operating_h"), numeric: true, render: (d) => number(d.operating_h, 1) },
                { id: "engine_h", title: t("activity.engine_h"), numeric: true, render: (d) => number(d.engine_h, 1) },
                { id: "energy_kwh", title: t("activity.energy_kwh"), numeric: true, render: (d) => number(d.energy_kwh, 1) },
                { id: "fuel_l", title: t("activity.fuel_l"), numeric: true, render: (d) => number(d.fuel_l, 1) },
                { id: "samples", title: t("activity.samples"), numeric: true, render: (d) => number(d.samples) },
                { id: "coverage", title: t("activity.coverage"), numeric: true, value: (d) => d.coverage[2], render: (d) => share(d.coverage[0], d.coverage[1]) },
                { id: "track", title: t("track.title"), sort: false, render: (d) => <button type="button" aria-pressed={d.period === day} onClick={() => set({ day: d.period })}>{t("track.show")}</button> },
            ]} />
        </>
    );
}

function useTrack(id, bindings, day) {
    const [state, set] = useState({ data: null, problem: null });
    useEffect(() => {
        let wanted = true;
        set({ data: null, problem: null });
        readTrack(id, bindings, day).then((data) => wanted && set({ data, problem: null }), (problem) => {
            if (!(problem instanceof Problem)) throw problem;
            if (wanted) set({ data: null, problem });
        });
        return () => { wanted = false; };
    }, [id, day]);
    return state;
}

function Track({ id, bindings, day }) {
    const track = useTrack(id, bindings, day);
    if (!track.data) return <Waiting of={track} />;
    if (track.data.points.length === 0) return <p class="empty">{t("track.none", { day })}</p>;
    return (
        <>
            {track.data.more && <p class="note">{t("track.more")}</p>}
            <TrackMap label={t("track.label", { id, day, n: track.data.points.length })} points={track.data.points} sites={track.data.sites} />
        </>
    );
}

function History({ history }) {
    return (
        <>
            <Table caption={t("vehicle.versions")} rows={[...history.versions].reverse()} row={(v) => `${v.valid_from}-${v.version}`} columns={[
                { id: "valid_from", title: t("vehicle.valid_from"), whole: true }, { id: "plate", title: t("vehicle.plate"), whole: true },
                { id: "category", title: t("vehicle.category"), render: (v) => word("category", v.category) }, { id: "energy", title: t("vehicle.energy"), render: (v) => word("energy", v.energy) },
                { id: "stage", title: t("vehicle.stage"), render: (v) => word("stage", v.stage) }, { id: "owner_id", title: t("vehicle.owner") }, { id: "area", title: t("vehicle.area") },
                { id: "removed", title: t("vehicle.removed"), whole: true }, { id: "author", title: t("vehicle.author") }, { id: "recorded_at", title: t("vehicle.recorded"), render: (v) => instant(v.recorded_at) },
            ]} />
            {history.bindings?.length > 0 && (
                <><h3>{t("vehicle.bindings")}</h3><Table caption={t("vehicle.bindings")} rows={history.bindings} columns={[
                    { id: "unit", title: t("vehicle.unit") }, { id: "from", title: t("from"), whole: true }, { id: "to", title: t("to"), whole: true }]} /></>
            )}
            {history.exemptions?.length > 0 && (
                <><h3>{t("vehicle.exemptions")}</h3><Table caption={t("vehicle.exemptions")} rows={history.exemptions} columns={[
                    { id: "reason", title: t("vehicle.exempt"), render: (e) => word("exempt", e.reason) }, { id: "document", title: t("vehicle.document") },
                    { id: "from", title: t("from"), whole: true }, { id: "to", title: t("to"), whole: true }]} /></>
            )}
        </>
    );
}

function Findings({ id }) {
    const pages = usePages(address("/v1/findings", { subject: id, subject_kind: "vehicle" }), "findings", MORE);
    return <PagedTable pages={pages} caption={t("view.findings")} columns={findingColumns().filter((c) => c.id !== "subject")} row={(f) => f.id} />;
}

function Visits({ id }) {
    const answer = useApi(`/v1/vehicles/${encodeURIComponent(id)}/visits`);
    if (!answer.data) return <Waiting of={answer} />;
    return <Table caption={t("visits.title")} rows={answer.data.visits} columns={[
        { id: "site_id", title: t("visits.site") }, { id: "entered", title: t("visits.entered"), render: (v) => instant(v.entered) },
        { id: "left", title: t("visits.left"), render: (v) => (v.left ? instant(v.left) : t("visits.inside")) },
        { id: "minutes", title: t("visits.minutes"), numeric: true, render: (v) => number(v.minutes) }]} />;
}

export default function Vehicle({ id }) {
    const [query, set] = useQuery();
    const path = `/v1/vehicles/${encodeURIComponent(id)}`;
    const answer = useApi(address(path, { as_of: query.as_of }));
    const history = useApi(`${path}/history`);
    if (!answer.data || !history.data) return <Page title={id}><Waiting of={answer.data ? history : answer} /></Page>;
    const v = answer.data;
    return (
        <Page title={v.plate ? `${v.plate} · ${id}` : id} lead={`${word("category", v.category)} · ${word("energy", v.energy)}`}>
            <ProblemNote problem={answer.problem ?? history.problem} />
            <Paper vehicle={v} />
            {query.day && <Part title={t("track.of", { day: query.day })}><Track id={id} bindings={history.data.bindings ?? []} day={query.day} /></Part>}
            <Part title={t("activity.title")}><Activity id={id} day={query.day} set={set} /></Part>
            <Part title={t("view.findings")}><Findings id={id} /></Part>
            <Part title={t("visits.title")}><Visits id={id} /></Part>
            <Part title={t("vehicle.history")}><History history={history.data} /></Part>
        </Page>
    );
}
