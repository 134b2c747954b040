/**
 * Every state of every screen, in light and dark, on the narrowest pane and on a wide one: nothing scrolls sideways,
 * axe finds nothing, and the page keeps to its own CSP.
 */

import { test as alone, expect, type Locator } from "@playwright/test";
import { expectAccessible, expectReadable } from "../../axe.ts";
import * as data from "../../mock/data.ts";
import { LAUNCH_ID, MockPortal, ORIGIN } from "../../mock/portal.ts";
import { test } from "../../shared-page.ts";
import { sideways } from "../../sideways.ts";
import { CERTIFICATES } from "./screens/certificates.ts";
import { CONNECTION } from "./screens/connection.ts";
import { OVERVIEW } from "./screens/overview.ts";
import { PROBLEMS } from "./screens/problems.ts";
import { REPORTS } from "./screens/reports.ts";
import { RUNS } from "./screens/runs.ts";
import { SETTINGS } from "./screens/settings.ts";
import { stripeOf } from "./screens/state.ts";

const STATES = [
  ...CERTIFICATES,
  ...CONNECTION,
  ...OVERVIEW,
  ...PROBLEMS,
  ...REPORTS,
  ...RUNS,
  ...SETTINGS,
];

for (const { name, path, shows, arrange, act } of STATES) {
  test(`${name}: fits, is accessible, keeps to the CSP`, async ({ page }) => {
    const complaints: string[] = [];
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("console", (message) => {
      if (/Content Security Policy/i.test(message.text())) complaints.push(message.text());
    });
    await page.setViewportSize({ width: 320, height: 700 });
    const portal = new MockPortal();
    arrange?.(portal);
    await portal.launch(page, path);
    await act?.(page);
    await expect(page.getByText(shows).first()).toBeAttached();

    // All rules where the layout differs most; what another scheme changes in each of both.
    for (const [colorScheme, width, check] of [
      ["light", 320, expectAccessible],
      ["dark", 320, expectReadable],
      ["dark", 768, undefined],
      ["dark", 1440, expectAccessible],
      ["light", 1440, expectReadable],
    ] as const) {
      const where = `${name}, ${colorScheme}, ${width} px`;
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.setViewportSize({ width, height: 700 });
      expect(await sideways(page), where).toEqual([]);
      await check?.(page, where);
    }
    expect(complaints).toEqual([]);
  });
}

alone("the page opened without a launch says where to go, in both schemes", async ({ page }) => {
  const portal = new MockPortal();
  await portal.attach(page);
  await page.goto(`${ORIGIN}/portal#l=${LAUNCH_ID}`);
  await expect(
    page.getByRole("heading", { name: "Open Stripe Sync from Blnk Cloud" }),
  ).toBeVisible();
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await expectAccessible(page, colorScheme);
  }
  expect(portal.calls).toEqual([]);
});

alone("the appearance switch wins over the system and stays after a reload", async ({ page }) => {
  const portal = new MockPortal();
  await page.emulateMedia({ colorScheme: "light" });
  await portal.launch(page);
  const ground = () =>
    page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await ground();
  await page.getByRole("radio", { name: "Dark" }).check();
  const dark = await ground();
  expect(dark).not.toBe(light);
  await page.reload();
  await expect(page.getByRole("radio", { name: "Dark" })).toBeChecked();
  expect(await ground()).toBe(dark);
  await page.getByRole("radio", { name: "System" }).check();
  expect(await ground()).toBe(light);
});

alone(
  "the steps of a run stand in one row, those of a webhook in a numbered column",
  async ({ page }) => {
    const portal = new MockPortal();
    stripeOf(portal).current_run = data.RUN_ID;
    portal.detail = data.detail(data.RUNNING);
    Object.assign(portal.realtime, {
      status: "missing",
      missing: "right",
      endpoint_id: null,
      since: null,
    });
    await portal.launch(page);
    const tops = (steps: Locator) =>
      steps.evaluateAll((items) =>
        items.map((item) => Math.round(item.getBoundingClientRect().top)),
      );
    const course = page.getByRole("list", { name: "Progress of the sync" }).getByRole("listitem");
    await expect(course).toHaveCount(4);
    for (const width of [320, 1440]) {
      await page.setViewportSize({ width, height: 700 });
      expect(new Set(await tops(course)).size, `${width} px`).toBe(1);
    }
    await page.getByRole("link", { name: "Settings" }).click();
    await page.getByRole("link", { name: "Stripe account" }).click();
    const column = page
      .getByRole("listitem")
      .filter({ hasText: /^(In Stripe, open|Register this URL|Reveal the)/ });
    await expect(column).toHaveCount(3);
    expect(new Set(await tops(column)).size).toBe(3);
    for (const step of await column.all()) {
      await expect(step).toHaveCSS("list-style-type", "decimal");
      await expect(step).toHaveCSS("display", "list-item");
    }
  },
);
