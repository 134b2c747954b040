/** What a person does on every screen: reads figures, waits out a failure, uses the keyboard. */

import { expect } from "@playwright/test";
import * as data from "../../mock/data.ts";
import { MockPortal } from "../../mock/portal.ts";
import { test } from "../../shared-page.ts";

test("the proof shows every digit of every figure, and minor units on demand", async ({ page }) => {
  const portal = new MockPortal();
  portal.overview.last_proof = data.PROOF_MISMATCH;
  await page.setViewportSize({ width: 1280, height: 800 });
  await portal.launch(page);
  const row = (name: string) => page.getByRole("table").getByRole("row").filter({ hasText: name });
  await expect(row("USD")).toContainText("1,844,674,407,370,955.16 USD");
  await expect(row("KWD")).toContainText("−42.105 KWD");
  await expect(row("JPY")).toContainText("+800 JPY");
  await expect(row("JPY")).toContainText("Differs");
  await expect(row("GBP")).toContainText("no figure");
  await expect(row("CAD")).toContainText("Stripe 488.20 CAD − pending 23.99 CAD = 464.21 CAD");
  await page.getByLabel("Show minor units").check();
  await expect(row("USD")).toContainText("184,467,440,737,095,516 USD");
  await expect(row("KWD")).toContainText("−42,105 KWD");
});

test("a failing read keeps what is shown, says so, and recovers by itself", async ({ page }) => {
  const portal = new MockPortal();
  await portal.launch(page);
  await expect(
    page.getByRole("heading", { name: "Stripe and your ledger match to the cent" }),
  ).toBeVisible();
  portal.replies.set("GET /overview", { status: 500, drop: true });
  await page.clock.runFor(6_000);
  await expect(page.getByRole("alert")).toContainText("The app could not be reached");
  await expect(
    page.getByRole("heading", { name: "Stripe and your ledger match to the cent" }),
  ).toBeVisible();
  portal.replies.delete("GET /overview");
  // Second by second: time that jumps while an answer is under way lets the call run out of time.
  await expect(async () => {
    await page.clock.runFor(1_000);
    await expect(page.getByRole("alert")).toHaveCount(0, { timeout: 100 });
  }).toPass();
});

test("all of it works from the keyboard, with the focus always seen", async ({ page }) => {
  const portal = new MockPortal();
  await portal.launch(page);
  await expect(page.getByRole("button", { name: "Sync now" })).toBeVisible();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("button", { name: "Skip to the content" })).toBeFocused();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await expect(page.getByRole("button", { name: "Sync now" })).toBeFocused();

  const stops = new Set<string>();
  for (let step = 0; step < 30; step += 1) {
    const stop = await page.evaluate(() => {
      const focused = document.activeElement;
      if (!focused || focused === document.body) return undefined;
      const shown = focused.matches("label > input[type=radio]")
        ? (focused.nextElementSibling ?? focused)
        : focused;
      const style = getComputedStyle(shown);
      const box = shown.getBoundingClientRect();
      const seen = style.outlineStyle !== "none" && box.top >= 0 && box.bottom <= innerHeight;
      return {
        name: focused.textContent || focused.getAttribute("value") || focused.tagName,
        seen,
      };
    });
    if (stop) {
      expect(stop.seen, stop.name).toBe(true);
      stops.add(stop.name);
    }
    await page.keyboard.press("Tab");
  }
  for (const name of ["Sync now", "How we check", "Re-check everything", "Manage"]) {
    expect([...stops], name).toContain(name);
  }
});
