/** Times: always with their zone, in the reader's zone or in UTC, as the reader chose. */

import { expect, type Page, test } from "@playwright/test";
import * as data from "../../mock/data.ts";
import { MockPortal } from "../../mock/portal.ts";

test.use({ locale: "en-GB", timezoneId: "Europe/Berlin" });

const zone = (page: Page, name: string | RegExp) =>
  page.getByRole("group", { name: "Time zone" }).getByRole("radio", { name });

test("each time has its zone, and a switch to UTC holds for all of them and after a reload", async ({
  page,
}) => {
  const portal = new MockPortal();
  await portal.launch(page, `/runs/${data.RUN_ID}`);
  await expect(page.getByText("24 Nov 2026, 11:25:00 CET").first()).toBeVisible();
  await expect(zone(page, "Local (CET)")).toBeChecked();
  await zone(page, "UTC").check();
  await expect(page.getByText("24 Nov 2026, 10:25:00 UTC").first()).toBeVisible();
  await expect(page.getByText("CET", { exact: false }).filter({ visible: true })).toHaveCount(1);
  await page.reload();
  await expect(page.getByText("24 Nov 2026, 10:25:00 UTC").first()).toBeVisible();
  for (const text of await page.locator("time").allTextContents()) expect(text).toMatch(/UTC\)?$/);
});

test("the instant in UTC is read out with each time, and the keyboard alone shows it to everybody", async ({
  page,
}) => {
  const portal = new MockPortal();
  await portal.launch(page, "/syncs");
  const first = page.getByRole("list", { name: "Syncs" }).getByRole("listitem").first();
  await expect(first).toMatchAriaSnapshot(`
    - listitem:
      - time: /1 minute ago \\(11:29 CET\\) ?, 2026-11-24 10:29:00 UTC/
  `);
  await expect(first.locator("time > span")).toHaveCSS("clip-path", "inset(50%)");
  await zone(page, "Local (CET)").focus();
  await page.keyboard.press("ArrowRight");
  await expect(first.locator("time")).toHaveText("1 minute ago (2026-11-24 10:29:00 UTC)");
});

test("the next sync of the schedule has its time, and none while nothing starts by itself", async ({
  page,
}) => {
  const portal = new MockPortal();
  await portal.launch(page);
  const next = page
    .locator("dl > div")
    .filter({ has: page.getByText("Next sync", { exact: true }) });
  await expect(next).toContainText("About 11:47 CET");
  await zone(page, "UTC").check();
  await expect(next.locator("time")).toHaveText("About 10:47 UTC");
  if (portal.overview.stripe) portal.overview.stripe.paused = data.pause("fuse_size", "Much.");
  await page.reload();
  await expect(page.getByText("Last checked")).toBeVisible();
  await expect(next).toHaveCount(0);
});

test("where the browser keeps nothing, the choice holds for this page", async ({ page }) => {
  await page.addInitScript(() => {
    for (const name of ["sessionStorage", "localStorage"]) {
      Object.defineProperty(window, name, {
        get() {
          throw new DOMException("The operation is insecure.", "SecurityError");
        },
      });
    }
  });
  const portal = new MockPortal();
  await portal.launch(page);
  await zone(page, "UTC").check();
  await page.getByRole("link", { name: "Syncs" }).click();
  await expect(page.getByText("(2026-11-24 10:29:00 UTC)").first()).toBeVisible();
  await expect(zone(page, "UTC")).toBeChecked();
});

test("a certificate says its time in UTC, whatever the page shows", async ({ page }) => {
  const portal = new MockPortal();
  await portal.launch(page, `/certificates/${data.PROOF.id}`);
  await expect(page.getByText("2026-11-24 10:26:00 UTC", { exact: true })).toBeVisible();
  await expect(page.getByText("4 minutes ago (11:26 CET)").first()).toBeVisible();
});
