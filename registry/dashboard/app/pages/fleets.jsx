/* What each fleet is made of, and the way into its vehicles. */
import { useApi } from "../api.js";
import { number, percent } from "../format.js";
import { Filter } from "../form.jsx";
import { Page } from "../layout.jsx";
import { useLive } from "../live.js";
import { ProblemNote, Waiting } from "../problem.jsx";
import { Link, address, useQuery } from "../router.js";
import { Exports, Table } from "../table.jsx";
import { t, word } from "../words.js";
import { DayAndArea } from "./overview.jsx";

const NUMBERS = ["vehicles", "nev", "value", "zero_emission", "plugin", "stage_6", "stage_5", "stage_4", "stage_3", "stage_unknown", "exempt"];

export default function Fleets() {
    const [query, set] = useQuery();
    const asked = { as_of: query.as_of, area: query.area, built_up: query.built_up };
    const path = address("/v1/lists/fleet-composition", asked);
    const answer = useApi(path);
    useLive(["figures"], answer.reload);
    const columns = [
        { id: "category", title: t("vehicle.category"), value: (r) => word("category", r.category), render: (r) => <Link to={address("/vehicles", { category: r.category, as_of: query.as_of, area: query.area })}>{word("category", r.category)}</Link> },
        ...NUMBERS.map((id) => ({ id, title: t(`fleet.${id}`), numeric: true, render: (r, n) => (id === "value" ? percent(n) : number(n)) })),
    ];
    return (
        <Page title={t("view.fleets")} lead={t("fleet.lead")} actions={<Exports path={path} name="fleets" />}>
            <div class="filters">
                <DayAndArea query={query} set={set} />
                <Filter name="built_up" kind="select" label={t("vehicle.built_up")} value={query.built_up} options={[["", t("plan.all")], ["1", t("built_up.1")], ["0", t("built_up.0")]]} onChange={(built_up) => set({ built_up })} />
            </div>
            <ProblemNote problem={answer.data && answer.problem} />
            {answer.data ? <Table caption={t("view.fleets")} rows={answer.data.rows} columns={columns} sortable row={(r) => r.category} /> : <Waiting of={answer} />}
        </Page>
    );
}
