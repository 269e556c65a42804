/* One terminal: the vehicle it is in, its certificates, and whether gateways let it in. */
import { useRef, useState } from "preact/hooks";

import { download, request, useApi, useSubmit } from "../api.js";
import { instant, today } from "../format.js";
import { Field, Submit, useForm, useSend } from "../form.jsx";
import { Facts, Page, Part } from "../layout.jsx";
import { ProblemNote, Waiting } from "../problem.jsx";
import { Link } from "../router.js";
import { userNow } from "../session.js";
import { Table } from "../table.jsx";
import { t, word } from "../words.js";
import { INTERVAL, Reported, reported, signalNames, typed } from "../unit.jsx";
import { Access } from "./terminals.jsx";

const PEM = "application/x-pem-file";
const LOOKS = { requested: "warn", issued: "good", revoked: "bad" };

/* ---- in which vehicle, and how often it reports ---- */

function Bind({ terminal, etag, reload }) {
    const form = useForm(`bind-${terminal.unit}`, { vehicle_id: "", effective: "", ...typed(terminal) }, { vehicle_id: { max: 32 }, interval_s: INTERVAL });
    const taken = useRef(false);
    const [submit, busy, problem] = useSend(form, async () => {
        const { vehicle_id, effective } = form.values;
        const body = { unit: terminal.unit, ...(effective ? { effective } : {}) };
        if (taken.current) body.vehicle_id = null;
        else {
            if (vehicle_id.trim()) body.vehicle_id = vehicle_id.trim();
            Object.assign(body, reported(form.values));
        }
        await request("POST", "/v1/units", { body, headers: { "If-Match": etag } });
        form.done();
        await reload();
    });
    return (
        <form onSubmit={submit} noValidate>
            <div class="columns">
                <Field form={form} name="vehicle_id" label={t("vehicle.id")} />
                <Field form={form} name="effective" kind="date" label={t("terminal.effective")} help={t("terminal.effective.help")} />
            </div>
            <Reported form={form} />
            <ProblemNote problem={problem} />
            <p class="buttons">
                <Submit busy={busy} onClick={() => { taken.current = false; }}>{t("save")}</Submit>
                <button type="submit" aria-disabled={busy ? "true" : undefined} onClick={() => { taken.current = true; }}>{t("terminal.takeout")}</button>
            </p>
        </form>
    );
}

function Bindings({ terminal }) {
    const now = today();
    const columns = [
        { id: "vehicle_id", title: t("vehicle.id"), render: (b) => <Link to={`/vehicles/${encodeURIComponent(b.vehicle_id)}`}>{b.vehicle_id}</Link> },
        { id: "from", title: t("exempt.from"), whole: true },
        { id: "to", title: t("terminal.to"), whole: true, render: (b) => b.to ?? t("exempt.open") },
        { id: "now", title: t("freight.state"), sort: false, render: (b) => (b.from <= now && (!b.to || b.to > now) ? <span class="badge badge-good">{t("terminal.here")}</span> : "–") },
    ];
    return <Table caption={t("terminal.bindings")} columns={columns} rows={[...terminal.bindings].reverse()} empty={t("terminal.bindings.none")} />;
}

/* ---- certificates ---- */

function Save({ path, unit, certificate }) {
    const [save, , problem] = useSubmit(() => download(`${path}/${certificate.number}`, PEM, `${unit}.pem`));
    return <><button type="button" onClick={save}>{t("terminal.save")}</button><ProblemNote problem={problem} /></>;
}

function Paste({ name, label, help, max, send, button }) {
    const form = useForm(null, { [name]: "" }, { [name]: { required: true, max } });
    const [submit, busy, problem] = useSend(form, async () => {
        await send(form.values[name]);
        form.done();
    });
    return (
        <form class="medium" onSubmit={submit} noValidate>
            <Field form={form} name={name} kind="textarea" label={label} help={help} spellcheck={false} />
            <ProblemNote problem={problem} />
            <Submit busy={busy}>{button}</Submit>
        </form>
    );
}

function Certificates({ unit, changed }) {
    const path = `/v1/units/${encodeURIComponent(unit)}/certificates`;
    const answer = useApi(path);
    if (!answer.data) return <Waiting of={answer} />;
    const list = answer.data.certificates;
    const waiting = userNow().role === "admin" && list.find((c) => c.state === "requested");
    const columns = [
        { id: "number", title: t("terminal.number"), numeric: true },
        { id: "state", title: t("freight.state"), render: (c) => <span class={`badge badge-${LOOKS[c.state]}`}>{word("certificate", c.state)}</span> },
        { id: "key", title: t("terminal.key") },
        { id: "serial", title: t("terminal.serial"), render: (c) => (c.serial ? <code>{c.serial}</code> : "–") },
        { id: "requested_at", title: t("terminal.requested"), whole: true, render: (c) => instant(c.requested_at) },
        { id: "issued_at", title: t("terminal.issued"), whole: true, render: (c) => instant(c.issued_at) },
        { id: "expires_at", title: t("terminal.expires"), whole: true, render: (c) => instant(c.expires_at) },
        { id: "revoked_at", title: t("terminal.revoked"), whole: true, render: (c) => instant(c.revoked_at) },
        { id: "save", title: "PEM", sort: false, render: (c) => c.certificate && <Save path={path} unit={unit} certificate={c} /> },
    ];
    return (
        <>
            <Table caption={t("terminal.certificates")} columns={columns} rows={[...list].reverse()} row={(c) => c.number} empty={t("terminal.certificates.none")} />
            <Paste name="csr" label={t("terminal.csr")} help={t("terminal.csr.help")} max={8192} button={t("terminal.ask")}
                send={async (csr) => { await request("POST", path, { body: { csr } }); await Promise.all([answer.reload(), changed()]); }} />
            {waiting && (
                <Paste name="certificate" label={t("terminal.bring", { n: waiting.number })} help={t("terminal.bring.help")} max={16384} button={t("terminal.bring.button")}
                    send={async (certificate) => { await request("PUT", `${path}/${waiting.number}`, { body: { certificate } }); await Promise.all([answer.reload(), changed()]); }} />
            )}
        </>
    );
}

/* ---- in or out ---- */

function Admit({ terminal, reload }) {
    const order = terminal.access === "allowed" ? "revoke" : "restore";
    const form = useForm(`admit-${terminal.unit}`, { reason: "" }, { reason: { required: true, max: 160 } });
    const [done, setDone] = useState(false);
    const [submit, busy, problem] = useSend(form, async () => {
        await request("POST", `/v1/units/${encodeURIComponent(terminal.unit)}:${order}`, { body: { reason: form.values.reason.trim() } });
        form.done();
        setDone(true);
        await reload();
    });
    return (
        <form class="medium" onSubmit={submit} noValidate>
            <p>{t(`terminal.${order}.lead`)}</p>
            <Field form={form} name="reason" label={t("freight.reason")} />
            <ProblemNote problem={problem} />
            {done && <p class="note note-good" role="status">{t("terminal.done")}</p>}
            <Submit busy={busy}>{t(`terminal.${order}`)}</Submit>
        </form>
    );
}

export default function Terminal({ unit }) {
    const answer = useApi(`/v1/units/${encodeURIComponent(unit)}`);
    const writes = ["officer", "admin"].includes(userNow().role);
    const terminal = answer.data;
    if (!terminal) return <Page title={unit}><Waiting of={answer} /></Page>;
    return (
        <Page title={t("terminal.title", { unit })}>
            <ProblemNote problem={answer.problem} />
            <Facts rows={[
                [t("terminal.access"), <Access terminal={terminal} />], [t("terminal.registered"), `${instant(terminal.registered_at)} · ${terminal.author}`],
                [t("terminal.interval"), terminal.interval_s], [t("unit.signals"), signalNames(terminal.signals)],
            ]} />
            <Part title={t("terminal.bindings")}><Bindings terminal={terminal} />{writes && <Bind key={answer.etag} terminal={terminal} etag={answer.etag} reload={answer.reload} />}</Part>
            {writes && <Part title={t("terminal.certificates")}><Certificates key={terminal.access} unit={unit} changed={answer.reload} /></Part>}
            {writes && <Part title={t(terminal.access === "allowed" ? "terminal.revoke" : "terminal.restore")}><Admit key={terminal.access} terminal={terminal} reload={answer.reload} /></Part>}
        </Page>
    );
}
