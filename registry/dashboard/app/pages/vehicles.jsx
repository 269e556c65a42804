/* The register's vehicles and machines as of a day. */
import { Page } from "../layout.jsx";
import { Filter } from "../form.jsx";
import { OwnerName } from "../owner.jsx";
import { Link, address, useQuery } from "../router.js";
import { PagedTable, usePages } from "../table.jsx";
import { CATEGORIES, ENERGIES, t, word } from "../words.js";
import { DayAndArea } from "./overview.jsx";

const choices = (list, words) => [["", t("plan.all")], ...words.map((w) => [w, word(list, w)])];

export const vehicleColumns = () => [
    { id: "vehicle_id", title: t("vehicle.id"), whole: true, render: (v) => <Link to={`/vehicles/${encodeURIComponent(v.vehicle_id)}`}>{v.vehicle_id}</Link> },
    { id: "plate", title: t("vehicle.plate"), whole: true },
    { id: "category", title: t("vehicle.category"), render: (v) => word("category", v.category) },
    { id: "energy", title: t("vehicle.energy"), render: (v) => word("energy", v.energy) },
    { id: "stage", title: t("vehicle.stage"), render: (v) => word("stage", v.stage) },
    { id: "owner_id", title: t("vehicle.owner"), render: (v) => <OwnerName id={v.owner_id} /> },
    { id: "area", title: t("vehicle.area") },
    { id: "added", title: t("vehicle.added"), whole: true },
    { id: "exempt", title: t("vehicle.exempt"), render: (v) => (v.exempt ?? []).map((e) => word("exempt", e)).join("、") || "–" },
    { id: "unit", title: t("vehicle.unit") },
];

export default function Vehicles() {
    const [query, set] = useQuery();
    const pages = usePages(address("/v1/vehicles", { q: query.q, category: query.category, energy: query.energy, owner: query.owner, as_of: query.as_of, area: query.area }), "vehicles");
    return (
        <Page title={t("view.vehicles")} lead={t("vehicles.lead")}>
            <div class="filters">
                <Filter name="q" label={t("vehicles.q")} value={query.q} maxLength="40" onChange={(q) => set({ q })} />
                <Filter name="category" kind="select" label={t("vehicle.category")} value={query.category} options={choices("category", CATEGORIES)} onChange={(category) => set({ category })} />
                <Filter name="energy" kind="select" label={t("vehicle.energy")} value={query.energy} options={choices("energy", ENERGIES)} onChange={(energy) => set({ energy })} />
                <Filter name="owner" label={t("vehicle.owner")} value={query.owner} maxLength="40" onChange={(owner) => set({ owner })} />
                <DayAndArea query={query} set={set} />
            </div>
            <PagedTable pages={pages} caption={t("view.vehicles")} columns={vehicleColumns()} row={(v) => v.vehicle_id} />
        </Page>
    );
}
