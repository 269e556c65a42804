/* Signing in and out, the languages, narrow windows, the session's end. */
import { check } from "../check.mjs";

export default {
    "a wrong password is refused in words, the right one opens the overview": async (browser) => {
        browser.expect(401);
        const page = await browser.page();
        await page.goto(browser.url);
        await browser.shot(page, "sign-in");
        await browser.axeClean(page, "sign-in");
        await browser.fillSignIn(page, "officer", "not-the-password");
        await page.waitForSelector("text=用户名或密码不正确");
        await browser.fillSignIn(page, "officer");
        await page.waitForSelector("h1:has-text('计划总览')");
        check((await page.context().cookies()).every((c) => c.httpOnly && c.secure && c.sameSite === "Strict"), "the cookie's flags");
        await page.reload();
        await page.waitForSelector("h1:has-text('计划总览')");
    },

    "a password manager fills both fields at once": async (browser) => {
        const page = await browser.page();
        await page.goto(browser.url);
        await page.waitForSelector('[name="password"]');
        await page.evaluate((password) => {
            for (const [name, value] of [["name", "viewer"], ["password", password]]) {
                const input = document.querySelector(`[name="${name}"]`);
                input.value = value;
                input.dispatchEvent(new Event("input", { bubbles: true }));
            }
        }, browser.world.password);
        await page.click('button[type="submit"]');
        await page.waitForSelector("h1:has-text('计划总览')");
    },

    "the one-time link sets a password, and leaves the address": async (browser) => {
        const page = await browser.page();
        await page.goto(`${browser.url}/#/password/${browser.world.link}`);
        await page.waitForSelector("h1:has-text('设置密码')");
        check(!page.url().includes(browser.world.link), "the link stays in the address");
        await page.fill('[name="fresh"]', "short");
        await page.fill('[name="again"]', "other");
        await page.click('button[type="submit"]');
        await page.waitForSelector("text=至少 12 个字符");
        await page.waitForSelector("text=两次输入的密码不一致");
        await browser.axeClean(page, "set a password");
        await page.fill('[name="fresh"]', browser.world.password);
        await page.fill('[name="again"]', browser.world.password);
        await page.click('button[type="submit"]');
        await page.click("button:has-text('登录')");
        await browser.fillSignIn(page, "newcomer");
        await page.waitForSelector("h1:has-text('计划总览')");
    },

    "English is one button away and stays": async (browser) => {
        const page = await browser.signedIn("viewer");
        await page.click("button:has-text('English')");
        await page.waitForSelector("h1:has-text('The plan at a glance')");
        check((await page.getAttribute("html", "lang")) === "en", "the page's language");
        await page.reload();
        await page.waitForSelector("h1:has-text('The plan at a glance')");
        await browser.settled(page);
        await browser.shot(page, "overview-en");
        await browser.axeClean(page, "overview in English");
    },

    "a session that ends leads to sign-in and back to the same address": async (browser) => {
        browser.expect(401);
        const page = await browser.signedIn("viewer", "/?as_of=2025-06-30");
        await page.context().clearCookies();
        await page.fill('[name="area"]', "419001");
        await page.press('[name="area"]', "Enter");
        await page.waitForSelector("text=登录已过期");
        await browser.fillSignIn(page, "viewer");
        await page.waitForSelector("h1:has-text('计划总览')");
        check(page.url().includes("as_of=2025-06-30") && page.url().includes("area=419001"), page.url());
    },

    "signing out ends the session, and everywhere ends the others too": async (browser) => {
        browser.expect(401);
        const here = await browser.signedIn("viewer", "/account", { fresh: true });
        const there = await browser.signedIn("viewer", "/", { fresh: true });
        await browser.shot(here, "account");
        await browser.axeClean(here, "account");
        await here.click("button:has-text('在所有设备上退出')");
        await here.waitForSelector("h1:has-text('登录')");
        await there.reload();
        await there.waitForSelector("text=登录已过期");
    },

    "a role's navigation holds what it may use": async (browser) => {
        const page = await browser.signedIn("clerk", "/account");
        check((await page.locator("nav.side a", { hasText: "计划总览" }).count()) === 0, "a reporter is shown the plan");
        await page.goto(`${browser.url}/no/such/page`);
        await page.waitForSelector("text=没有这个页面");
    },
};
