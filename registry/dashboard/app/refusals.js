/*
 * refusals: the registry's sentences in another language. A sentence is English and made of a format; the formats as
 * they stand in the registry's sources are the keys of a catalogue (as with gettext), so that a sentence is known again
 * and what was filled in goes to its place: "{1}" is the first. The catalogue's `words` are sentences and parts of
 * sentences with nothing filled in, and what may be filled in. A test compares the keys with the sources, and looks
 * whether each sentence finds its own format.
 *
 *   translator(catalogue)     a function of a sentence; null: it is not known
 */
const CONVERSION = /%%|%(?:\.\d+)?(?:ll|z)?([scgxdu])/g;
const PLACES = { s: "([^]*?)", c: "([^])", g: "(-?[\\d.]+(?:e[-+]?\\d+)?)", x: "([\\da-f]+)", d: "(-?\\d+)", u: "(\\d+)" };
const literal = (text) => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");

function readForm([format, said]) {
    let pattern = "", plain = 0, end = 0;
    for (const found of format.matchAll(CONVERSION)) {
        const before = format.slice(end, found.index);
        pattern += literal(before) + (found[1] ? PLACES[found[1]] : "%");
        plain += before.length;
        end = found.index + found[0].length;
    }
    return { pattern: new RegExp(`^${pattern}${literal(format.slice(end))}$`), plain: plain + format.length - end, said };
}

export function translator({ formats, words }) {
    /* What says more itself is looked at first. */
    const forms = Object.entries(formats).map(readForm).sort((a, b) => b.plain - a.plain);
    return function translate(text) {
        if (Object.hasOwn(words, text)) return words[text];
        for (const { pattern, said } of forms) {
            const found = pattern.exec(text);
            if (found) return said.replace(/\{(\d)\}/g, (_, place) => translate(found[place]) ?? found[place]);
        }
        return null;
    };
}
