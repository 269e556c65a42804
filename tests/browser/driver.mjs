/*
 * driver: runs the cases of cases/*.mjs in one Chromium, each in a context of its own.
 *
 *   node driver.mjs --list                     the names of all cases, one a line
 *   node driver.mjs MODULES RESULTS WORLD      WORLD: {"url", "password", …} as JSON. Then for each line of
 *                                              stdin, the name of a case, one line of JSON: {} or {"error": …}
 *
 * A case is `"a sentence": async (browser) => {…}`. `browser` makes pages; what a page says on its
 * console as an error, an exception in it, and a violation of the content security policy fail the case.
 */
import { mkdirSync, readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { check } from "./check.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const DEADLINE_MS = 10000;
const SESSIONS = new Map(); /* of people, by name: their cookies */

async function cases() {
    const all = {};
    for (const file of readdirSync(join(HERE, "cases")).sort()) Object.assign(all, (await import(join(HERE, "cases", file))).default);
    return all;
}

class Browser {
    constructor(chromium, world, results, axe) {
        Object.assign(this, { chromium, world, results, axe, contexts: [], troubles: [], expected: [] });
        this.url = world.url;
    }

    /* The statuses that a case means to be answered with; Chromium writes them to the console as errors. */
    expect(...statuses) {
        this.expected.push(...statuses);
    }

    heard(text) {
        const status = /the server responded with a status of (\d+)/.exec(text)?.[1];
        if (!status || !this.expected.includes(Number(status))) this.troubles.push(text);
    }

    async page({ width = 1280, height = 900, language = "zh" } = {}) {
        const context = await this.chromium.newContext({ ignoreHTTPSErrors: true, viewport: { width, height }, locale: "zh-CN", timezoneId: "Asia/Shanghai", acceptDownloads: true });
        this.contexts.push(context);
        context.setDefaultTimeout(DEADLINE_MS);
        await context.addInitScript((chosen) => {
            if (localStorage.getItem("evroll.language") === null) localStorage.setItem("evroll.language", chosen);
            addEventListener("securitypolicyviolation", (e) => console.error(`CSP: ${e.violatedDirective} ${e.blockedURI}`));
        }, language);
        const page = await context.newPage();
        page.on("console", (message) => message.type() === "error" && this.heard(message.text()));
        page.on("pageerror", (error) => this.troubles.push(`exception: ${error.message}`));
        return page;
    }

    async fillSignIn(page, name, password = this.world.password) {
        await page.fill('[name="name"]', name);
        await page.fill('[name="password"]', password);
        await page.click('button[type="submit"]');
    }

    /* A page at `path`, with somebody signed in: in the session of an earlier case, unless it is to be a `fresh` one,
     * which ends the others. */
    async signedIn(name, path = "/", { fresh = false, ...options } = {}) {
        const page = await this.page(options);
        const kept = fresh ? undefined : SESSIONS.get(name);
        if (kept) await this.enter(page, kept);
        await page.goto(this.url + path);
        if (!kept) await this.fillSignIn(page, name);
        await page.waitForSelector("nav.side", { state: "attached" });
        await this.settled(page);
        if (fresh) SESSIONS.delete(name);
        else if (!kept) SESSIONS.set(name, await page.context().cookies());
        return page;
    }

    /* The cookie, and the mark by which a page knows that somebody signed in here. */
    async enter(page, cookies) {
        /* By address: a cookie whose name begins with __Host- has no domain. */
        await page.context().addCookies(cookies.map(({ domain, path, ...cookie }) => ({ ...cookie, url: this.url })));
        await page.addInitScript(() => {
            if (sessionStorage.getItem("entered") === null) localStorage.setItem("evroll.signed-in", "1");
            sessionStorage.setItem("entered", "1");
        });
    }

    /* Nothing is being read any more. */
    async settled(page) {
        await page.waitForFunction(() => document.querySelector("h1") && !document.querySelector(".waiting, [aria-busy]"));
    }

    async go(page, path) {
        await page.goto(this.url + path);
        await this.settled(page);
    }

    async shot(page, name) {
        await page.screenshot({ path: join(this.results, `${name}.png`), fullPage: true });
    }

    async axeClean(page, where) {
        /* Half a megabyte, once a document. */
        if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(this.axe);
        const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"] }));
        const said = violations.map((v) => `${v.id}: ${v.help} at ${v.nodes.slice(0, 3).map((n) => n.target.join(" ")).join("; ")}`);
        check(violations.length === 0, `axe at ${where}:\n${said.join("\n")}`);
        /* axe does not look at this: nothing may make the page itself wider than the window. */
        const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        check(over <= 0, `${where} is ${over} pixels wider than the window`);
    }

    async end() {
        for (const context of this.contexts) await context.close();
        check(this.troubles.length === 0, `the page's console: ${this.troubles.join("\n")}`);
    }
}

async function run(browser, body) {
    try {
        await body(browser);
        await browser.end();
        return {};
    } catch (error) {
        for (const page of browser.contexts.flatMap((c) => c.pages())) await browser.shot(page, "failed").catch(() => {});
        await browser.end().catch((other) => { error.message += `\n${other.message}`; });
        return { error: error.stack };
    }
}

async function serve(modules, results, world) {
    const require = createRequire(join(modules, "..", "package.json"));
    const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
    mkdirSync(results, { recursive: true });
    const chromium = await require("playwright-core").chromium.launch({
        executablePath: world.chromium, args: [...(process.getuid() === 0 ? ["--no-sandbox"] : []), "--disable-dev-shm-usage", "--font-render-hinting=none", "--lang=zh-CN"] });
    const all = await cases();
    for await (const name of createInterface({ input: process.stdin }))
        console.log(JSON.stringify(await run(new Browser(chromium, world, results, axe), all[name])));
    await chromium.close();
}

if (process.argv[2] === "--list") console.log(Object.keys(await cases()).join("\n"));
else await serve(process.argv[2], process.argv[3], JSON.parse(process.argv[4]));
