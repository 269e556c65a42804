/* Enterprises report their freight, the bureau reviews it, and figures move. */
import { readFileSync } from "node:fs";

import { check } from "../check.mjs";

const STEEL = "91419001MA9TEA0414";
const CEMENT = "91419001MA9TEA0459";
const CSV = 'commodity,direction,mode,tonnes,km,counterpart\r\nORE,IN,RAIL,"900000.5",420,"Somewhere, ""far"""\r\nORE,IN,SLEDGE,10,1,\r\n石英砂,运出,国六货车,300000,85,示例<b>县</b>\r\nORE,IN,RAIL,many,1,\r\n';

/* The quarter `back` quarters before the one that runs, as the form names it. */
function quarter(back) {
    const day = new Date(Date.now() + 8 * 3600000);
    const at = day.getUTCFullYear() * 4 + Math.floor(day.getUTCMonth() / 3) - back;
    return `${Math.floor(at / 4)}-Q${(at % 4) + 1}`;
}

const state = (page, text) => page.waitForSelector(`.facts .badge:has-text("${text}")`);

async function begin(page, period, org) {
    if (org) await page.fill('.begin [name="org_id"]', org);
    await page.selectOption('.begin [name="period"]', period);
    await page.click('.begin button[type="submit"]');
    await page.waitForSelector("form.report");
}

async function fillLine(page, n, values) {
    if ((await page.locator(`[name="line-${n}-mode"]`).count()) === 0) await page.click("text=添加一行");
    for (const [column, value] of Object.entries(values)) {
        const at = page.locator(`[name="line-${n}-${column}"]`);
        if ((await at.evaluate((e) => e.tagName)) === "SELECT") await at.selectOption(value);
        else await at.fill(value);
    }
}

async function clean(browser, page, name) {
    await browser.settled(page);
    await browser.shot(page, name);
    await browser.axeClean(page, name);
}

/* What the shares page says of the region for a definition. */
async function shareOf(browser, page, period, title) {
    await browser.go(page, `/shares?period=${period}`);
    return page.locator("tr", { hasText: title }).first().locator("td strong").first().innerText();
}

export default {
    "an enterprise reports, is returned, amends, is accepted, and the share moves": async (browser) => {
        browser.expect(400, 422);
        const period = quarter(1);
        const clerk = await browser.signedIn("clerk", "/reports");
        await clerk.waitForSelector("text=逾期");
        await clean(browser, clerk, "reports-own");
        await begin(clerk, period);
        await clerk.click("summary:has-text('CSV')");
        await clerk.setInputFiles('[name="csv"]', { name: "q.csv", mimeType: "text/csv", buffer: Buffer.from(CSV) });
        await clerk.waitForSelector("text=2 行可读入，2 行有误");
        await clerk.waitForSelector("text=“SLEDGE”不是可用的词");
        await clean(browser, clerk, "report-csv");
        await clerk.click("button:has-text('追加 2 行')");
        check((await clerk.inputValue('[name="line-1-counterpart"]')) === 'Somewhere, "far"', "quoted cell");
        check((await clerk.inputValue('[name="line-2-note"]')) === "石英砂", "another word becomes the note");
        await clerk.fill('[name="line-1-tonnes"]', "12.34");
        await clerk.click("button:has-text('保存草稿')");
        await clerk.waitForSelector(".line-findings:has-text('最多一位小数')");
        await clerk.fill('[name="line-1-tonnes"]', "900000.5");
        await clerk.fill('[name="responsible"]', "示例责任人");
        await clerk.click('button[name="submit"]');
        await clerk.waitForSelector(".findings:has-text('V6')");
        await clean(browser, clerk, "report-checks");
        await clerk.fill('[name="explanation"]', "高炉检修");
        await clerk.click('button[name="submit"]');
        await state(clerk, "待审核");

        const officer = await browser.signedIn("officer", "/reports");
        check((await shareOf(browser, officer, period, "铁路占大宗货物")) === "–", "a share before it is accepted");
        await browser.go(officer, "/reports");
        await clean(browser, officer, "reports-inbox");
        await officer.click("tbody a >> nth=0");
        await officer.waitForSelector('button[name="return"]');
        await officer.click('button[name="return"]');
        await officer.waitForSelector("text=请先填写理由");
        await officer.fill('[name="reason"]', "请附铁路货票");
        await clean(browser, officer, "report-review");
        await officer.click('button[name="return"]');
        await state(officer, "已退回");

        await clerk.reload();
        await clerk.waitForSelector(".note:has-text('请附铁路货票')");
        await clerk.setInputFiles('[name="file"]', { name: "waybills.pdf", mimeType: "application/pdf", buffer: Buffer.from("no PDF at all") });
        await clerk.click("button:has-text('上传')");
        await clerk.waitForSelector(".note-bad");
        await clerk.setInputFiles('[name="file"]', { name: "waybills.csv", mimeType: "text/csv", buffer: Buffer.from("train,tonnes\n1,900000.5\n") });
        await clerk.click("button:has-text('上传')");
        await clerk.waitForSelector("td button:has-text('waybills.csv')");
        await clerk.fill('[name="line-1-evidence"]', "1");
        await clean(browser, clerk, "report-returned");
        await clerk.click('button[name="submit"]');
        await state(clerk, "待审核");

        await officer.reload();
        await officer.click('button[name="accept"]');
        await state(officer, "已接受");
        check((await shareOf(browser, officer, period, "铁路占大宗货物")) === "75.00 %", "the share of what was accepted");

        /* The enterprise's window closes a month after the quarter: then the bureau opens it. */
        await clerk.reload();
        await state(clerk, "已接受");
        await browser.go(officer, `/reports/${STEEL}~${period}`);
        const opener = (await clerk.locator('button[name="amend"]').count()) > 0 ? clerk : officer;
        await opener.fill('[name="reason"]', "漏报一列");
        await opener.click('button[name="amend"]');
        await state(opener, "更正中");
        await clerk.reload();
        await clerk.waitForSelector("form.report");
        await fillLine(clerk, 1, { tonnes: "2700001.5" });
        await clerk.click('button[name="submit"]');
        await state(clerk, "待审核");
        await browser.go(officer, `/reports/${STEEL}~${period}/compare`);
        await officer.waitForSelector("text=1,800,001");
        await clean(browser, officer, "report-compare");
        check((await shareOf(browser, officer, period, "铁路占大宗货物")) === "75.00 %", "an amendment counts before it is accepted");
        await browser.go(officer, `/reports/${STEEL}~${period}`);
        await officer.click('button[name="accept"]');
        await state(officer, "已接受");
        check((await shareOf(browser, officer, period, "铁路占大宗货物")) === "90.00 %", "the share of the amendment");
        await clean(browser, officer, "shares");
        await officer.route("**/v1/freight/shares*", async (route) => {
            const answer = await route.fetch();
            const body = await answer.json();
            body.orgs[0].name = "=1+1";
            await route.fulfill({ response: answer, json: body });
        });
        await browser.go(officer, `/shares?period=${period}`);
        const [file] = await Promise.all([officer.waitForEvent("download"), officer.click("button:has-text('导出')")]);
        check(readFileSync(await file.path(), "utf8").includes(",'=1+1,"), "a spreadsheet would compute a name");
    },

    "what was typed survives the end of the session, and a double click submits once": async (browser) => {
        browser.expect(401);
        const page = await browser.signedIn("clerk", "/reports");
        await begin(page, quarter(2));
        await fillLine(page, 1, { commodity: "COAL", mode: "RAIL", tonnes: "1234.5", counterpart: "<b>示例</b>" });
        await page.context().clearCookies();
        await page.click("button:has-text('保存草稿')");
        await page.waitForSelector("text=登录已过期");
        await browser.fillSignIn(page, "clerk");
        await page.waitForSelector("text=已恢复上次未保存的内容");
        check((await page.inputValue('[name="line-1-tonnes"]')) === "1234.5", "the typed tonnes");
        let sent = 0;
        page.on("request", (request) => { if (request.method() === "PUT") sent++; });
        await page.dblclick("button:has-text('保存草稿')");
        await page.waitForSelector("text=草稿已保存");
        check(sent === 1, `sent ${sent} times`);
    },

    "a draft for the wrong period is found from the refusal and discarded": async (browser) => {
        browser.expect(409);
        const page = await browser.signedIn("officer", "/reports");
        const right = quarter(2);
        const [year, number] = right.split("-Q");
        const wrong = `${year}-${String(3 * number).padStart(2, "0")}`;
        await begin(page, wrong, CEMENT);
        await browser.go(page, "/reports");
        await page.fill('.begin [name="org_id"]', CEMENT);
        await page.selectOption('.begin [name="period"]', right);
        await page.click('.begin button[type="submit"]');
        await page.click("a:has-text('打开已有的填报')");
        await page.waitForSelector("form.report");
        check(page.url().endsWith(`~${wrong}`), page.url());
        await page.click('button[name="discard"]');
        await clean(browser, page, "report-discard");
        await page.click("button:has-text('确认舍弃')");
        await page.waitForSelector(".begin");
        await begin(page, right, CEMENT);
        await page.click('button[name="discard"]');
        await page.click("button:has-text('确认舍弃')");
        await page.waitForSelector(".begin");
    },

    "nobody accepts a report of the own hand": async (browser) => {
        const page = await browser.signedIn("officer", "/reports");
        await begin(page, quarter(1), CEMENT);
        await page.check('[name="no_activity"]');
        await page.fill('[name="responsible"]', "示例责任人");
        await page.fill('[name="explanation"]', "停产");
        await page.click('button[name="submit"]');
        await page.waitForSelector("text=须由他人接受");
        check(await page.isDisabled('button[name="accept"]'), "accept is offered");
        await clean(browser, page, "report-own-hand");
    },

    "who has not reported, with deadlines; and the form at 390 pixels, in English": async (browser) => {
        const page = await browser.signedIn("viewer", `/missing?period=${quarter(3)}`);
        await page.waitForSelector("text=示例水泥有限公司");
        await clean(browser, page, "missing");
        const narrow = await browser.signedIn("clerk", "/reports", { width: 390, height: 844, language: "en" });
        await clean(browser, narrow, "reports-own-390");
        await narrow.selectOption('.begin [name="period"]', quarter(3));
        await narrow.click('.begin button[type="submit"]');
        await narrow.waitForSelector("form.report");
        await narrow.click("text=Add a line");
        await clean(browser, narrow, "report-390");
        await browser.go(narrow, "/shares?period=2025");
        await clean(browser, narrow, "shares-390");
    },
};
