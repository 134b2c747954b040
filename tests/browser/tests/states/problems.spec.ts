/** Problems: tried again, dismissed, opened again. */

import { expect } from "@playwright/test";
import * as data from "../../mock/data.ts";
import { MockPortal, problem } from "../../mock/portal.ts";
import { test } from "../../shared-page.ts";

function retriedBy({ detail: run }: MockPortal): object {
  return { changed: 2, left_alone: 0, more: true, open: 3, run, created: true };
}

test("problems are tried again, dismissed with a reason, and opened again", async ({ page }) => {
  const portal = new MockPortal();
  const sent: unknown[] = [];
  for (const [what, reply] of [
    ["retry", retriedBy(portal)],
    ["dismiss", { changed: 1, left_alone: 0, more: false, open: 2, run: null, created: false }],
    ["reopen", { changed: 1, left_alone: 0, more: false, open: 3, run: null, created: false }],
  ] as const) {
    portal.replies.set(`POST /problems/${what}`, ({ body }) => {
      sent.push([what, body]);
      return { status: 200, body: reply };
    });
  }
  await portal.launch(page, "/problems");
  await expect(page.getByRole("heading", { name: "Needs attention at Stripe" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Will be tried again" })).toBeDisabled();
  await page.getByLabel("Kind").selectOption("validation");
  await page.getByRole("button", { name: "Retry all 2 of this kind" }).click();
  await expect(page.getByText("2 items will be tried again.").first()).toBeVisible();
  await expect(page.getByRole("link", { name: "See the sync that retries" })).toBeVisible();

  await page.getByRole("button", { name: "Dismiss…" }).first().click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("button", { name: "Dismiss" })).toBeDisabled();
  await dialog.getByLabel("Reason").fill("  Known since May.  ");
  await dialog.getByRole("button", { name: "Dismiss" }).click();
  await expect(dialog).toBeHidden();

  await page.getByRole("link", { name: /^Dismissed/ }).click();
  await page.getByLabel("Kind").selectOption("");
  await page.getByRole("button", { name: "Open again" }).click();
  await expect.poll(() => sent.length).toBe(3);
  expect(sent).toEqual([
    ["retry", { code: "validation" }],
    ["dismiss", { ids: ["txn_9Z8x7C6v5B:amount"], reason: "Known since May." }],
    ["reopen", { ids: ["txn_3E4r5T6y7U:amount"] }],
  ]);
});

test("two choices that are made faster than the page is drawn both count", async ({ page }) => {
  const portal = new MockPortal();
  await portal.launch(page, "/problems&kind=validation");
  await expect(page.getByRole("button", { name: "Retry all 2 of this kind" })).toBeVisible();
  // Within one task of the page: no person is faster.
  await page.evaluate(() => {
    const tab = document.querySelector<HTMLElement>("nav a[href*='&state=dismissed']");
    const kind = document.querySelector("select");
    if (!tab || !kind) throw new Error("no filters");
    tab.click();
    kind.value = "";
    kind.dispatchEvent(new Event("change", { bubbles: true }));
  });
  await expect(page.getByRole("button", { name: "Open again" })).toBeVisible();
  await expect(page).toHaveURL(/p=\/problems&state=dismissed$/);

  // A link that follows a choice is drawn with it before the next event.
  await page.evaluate(async () => {
    const kind = document.querySelector("select");
    if (!kind) throw new Error("no filters");
    kind.value = "validation";
    kind.dispatchEvent(new Event("change", { bubbles: true }));
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
    document.querySelector<HTMLElement>("nav a[href$='p=/problems&kind=validation']")?.click();
  });
  await expect(page).toHaveURL(/p=\/problems&kind=validation$/);
});

test("what became of a retry stays while the list is filtered differently, its failure too", async ({
  page,
}) => {
  const portal = new MockPortal();
  const failure = problem(503, "unavailable", "Unavailable");
  for (const [reply, outcome] of [
    [{ status: 200, body: retriedBy(portal), delayMs: 500 }, "See the sync that retries"],
    [{ ...failure, delayMs: 500 }, "A service that it needs did not answer"],
  ] as const) {
    portal.replies.set("POST /problems/retry", reply);
    await portal.launch(page, "/problems");
    await page.getByRole("button", { name: "Retry all 2 of this kind" }).click();
    await page.getByRole("link", { name: /^Dismissed/ }).click();
    await expect(page.getByRole("button", { name: "Open again" })).toBeVisible();
    await expect(page.getByText(outcome)).toBeVisible();
  }
});

test("a retry while a sync is open points to no sync, since the one after it does the work", async ({
  page,
}) => {
  const portal = new MockPortal();
  portal.replies.set("POST /problems/retry", {
    status: 200,
    body: { changed: 1, left_alone: 0, more: false, open: 3, run: portal.detail, created: false },
  });
  await portal.launch(page, "/problems&kind=validation");
  await page.getByRole("button", { name: "Retry", exact: true }).first().click();
  await expect(page.getByText("A sync is already running; the next one retries it.")).toBeVisible();
  await expect(page.getByRole("link", { name: "See the sync that retries" })).toHaveCount(0);
});

test("an entry that somebody else posted is copied the other way round, and never posted", async ({
  page,
}) => {
  const portal = new MockPortal();
  portal.problems = [...portal.problems, data.FOREIGN];
  await portal.launch(page, "/problems&kind=foreign_entry");
  // The mock is no secure place, so its browser has no clipboard of its own.
  await page.evaluate(() => {
    const clipboard = {
      writeText: async (text: string) => void Object.assign(window, { copied: text }),
    };
    Object.defineProperty(navigator, "clipboard", { configurable: true, value: clipboard });
  });
  // Entries of the app have none: a retry or a correction mends them.
  await expect(page.getByRole("button", { name: "Copy reversing entry" })).toHaveCount(1);
  await page.getByRole("button", { name: "Copy reversing entry" }).click();
  await expect(page.getByText("The reversing entry is copied").first()).toBeVisible();
  await expect(page.getByText("It is not posted: post it to your ledger yourself")).toBeVisible();
  const entry = page.locator("dl").filter({ hasText: "@petty_cash" });
  await expect(entry).toContainText("From@petty_cashTo@stripe_testAmount123.45 USD");
  const copied = await page.evaluate(() => (window as unknown as { copied: string }).copied);
  expect(JSON.parse(copied)).toMatchObject({
    precise_amount: 12345,
    precision: 100,
    currency: "USD",
    source: "@petty_cash",
    destination: "@stripe_test",
    description: `Reverses rent-march (${data.FOREIGN.id})`,
  });
  expect(
    portal.calls.filter((call) => !call.startsWith("GET ") && call !== "POST /session"),
  ).toEqual([]);
  const path = `GET /problems/${encodeURIComponent(data.FOREIGN.id)}/reversing-entry`;
  portal.replies.set(path, problem(404, "not_found", "Not found"));
  await page.getByRole("button", { name: "Copy reversing entry" }).click();
  await expect(page.getByText("Not found", { exact: true })).toBeVisible();
});
