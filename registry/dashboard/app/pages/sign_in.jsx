/* Signing in, and setting a password by the one-time link that an admin handed out. */
import { useState } from "preact/hooks";

import { request, useSubmit } from "../api.js";
import { Field, Submit, useForm } from "../form.jsx";
import { Page } from "../layout.jsx";
import { ProblemNote } from "../problem.jsx";
import { signIn } from "../session.js";
import { t } from "../words.js";

export const PASSWORD = { required: true, min: 12, max: 128 };

export function SignIn({ ended }) {
    const form = useForm(null, { name: "", password: "" }, { name: { required: true, max: 32 }, password: { required: true, max: 128 } });
    const [submit, busy, problem] = useSubmit(async () => {
        if (form.check()) await signIn(form.values.name, form.values.password);
    });
    return (
        <Page title={t("session.in")} lead={t("session.lead")}>
            {ended && !problem && <p class="note" role="status">{t("session.ended")}</p>}
            <form class="narrow" onSubmit={submit} noValidate>
                <Field form={form} name="name" label={t("session.name")} autocomplete="username" autocapitalize="none" spellcheck={false} />
                <Field form={form} name="password" kind="password" label={t("session.password")} autocomplete="current-password" />
                <ProblemNote problem={problem?.status === 401 ? { ...problem, status: "signin", detail: "", errors: [] } : problem} />
                <Submit busy={busy}>{t("session.in")}</Submit>
            </form>
        </Page>
    );
}

/* Two fields that must agree, and what a password must be. */
export function useFreshPassword(more = {}, rules = {}) {
    return useForm(null, { ...more, fresh: "", again: "" }, {
        ...rules, fresh: PASSWORD,
        again: { required: true, check: (value, values) => (value === values.fresh ? null : t("password.differs")) },
    });
}

export function FreshPassword({ form }) {
    return (
        <>
            <Field form={form} name="fresh" kind="password" label={t("password.new")} help={t("password.help", PASSWORD)} autocomplete="new-password" />
            <Field form={form} name="again" kind="password" label={t("password.again")} autocomplete="new-password" />
        </>
    );
}

export function SetPassword({ link, done }) {
    const form = useFreshPassword();
    const [set, setSet] = useState(false);
    const [submit, busy, problem] = useSubmit(async () => {
        if (!form.check()) return;
        await request("POST", "/v1/password:set", { body: { link, password: form.values.fresh } });
        setSet(true);
    });
    if (set)
        return <Page title={t("password.set")}><p>{t("password.set.done")}</p><button type="button" class="primary" onClick={() => location.replace("/")}>{t("session.in")}</button></Page>;
    return (
        <Page title={t("password.set")} lead={t("password.set.lead")}>
            <form class="narrow" onSubmit={submit} noValidate>
                <FreshPassword form={form} />
                <ProblemNote problem={problem} />
                <Submit busy={busy}>{t("password.set")}</Submit> <button type="button" onClick={done}>{t("cancel")}</button>
            </form>
        </Page>
    );
}
