/* A freight report: written by who may write it, decided by who may decide, read by the others. */
import { useState } from "preact/hooks";

import { useApi } from "../api.js";
import { Actions } from "../freight/actions.jsx";
import { Editor } from "../freight/editor.jsx";
import { Beside, Checks, Content, Files, History, Versions } from "../freight/parts.jsx";
import { State, periodName } from "../freight/words.jsx";
import { instant } from "../format.js";
import { Facts, Page } from "../layout.jsx";
import { ProblemNote, Waiting } from "../problem.jsx";
import { Link } from "../router.js";
import { t } from "../words.js";

/* Why it came back, or why it is open again. */
function Why({ report }) {
    const action = { RETURNED: "return", AMENDING: "amend" }[report.state];
    const event = action && [...report.history].reverse().find((e) => e.action === action);
    if (!event) return null;
    return <div class="note note-warn"><p><strong>{t(`freight.why.${action}`, { who: event.author, at: instant(event.at) })}</strong></p><p>{event.reason}</p></div>;
}

function Head({ report }) {
    return (
        <Facts rows={[
            [t("freight.state"), <State report={report} />],
            [t("freight.period"), periodName(report.period)],
            [t("freight.org"), <>{report.name} <code>{report.org_id}</code></>],
            [t("freight.due"), report.due],
            [t("freight.amend_until"), report.amend_until],
            [t("freight.version"), report.accepted ? t("freight.version.inforce", { version: report.version, accepted: report.accepted }) : report.version],
        ]} />
    );
}

export default function Report({ id }) {
    const path = `/v1/freight/reports/${encodeURIComponent(id)}`;
    const answer = useApi(path);
    const [said, setSaid] = useState({});
    const report = answer.data;
    const title = report ? t("freight.title", { name: report.name, period: periodName(report.period) }) : t("view.report");
    const changed = (what = {}) => { setSaid(what); answer.reload(); };
    if (!report) return <Page title={title}><Waiting of={answer} /></Page>;
    const write = report.actions.includes("write");
    return (
        <Page title={title} actions={report.version > 1 && <Link class="button" to={`/reports/${report.id}/compare`}>{t("freight.compare")}</Link>}>
            <Head report={report} />
            <ProblemNote problem={answer.problem} />
            <Why report={report} />
            {said.note && <p class="note note-good" role="status">{said.note}</p>}
            <ProblemNote problem={said.problem} />
            <Checks report={report} lines={!write} />
            {write ? <Editor key={report.revision} report={report} etag={answer.etag} path={path} changed={changed} /> : <Content report={report} />}
            <Files report={report} path={path} write={write} changed={changed} />
            <Beside report={report} />
            <Actions key={`${report.state}-${report.version}`} report={report} etag={answer.etag} path={path} changed={changed} />
            <Versions report={report} />
            <History report={report} />
        </Page>
    );
}
