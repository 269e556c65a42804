/*
 * views: every view of the dashboard, its address, who may use it, and the file it lives in, which
 * is loaded when it is first shown. The server answers any address outside /v1 and /assets with
 * the same page (registry/dashboard/dashboard.c), so that a view is added here alone. `managers`: also
 * for who manages the accounts of an organisation.
 */
const BUREAU = ["viewer", "officer", "admin"];
const WRITERS = ["officer", "admin"];
const EVERYBODY = [...BUREAU, "department", "reporter"];

/* In the order in which they are looked through. */
export const VIEWS = [
    { path: "/", name: "overview", roles: BUREAU, load: () => import("./pages/overview.jsx") },
    { path: "/rules/:id", name: "rule", roles: BUREAU, load: () => import("./pages/rule.jsx") },
    { path: "/fleets", name: "fleets", roles: BUREAU, load: () => import("./pages/fleets.jsx") },
    { path: "/vehicles", name: "vehicles", roles: BUREAU, load: () => import("./pages/vehicles.jsx") },
    { path: "/vehicles/:id", name: "vehicle", roles: BUREAU, load: () => import("./pages/vehicle.jsx") },
    { path: "/owners", name: "owners", roles: BUREAU, load: () => import("./pages/owners.jsx") },
    { path: "/findings", name: "findings", roles: [...BUREAU, "reporter"], load: () => import("./pages/findings.jsx") },
    { path: "/findings/:id", name: "finding", roles: [...BUREAU, "reporter"], load: () => import("./pages/finding.jsx") },
    { path: "/lists", name: "lists", roles: BUREAU, load: () => import("./pages/lists.jsx") },
    { path: "/lists/:id", name: "list", roles: BUREAU, load: () => import("./pages/list.jsx") },
    { path: "/snapshots", name: "snapshots", roles: BUREAU, load: () => import("./pages/snapshots.jsx") },
    { path: "/reports", name: "reports", roles: EVERYBODY, load: () => import("./pages/reports.jsx") },
    { path: "/reports/:id", name: "report", roles: EVERYBODY, load: () => import("./pages/report.jsx") },
    { path: "/reports/:id/compare", name: "compare", roles: EVERYBODY, load: () => import("./pages/compare.jsx") },
    { path: "/missing", name: "missing", roles: BUREAU, load: () => import("./pages/missing.jsx") },
    { path: "/shares", name: "shares", roles: EVERYBODY, load: () => import("./pages/shares.jsx") },
    { path: "/company", name: "company", roles: ["reporter"], load: () => import("./pages/company.jsx") },
    { path: "/owners/:id", name: "enterprise", roles: BUREAU, load: () => import("./pages/enterprise.jsx") },
    { path: "/exemptions", name: "exemptions", roles: BUREAU, load: () => import("./pages/exemptions.jsx") },
    { path: "/exceptions", name: "exceptions", roles: BUREAU, load: () => import("./pages/exceptions.jsx") },
    { path: "/terminals", name: "terminals", roles: BUREAU, load: () => import("./pages/terminals.jsx") },
    { path: "/terminals/:unit", name: "terminal", roles: BUREAU, load: () => import("./pages/terminal.jsx") },
    { path: "/unit-settings", name: "unit_settings", roles: BUREAU, load: () => import("./pages/unit_settings.jsx") },
    { path: "/import", name: "import", roles: WRITERS, load: () => import("./pages/import.jsx") },
    { path: "/users", name: "users", roles: ["admin"], managers: true, load: () => import("./pages/users.jsx") },
    { path: "/audit", name: "audit", roles: ["admin"], load: () => import("./pages/audit.jsx") },
    { path: "/system", name: "system", roles: BUREAU, load: () => import("./pages/system.jsx") },
    { path: "/account", name: "account", roles: EVERYBODY, load: () => import("./pages/account.jsx") },
];

const view = (path) => VIEWS.find((v) => v.path === path);

/* What stands in the navigation; `also` marks an entry for addresses that do not begin with its own. */
export const NAVIGATION = [
    { name: "plan", views: [{ ...view("/"), also: ["/rules/"] }, view("/lists"), view("/snapshots")] },
    { name: "register", views: [view("/fleets"), view("/vehicles"), view("/owners"), view("/findings")] },
    { name: "freight", views: [view("/company"), view("/reports"), view("/missing"), view("/shares")] },
    { name: "system", views: [view("/import"), view("/exemptions"), view("/exceptions"), view("/terminals"), view("/unit-settings"), view("/users"), view("/audit"), view("/system")] },
];

export const mayUse = (wanted, user) => wanted.roles.includes(user.role) || (wanted.managers === true && user.manages);
