/*
 * api: requests to the registry. What a request is refused with is thrown as a Problem, made of the
 * problem document (RFC 9457) of the answer; <ProblemNote> shows it. An answer 401 ends the session
 * here: the sign-in page comes, and afterwards the same address again.
 *
 *   useApi("/v1/vehicles?limit=50")     {data, problem, loading, reload}; null as path asks for nothing.
 *                                       While it loads again the old data stays.
 *   request("POST", path, {body})       {data, status, etag, more}; an object as body is sent as JSON
 *   upload(path, type, blob, tell)      sends a file and gives the answer; tell(0 to 1) of it that has gone
 *   useSubmit(async () => {…})          [submit, busy, problem]: while one submission runs, others are
 *                                       ignored, so that a double click submits once
 *   download(path, type, name)          saves the answer as a file
 */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";

import { refusalsLoaded } from "./said.jsx";
import { saveCsv, saveFile } from "./save.js";
import { csrfToken, sessionEnded } from "./session.js";

export const CSV = "text/csv";
export const XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

export class Problem extends Error {
    constructor(status, body = {}) {
        super(body.detail ?? "");
        this.status = status; /* 0: no answer at all */
        this.detail = body.detail ?? "";
        this.errors = body.errors ?? []; /* [{column, reason}] */
        this.body = body;
    }
}

async function problemOf(answer) {
    try {
        const body = await answer.json();
        await refusalsLoaded();
        return new Problem(answer.status, body);
    } catch {
        return new Problem(answer.status);
    }
}

async function send(method, path, { body, accept = "application/json", headers = {}, type, signal } = {}) {
    const sent = { Accept: accept, ...headers };
    const plain = body !== undefined && body !== null && Object.getPrototypeOf(body) === Object.prototype;
    if (method !== "GET") sent["X-CSRF-Token"] = csrfToken();
    if (plain) sent["Content-Type"] = "application/json";
    else if (type) sent["Content-Type"] = type;
    try {
        return await fetch(path, { method, headers: sent, body: plain ? JSON.stringify(body) : body, signal, credentials: "same-origin", cache: "no-store" });
    } catch (error) {
        if (error.name === "AbortError") throw error;
        throw new Problem(0);
    }
}

export async function request(method, path, options = {}) {
    const answer = await send(method, path, options);
    if (answer.status === 401 && !options.signingIn) sessionEnded();
    if (!answer.ok) throw await problemOf(answer);
    const json = (answer.headers.get("Content-Type") ?? "").startsWith("application/json");
    return {
        status: answer.status,
        etag: answer.headers.get("ETag"),
        more: (answer.headers.get("Link") ?? "").includes('rel="next"'),
        data: answer.status === 204 ? null : json ? await answer.json() : await answer.blob(),
    };
}

/* By the older interface: fetch does not tell how much of a body has gone. */
export function upload(path, type, blob, tell) {
    return new Promise((resolve, reject) => {
        const call = new XMLHttpRequest();
        call.open("POST", path);
        for (const [name, value] of Object.entries({ Accept: "application/json", "Content-Type": type, "X-CSRF-Token": csrfToken() })) call.setRequestHeader(name, value);
        call.upload.onprogress = (event) => tell(event.loaded / event.total);
        call.upload.onload = () => tell(1);
        call.onerror = () => reject(new Problem(0));
        call.onload = () => {
            if (call.status === 401) sessionEnded();
            const answer = new Response(call.responseText, { status: call.status });
            if (answer.ok) answer.json().then(resolve, () => reject(new Problem(0)));
            else problemOf(answer).then(reject);
        };
        call.send(blob);
    });
}

/* True when the file does not hold everything: a CSV or XLSX ends at 100,000 rows. */
export async function download(path, type, name) {
    const { data, more } = await request("GET", path, { accept: type });
    if (type === CSV) saveCsv(data, name);
    else saveFile(data instanceof Blob ? data : new Blob([JSON.stringify(data, null, 2)]), name);
    return more;
}

export function useApi(path, options) {
    const [state, set] = useState({ path: null, data: null, etag: null, problem: null, loading: path !== null });
    const running = useRef(null);

    const load = useCallback(async () => {
        if (path === null) return;
        running.current?.abort();
        const control = new AbortController();
        running.current = control;
        set((was) => ({ ...was, loading: true }));
        try {
            const { data, etag } = await request("GET", path, { ...options, signal: control.signal });
            set({ path, data, etag, problem: null, loading: false });
        } catch (error) {
            if (error.name === "AbortError") return;
            if (!(error instanceof Problem)) throw error;
            set((was) => ({ ...was, data: was.path === path ? was.data : null, path, problem: error, loading: false }));
        }
    }, [path]);

    useEffect(() => {
        load();
        return () => running.current?.abort();
    }, [load]);
    /* What was asked of another address stays until the answer comes; who shows it says that it waits. */
    const other = state.path !== path;
    return { data: state.data, etag: state.etag, problem: other ? null : state.problem, loading: path !== null && (state.loading || other), reload: load };
}

export function useSubmit(action) {
    const [state, set] = useState({ busy: false, problem: null });
    const running = useRef(false);
    const submit = async (event) => {
        event?.preventDefault?.();
        if (running.current) return;
        running.current = true;
        set({ busy: true, problem: null });
        let problem = null;
        try {
            await action();
        } catch (error) {
            if (!(error instanceof Problem)) throw error;
            problem = error;
        } finally {
            running.current = false;
            set({ busy: false, problem });
        }
    };
    return [submit, state.busy, state.problem];
}
