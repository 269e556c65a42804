/*
 * table: rows under headings, narrow screens included: there each row becomes a block of labelled
 * lines. Columns:
 *
 *   {id, title, value(row), render(row, value), sort: false, numeric, wide, whole (never broken)}
 *
 * `value` is what is sorted by (default: row[id]), `render` what is shown. Sorting is offered where
 * all rows are here, not where the API hands them out in pages in its own order. With `group(row)`,
 * the title of its group, rows stand under the titles.
 *
 *   <Table caption rows columns sortable row={(row) => row.id} />
 *   usePages(path, "vehicles")   rows of the page that the address's `cursor` names; {rows, next, …}
 *   <Pages pages={…} />          first page, next page
 *   <Exports path name />        CSV and XLSX of the same address, as the API writes them
 */
import { useState } from "preact/hooks";

import { CSV, XLSX, download, useApi, useSubmit } from "./api.js";
import { ProblemNote, Waiting } from "./problem.jsx";
import { address, useQuery } from "./router.js";
import { t } from "./words.js";

function compare(a, b) {
    if (a === b) return 0;
    if (a === null || a === undefined || a === "") return 1; /* nothing stands last */
    if (b === null || b === undefined || b === "") return -1;
    return typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "zh-CN");
}

const valueOf = (column, row) => (column.value ? column.value(row) : row[column.id]);

function shown(column, row) {
    const value = valueOf(column, row);
    return column.render ? column.render(row, value) : value ?? "–";
}

function Heading({ column, sortable, sort, onSort }) {
    const here = sort?.id === column.id ? sort.down ? "descending" : "ascending" : undefined;
    const kind = column.numeric ? "numeric" : undefined;
    if (!sortable || column.sort === false) return <th scope="col" class={kind}>{column.title}</th>;
    return (
        <th scope="col" class={kind} aria-sort={here}>
            <button type="button" class="sort" onClick={() => onSort({ id: column.id, down: here === "ascending" })}>
                {column.title}<span aria-hidden="true">{here === "ascending" ? " ▲" : here === "descending" ? " ▼" : ""}</span>
            </button>
        </th>
    );
}

function Rows({ columns, rows, keyOf }) {
    return rows.map((r, i) => (
        <tr key={keyOf ? keyOf(r) : i}>
            {columns.map((c, at) => {
                const Cell = at === 0 ? "th" : "td";
                return <Cell key={c.id} scope={at === 0 ? "row" : undefined} data-title={c.title} class={[c.numeric && "numeric", c.wide && "wide", c.whole && "nowrap"].filter(Boolean).join(" ") || undefined}><div>{shown(c, r)}</div></Cell>;
            })}
        </tr>
    ));
}

function grouped(rows, group) {
    const groups = new Map();
    for (const r of rows) groups.set(group(r), [...(groups.get(group(r)) ?? []), r]);
    return [...groups];
}

export function Table({ caption, columns, rows, sortable, row: keyOf, empty, group }) {
    const [sort, setSort] = useState(null);
    const column = sort && columns.find((c) => c.id === sort.id);
    const ordered = column ? [...rows].sort((a, b) => compare(valueOf(column, a), valueOf(column, b)) * (sort.down ? -1 : 1)) : rows;
    if (rows.length === 0) return <p class="empty">{empty ?? t("table.empty")}</p>;
    return (
        <div class="table-frame" tabIndex="0" role="region" aria-label={caption}>
            <table>
                <caption class="unseen">{caption}</caption>
                <thead><tr>{columns.map((c) => <Heading key={c.id} column={c} sortable={sortable} sort={sort} onSort={setSort} />)}</tr></thead>
                {!group ? <tbody><Rows columns={columns} rows={ordered} keyOf={keyOf} /></tbody> : grouped(ordered, group).map(([title, some]) => (
                    <tbody key={title}>
                        <tr class="group"><th scope="rowgroup" colSpan={columns.length}>{title}</th></tr>
                        <Rows columns={columns} rows={some} keyOf={keyOf} />
                    </tbody>
                ))}
            </table>
        </div>
    );
}

/* `path` without cursor and limit. */
export function usePages(path, member, limit = 50) {
    const [query, set] = useQuery();
    const answer = useApi(path === null ? null : address(...splice(path, { limit, cursor: query.cursor })));
    return {
        ...answer,
        rows: answer.data?.[member] ?? [],
        next: answer.data?.next ? () => set({ cursor: answer.data.next }) : null,
        first: query.cursor ? () => set({ cursor: null }) : null,
    };
}

function splice(path, more) {
    const [plain, query = ""] = path.split("?");
    return [plain, { ...Object.fromEntries(new URLSearchParams(query)), ...more }];
}

export function Pages({ pages }) {
    if (!pages.first && !pages.next) return null;
    return (
        <nav class="pages" aria-label={t("table.pages")}>
            <button type="button" disabled={!pages.first} onClick={pages.first}>{t("table.first")}</button>
            <button type="button" disabled={!pages.next} onClick={pages.next}>{t("table.next")}</button>
        </nav>
    );
}

/* A whole list: waits, tells what went wrong, shows rows and pages. */
export function PagedTable({ pages, ...table }) {
    if (!pages.data) return <Waiting of={pages} />;
    return <div aria-busy={pages.loading ? "true" : undefined}><ProblemNote problem={pages.problem} /><Table rows={pages.rows} {...table} /><Pages pages={pages} /></div>;
}

export function Exports({ path, name }) {
    const [cut, setCut] = useState(false);
    const [type, setType] = useState(CSV);
    const [submit, busy, problem] = useSubmit(async () => setCut(await download(path, type, `${name}.${type === CSV ? "csv" : "xlsx"}`)));
    return (
        <form class="exports" onSubmit={submit}>
            <button type="submit" onClick={() => setType(CSV)} aria-disabled={busy ? "true" : undefined}>CSV</button>
            <button type="submit" onClick={() => setType(XLSX)} aria-disabled={busy ? "true" : undefined}>XLSX</button>
            {cut && <span class="wrong">{t("table.cut")}</span>}
            <ProblemNote problem={problem} />
        </form>
    );
}
