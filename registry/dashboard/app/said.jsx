/*
 * said: sentences of the registry, for people: its refusals, and what it remarks on figures. They are English; on a page
 * in Chinese they read Chinese (refusals.js), and English where nobody has put one into Chinese.
 *
 *   await refusalsLoaded()    the catalogues are read once, before the first refusal is shown
 *   said(text)                the sentence in the language of the page
 *   <Said text={…} />         the same, marked where it is in another language; waits for the catalogues by itself
 */
import { useEffect, useState } from "preact/hooks";
import { translator } from "./refusals.js";
import { languageNow } from "./words.js";

let translate = () => null;
let loading = null;

/* Without it sentences stay as they are. */
export function refusalsLoaded() {
    loading ??= Promise.all([import("./messages/refusals.zh.json"), import("./messages/notes.zh.json")]).then((files) => {
        const of = (part) => Object.assign({}, ...files.map((file) => file.default[part]));
        translate = translator({ formats: of("formats"), words: of("words") });
    }, () => { loading = null; });
    return loading;
}

const known = (text) => (languageNow() === "zh" ? translate(text) : null);

export const said = (text) => known(text) ?? text;

export function Said({ text }) {
    const [, read] = useState(false);
    useEffect(() => { if (languageNow() === "zh") refusalsLoaded().then(() => read(true)); }, [languageNow()]);
    return known(text) ?? <span lang="en">{text}</span>;
}
