/* Import, exemptions, terminals, users, the audit log, the state of the system, an enterprise's page. */
import { readFileSync } from "node:fs";

import { check } from "../check.mjs";

const TAXI = "91419001MA9TEA02XY";
const HEAD = "vehicle_id,plate,category,energy,stage,owner_id,area,built_up,first_registered,added,removed,unit";
const GOOD = `TEST-CAR-9-001,豫UD90001,LOGISTICS,BEV,D,${TAXI},419001,1,2025-03-01,2025-03-02,,`;
const BAD = [`TEST-CAR-9-002,豫UD90002,SLEDGE,BEV,D,${TAXI},419001,1,2025-03-01,2025-03-02,,`, `TEST-CAR-9-003,豫UD90003,BUS,BEV,D,NOBODY,419001,1,2025-13-01,2025-03-02,,`];

async function clean(browser, page, name) {
    await browser.settled(page);
    await browser.shot(page, name);
    await browser.axeClean(page, name);
}

export default {
    "an import takes the good rows and hands the bad ones back": async (browser) => {
        const page = await browser.signedIn("officer", "/import");
        const file = { name: "vehicles.csv", mimeType: "text/csv", buffer: Buffer.from([HEAD, BAD[0], GOOD, BAD[1], ""].join("\r\n")) };
        await page.click("button:has-text('导入')");
        await page.waitForSelector("text=请先选择文件");
        await page.setInputFiles('[name="file"]', file);
        await page.click("button:has-text('导入')");
        await page.waitForSelector("text=3 / 3 行");
        const lines = await page.locator("tbody tr", { hasText: "拒绝" }).locator("th").allInnerTexts();
        check(lines.includes("2") && lines.includes("4") && !lines.includes("3"), `refused lines ${lines}`);
        await clean(browser, page, "import");
        const [saved] = await Promise.all([page.waitForEvent("download"), page.click("button:has-text('下载被拒绝的行')")]);
        const text = readFileSync(await saved.path(), "utf8");
        check(text === `\ufeff${[HEAD, ...BAD, ""].join("\r\n")}`, `the refused rows: ${text}`);
        await browser.go(page, "/vehicles?q=TEST-CAR-9-001");
        await page.waitForSelector("a:has-text('TEST-CAR-9-001')");
    },

    "an administrator makes an account, disables it, and the audit log tells": async (browser) => {
        const page = await browser.signedIn("boss", "/users");
        await page.fill('[name="name"]', "x");
        await page.click("button[type='submit']:has-text('开设账号')");
        await page.waitForSelector(".field-wrong");
        await page.fill('[name="name"]', "second.clerk");
        await page.fill('[name="full_name"]', "<b>示例</b>");
        await page.selectOption('[name="role"]', "reporter");
        await page.fill('[name="org"]', TAXI);
        await page.dblclick("button[type='submit']:has-text('开设账号')");
        const link = await page.locator(".note-good code").innerText();
        check(link.startsWith(`${browser.url}/#/password/`), link);
        await clean(browser, page, "users");
        await page.click("tbody button:has-text('second.clerk')");
        await page.click('button[name="toggle"]');
        await page.waitForSelector("tr:has-text('second.clerk'):has-text('已停用')");
        await clean(browser, page, "user");
        await browser.go(page, "/audit?action=account.");
        await page.waitForSelector("tr:has-text('account.create'):has-text('second.clerk')");
        await browser.go(page, "/audit");
        await page.waitForSelector(".badge-good:has-text('相连')");
        await clean(browser, page, "audit");
        check((await page.locator("nav.side a", { hasText: "用户" }).count()) === 1, "an administrator has no users");
    },

    "an exemption is entered, and what is wrong with one is told at its field": async (browser) => {
        browser.expect(400, 404);
        const page = await browser.signedIn("officer", "/exemptions");
        await page.fill("form [name='vehicle_id']", "NO-SUCH-CAR");
        await page.selectOption("form [name='reason']", "EMERGENCY");
        await page.fill("form [name='document']", "济交〔2025〕3号");
        await page.fill("form [name='from']", "2025-01-01");
        await page.click("button[type='submit']");
        await page.waitForSelector("form .note-bad, form .field-wrong");
        await page.fill("form [name='vehicle_id']", "TEST-CAR-0-048");
        await page.click("button[type='submit']");
        await page.waitForSelector("tbody a:has-text('TEST-CAR-0-048')");
        await clean(browser, page, "exemptions");
        await browser.go(page, "/exceptions");
        await clean(browser, page, "exceptions");
    },

    "a terminal is registered, put into a vehicle, kept out and let in": async (browser) => {
        browser.expect(400);
        const page = await browser.signedIn("officer", "/terminals");
        await clean(browser, page, "terminals");
        await page.fill('[name="unit"]', "bus-77");
        await page.click("button[type='submit']");
        await page.waitForSelector("h1:has-text('bus-77')");
        await page.fill('[name="vehicle_id"]', "TEST-CAR-0-001");
        await page.fill('[name="interval_s"]', "10");
        await page.click("button:has-text('保存')");
        await page.waitForSelector("tbody a:has-text('TEST-CAR-0-001')");
        await page.fill('[name="csr"]', "no request");
        await page.click("button:has-text('提交申请')");
        await page.waitForSelector(".note-bad");
        await page.fill('[name="reason"]', "丢失");
        await page.click("button:has-text('吊销')");
        await page.waitForSelector(".facts .badge-bad");
        await clean(browser, page, "terminal");
        await page.fill('[name="reason"]', "找回");
        await page.click("button:has-text('恢复')");
        await page.waitForSelector(".facts .badge-good");
    },

    "the state of the system and an enterprise's page, wide and narrow, in both languages": async (browser) => {
        const page = await browser.signedIn("officer", "/system");
        await page.waitForSelector("text=各项相符");
        await clean(browser, page, "system");
        await browser.go(page, "/owners");
        await page.click("a:has-text('示例钢铁有限公司')");
        await page.waitForSelector("h1:has-text('示例钢铁有限公司')");
        await clean(browser, page, "enterprise");
        const narrow = await browser.signedIn("boss", "/system", { width: 390, height: 844, language: "en" });
        for (const view of ["system", "import", "users", "audit", "exemptions", "terminals"]) {
            await browser.go(narrow, `/${view}`);
            await clean(browser, narrow, `${view}-390`);
        }
    },

    "an enterprise sees its own page, and no other one": async (browser) => {
        const page = await browser.signedIn("clerk", "/company");
        await page.waitForSelector("h1:has-text('示例钢铁有限公司')");
        await page.waitForSelector("tbody th:has-text('TEST-CAR-4-000')");
        check((await page.locator("tbody th:has-text('TEST-CAR-0-')").count()) === 0, "another owner's vehicle is shown");
        await clean(browser, page, "company");
        await browser.go(page, "/owners/91419001MA9TEA0459");
        await page.waitForSelector("text=无权查看此页面");
    },
};
