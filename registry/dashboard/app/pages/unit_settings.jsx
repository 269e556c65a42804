/* What units are to report where nothing is set for the unit itself: how often, and which signals, by the category of
 * the vehicle they sit in. */
import { request, useApi } from "../api.js";
import { number } from "../format.js";
import { Submit, useForm, useSend } from "../form.jsx";
import { Page, Part } from "../layout.jsx";
import { ProblemNote, Waiting } from "../problem.jsx";
import { useQuery } from "../router.js";
import { userNow } from "../session.js";
import { Table } from "../table.jsx";
import { INTERVAL, Reported, reported, signalNames, typed } from "../unit.jsx";
import { t, word } from "../words.js";

function Change({ setting, close, reload }) {
    const form = useForm(`setting-${setting.category}`, typed(setting), { interval_s: INTERVAL });
    const [submit, busy, problem] = useSend(form, async () => {
        await request("PUT", `/v1/unit-settings/${setting.category}`, { body: reported(form.values), headers: { "If-Match": `"${setting.version}"` } });
        form.done(form.values);
        await reload();
        close();
    });
    return (
        <Part title={t("unit.change", { category: word("category", setting.category) })} actions={<button type="button" onClick={close}>{t("cancel")}</button>}>
            <form class="medium" onSubmit={submit} noValidate>
                <Reported form={form} />
                <ProblemNote problem={problem} />
                <Submit busy={busy}>{t("save")}</Submit>
            </form>
        </Part>
    );
}

export default function UnitSettings() {
    const [query, set] = useQuery();
    const answer = useApi("/v1/unit-settings");
    const writes = ["officer", "admin"].includes(userNow().role);
    if (!answer.data) return <Page title={t("view.unit_settings")}><Waiting of={answer} /></Page>;
    const chosen = writes && answer.data.settings.find((s) => s.category === query.category);
    const name = (s) => word("category", s.category);
    const columns = [
        { id: "category", title: t("vehicle.category"), value: name, render: (s) => (writes ? <button type="button" class="sort" onClick={() => set({ category: s.category })} aria-label={t("unit.change", { category: name(s) })}>{name(s)}</button> : name(s)) },
        { id: "interval_s", title: t("terminal.interval"), numeric: true, render: (s) => (s.interval_s === null ? "–" : number(s.interval_s)) },
        { id: "signals", title: t("unit.signals"), sort: false, render: (s) => signalNames(s.signals) ?? t("unit.signals.all") },
    ];
    return (
        <Page title={t("view.unit_settings")} lead={t("unit.lead")}>
            <ProblemNote problem={answer.problem} />
            <Table caption={t("view.unit_settings")} columns={columns} rows={answer.data.settings} row={(s) => s.category} sortable />
            {chosen && <Change key={`${chosen.category}-${chosen.version}`} setting={chosen} close={() => set({ category: null })} reload={answer.reload} />}
        </Page>
    );
}
