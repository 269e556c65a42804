/* why: the registry's sentences about why something counts, in Chinese where they are of a known form; else as they are. */
import { languageNow, t, word } from "./words.js";

const FORMS = [
    [/^energy (\w+) is NEV$/, (energy) => t("why.nev", { energy: word("energy", energy) })],
    [/^energy (\w+) is not NEV$/, (energy) => t("why.not_nev", { energy: word("energy", energy) })],
    [/^stage (\w+) is (.+)$/, (stage, wanted) => t("why.stage", { stage: word("stage", stage), wanted })],
    [/^energy (\w+) is not NEV, stage (\w+) is not (.+)$/, (energy, stage, wanted) => t("why.neither", { energy: word("energy", energy), stage: word("stage", stage), wanted })],
    [/^energy (\w+) is not NEV, and the stage is not known$/, (energy) => t("why.stage_unknown", { energy: word("energy", energy) })],
    [/^energy is not known$/, () => t("why.energy_unknown")],
    [/^exempt: (.+)$/, (reasons) => t("why.exempt", { reasons: reasons.split(" ").map((r) => word("exempt", r)).join("、") })],
    [/^by itself it would reach the target$/, () => t("why.reach")],
    [/^by itself it would miss the target$/, () => t("why.miss")],
    [/^(\d+) t a year; siding (not stated|\w+), (a|no) pipeline$/, (tonnes, siding, pipeline) => t(pipeline === "a" ? "why.siding_pipeline" : "why.siding", { tonnes, siding: word("siding", siding) })],
    [/^no report is in force for the four quarters$/, () => t("why.no_report")],
];

function said(text) {
    for (const [form, say] of FORMS) {
        const found = form.exec(text);
        if (found) return say(...found.slice(1));
    }
    return null;
}

export function Why({ text }) {
    const known = languageNow() === "zh" ? said(text) : null;
    return known ?? <span lang="en">{text}</span>;
}
