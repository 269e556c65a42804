/* Registered terminals, and requests that wait for the authority. */
import { request, useApi } from "../api.js";
import { instant } from "../format.js";
import { Field, Submit, useForm, useSend } from "../form.jsx";
import { Page, Part } from "../layout.jsx";
import { ProblemNote, Waiting } from "../problem.jsx";
import { Link, go } from "../router.js";
import { userNow } from "../session.js";
import { PagedTable, Table, usePages } from "../table.jsx";
import { t } from "../words.js";

export const UNIT = /^[A-Za-z0-9._-]{1,32}$/;

export function Access({ terminal }) {
    return terminal.access === "allowed" ? <span class="badge badge-good">✓ {t("terminal.allowed")}</span> : <span class="badge badge-bad">✕ {t("terminal.denied", { since: instant(terminal.denied_since) })}</span>;
}

const unitLink = (unit) => <Link to={`/terminals/${encodeURIComponent(unit)}`}>{unit}</Link>;

function Register() {
    const form = useForm("terminal", { unit: "" }, { unit: { required: true, pattern: UNIT, message: "terminal.unit.help" } });
    const [submit, busy, problem] = useSend(form, async () => {
        const unit = form.values.unit.trim();
        await request("POST", "/v1/units", { body: { unit } });
        form.done();
        go(`/terminals/${encodeURIComponent(unit)}`);
    });
    return (
        <Part title={t("terminal.register")}>
            <form class="narrow" onSubmit={submit} noValidate>
                <Field form={form} name="unit" label={t("terminal.unit")} help={t("terminal.unit.help")} autocapitalize="none" spellcheck={false} />
                <ProblemNote problem={problem} />
                <Submit busy={busy}>{t("terminal.register")}</Submit>
            </form>
        </Part>
    );
}

function Requests() {
    const answer = useApi("/v1/certificate-requests");
    const columns = [
        { id: "unit", title: t("terminal.unit"), render: (c) => unitLink(c.unit) },
        { id: "number", title: t("terminal.number"), numeric: true },
        { id: "key", title: t("terminal.key") },
        { id: "author", title: t("freight.author") },
        { id: "requested_at", title: t("terminal.requested"), whole: true, render: (c) => instant(c.requested_at) },
    ];
    return <Part title={t("terminal.requests")}>{answer.data ? <Table caption={t("terminal.requests")} columns={columns} rows={answer.data.requests} empty={t("terminal.requests.none")} sortable /> : <Waiting of={answer} />}</Part>;
}

export default function Terminals() {
    const pages = usePages("/v1/terminals", "terminals");
    const writes = ["officer", "admin"].includes(userNow().role);
    const columns = [
        { id: "unit", title: t("terminal.unit"), whole: true, render: (u) => unitLink(u.unit) },
        { id: "access", title: t("terminal.access"), render: (u) => <Access terminal={u} /> },
        { id: "registered_at", title: t("terminal.registered"), whole: true, render: (u) => instant(u.registered_at) },
        { id: "author", title: t("freight.author") },
    ];
    return (
        <Page title={t("view.terminals")} lead={t("terminal.lead")}>
            <PagedTable pages={pages} caption={t("view.terminals")} columns={columns} row={(u) => u.unit} />
            {writes && <><Requests /><Register /></>}
        </Page>
    );
}
