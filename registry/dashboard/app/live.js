/*
 * live: when what is shown is to be read again. One stream of the registry (GET /v1/stream) tells every
 * page of the tab that there is something new; while there is none, pages ask every half minute.
 *
 *   useLive(["figures"], reload)     of the events ingest, figures, findings and reports
 *
 * A browser tries a lost stream again by itself. One that was refused (too many, or the session has
 * ended) is left alone until the next page asks for it.
 */
import { useEffect, useRef } from "preact/hooks";

const EVENTS = ["ingest", "figures", "findings", "reports"];
const EVERY_MS = 30000;

const watchers = new Set();
let source = null;

function tell(name, data) {
    for (const watcher of watchers) if (name === null || watcher.events.includes(name)) watcher.call(data);
}

function open() {
    if (source !== null && source.readyState !== EventSource.CLOSED) return;
    source = new EventSource("/v1/stream");
    for (const name of EVENTS) source.addEventListener(name, (event) => tell(name, JSON.parse(event.data)));
    source.addEventListener("missed", () => tell(null));
}

const streams = () => source?.readyState === EventSource.OPEN;

export function useLive(events, act) {
    const latest = useRef(act);
    latest.current = act;
    useEffect(() => {
        const watcher = { events, call: (data) => latest.current(data) };
        const timer = setInterval(() => !streams() && document.visibilityState === "visible" && latest.current(), EVERY_MS);
        watchers.add(watcher);
        open();
        return () => {
            clearInterval(timer);
            watchers.delete(watcher);
            if (watchers.size === 0) {
                source.close();
                source = null;
            }
        };
    }, []);
}
