/* The plan, and the way from a figure to what stands behind it. */
import { readFileSync } from "node:fs";

import { check } from "../check.mjs";

/* What the registry answers at an address, changed on its way to the page. */
async function answered(page, address, change) {
    await page.route(address, async (route) => {
        const answer = await route.fetch();
        const body = await answer.json();
        change(body);
        await route.fulfill({ response: answer, json: body });
    });
}

export default {
    "the overview shows every rule, clean under axe, wide and narrow": async (browser) => {
        const page = await browser.signedIn("officer", "/?as_of=2025-12-31");
        check((await page.locator("tbody a[href^='/rules/']").count()) === 24, "not 24 rules");
        await page.waitForSelector("svg.spark");
        await browser.shot(page, "overview");
        await browser.axeClean(page, "overview");
        await page.setViewportSize({ width: 390, height: 844 });
        await browser.shot(page, "overview-390");
        await browser.axeClean(page, "overview at 390 pixels");
        await page.click("button:has-text('菜单')");
        await browser.axeClean(page, "the menu at 390 pixels");
    },

    "an officer goes from a red rule to the vehicle's track and back": async (browser) => {
        const page = await browser.signedIn("officer");
        const row = page.locator("tr", { hasText: "R2-05b" });
        check((await row.locator(".badge-bad").textContent()).includes("未达标"), "R2-05b is not red");
        await row.locator("a").first().click();
        await page.waitForSelector("h1:has-text('R2-05b')");
        await page.waitForSelector(".chart canvas");
        await browser.settled(page);
        await browser.shot(page, "rule");
        await browser.axeClean(page, "rule");
        await page.click("button:has-text('未达要求')");
        await browser.settled(page);
        check(page.url().includes("counts=no") && (await page.locator("tbody td:has-text('纯电动')").count()) === 0, "electric ones among those that do not count");
        await page.click("a:has-text('TEST-CAR-1-031')");
        await page.waitForSelector("h1:has-text('豫U10031')");
        await page.click("main button:has-text('查看')");
        await page.waitForSelector(".map canvas");
        await page.focus("#map-point");
        await page.keyboard.press("ArrowRight");
        await page.waitForSelector("output:has-text('09:00:20')");
        await browser.settled(page);
        await page.waitForSelector(".chart canvas");
        await browser.shot(page, "vehicle");
        await browser.axeClean(page, "vehicle");
        check(/day=\d{4}-\d\d-\d\d/.test(page.url()), "the track has no address");
        await page.goBack();
        await page.goBack();
        await page.waitForSelector("h1:has-text('R2-05b')");
        check(page.url().includes("counts=no"), "the filter is lost on the way back");
        await page.goBack();
        await page.goBack();
        await page.waitForSelector("h1:has-text('计划总览')");
    },

    "every page of the plan and the register is clean under axe, wide and narrow": async (browser) => {
        const page = await browser.signedIn("officer");
        const views = { fleets: "/fleets", vehicles: "/vehicles?category=MUCK_TRUCK", owners: "/owners", lists: "/lists", list: "/lists/companies?rule=R2-05b",
            snapshots: "/snapshots", "rule-freight": "/rules/R3-04?as_of=2025-12-31", "rule-trucks": "/rules/R2-05c?counts=no", "rule-trips": "/rules/R2-07" };
        for (const [name, path] of Object.entries(views)) {
            await page.setViewportSize({ width: 1280, height: 900 });
            await browser.go(page, path);
            await browser.shot(page, name);
            await browser.axeClean(page, name);
            await page.setViewportSize({ width: 390, height: 844 });
            await browser.axeClean(page, `${name} at 390 pixels`);
        }
        await browser.shot(page, "rule-390");
        await browser.go(page, "/vehicles/TEST-CAR-1-031");
        await browser.shot(page, "vehicle-390");
        await browser.axeClean(page, "vehicle at 390 pixels");
    },

    "markup in a company's name appears as text": async (browser) => {
        const page = await browser.signedIn("viewer", "/owners");
        await page.waitForSelector("text=<b>环卫服务</b>有限公司");
        await browser.go(page, "/vehicles/TEST-CAR-2-003");
        await page.waitForSelector("text=<b>环卫服务</b>有限公司");
        check((await page.locator("main img, main b").count()) === 0, "markup became elements");
    },

    "tables sort, filter, page and are saved": async (browser) => {
        const page = await browser.signedIn("viewer", "/fleets");
        await page.click("th button:has-text('在册')");
        const first = () => page.locator("tbody tr").first().locator("th").textContent();
        check((await page.getAttribute("th:has-text('在册')", "aria-sort")) === "ascending", "no order is told");
        const smallest = await first();
        await page.click("th button:has-text('在册')");
        check((await first()) !== smallest, "the order did not turn");
        await browser.go(page, "/vehicles");
        await page.selectOption('[name="energy"]', "PETROL");
        await browser.settled(page);
        check(page.url().includes("energy=PETROL") && (await page.locator("tbody tr").count()) === 29, "the filter does not filter");
        await page.selectOption('[name="energy"]', "");
        await page.click("button:has-text('下一页')");
        await browser.settled(page);
        check(page.url().includes("cursor="), "the page has no address");
        await page.click("button:has-text('首页')");
        await browser.go(page, "/rules/R2-05b?counts=no");
        const [file] = await Promise.all([page.waitForEvent("download"), page.locator(".part .exports button:has-text('CSV')").click()]);
        check(file.suggestedFilename() === "R2-05b-vehicles.csv", file.suggestedFilename());
        check(readFileSync(await file.path(), "utf8").startsWith("\ufeff"), "a spreadsheet does not know the CSV by its mark");
    },

    "a share is cut at its second digit, and a day is China's": async (browser) => {
        const page = await browser.signedIn("officer");
        await answered(page, "**/v1/lists/fleet-composition*", ({ rows }) => { rows[0].value = 0.57; rows[1].value = 0.79999; });
        await browser.go(page, "/fleets");
        check((await page.locator("td[data-title]:has-text(' %')").allInnerTexts()).slice(0, 2).join() === "57.00 %,79.99 %", "the shares of the fleets");
        await answered(page, "**/v1/lists/companies*", ({ rows }) => { rows[0].value = 0.57; });
        await browser.go(page, "/lists/companies?rule=R2-05b");
        await page.waitForSelector("td:has-text('57.00 %')");
        await answered(page, "**/v1/compliance*", ({ rules }) => { rules[0].restated = { from: { known_at: "2025-06-30T20:00:00Z", numerator: 1, denominator: 2, verdict: "MET" } }; });
        await browser.go(page, "/");
        check((await page.getAttribute(".badge-warn[title*='2025-0']", "title")).includes("2025-07-01"), "the day of what was known");
    },

    "a figure that changes in the register changes on the page by itself": async (browser) => {
        const page = await browser.signedIn("officer");
        const cell = page.locator("tr", { hasText: "R2-05e" });
        await cell.locator("text=12 / 15").waitFor();
        const status = await page.evaluate(async () => {
            const { csrf } = await (await fetch("/v1/session")).json();
            const headers = { "X-CSRF-Token": csrf, "Content-Type": "application/json", "If-Match": "*" };
            return (await fetch("/v1/vehicles/TEST-CAR-2-013", { method: "PATCH", headers, body: JSON.stringify({ energy: "BEV", stage: "D" }) })).status;
        });
        check(status === 200, `the change was answered ${status}`);
        await cell.locator("text=13 / 15").waitFor({ timeout: 25000 });
    },

    "print is a clean sheet": async (browser) => {
        const page = await browser.signedIn("viewer", "/?as_of=2025-12-31");
        await page.emulateMedia({ media: "print" });
        check(!(await page.isVisible("nav.side")) && !(await page.isVisible(".top")) && !(await page.isVisible(".filters")), "navigation is printed");
        check(await page.isVisible("text=R2-05a"), "the table is not printed");
        await browser.shot(page, "print");
    },

    "the keyboard alone goes from the address to a rule": async (browser) => {
        const page = await browser.signedIn("viewer");
        await page.reload();
        await browser.settled(page);
        await page.keyboard.press("Tab");
        check((await page.evaluate(() => document.activeElement.textContent)) === "跳到正文", "the first stop is not the way to the content");
        await page.keyboard.press("Enter");
        for (let i = 0; i < 40; i++) {
            await page.keyboard.press("Tab");
            if ((await page.evaluate(() => document.activeElement.textContent)) === "R2-05a") break;
        }
        await page.keyboard.press("Enter");
        await page.waitForSelector("h1:has-text('R2-05a')");
        check((await page.evaluate(() => document.activeElement.tagName)) === "H1", "the new page is not where the focus is");
    },
};
