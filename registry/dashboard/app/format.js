/*
 * format: figures, days and instants as people read them. Instants are shown in China's time
 * (UTC+8), as the register counts its days, wherever the browser is.
 */
import { languageNow, t } from "./words.js";

const locale = () => (languageNow() === "zh" ? "zh-CN" : "en-GB");

export function number(value, digits = 0) {
    if (value === null || value === undefined) return "–";
    return new Intl.NumberFormat(locale(), { maximumFractionDigits: digits }).format(value);
}

/* Two digits, cut and not rounded: 0.79999 must not read as 80.00 %, nor 0.57, which is a little less in binary, as
 * 56.99 %. */
export function percent(value) {
    return `${(Math.trunc(value * 10000 + Math.sign(value) * 1e-9) / 100).toFixed(2)} %`;
}

export function share(numerator, denominator) {
    return denominator ? percent(numerator / denominator) : "–";
}

/* A whole number of percent where it is one. */
export function ratio([numerator, denominator]) {
    const percent = (100 * numerator) / denominator;
    return `${Number.isInteger(percent) ? percent : percent.toFixed(2)} %`;
}

export function instant(text, seconds = false) {
    if (!text) return "–";
    const at = new Date(Date.parse(text) + 8 * 3600000).toISOString();
    return `${at.slice(0, 10)} ${at.slice(11, seconds ? 19 : 16)}`;
}

export const day = (text) => text || "–";

export function today() {
    return new Date(Date.now() + 8 * 3600000).toISOString().slice(0, 10);
}

export const yes = (value) => t(value ? "yes" : "no");
