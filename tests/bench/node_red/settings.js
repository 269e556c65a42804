// Node-RED's own defaults, but for what a run of the benchmark needs: its port, no editor, no prompts. Function nodes get the pg
// module as its documentation shows ("Writing Functions", loading additional modules).
module.exports = {
    uiPort: process.env.PORT,
    uiHost: "127.0.0.1",
    httpAdminRoot: false,
    disableEditor: true,
    flowFile: "flows.json",
    credentialSecret: false,
    telemetry: { enabled: false },
    functionGlobalContext: { pg: require("pg") },
    logging: { console: { level: "info", metrics: false, audit: false } },
};
