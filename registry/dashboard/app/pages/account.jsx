/* One's own account: change the password, sign out everywhere. */
import { useState } from "preact/hooks";

import { request, useSubmit } from "../api.js";
import { Field, Submit } from "../form.jsx";
import { Facts, Page, Part } from "../layout.jsx";
import { ProblemNote } from "../problem.jsx";
import { signOut, useSession } from "../session.js";
import { t, word } from "../words.js";
import { FreshPassword, useFreshPassword } from "./sign_in.jsx";

function ChangePassword() {
    const form = useFreshPassword({ old: "" }, { old: { required: true, max: 128 } });
    const [done, setDone] = useState(false);
    const [submit, busy, problem] = useSubmit(async () => {
        setDone(false);
        if (!form.check()) return;
        await request("POST", "/v1/password", { body: { old: form.values.old, new: form.values.fresh } });
        form.done();
        setDone(true);
    });
    return (
        <form class="narrow" onSubmit={submit} noValidate>
            <Field form={form} name="old" kind="password" label={t("password.old")} autocomplete="current-password" />
            <FreshPassword form={form} />
            <ProblemNote problem={problem} />
            {done && <p class="note note-good" role="status">{t("password.changed")}</p>}
            <Submit busy={busy}>{t("password.change")}</Submit>
        </form>
    );
}

export default function Account() {
    const { user } = useSession();
    const [leave, busy, problem] = useSubmit(() => signOut(true));
    return (
        <Page title={t("view.account")}>
            <Facts rows={[[t("session.name"), user.name], [t("account.role"), word("role", user.role)], [t("account.org"), user.org]]} />
            <Part title={t("password.change")}><p>{t("password.change.lead")}</p><ChangePassword /></Part>
            <Part title={t("session.everywhere")}>
                <p>{t("session.everywhere.lead")}</p>
                <ProblemNote problem={problem} />
                <button type="button" aria-disabled={busy ? "true" : undefined} onClick={leave}>{t("session.everywhere")}</button>
            </Part>
        </Page>
    );
}
