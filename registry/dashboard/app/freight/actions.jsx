/* freight/actions: what is done to a report beside writing it: accept, return, amend, lock, discard. */
import { useRef, useState } from "preact/hooks";

import { request, useSubmit } from "../api.js";
import { draftForget } from "../draft.js";
import { Field, useForm } from "../form.jsx";
import { Part } from "../layout.jsx";
import { ProblemNote } from "../problem.jsx";
import { go } from "../router.js";
import { userNow } from "../session.js";
import { t, word } from "../words.js";
import { tooLong } from "./lines.js";

const ORDERS = ["accept", "return", "amend", "lock", "discard"];
const WITH_REASON = ["return", "amend"];
const HANDS = ["create", "write", "submit"];

/* Whoever wrote or submitted the newest version does not accept it; the registry refuses it too. */
export function ownHand(report, user) {
    return report.history.some((e) => HANDS.includes(e.action) && e.version === report.version && e.author === user);
}

export function Actions({ report, etag, path, changed }) {
    const offered = ORDERS.filter((action) => report.actions.includes(action));
    const own = offered.includes("accept") && ownHand(report, userNow()?.name);
    const needed = offered.some((action) => WITH_REASON.includes(action));
    const form = useForm(`order-${report.id}`, { reason: "" }, { reason: { check: (text) => tooLong(text, 512) } });
    const wanted = useRef(null);
    const [lacking, setLacking] = useState(false);
    const [sure, setSure] = useState(false); /* discarding is asked for twice */
    const [submit, busy, problem] = useSubmit(async () => {
        const action = wanted.current;
        const reason = form.values.reason.trim();
        setLacking(WITH_REASON.includes(action) && reason === "");
        if (action === "discard" && !sure) return setSure(true);
        if (!form.check() || (WITH_REASON.includes(action) && reason === "")) return;
        await request("POST", `${path}:${action}`, { body: reason === "" ? {} : { reason }, headers: { "If-Match": etag } });
        form.done();
        if (action === "discard") {
            draftForget(`report-${report.id}`);
            return go("/reports");
        }
        changed({ note: t(`freight.done.${action}`) });
    });
    if (offered.length === 0) return null;
    return (
        <Part title={t("freight.decide")}>
            <form onSubmit={submit} noValidate class="medium">
                {own && <p class="note note-warn">{t("freight.ownhand")}</p>}
                {needed && <Field form={form} name="reason" kind="textarea" label={t("freight.reason")} help={t("freight.reason.help")} />}
                {lacking && <p class="wrong" role="alert">{t("freight.reason.needed")}</p>}
                <ProblemNote problem={problem} />
                <p class="buttons">
                    {offered.map((action) => (
                        <button key={action} type="submit" name={action} class={action === "accept" ? "primary" : undefined} aria-disabled={busy ? "true" : undefined}
                            disabled={action === "accept" && own} onClick={() => { wanted.current = action; }}>{action === "discard" && sure ? t("freight.discard.sure") : word("report_order", action)}</button>
                    ))}
                </p>
            </form>
        </Part>
    );
}
