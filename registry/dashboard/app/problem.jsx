/*
 * problem: what was refused, for people: what it means in their language, and the registry's own
 * sentence, which says what, where and what to do.
 */
import { t } from "./words.js";

export function ProblemNote({ problem, retry }) {
    if (!problem) return null;
    const key = `problem.${problem.status}`;
    return (
        <div class="note note-bad" role="alert">
            <p><strong>{t(t.has(key) ? key : problem.status >= 500 ? "problem.500" : "problem.other")}</strong></p>
            {problem.detail && <p lang="en">{problem.detail}</p>}
            {problem.errors.length > 0 && (
                <ul>{problem.errors.map((e, i) => <li key={i} lang="en"><code>{e.column}</code> {e.reason}</li>)}</ul>
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
