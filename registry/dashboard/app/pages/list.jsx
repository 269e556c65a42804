/* One list, with the conditions that it takes. The API describes both; nothing here knows a list. */
import { useApi } from "../api.js";
import { number, percent, today } from "../format.js";
import { Filter } from "../form.jsx";
import { Page, Part } from "../layout.jsx";
import { Waiting } from "../problem.jsx";
import { Link, address, useQuery } from "../router.js";
import { Exports, PagedTable, usePages } from "../table.jsx";
import { CATEGORIES, ENERGIES, both, t, word } from "../words.js";

const all = (options) => [["", t("plan.all")], ...options];
const CHOICES = {
    category: () => all(CATEGORIES.map((c) => [c, word("category", c)])),
    energy: () => all(ENERGIES.map((e) => [e, word("energy", e)])),
    built_up: () => all([["1", t("built_up.1")], ["0", t("built_up.0")]]),
    sort: () => [["", t("lists.sort.share")], ["change", t("lists.sort.change")]],
};
const DAYS = ["as_of", "from", "to"];

function Condition({ parameter: p, query, set, rules }) {
    const name = p.name;
    const rule = name === "rule" && [["", t("lists.choose")], ...rules.map((r) => [r.id, `${r.id} ${both(r.title, r.title_en)}`])];
    const options = CHOICES[name]?.() ?? rule;
    return (
        <Filter name={name} kind={options ? "select" : DAYS.includes(name) ? "date" : "text"} options={options || undefined} maxLength="60"
            label={`${t(`lists.by.${name}`)}${p.required ? " *" : ""}`} value={query[name] ?? (name === "as_of" ? today() : "")} onChange={(value) => set({ [name]: value })} />
    );
}

function shown(column, row, value) {
    if (value === null || value === undefined) return "–";
    if (column.type === "share") return percent(value);
    if (column.type === "integer") return number(value);
    if (column.type === "boolean") return t(value ? "yes" : "no");
    if (column.id === "vehicle_id") return <Link to={`/vehicles/${encodeURIComponent(value)}`}>{value}</Link>;
    return t.has(`${column.id}.${value}`) ? word(column.id, value) : value;
}

export function ListRows({ list, asked }) {
    const path = address(`/v1/lists/${list.id}`, asked);
    const pages = usePages(path, "rows");
    const columns = list.columns.map((c) => ({
        id: c.id, title: both(c.title, c.title_en), numeric: c.type === "integer" || c.type === "share", whole: c.type === "day", render: (row, value) => shown(c, row, value),
    }));
    return <Part title={t("lists.rows")} actions={<Exports path={path} name={list.id} />}><PagedTable pages={pages} caption={both(list.title, list.title_en)} columns={columns} /></Part>;
}

export default function List({ id }) {
    const [query, set] = useQuery();
    const answer = useApi("/v1/lists");
    const plan = useApi("/v1/compliance");
    const list = answer.data?.lists.find((l) => l.id === id);
    if (!answer.data) return <Page title={id}><Waiting of={answer} /></Page>;
    if (!list) return <Page title={id}><p>{t("lists.none", { id })}</p></Page>;
    const asked = Object.fromEntries(list.parameters.map((p) => [p.name, query[p.name]]));
    const missing = list.parameters.filter((p) => p.required && !query[p.name]);
    const rules = (plan.data?.rules ?? []).filter((r) => r.kind === "STOCK_SHARE" || r.kind === "FLOW_SHARE");
    return (
        <Page title={both(list.title, list.title_en)} lead={both(list.note, list.note_en)} actions={<Link class="button" to="/lists">{t("view.lists")}</Link>}>
            {list.parameters.length > 0 && <div class="filters">{list.parameters.map((p) => <Condition key={p.name} parameter={p} query={query} set={set} rules={rules} />)}</div>}
            {missing.length > 0 ? <p class="note">{t("lists.missing", { names: missing.map((p) => t(`lists.by.${p.name}`)).join("、") })}</p> : <ListRows list={list} asked={asked} />}
        </Page>
    );
}
