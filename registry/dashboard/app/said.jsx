/*
 * said: sentences of the registry, for people. It says what, where and what to do, in English; on a page in Chinese it
 * reads Chinese (refusals.js), and English where nobody has put it into Chinese.
 *
 *   await refusalsLoaded()    the catalogue is read once, before the first refusal is shown
 *   said(text)                the sentence in the language of the page
 *   <Said text={…} />         the same, marked where it is in another language
 */
import { translator } from "./refusals.js";
import { languageNow } from "./words.js";

let translate = () => null;
let loading = null;

/* Without it sentences stay as they are. */
export function refusalsLoaded() {
    loading ??= import("./messages/refusals.zh.json").then((file) => { translate = translator(file.default); }, () => { loading = null; });
    return loading;
}

const known = (text) => (languageNow() === "zh" ? translate(text) : null);

export const said = (text) => known(text) ?? text;

export function Said({ text }) {
    return known(text) ?? <span lang="en">{text}</span>;
}
