/**
 * One page for many tests of a worker, emptied before each: a new browser context for every state costs as much as looking at
 * the state. For tests that begin with a launch: what is kept from an earlier one is gone by then.
 */

import { test as base, type Page } from "@playwright/test";

export const test = base.extend<{ page: Page }, { shared: Page }>({
  shared: [
    async ({ browser }, use) => {
      const context = await browser.newContext({ locale: "en-US", timezoneId: "UTC" });
      const page = await context.newPage();
      // A launch begins with nothing kept; a reload keeps what there is.
      await page.addInitScript(() => {
        if (!location.search.includes("token=")) return;
        sessionStorage.clear();
        localStorage.clear();
      });
      await use(page);
      await context.close();
    },
    { scope: "worker" },
  ],
  page: async ({ shared }, use) => {
    await shared.goto("about:blank");
    await shared.unrouteAll({ behavior: "ignoreErrors" });
    shared.removeAllListeners();
    for (const other of shared.context().pages()) if (other !== shared) await other.close();
    await shared.setViewportSize({ width: 1280, height: 720 });
    await shared.emulateMedia({
      media: null,
      colorScheme: null,
      reducedMotion: null,
      forcedColors: null,
    });
    await use(shared);
  },
});
