/*
 * words: what people read, in the language they chose. Chinese is the default. The texts stand in
 * messages/, one file for each part of the dashboard and language; both languages have the same
 * keys (a test compares), and only the chosen one is loaded.
 *
 *   t("plan.short", {n: 3})                  "{n}" is filled in
 *   t.has("energy.BEV")                      is there such a text
 *   word("energy", "BEV")                     a word of the API's vocabulary; itself when unknown
 *   both(row.title, row.title_en)             of two texts the one in the user's language
 */
import { useEffect, useState } from "preact/hooks";

const LOADERS = { zh: () => import("./messages/zh/index.js"), en: () => import("./messages/en/index.js") };
const KEY = "evroll.language";

/* The API's vocabularies that people choose from. */
export const CATEGORIES = ["BUS", "TAXI", "RIDEHAIL", "OFFICIAL_CAR", "SANITATION", "POSTAL", "MUCK_TRUCK", "CEMENT_TRUCK", "LOGISTICS", "OTHER_FREIGHT", "INTERNAL_TRUCK", "NON_ROAD"];
export const ENERGIES = ["BEV", "PHEV", "REEV", "FCEV", "HEV", "DIESEL", "PETROL", "CNG", "LNG", "METHANOL", "OTHER"];

let language = "zh";
let texts = {};
const listeners = new Set();

export function t(key, values) {
    const text = texts[key] ?? key;
    return values === undefined ? text : text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

t.has = (key) => key in texts;

export function word(list, value) {
    if (value === null || value === undefined || value === "") return "";
    return texts[`${list}.${value}`] ?? String(value);
}

export function both(zh, en) {
    return (language === "zh" ? zh : en) ?? zh ?? en ?? "";
}

export function languageNow() {
    return language;
}

export async function chooseLanguage(wanted) {
    const chosen = wanted in LOADERS ? wanted : "zh";
    texts = (await LOADERS[chosen]()).default;
    language = chosen;
    document.documentElement.lang = chosen === "zh" ? "zh-CN" : "en";
    localStorage.setItem(KEY, chosen);
    for (const listener of listeners) listener(chosen);
}

export const languageKept = () => localStorage.getItem(KEY) ?? "zh";

/* Renders again when the language changes. */
export function useLanguage() {
    const [now, set] = useState(language);
    useEffect(() => {
        listeners.add(set);
        return () => listeners.delete(set);
    }, []);
    return now;
}
