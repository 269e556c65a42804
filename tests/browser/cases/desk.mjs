/* Import, exemptions, terminals, users, the audit log, the state of the system, an enterprise's page. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { check } from "../check.mjs";

const TAXI = "91419001MA9TEA02XY";
const STEEL = "91419001MA9TEA0414";
const HEAD = "vehicle_id,plate,category,energy,stage,owner_id,area,built_up,first_registered,added,removed,unit";
const GOOD = `TEST-CAR-9-001,豫UD90001,LOGISTICS,BEV,D,${TAXI},419001,1,2025-03-01,2025-03-02,,`;
const BAD = [`TEST-CAR-9-002,豫UD90002,SLEDGE,BEV,D,${TAXI},419001,1,2025-03-01,2025-03-02,,`, `TEST-CAR-9-003,豫UD90003,BUS,BEV,D,NOBODY,419001,1,2025-13-01,2025-03-02,,`];

const UNCLOSED = `TEST-CAR-9-004,"豫UD90004,LOGISTICS,BEV,D,${TAXI},419001,1,2025-03-01,2025-03-02,,`;
const TWO_LINES = `TEST-CAR-9-005,"豫U\r\nD90005",SLEDGE,BEV,D,${TAXI},419001,1,2025-03-01,2025-03-02,,`;

/* A passage an hour, from October 2025 on; one of them is none, and the last row contradicts an early one. */
const PASSAGES = 2050;
const BAD_PASSAGE = 2020;
const TOLD_TWICE = 5;
function ledger() {
    const rows = Array.from({ length: PASSAGES }, (_, i) => {
        const at = new Date(Date.UTC(2025, 9, 1, -8) + i * 3600000).toISOString().slice(0, 19);
        return ["works", "1", i === BAD_PASSAGE ? "UP" : "IN", `${at}Z`, `豫U4${String(5 + (i % 9)).padStart(4, "0")}`, "DIESEL", "4", "ORE", "30"].join(",");
    });
    return ["site_id,gate,direction,at,plate,energy,stage,cargo,tonnes", ...rows, rows[TOLD_TWICE].replace(/30$/, "31"), ""].join("\r\n");
}

/* The files of a terminal that asks for a certificate, and what the authority makes of the request. */
class Authority {
    constructor([program, ...where]) {
        Object.assign(this, { program, where, folder: mkdtempSync(join(tmpdir(), "evroll-csr-")) });
    }

    request(unit, number) {
        const csr = join(this.folder, `${unit}.${number}.csr`);
        execFileSync("openssl", ["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", join(this.folder, `${unit}.key`), "-subj", `/CN=${unit}`, "-out", csr], { stdio: "pipe" });
        return readFileSync(csr, "utf8");
    }

    sign(unit, number) {
        execFileSync(this.program, [...this.where, "sign", this.folder], { stdio: "pipe" });
        return readFileSync(join(this.folder, `${unit}.${number}.pem`), "utf8");
    }

    end() {
        rmSync(this.folder, { recursive: true });
    }
}

async function clean(browser, page, name) {
    await browser.settled(page);
    await browser.shot(page, name);
    await browser.axeClean(page, name);
}

export default {
    "an import takes the good rows and hands the bad ones back": async (browser) => {
        const page = await browser.signedIn("officer", "/import");
        const file = { name: "vehicles.csv", mimeType: "text/csv", buffer: Buffer.from([HEAD, BAD[0], UNCLOSED, GOOD, BAD[1], TWO_LINES, ""].join("\r\n")) };
        await page.click("button:has-text('导入')");
        await page.waitForSelector("text=请先选择文件");
        await page.setInputFiles('[name="file"]', file);
        await page.click("button:has-text('导入')");
        await page.waitForSelector("text=已处理 5 行");
        const lines = await page.locator("tbody tr", { hasText: "拒绝" }).locator("th").allInnerTexts();
        check([...new Set(lines)].sort().join() === "2,3,5,6", `refused lines ${lines}`);
        await clean(browser, page, "import");
        const [saved] = await Promise.all([page.waitForEvent("download"), page.click("button:has-text('下载被拒绝的行')")]);
        const text = readFileSync(await saved.path(), "utf8");
        check(text === `\ufeff${[HEAD, BAD[0], UNCLOSED, BAD[1], TWO_LINES, ""].join("\r\n")}`, `the refused rows: ${text}`);
        await browser.go(page, "/vehicles?q=TEST-CAR-9-001");
        await page.waitForSelector("a:has-text('TEST-CAR-9-001')");
    },

    "a long import goes as one file, and the ledger it brought stands beside what was declared": async (browser) => {
        const page = await browser.signedIn("officer", "/import");
        await page.selectOption('[name="kind"]', "gate-trips");
        await page.setInputFiles('[name="file"]', { name: "ledger.csv", mimeType: "text/csv", buffer: Buffer.from(ledger()) });
        await page.click("button:has-text('导入')");
        await page.waitForSelector("text=已处理 2,051 行", { timeout: 30000 });
        const row = page.locator("tbody tr", { hasText: "拒绝" });
        const refused = (await row.locator("th").allInnerTexts()).join();
        check(refused === [BAD_PASSAGE + 2, PASSAGES + 2].join(), `refused lines ${refused}`);
        await row.locator("td:has-text('“UP” 不在'), td:has-text('\"UP\" 不在')").waitFor();
        await row.locator(`td:has-text('第 ${TOLD_TWICE + 2} 行')`).waitFor();
        await browser.shot(page, "import-long");
        const boss = await browser.signedIn("boss", "/audit?action=register.import");
        await boss.waitForSelector(`tr:has-text('${createHash("sha256").update(ledger()).digest("hex")}')`);
        await browser.go(page, `/reports/${STEEL}~2025-Q4`);
        await page.waitForSelector(`tr:has-text('门禁'):has-text('61,470')`);
        await clean(browser, page, "ledger-beside");
        await browser.go(page, "/rules/R2-07?as_of=2025-12-31&counts=no");
        await page.waitForSelector("tbody td:has-text('works'), tbody th:has-text('works')");
        await browser.shot(page, "rule-trips");
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
        await browser.go(page, "/users?name=second.clerk&cursor=7a7a"); /* a page of the list on which the account is not */
        await page.waitForSelector("h2:has-text('second.clerk')");
        await browser.go(page, "/audit?action=account.");
        await page.waitForSelector("tr:has-text('account.create'):has-text('second.clerk')");
        await browser.go(page, "/audit");
        await page.waitForSelector(".badge-good:has-text('相连')");
        await clean(browser, page, "audit");
        check((await page.locator("nav.side a", { hasText: "用户" }).count()) === 1, "an administrator has no users");
    },

    "an organisation's manager makes its accounts, and sees no others": async (browser) => {
        const page = await browser.signedIn("chief", "/users");
        await page.waitForSelector("tbody:has-text('clerk')");
        check((await page.locator("tbody tr").allInnerTexts()).every((row) => row.includes(STEEL)), "another organisation's account is shown");
        check((await page.locator('[name="role"], [name="org"]').count()) === 0, "a role or an organisation is asked for");
        await page.fill('[name="name"]', "third.clerk");
        await page.fill('[name="full_name"]', "示例三");
        await page.check('[name="manages"]');
        await page.click("button[type='submit']:has-text('开设账号')");
        await page.waitForSelector(".note-good code");
        await page.waitForSelector("tr:has-text('third.clerk')");
        await browser.shot(page, "users-own");
        await page.fill('[name="name"]', "third.clerk");
        await page.fill('[name="full_name"]', "示例四");
        browser.expect(409);
        await page.click("button[type='submit']:has-text('开设账号')");
        await page.waitForSelector(".note-bad:has-text('已有账号 \"third.clerk\"')");
        await page.setViewportSize({ width: 390, height: 844 });
        await page.click("tbody button:has-text('third.clerk')");
        await page.click('button[name="toggle"]');
        await page.waitForSelector("tr:has-text('third.clerk'):has-text('已停用')");
        await clean(browser, page, "users-own-390");
    },

    "an exemption is entered, and what is wrong with one is told at its field in both languages": async (browser) => {
        browser.expect(400, 404);
        const page = await browser.signedIn("officer", "/exemptions");
        await page.fill("form [name='vehicle_id']", "NO-SUCH-CAR");
        await page.selectOption("form [name='reason']", "EMERGENCY");
        await page.fill("form [name='document']", "济交〔2025〕3号");
        await page.fill("form [name='from']", "2025-01-01");
        await page.click("button[type='submit']");
        await page.waitForSelector(".field-wrong:has([name='vehicle_id']) .wrong:has-text('没有车辆 \"NO-SUCH-CAR\"，请先导入')");
        check((await page.locator("form [lang='en']").count()) === 0, "a refusal is English on a Chinese page");
        await page.click("button:has-text('English')");
        await page.waitForSelector(".field-wrong:has([name='vehicle_id']) .wrong:has-text('there is no vehicle \"NO-SUCH-CAR\"; import it first')");
        await browser.axeClean(page, "a refused field in English");
        await page.click("button:has-text('中文')");
        await page.fill("form [name='vehicle_id']", "TEST-CAR-0-048");
        await page.click("button[type='submit']");
        await page.waitForSelector("tbody a:has-text('TEST-CAR-0-048')");
        await clean(browser, page, "exemptions");
        await browser.go(page, "/exceptions");
        await clean(browser, page, "exceptions");
    },

    "an exemption and an exception are changed in their rows, and not over somebody else's change": async (browser) => {
        browser.expect(412);
        const page = await browser.signedIn("officer", "/exemptions?vehicle=TEST-CAR-0-047");
        const other = await browser.signedIn("officer", "/exemptions?vehicle=TEST-CAR-0-047");
        for (const at of [page, other]) await at.click("tbody button:has-text('更改')");
        check(await page.isDisabled("form [name='document']"), "what an exemption is known by can be changed");
        for (const day of ["2098-12-31", "2099-12-31"]) {
            if (day > "2099") await page.click("tbody button:has-text('更改')");
            await page.fill("form [name='to']", day);
            await page.click("button[type='submit']:has-text('保存')");
            await page.waitForSelector(`tbody tr:has-text('${day}')`);
        }
        await page.waitForSelector("h2:has-text('新增')");
        await other.fill("form [name='to']", "2030-12-31");
        await other.click("button[type='submit']:has-text('保存')");
        await other.waitForSelector(".note-bad:has-text('其间已被他人更改')");
        await browser.go(page, "/exceptions");
        const given = { rule: "R2-07", subject: "91419001MA9TEA0459", document: "济政〔2025〕9号", from: "2025-01-01", approved: "2024-12-30", approved_by: "市政府", evidence: "批复" };
        for (const [name, value] of Object.entries(given)) await page.fill(`form [name='${name}']`, value);
        await page.click("button[type='submit']:has-text('保存')");
        await page.click("tbody tr:has-text('批复') button:has-text('更改')");
        await page.fill("form [name='evidence']", "会议纪要");
        await clean(browser, page, "exception-change");
        await page.click("button[type='submit']:has-text('保存')");
        await page.waitForSelector("tbody tr:has-text('会议纪要')");
    },

    "a terminal is registered, put into a vehicle, certified, kept out and let in": async (browser) => {
        browser.expect(400);
        const authority = new Authority(browser.world.authority);
        const page = await browser.signedIn("boss", "/terminals");
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
        await page.waitForSelector(".field-wrong .wrong:has-text('申请不是 PEM 格式的证书申请')");
        await page.fill('[name="csr"]', authority.request("bus-77", 1));
        await page.click("button:has-text('提交申请')");
        await page.waitForSelector("tr:has-text('EC P-256'):has-text('等待签发')");
        const pem = authority.sign("bus-77", 1);
        await page.fill('[name="certificate"]', pem);
        await page.click("button:has-text('保存证书')");
        await page.waitForSelector("tr:has-text('EC P-256'):has-text('已签发')");
        const [file] = await Promise.all([page.waitForEvent("download"), page.click("button:has-text('下载证书')")]);
        check(readFileSync(await file.path(), "utf8").trim() === pem.trim(), "the certificate that comes out is not the one that went in");
        authority.end();
        await page.fill('[name="reason"]', "丢失");
        await page.click("button:has-text('吊销')");
        await page.waitForSelector(".facts .badge-bad");
        await page.waitForSelector("tr:has-text('EC P-256'):has-text('已吊销')");
        await clean(browser, page, "terminal");
        await page.fill('[name="reason"]', "找回");
        await page.click("button:has-text('恢复')");
        await page.waitForSelector(".facts .badge-good");
    },

    "what units of a category report is set, within its limits": async (browser) => {
        const page = await browser.signedIn("officer", "/unit-settings");
        await page.click("tbody button:has-text('公交')");
        for (const [text, message] of [["0", "请填写 1 至 86400 之间的数"], ["1.5", "请填写整数"]]) {
            await page.fill('[name="interval_s"]', text);
            await page.click("button:has-text('保存')");
            await page.waitForSelector(`.wrong:has-text('${message}')`);
        }
        await page.fill('[name="interval_s"]', "15");
        await page.check('[name="signal-odo"]');
        await page.check('[name="signal-soc"]');
        await clean(browser, page, "unit-settings");
        await page.click("button:has-text('保存')");
        await page.waitForSelector("tr:has-text('公交'):has-text('15'):has-text('里程表、电池电量')");
        await page.setViewportSize({ width: 390, height: 844 });
        await page.click("button:has-text('English')");
        await page.click("tbody button:has-text('bus')");
        await page.waitForSelector("label:has-text('odometer')");
        await clean(browser, page, "unit-settings-390");
    },

    "the state of the system and an enterprise's page, wide and narrow, in both languages": async (browser) => {
        const page = await browser.signedIn("officer", "/system");
        await page.waitForSelector("text=各项相符");
        await page.waitForSelector("section:has(h2:has-text('网关日志的余量')) tr:has-text('mqtt'):has-text('MiB')");
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
        await page.waitForSelector("section:has(h2:has-text('各项指标')) tbody tr");
        await clean(browser, page, "company");
        await browser.go(page, "/owners/91419001MA9TEA0459");
        await page.waitForSelector("text=无权查看此页面");
    },
};
