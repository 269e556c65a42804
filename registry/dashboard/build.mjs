/*
 * build: makes of app/ what the registry serves, as a C file: each file compressed, with its address,
 * type and entity tag. Names carry a digest of their contents, so that browsers may keep them for ever.
 *
 *   node build.mjs --modules DIR --out FILE.c [--report FILE.json]
 *
 * DIR is the node_modules that package-lock.json describes. The report tells for each file its size
 * and, of the first page, what it loads.
 */
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";

const APP = join(dirname(fileURLToPath(import.meta.url)), "app");
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml" };

const { values: options } = parseArgs({ options: { modules: { type: "string" }, out: { type: "string" }, report: { type: "string" } } });
const esbuild = createRequire(resolve(options.modules, "..", "package.json"))("esbuild");

const digest = (bytes) => createHash("sha256").update(bytes).digest("hex").slice(0, 20);

function bundle(folder) {
    return esbuild.buildSync({
        entryPoints: [join(APP, "main.jsx")],
        outdir: folder,
        entryNames: "[name]-[hash]",
        chunkNames: "[name]-[hash]",
        bundle: true,
        splitting: true,
        format: "esm",
        minify: true,
        target: "es2020",
        charset: "utf8",
        legalComments: "none",
        jsx: "automatic",
        jsxImportSource: "preact",
        nodePaths: [resolve(options.modules)],
        metafile: true,
        logLevel: "warning",
    }).metafile.outputs;
}

/* A file and all that it imports at once, not those it asks for later. */
function loadedWith(outputs, path, found = new Set()) {
    if (found.has(path)) return found;
    found.add(path);
    for (const wanted of outputs[path].imports) if (wanted.kind === "import-statement") loadedWith(outputs, wanted.path, found);
    return found;
}

function page(outputs, icon) {
    const entry = Object.keys(outputs).find((path) => outputs[path].entryPoint?.endsWith("main.jsx"));
    const overview = Object.keys(outputs).find((path) => outputs[path].entryPoint?.endsWith("pages/overview.jsx"));
    const chinese = Object.keys(outputs).find((path) => outputs[path].entryPoint?.endsWith("messages/zh/index.js"));
    const first = new Set([entry, overview, chinese].flatMap((path) => [...loadedWith(outputs, path)]));
    const style = outputs[entry].cssBundle;
    const preloads = [...loadedWith(outputs, entry)].filter((path) => path !== entry).map((path) => `<link rel="modulepreload" href="/assets/${basename(path)}">`).join("\n");
    const values = { ICON: `/assets/${icon}`, STYLE: `/assets/${basename(style)}`, SCRIPT: `/assets/${basename(entry)}`, PRELOADS: preloads };
    const html = readFileSync(join(APP, "index.html"), "utf8").replace(/@([A-Z]+)@/g, (whole, name) => values[name] ?? whole);
    return { html, first: [style, ...first].map((path) => `/assets/${basename(path)}`) };
}

function collect() {
    const folder = mkdtempSync(join(tmpdir(), "evroll-dashboard-"));
    try {
        const outputs = bundle(folder);
        const svg = readFileSync(join(APP, "icon.svg"));
        const icon = `icon-${digest(svg).slice(0, 8)}.svg`;
        const { html, first } = page(outputs, icon);
        const files = Object.keys(outputs).map((path) => ({ path: `/assets/${basename(path)}`, bytes: readFileSync(join(folder, basename(path))) }));
        files.push({ path: `/assets/${icon}`, bytes: svg }, { path: "/", bytes: Buffer.from(html), type: TYPES[".html"] });
        return { files: files.map((f) => ({ ...f, type: f.type ?? TYPES[extname(f.path)], gzip: gzipSync(f.bytes, { level: 9 }) })), first: ["/", `/assets/${icon}`, ...first] };
    } finally {
        rmSync(folder, { recursive: true });
    }
}

function cArray(name, bytes) {
    let text = `static const unsigned char ${name}[] = {`;
    for (let i = 0; i < bytes.length; i++) text += `${i % 24 === 0 ? "\n" : ""}${bytes[i]},`;
    return `${text}\n};\n`;
}

function cFile(files) {
    const arrays = files.map((f, i) => cArray(`file_${i}`, f.gzip));
    const rows = files.map((f, i) => `    {${JSON.stringify(f.path)}, ${JSON.stringify(f.type)}, "\\"${digest(f.bytes)}\\"", file_${i}, sizeof file_${i}, ${f.bytes.length}},`);
    return `#include "registry/dashboard/dashboard_internal.h"\n\n${arrays.join("\n")}\nconst struct dashboard_file dashboard_files[] = {\n${rows.join("\n")}\n};\nconst size_t dashboard_file_count = ${files.length};\n`;
}

const { files, first } = collect();
files.sort((a, b) => (a.path < b.path ? -1 : 1));
writeFileSync(options.out, cFile(files));
if (options.report) {
    const sizes = Object.fromEntries(files.map((f) => [f.path, f.gzip.length]));
    writeFileSync(options.report, JSON.stringify({ sizes, first, first_bytes: first.reduce((sum, path) => sum + sizes[path], 0) }, null, 2));
}
