/*
 * problem: what was refused, for people: what it means, and the registry's own sentence, which says what, where and
 * what to do.
 */
import { Said } from "./said.jsx";
import { t } from "./words.js";

/* The sentence of a refusal with columns is that of the first one, which is told below. */
function detailOf({ detail, errors }) {
    const [first] = errors;
    return first && [first.reason, `${first.column}: ${first.reason}`].includes(detail) ? "" : detail;
}

export function ProblemNote({ problem, retry }) {
    if (!problem) return null;
    const key = `problem.${problem.status}`;
    const detail = detailOf(problem);
    return (
        <div class="note note-bad" role="alert">
            <p><strong>{t(t.has(key) ? key : problem.status >= 500 ? "problem.500" : "problem.other")}</strong></p>
            {detail && <p><Said text={detail} /></p>}
            {problem.errors.length > 0 && (
                <ul>{problem.errors.map((e, i) => <li key={i}>{e.column && <><code>{e.column}</code> </>}<Said text={e.reason} /></li>)}</ul>
            )}
            {retry && <p><button type="button" onClick={retry}>{t("problem.retry")}</button></p>}
        </div>
    );
}

/* What stands in place of a page's content until it is there. */
export function Waiting({ of }) {
    if (of.problem && !of.data) return <ProblemNote problem={of.problem} retry={of.reload} />;
    return <p class="waiting" role="status">{t("waiting")}</p>;
}
