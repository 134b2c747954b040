/** Every state of every screen in the dashboard's frame, where the browser refuses storage: it is shown, in both languages. */

import { expect, test } from "@playwright/test";
import { LANGUAGES, openFramed, relaunch } from "../../frame.ts";
import * as data from "../../mock/data.ts";
import { MockPortal } from "../../mock/portal.ts";
import { CERTIFICATES } from "./screens/certificates.ts";
import { CONNECTION } from "./screens/connection.ts";
import { OVERVIEW } from "./screens/overview.ts";
import { PROBLEMS } from "./screens/problems.ts";
import { REPORTS } from "./screens/reports.ts";
import { RUNS } from "./screens/runs.ts";
import { SETTINGS } from "./screens/settings.ts";

const SCREENS = {
  certificates: CERTIFICATES,
  connection: CONNECTION,
  overview: OVERVIEW,
  problems: PROBLEMS,
  reports: REPORTS,
  runs: RUNS,
  settings: SETTINGS,
};

for (const [screen, states] of Object.entries(SCREENS)) {
  for (const language of LANGUAGES) {
    test(`${screen}, in ${language}: every state is shown in the frame`, async ({ page }) => {
      test.setTimeout(300_000);
      const faults: string[] = [];
      page.on("pageerror", (error) => faults.push(String(error)));
      await openFramed(page, new MockPortal(), { languages: [language] });
      // What a person has to do first is done by English names: those states are looked at in a tab.
      for (const { name, path, shows, arrange } of states.filter(({ act }) => act === undefined)) {
        const portal = new MockPortal();
        arrange?.(portal);
        await page.clock.setSystemTime(data.NOW);
        const frame = await relaunch(page, portal, path);
        await expect(frame.locator("html")).toHaveAttribute("lang", language);
        if (language === "en") await expect(frame.getByText(shows).first(), name).toBeAttached();
        await expect(frame.locator("main [aria-busy=true]"), name).toHaveCount(0);
        expect(faults, name).toEqual([]);
      }
    });
  }
}
