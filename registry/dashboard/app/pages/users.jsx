/* People's accounts: made with a one-time link, changed, disabled, given a new link. Who manages an organisation
 * has its accounts here: the registry gives no others, and their role and organisation are not asked for. */
import { useState } from "preact/hooks";

import { request, useApi, useSubmit } from "../api.js";
import { instant, yes } from "../format.js";
import { Check, Field, Submit, useForm, useSend } from "../form.jsx";
import { Page, Part } from "../layout.jsx";
import { ProblemNote, Waiting } from "../problem.jsx";
import { useQuery } from "../router.js";
import { userNow } from "../session.js";
import { PagedTable, usePages } from "../table.jsx";
import { t, word } from "../words.js";

const ROLES = ["viewer", "officer", "admin", "department", "reporter"];
const WITH_ORG = ["department", "reporter"];
const roles = () => ROLES.map((r) => [r, word("role", r)]);
const RULES = {
    full_name: { required: true, max: 64 }, role: { required: true },
    org: { max: 64, check: (value, values) => (ofOrganisation(values.role) && value.trim() === "" ? t("field.required") : null) },
};
const ofOrganisation = (role) => WITH_ORG.includes(role);
const belongs = ({ role, org, manages }) => (ofOrganisation(role) ? { role, org: org.trim(), manages } : { role, org: "", manages: false });
const created = ({ role, org, manages }) => (ofOrganisation(role) ? { role, org: org.trim(), manages } : { role });

/* Shown once: the registry keeps no copy of it that could be read. */
function OneTimeLink({ made }) {
    const link = new URL(made.link, location.origin).href;
    return (
        <div class="note note-good" role="status">
            <p><strong>{t("users.link", { name: made.name })}</strong></p>
            <p><code>{link}</code></p>
            <p>{t("users.link.help", { until: instant(made.expires) })} <button type="button" onClick={() => navigator.clipboard?.writeText(link)}>{t("users.copy")}</button></p>
        </div>
    );
}

function Fields({ form }) {
    return (
        <>
            <Field form={form} name="full_name" label={t("users.full_name")} />
            {userNow().role === "admin" && <Field form={form} name="role" kind="select" label={t("account.role")} options={roles()} />}
            {userNow().role === "admin" && ofOrganisation(form.values.role) && <Field form={form} name="org" label={t(`users.org.${form.values.role}`)} help={t(`users.org.${form.values.role}.help`)} />}
            {ofOrganisation(form.values.role) && <Check form={form} name="manages" label={t("users.manages")} help={t("users.manages.help")} />}
        </>
    );
}

const BLANK = { name: "", full_name: "", manages: false };
const blank = (user) => (user.role === "admin" ? { ...BLANK, role: "viewer", org: "" } : { ...BLANK, role: user.role, org: user.org });

function Create({ made }) {
    const form = useForm("user", blank(userNow()), { name: { required: true, pattern: /^[A-Za-z0-9._-]{2,32}$/, message: "users.name.help" }, ...RULES });
    const [submit, busy, problem] = useSend(form, async () => {
        const { name, full_name } = form.values;
        const { data } = await request("POST", "/v1/accounts", { body: { name: name.trim(), full_name: full_name.trim(), ...created(form.values) } });
        form.done();
        made(data);
    });
    return (
        <Part title={t("users.create")}>
            <form class="narrow" onSubmit={submit} noValidate>
                <Field form={form} name="name" label={t("session.name")} help={t("users.name.help")} autocapitalize="none" spellcheck={false} autocomplete="off" />
                <Fields form={form} />
                <ProblemNote problem={problem} />
                <Submit busy={busy}>{t("users.create")}</Submit>
            </form>
        </Part>
    );
}

function Change({ account, close, made, reload }) {
    const form = useForm(null, { full_name: account.full_name, role: account.role, org: account.org ?? "", manages: account.manages }, RULES);
    const patch = (body) => request("PATCH", `/v1/accounts/${encodeURIComponent(account.name)}`, { body, headers: { "If-Match": `"${account.version}"` } });
    const [save, busy, problem] = useSend(form, async () => {
        await patch({ full_name: form.values.full_name.trim(), ...belongs(form.values) });
        close();
        await reload();
    });
    const [toggle, toggling, refused] = useSubmit(async () => { await patch({ disabled: !account.disabled }); await reload(); });
    const [leave, leaving, stayed] = useSubmit(async () => { await patch({ full_name: account.full_name }); await reload(); });
    const [reset, resetting, failed] = useSubmit(async () => made((await request("POST", `/v1/accounts/${encodeURIComponent(account.name)}:reset`)).data));
    const own = account.name === userNow().name;
    return (
        <Part title={t("users.change", { name: account.name })} actions={<button type="button" onClick={close}>{t("cancel")}</button>}>
            <form class="narrow" onSubmit={save} noValidate>
                <Fields form={form} />
                <p class="help">{t("users.change.help")}</p>
                <ProblemNote problem={problem ?? refused ?? stayed ?? failed} />
                <p class="buttons">
                    <Submit busy={busy}>{t("save")}</Submit>
                    <button type="button" name="toggle" disabled={own} onClick={toggle} aria-disabled={toggling ? "true" : undefined}>{t(account.disabled ? "users.enable" : "users.disable")}</button>
                    <button type="button" name="reset" onClick={reset} aria-disabled={resetting ? "true" : undefined}>{t("users.reset")}</button>
                    <button type="button" name="leave" onClick={leave} aria-disabled={leaving ? "true" : undefined}>{t("session.everywhere")}</button>
                </p>
                {own && <p class="help">{t("users.own")}</p>}
            </form>
        </Part>
    );
}

function Status({ account }) {
    if (account.disabled) return <span class="badge badge-bad">✕ {t("users.disabled")}</span>;
    if (account.locked_until) return <span class="badge badge-warn">! {t("users.locked", { until: instant(account.locked_until) })}</span>;
    return account.has_password ? <span class="badge badge-good">✓ {t("users.active")}</span> : <span class="badge">{t("users.waiting")}</span>;
}

/* The chosen account is read by its name, whichever page of the list is shown. */
function Chosen({ name, close, made, changed }) {
    const answer = useApi(`/v1/accounts/${encodeURIComponent(name)}`);
    const reload = () => Promise.all([answer.reload(), changed()]);
    if (!answer.data) return <Waiting of={answer} />;
    return <Change key={answer.etag} account={answer.data} close={close} made={made} reload={reload} />;
}

export default function Users() {
    const [query, set] = useQuery();
    const pages = usePages("/v1/accounts", "accounts");
    const [made, setMade] = useState(null);
    const linked = (link) => { setMade(link); pages.reload(); };
    const columns = [
        { id: "name", title: t("session.name"), whole: true, render: (a) => <button type="button" class="sort" onClick={() => set({ name: a.name, cursor: query.cursor })} aria-label={t("users.change", { name: a.name })}>{a.name}</button> },
        { id: "full_name", title: t("users.full_name") },
        { id: "role", title: t("account.role"), value: (a) => word("role", a.role) },
        { id: "org", title: t("account.org") },
        { id: "manages", title: t("users.manages.short"), render: (a) => yes(a.manages) },
        { id: "status", title: t("freight.state"), sort: false, render: (a) => <Status account={a} /> },
        { id: "has_password", title: t("users.has_password"), render: (a) => yes(a.has_password) },
        { id: "last_seen", title: t("users.last_seen"), whole: true, render: (a) => instant(a.last_seen) },
        { id: "created", title: t("users.created"), whole: true, render: (a) => instant(a.created) },
    ];
    return (
        <Page title={t("view.users")} lead={t(userNow().role === "admin" ? "users.lead" : "users.lead.own")}>
            {made && <OneTimeLink made={made} />}
            <PagedTable pages={pages} caption={t("view.users")} columns={columns} row={(a) => a.name} />
            {query.name ? <Chosen key={query.name} name={query.name} close={() => set({ name: null, cursor: query.cursor })} made={linked} changed={pages.reload} /> : <Create made={linked} />}
        </Page>
    );
}
