/* The state of the system: where every message went, what gateways delivered, what was refused. */
import { useEffect, useState } from "preact/hooks";

import { Problem, request, useApi } from "../api.js";
import { instant, number, share } from "../format.js";
import { Facts, Page, Part } from "../layout.jsx";
import { useLive } from "../live.js";
import { ProblemNote, Waiting } from "../problem.jsx";
import { Link } from "../router.js";
import { Table } from "../table.jsx";
import { t, word } from "../words.js";

const BALANCE = ["journals", "units", "messages", "rejects", "damaged", "lost", "rows_received", "rows_rolled", "rows_waiting", "rows_unique", "duplicates", "hours_waiting"];
const QUIET_MS = 15 * 60000;
const REJECTED = /^evroll_ingest_rejects_by_reason_total\{reason="([^"]+)"\} (\d+)$/gm;

/* Refused payloads by reason stand in the metrics only. */
function useRejects() {
    const [rejects, set] = useState([]);
    const load = async () => {
        try {
            const { data } = await request("GET", "/metrics", { accept: "text/plain" });
            set([...(await data.text()).matchAll(REJECTED)].map(([, reason, payloads]) => ({ reason, payloads: Number(payloads) })));
        } catch (error) {
            if (!(error instanceof Problem)) throw error;
        }
    };
    useEffect(() => { load(); }, []);
    return [rejects, load];
}

function Delivered({ journal }) {
    const quiet = Date.now() - Date.parse(journal.last) > QUIET_MS;
    return <>{instant(journal.last, true)} <span class={`badge badge-${quiet ? "warn" : "good"}`}>{quiet ? "! " : "✓ "}{t(quiet ? "system.quiet" : "system.recent")}</span></>;
}

const count = (id) => ({ id, title: t(`system.${id}`), numeric: true, render: (j) => number(j[id]) });
const JOURNALS = () => [
    { id: "gateway", title: t("system.gateway") }, { id: "journal", title: t("system.journal"), render: (j) => <code>{j.journal}</code> },
    { id: "last", title: t("system.last"), whole: true, render: (j) => <Delivered journal={j} /> },
    count("next"), count("messages"), count("rows"), count("rejects"), count("damaged"), count("lost"),
];

const ROOM_LOW_MINUTES = 24 * 60;
const MIB = 1024 * 1024;

/* For how long a gateway can be cut off: what it said of its journals. */
function Room({ room }) {
    if (room.minutes === null) return <span class="badge badge-good">✓ {t("system.room.idle")}</span>;
    const low = room.minutes < ROOM_LOW_MINUTES;
    return <span class={`badge badge-${low ? "warn" : "good"}`}>{low ? "! " : "✓ "}{t("system.room.hours", { hours: number(Math.floor(room.minutes / 60)) })}</span>;
}

const used = (r) => (r.budget_bytes > 0 ? r.used_bytes / r.budget_bytes : 0);
const ROOMS = () => [
    { id: "gateway", title: t("system.gateway") }, { id: "name", title: t("system.journal"), render: (r) => <code>{r.name}</code> },
    { id: "room", title: t("system.room"), value: (r) => r.minutes, render: (r) => <Room room={r} /> },
    { id: "used", title: t("system.used"), numeric: true, value: used, render: (r) => `${share(r.used_bytes, r.budget_bytes)} (${number(Math.ceil(r.used_bytes / MIB))} / ${number(Math.floor(r.budget_bytes / MIB))} MiB)` },
    { id: "waiting", title: t("system.waiting"), numeric: true, render: (r) => number(r.waiting) },
    { id: "at", title: t("system.said"), whole: true, render: (r) => instant(r.at, true) },
];
const REASONS = () => [{ id: "reason", title: t("system.reason"), render: (r) => <code>{r.reason}</code> }, { id: "payloads", title: t("system.payloads"), numeric: true, render: (r) => number(r.payloads) }];

/* Terminals of which the findings say that they have been silent. */
function Silent() {
    const answer = useApi("/v1/findings?kind=terminal-silent&status=current&limit=100");
    if (!answer.data) return <Waiting of={answer} />;
    const columns = [
        { id: "subject", title: t("terminal.unit"), render: (f) => <Link to={`/findings/${f.id}`}>{f.subject}</Link> },
        { id: "status", title: t("freight.state"), render: (f) => word("status", f.status) },
        { id: "last_seen", title: t("system.since"), whole: true },
    ];
    return <Table caption={t("system.silent")} columns={columns} rows={answer.data.findings} row={(f) => f.id} sortable empty={t("system.silent.none")} />;
}

function Sums({ balance }) {
    return (
        <>
            <p class={`note ${balance.holds ? "note-good" : "note-bad"}`}>{balance.holds ? "✓ " : "✕ "}{t(balance.holds ? "system.holds" : "system.broken")}</p>
            <Facts rows={[...BALANCE.map((name) => [t(`system.${name}`), number(balance[name])]), [t("system.waiting_since"), balance.waiting_since && instant(balance.waiting_since, true)]]} />
        </>
    );
}

export default function System() {
    const balance = useApi("/v1/balance");
    const journals = useApi("/v1/ingest/journals");
    const [rejects, reloadRejects] = useRejects();
    useLive(["ingest"], () => { balance.reload(); journals.reload(); reloadRejects(); });
    return (
        <Page title={t("view.system")} lead={t("system.lead")}>
            <Part title={t("system.balance")}>{balance.data ? <Sums balance={balance.data} /> : <Waiting of={balance} />}<ProblemNote problem={balance.data && balance.problem} /></Part>
            <Part title={t("system.gateways")}>{journals.data ? <Table caption={t("system.gateways")} columns={JOURNALS()} rows={journals.data.journals} sortable empty={t("system.gateways.none")} /> : <Waiting of={journals} />}</Part>
            <Part title={t("system.rooms")}>{journals.data ? <Table caption={t("system.rooms")} columns={ROOMS()} rows={journals.data.rooms} row={(r) => `${r.gateway} ${r.name}`} sortable empty={t("system.rooms.none")} /> : <Waiting of={journals} />}</Part>
            <Part title={t("system.silent")}><Silent /></Part>
            <Part title={t("system.rejected")}><Table caption={t("system.rejected")} columns={REASONS()} rows={rejects} sortable row={(r) => r.reason} empty={t("system.rejected.none")} /></Part>
            <p class="small">{t("system.elsewhere")}</p>
        </Page>
    );
}
