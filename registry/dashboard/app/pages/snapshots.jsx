/* Signed statements of a plan's figures: those there are, and a new one. */
import { useState } from "preact/hooks";

import { download, request, useSubmit } from "../api.js";
import { instant, today } from "../format.js";
import { Field, Submit, useForm } from "../form.jsx";
import { Page, Part } from "../layout.jsx";
import { ProblemNote } from "../problem.jsx";
import { useSession } from "../session.js";
import { PagedTable, usePages } from "../table.jsx";
import { t } from "../words.js";

const TAR = "application/x-tar";

function Files({ id }) {
    const [fetchArchive, , archiveProblem] = useSubmit(() => download(`/v1/snapshots/${encodeURIComponent(id)}`, TAR, `snapshot-${id}.tar`));
    const [fetchStatement, , statementProblem] = useSubmit(() => download(`/v1/snapshots/${encodeURIComponent(id)}`, "application/json", `snapshot-${id}.json`));
    return (
        <span class="exports">
            <button type="button" onClick={fetchArchive}>{t("snapshot.archive")}</button>
            <button type="button" onClick={fetchStatement}>{t("snapshot.statement")}</button>
            <ProblemNote problem={archiveProblem ?? statementProblem} />
        </span>
    );
}

function Make({ reload }) {
    const form = useForm("snapshot", { as_of: today(), note: "" }, { as_of: { required: true, check: (day) => (day > today() ? t("snapshot.future") : null) }, note: { max: 2000 } });
    const [made, setMade] = useState(false);
    const [submit, busy, problem] = useSubmit(async () => {
        if (!form.check()) return;
        const { as_of, note } = form.values;
        setMade(false);
        await request("POST", "/v1/snapshots", { body: note ? { as_of, note } : { as_of } });
        setMade(true);
        form.done();
        await reload();
    });
    return (
        <form class="narrow" onSubmit={submit} noValidate>
            <Field form={form} name="as_of" kind="date" label={t("plan.as_of")} max={today()} />
            <Field form={form} name="note" kind="textarea" label={t("snapshot.note")} />
            <ProblemNote problem={problem} />
            {made && <p class="note note-good" role="status">{t("snapshot.made")}</p>}
            <Submit busy={busy}>{t("snapshot.make")}</Submit>
        </form>
    );
}

export default function Snapshots() {
    const { user } = useSession();
    const pages = usePages("/v1/snapshots", "snapshots");
    return (
        <Page title={t("view.snapshots")} lead={t("snapshot.lead")}>
            <PagedTable pages={pages} caption={t("view.snapshots")} row={(s) => s.id} columns={[
                { id: "id", title: t("snapshot.id"), whole: true }, { id: "as_of", title: t("plan.as_of"), whole: true },
                { id: "created", title: t("snapshot.when"), whole: true, render: (s) => instant(s.created) },
                { id: "created_by", title: t("snapshot.author") }, { id: "note", title: t("snapshot.note"), wide: true },
                { id: "files", title: t("snapshot.files"), render: (s) => <Files id={s.id} /> }]} />
            {user.role !== "viewer" && <Part title={t("snapshot.make")}><Make reload={pages.reload} /></Part>}
        </Page>
    );
}
