/* rule: the parts of a rule's answer that several pages show: figure, target, verdict, what is verified. */
import { instant, number, ratio, share } from "./format.js";
import { t, word } from "./words.js";

const LOOKS = { MET: "good", MET_WITH_EXCEPTIONS: "good", ON_TRACK: "calm", AT_RISK: "warn", NOT_MET: "bad", OVERDUE: "bad", DISPUTED: "odd" };
/* A shape beside the colour, for who does not tell colours apart and for print. */
const MARKS = { good: "✓", calm: "→", warn: "!", bad: "✕", odd: "?" };

export function Verdict({ rule }) {
    const untested = rule.kind === "QUALITATIVE";
    const look = untested ? null : LOOKS[rule.verdict];
    return (
        <span class={`badge${look ? ` badge-${look}` : ""}`} title={rule.verdict_note ?? undefined}>
            {look && <span aria-hidden="true">{MARKS[look]} </span>}{untested ? t("verdict.none") : word("verdict", rule.verdict)}
        </span>
    );
}

export function target(rule) {
    if (!rule.threshold) return null;
    const sign = word("comparator", rule.comparator);
    if (rule.kind === "RANK") return `${rule.threshold[0]} / ${rule.threshold[1]}`;
    return `${sign} ${ratio(rule.threshold)}`;
}

export function due(rule) {
    return rule.due === "continuous" ? t("plan.continuous") : rule.due;
}

/* "94.73 % (108 / 114)"; of ranks the place. */
export function Figure({ rule }) {
    if (!rule.denominator) return <span class="small">{t("plan.nodata")}</span>;
    const pair = `${number(rule.numerator, 1)} / ${number(rule.denominator, 1)}`;
    if (rule.kind === "RANK") return <strong>{pair}</strong>;
    return <><strong class="nowrap">{share(rule.numerator, rule.denominator)}</strong> <div class="small nowrap pair">{pair}</div></>;
}

/* The vehicles that are left out, those of which nothing is known, and how many are missing. */
export function Beside({ rule }) {
    const parts = [
        rule.exempt > 0 && t("plan.exempt", { n: number(rule.exempt) }),
        rule.unknown > 0 && t("plan.unknown", { n: number(rule.unknown) }),
        rule.shortfall > 0 && rule.threshold && t("plan.short", { n: number(rule.shortfall, 1) }),
    ].filter(Boolean);
    return parts.length > 0 ? <div class="small">{parts.join(" · ")}</div> : null;
}

/* How much of the numerator telemetry bears out: a bar with its words. */
export function Verified({ verified }) {
    if (!verified) return null;
    const { by_telemetry: by, contradicted, silent } = verified;
    const all = by + contradicted + silent;
    if (all === 0) return null;
    const what = t("plan.verified.what", { by, contradicted, silent });
    return (
        <div title={what}>
            <div class="bar-share" role="img" aria-label={what}>
                <Piece kind="good" of={by / all} /><Piece kind="bad" of={contradicted / all} /><Piece kind="none" of={silent / all} />
            </div>
            <span class="small">{by} / {all}{contradicted > 0 && <span class="wrong"> ✕ {contradicted}</span>}</span>
        </div>
    );
}

/* A width is set through the object model, which the policy against inline styles allows. */
function Piece({ kind, of }) {
    return <span class={`bar-${kind}`} ref={(at) => { if (at) at.style.width = `${100 * of}%`; }} />;
}

export function Restated({ rule }) {
    const s = rule.restated;
    if (!s) return null;
    const what = t("plan.restated.what", { at: instant(s.from.known_at).slice(0, 10), before: share(s.from.numerator, s.from.denominator), verdict: word("verdict", s.from.verdict) });
    return <span class="badge badge-warn" title={what}>{t("plan.restated")}<span class="unseen">{what}</span></span>;
}
