/* The plan and what stands behind it. */
import { check } from "../check.mjs";

export default {
    "the overview shows every rule, clean under axe, wide and narrow": async (browser) => {
        const page = await browser.signedIn("officer", "/?as_of=2025-12-31");
        check((await page.locator("tbody tr").count()) === 24, "not 24 rules");
        await browser.shot(page, "overview");
        await browser.axeClean(page, "overview");
        const narrow = await browser.signedIn("officer", "/?as_of=2025-12-31", { width: 390, height: 844 });
        await browser.shot(narrow, "overview-390");
        await browser.axeClean(narrow, "overview at 390 pixels");
        await narrow.click("button:has-text('菜单')");
        await browser.axeClean(narrow, "the menu at 390 pixels");
    },
};
