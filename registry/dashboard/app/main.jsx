/*
 * main: the dashboard. It asks who is signed in, then shows the view that the address means.
 * Everything comes from the registry that serves it; nothing is fetched from elsewhere.
 */
import { render } from "preact";
import { useEffect, useState } from "preact/hooks";

import "./style.css";
import "./desk.css";
import { Layout, Page } from "./layout.jsx";
import { SetPassword, SignIn } from "./pages/sign_in.jsx";
import { address, go, match, useAddress } from "./router.js";
import { restore, useSession } from "./session.js";
import { VIEWS, mayUse } from "./views.js";
import { chooseLanguage, languageKept, t, useLanguage } from "./words.js";

function NotHere({ why }) {
    return <Page title={t(`nothere.${why}`)}><p>{t(`nothere.${why}.what`)}</p></Page>;
}

function found(path) {
    for (const view of VIEWS) {
        const values = match(view.path, path);
        if (values) return { view, values };
    }
    return { view: null, values: null };
}

/* Loads the file of a view once and shows it. */
function Shown({ view, values }) {
    const [part, set] = useState({ view: null });
    useEffect(() => {
        let wanted = true;
        view.load().then((file) => wanted && set({ view, Content: file.default }), () => wanted && set({ view, failed: true }));
        return () => { wanted = false; };
    }, [view]);
    if (part.view !== view) return <p class="waiting" role="status">{t("waiting")}</p>;
    if (part.failed) return <NotHere why="unloaded" />;
    /* Another vehicle is another page, not the same one with other contents. */
    return <part.Content key={JSON.stringify(values)} {...values} />;
}

function View({ user }) {
    const { path } = useAddress();
    const { view, values } = found(path);
    const home = VIEWS.find((v) => mayUse(v, user));
    const away = path === "/" && home.path !== "/";
    useEffect(() => { if (away) go(home.path, { replace: true }); }, [away]);
    useEffect(() => scrollTo(0, 0), [path]);
    if (away) return null;
    if (!view) return <NotHere why="unknown" />;
    if (!mayUse(view, user)) return <NotHere why="forbidden" />;
    return <Shown view={view} values={values} />;
}

/* The fragment of a one-time link never leaves the browser, and is taken out of the address. */
function takeLink() {
    const found = /^#\/password\/([A-Za-z0-9_-]+)$/.exec(location.hash);
    if (location.hash) history.replaceState(null, "", address(location.pathname, Object.fromEntries(new URLSearchParams(location.search))));
    return found?.[1] ?? null;
}

function App({ link }) {
    const session = useSession();
    const [waiting, setWaiting] = useState(link);
    useLanguage();
    if (waiting) return <Layout><SetPassword link={waiting} done={() => setWaiting(null)} /></Layout>;
    if (session.state === "asking") return <Layout><p class="waiting" role="status">{t("waiting")}</p></Layout>;
    if (session.state === "out") return <Layout><SignIn ended={session.ended} /></Layout>;
    return <Layout><View user={session.user} /></Layout>;
}

async function begin() {
    const link = takeLink();
    await Promise.all([chooseLanguage(languageKept()), link ? null : restore()]);
    render(<App link={link} />, document.getElementById("app"));
}

begin();
