/* The findings and what people decide of them; forms that lose nothing and submit once. */
import { check } from "../check.mjs";

const FINDING = "登记为燃油或燃气";

async function open(browser, name) {
    const page = await browser.signedIn(name, "/findings");
    await page.click(`a:has-text('${FINDING}')`);
    await page.waitForSelector("h2:has-text('证据')");
    await browser.settled(page);
    return page;
}

export default {
    "a finding shows its evidence and leads to the day it is about": async (browser) => {
        const page = await browser.signedIn("viewer", "/findings");
        await browser.shot(page, "findings");
        await browser.axeClean(page, "findings");
        await page.click(`a:has-text('${FINDING}')`);
        await browser.settled(page);
        check((await page.locator("form").count()) === 0, "a viewer is offered to decide");
        await page.click("main a:has-text('查看')");
        await page.waitForSelector(".map canvas");
    },

    "a session that ends in a form keeps the draft for who wrote it": async (browser) => {
        browser.expect(401);
        const page = await open(browser, "officer");
        await page.selectOption('[name="decision"]', "explained");
        await page.fill('[name="note"]', "已核实：改装试验车");
        await page.context().clearCookies();
        await page.click("button:has-text('提交')");
        await page.waitForSelector("text=登录已过期");
        await browser.fillSignIn(page, "boss");
        await page.waitForSelector("h2:has-text('证据')");
        check((await page.inputValue('[name="note"]')) === "", "somebody else finds the draft");
        await page.context().clearCookies();
        await page.reload();
        await browser.fillSignIn(page, "officer");
        await page.waitForSelector("h2:has-text('证据')");
        check((await page.inputValue('[name="note"]')) === "已核实：改装试验车", "the draft is lost");
        check((await page.inputValue('[name="decision"]')) === "explained", "half of the draft is lost");
    },

    "a form says what is missing, and a double click submits once": async (browser) => {
        const page = await open(browser, "officer");
        await page.click("button:has-text('提交')");
        await page.waitForSelector("text=此项必填");
        await browser.axeClean(page, "finding with messages");
        await page.selectOption('[name="decision"]', "confirmed");
        await page.fill('[name="note"]', "x".repeat(1001));
        await page.click("button:has-text('提交')");
        await page.waitForSelector("text=最多 1000 个字符，现为 1001 个");
        await page.fill('[name="note"]', "现场查看属实 <script>alert(1)</script>");
        const sent = [];
        page.on("request", (request) => request.method() === "POST" && sent.push(request.url()));
        await page.route("**/v1/findings/*:decide", async (route) => {
            await new Promise((done) => setTimeout(done, 300)); /* the answer takes its time, as a slow line makes it */
            await route.continue();
        });
        await page.dblclick("button:has-text('提交')");
        await page.waitForSelector("td:has-text('已确认')");
        check(sent.length === 1, `sent ${sent.length} times`);
        await browser.shot(page, "finding");
        await browser.axeClean(page, "finding");
    },

    "a signed snapshot is made and taken away": async (browser) => {
        const page = await browser.signedIn("officer", "/snapshots");
        await page.fill('[name="as_of"]', "2025-12-31");
        await page.fill('[name="note"]', "年终");
        await page.click("button[type=submit]:has-text('生成快照')");
        await page.waitForSelector("text=快照已生成并签名");
        const [file] = await Promise.all([page.waitForEvent("download"), page.click("button:has-text('档案')")]);
        check(file.suggestedFilename() === "snapshot-1.tar", file.suggestedFilename());
        await browser.shot(page, "snapshot-made");
        await browser.axeClean(page, "snapshots with one");
    },
};
