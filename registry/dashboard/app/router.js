/*
 * router: which view an address means. Every view has its address, with its filters in the query,
 * so that a page can be sent to a colleague, kept, and gone back to.
 *
 *   go("/rules/R2-05a?as_of=2025-06-30")   another view; the back button returns
 *   useAddress()                           {path, query}: renders again when it changes
 *   useQuery()                             [query, set]: set({area: "419001"}) changes parameters,
 *                                          "" or null takes one out; the cursor of a list goes with
 *                                          any other change
 */
import { h } from "preact";
import { useEffect, useState } from "preact/hooks";

const listeners = new Set();

function read() {
    return { path: location.pathname, query: Object.fromEntries(new URLSearchParams(location.search)) };
}

function tell() {
    for (const listener of listeners) listener(read());
}

addEventListener("popstate", tell);

export function go(address, { replace = false } = {}) {
    if (address === location.pathname + location.search) return;
    history[replace ? "replaceState" : "pushState"](null, "", address);
    tell();
}

export function useAddress() {
    const [address, set] = useState(read);
    useEffect(() => {
        listeners.add(set);
        return () => listeners.delete(set);
    }, []);
    return address;
}

/* A path with parameters; empty ones are left out. */
export function address(path, query = {}) {
    const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
    return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}

export function useQuery() {
    const { path, query } = useAddress();
    const set = (changes, options) => {
        const next = { ...query, ...changes };
        if (!("cursor" in changes)) delete next.cursor;
        go(address(path, next), options);
    };
    return [query, set];
}

/* "/rules/:id" against "/rules/R2-05a": {id: "R2-05a"}; null when it does not fit. */
export function match(pattern, path) {
    const wanted = pattern.split("/");
    const got = path.split("/");
    const values = {};
    if (wanted.length !== got.length) return null;
    for (let i = 0; i < wanted.length; i++) {
        if (wanted[i].startsWith(":")) values[wanted[i].slice(1)] = decodeURIComponent(got[i]);
        else if (wanted[i] !== got[i]) return null;
    }
    return values;
}

/* A link inside the dashboard. With a modifier key it is the browser's, as any other. */
export function Link({ to, children, ...rest }) {
    const follow = (event) => {
        if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
        event.preventDefault();
        go(to);
    };
    return h("a", { href: to, onClick: follow, ...rest }, children);
}
