/*
 * save: files that the browser saves.
 *
 *   saveFile(blob, name)
 *   saveCsv(text, name)     a text or a blob, with the mark that spreadsheets know UTF-8 by
 */
export function saveFile(blob, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

export const saveCsv = (text, name) => saveFile(new Blob(["\ufeff", text], { type: "text/csv" }), name);
