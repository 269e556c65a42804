/*
 * session: who is signed in here. The cookie is the server's and no script reads it; what a page
 * knows is the answer of GET or POST /v1/session: name, role, organisation and the CSRF token.
 *
 *   useSession()       {state: "asking" | "out" | "in", user, ended}
 *   restore()          asks, once at the start; only where somebody signed in before
 *   signIn, signOut    see below
 *   sessionEnded()     the server knows the session no more: sign-in is shown over the same address
 */
import { useEffect, useState } from "preact/hooks";

import { Problem, request } from "./api.js";
import { draftsForget } from "./draft.js";

const MARK = "evroll.signed-in";

let session = { state: "asking", user: null, ended: false };
const listeners = new Set();

function become(next) {
    session = next;
    for (const listener of listeners) listener(next);
}

export function csrfToken() {
    return session.user?.csrf ?? "";
}

export function userNow() {
    return session.user;
}

export function useSession() {
    const [now, set] = useState(session);
    useEffect(() => {
        listeners.add(set);
        set(session);
        return () => listeners.delete(set);
    }, []);
    return now;
}

export function sessionEnded() {
    localStorage.removeItem(MARK);
    become({ state: "out", user: null, ended: session.state !== "out" });
}

export async function restore() {
    if (localStorage.getItem(MARK) === null) return become({ state: "out", user: null, ended: false });
    try {
        const { data } = await request("GET", "/v1/session");
        become({ state: "in", user: data, ended: false });
    } catch (error) {
        if (!(error instanceof Problem)) throw error;
        if (session.state === "asking") become({ state: "out", user: null, ended: false });
    }
}

export async function signIn(name, password) {
    const { data } = await request("POST", "/v1/session", { body: { name, password }, signingIn: true });
    localStorage.setItem(MARK, "1");
    become({ state: "in", user: data, ended: false });
}

/* Drafts go with who leaves on purpose; they stay when a session merely ends. */
export async function signOut(everywhere) {
    await request("DELETE", everywhere ? "/v1/sessions" : "/v1/session");
    localStorage.removeItem(MARK);
    draftsForget();
    become({ state: "out", user: null, ended: false });
}
