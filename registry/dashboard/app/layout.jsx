/*
 * layout: what stands around every page: the name, the navigation (what the role may use), the
 * language, the account. <Page> is a page's own frame: its heading, which is focused when the page
 * comes so that a screen reader begins there, what can be done beside it, and the window's title.
 */
import { useEffect, useRef, useState } from "preact/hooks";

import { Link, useAddress } from "./router.js";
import { useSession, signOut } from "./session.js";
import { useSubmit } from "./api.js";
import { ProblemNote } from "./problem.jsx";
import { NAVIGATION, mayUse } from "./views.js";
import { chooseLanguage, languageNow, t, word } from "./words.js";

function Language() {
    const other = languageNow() === "zh" ? "en" : "zh";
    return <button type="button" class="bar" lang={other === "zh" ? "zh-CN" : "en"} onClick={() => chooseLanguage(other)}>{other === "zh" ? "中文" : "English"}</button>;
}

function Account({ user }) {
    const [leave, , problem] = useSubmit(() => signOut(false));
    return (
        <div class="account">
            <Link to="/account">{user.name} · {word("role", user.role)}</Link>
            <button type="button" class="bar" onClick={leave}>{t("session.out")}</button>
            <ProblemNote problem={problem} />
        </div>
    );
}

function Navigation({ user, path, open }) {
    const here = (view) => path === view.path || (view.path !== "/" && path.startsWith(`${view.path}/`)) || (view.also ?? []).some((p) => path.startsWith(p));
    return (
        <nav class={`side${open ? " side-open" : ""}`} id="navigation" aria-label={t("nav.label")}>
            {NAVIGATION.map((group) => {
                const views = group.views.filter((view) => mayUse(view, user));
                return views.length > 0 && (
                    <div key={group.name}>
                        <p class="side-title" id={`nav-${group.name}`}>{t(`nav.${group.name}`)}</p>
                        <ul aria-labelledby={`nav-${group.name}`}>
                            {views.map((view) => <li key={view.path}><Link to={view.path} aria-current={here(view) ? "page" : undefined}>{t(`view.${view.name}`)}</Link></li>)}
                        </ul>
                    </div>
                );
            })}
        </nav>
    );
}

export function Layout({ children }) {
    const { user } = useSession();
    const { path } = useAddress();
    const [open, setOpen] = useState(false);
    useEffect(() => setOpen(false), [path]);
    return (
        <>
            <a class="skip" href="#content" onClick={(event) => { event.preventDefault(); document.getElementById("content").focus(); }}>{t("skip")}</a>
            <header class="top">
                {user && <button type="button" class="bar menu" aria-expanded={open} aria-controls="navigation" onClick={() => setOpen(!open)}>{t("nav.menu")}</button>}
                <Link to="/" class="name">{t("product")}</Link>
                <div class="top-right">{user && <Account user={user} />}<Language /></div>
            </header>
            <div class={user ? "body" : "body body-alone"}>
                {user && <Navigation user={user} path={path} open={open} />}
                <main id="content" tabIndex="-1">{children}</main>
            </div>
        </>
    );
}

/* The page that comes with the program is read from its top, where the way past the navigation is. */
let arrived = null;

export function Page({ title, lead, actions, children }) {
    const heading = useRef(null);
    const { path } = useAddress();
    useEffect(() => {
        if (arrived !== null && arrived !== path) heading.current?.focus({ preventScroll: true });
        arrived = path;
    }, [path]);
    useEffect(() => { document.title = `${title} · ${t("product")}`; }, [title, languageNow()]);
    return (
        <article>
            <div class="page-head">
                <div><h1 tabIndex="-1" ref={heading}>{title}</h1>{lead && <p class="lead">{lead}</p>}</div>
                {actions && <div class="actions">{actions}</div>}
            </div>
            {children}
        </article>
    );
}

/* A part of a page with its heading. */
export function Part({ title, actions, children }) {
    return <section class="part"><div class="part-head"><h2>{title}</h2>{actions}</div>{children}</section>;
}

/* Names and what they are. Rows without a value are left out. */
export function Facts({ rows }) {
    return <dl class="facts">{rows.filter(([, value]) => value !== null && value !== undefined && value !== "").map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>;
}
