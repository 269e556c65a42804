/*
 * views: every view of the dashboard, its address, who may use it, and the file it lives in, which
 * is loaded when it is first shown. The server answers any address outside /v1 and /assets with
 * the same page (registry/dashboard/dashboard.c), so that a view is added here alone.
 */
const BUREAU = ["viewer", "officer", "admin"];
const EVERYBODY = [...BUREAU, "department", "reporter"];

/* In the order in which they are looked through. */
export const VIEWS = [
    { path: "/", name: "overview", roles: BUREAU, load: () => import("./pages/overview.jsx") },
    { path: "/account", name: "account", roles: EVERYBODY, load: () => import("./pages/account.jsx") },
];

const view = (path) => VIEWS.find((v) => v.path === path);

/* What stands in the navigation; `also` marks an entry for addresses that do not begin with its own. */
export const NAVIGATION = [
    { name: "plan", views: [{ ...view("/"), also: ["/rules/"] }] },
];

export const mayUse = (wanted, user) => wanted.roles.includes(user.role);
