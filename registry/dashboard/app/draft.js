/*
 * draft: what stands in a form that was not sent yet, kept in the tab, so that a session that ends
 * or a page that is loaded again loses nothing. Each draft belongs to who wrote it.
 */
const PREFIX = "evroll.draft:";

export function draftRead(name, user) {
    try {
        const kept = JSON.parse(sessionStorage.getItem(PREFIX + name));
        return kept !== null && kept.user === user ? kept.values : null;
    } catch {
        return null;
    }
}

export function draftWrite(name, user, values) {
    sessionStorage.setItem(PREFIX + name, JSON.stringify({ user, values }));
}

export function draftForget(name) {
    sessionStorage.removeItem(PREFIX + name);
}

export function draftsForget() {
    for (const key of Object.keys(sessionStorage)) if (key.startsWith(PREFIX)) sessionStorage.removeItem(key);
}
