/** Addresses of single things, what survives the end of a session, and work on many items at once. */

import { expect, type Page, test } from "@playwright/test";
import * as data from "../../mock/data.ts";
import { launchToken, MockPortal, ORIGIN, problem } from "../../mock/portal.ts";

test("each item has an address of its own: a record, a payout, and one that is gone", async ({
  page,
}) => {
  const portal = new MockPortal();
  await portal.launch(page, "/problems/txn_9Z8x7C6v5B:amount");
  await expect(
    page.getByRole("heading", { name: "Refused by the ledger: not valid" }),
  ).toBeVisible();
  await expect(page.getByText("txn_9Z8x7C6v5B", { exact: true })).toBeVisible();
  await expect(page.getByRole("heading", { name: /Unrecognised/ })).toHaveCount(0);
  for (const [id, says] of [
    ["po_1Q2w3E4r5T6y7U8i", "Payout of 12,500.00 USD failed"],
    ["txn_8I9o0P1a2S:amount", "a later sync"],
    ["txn_nobody", "This item is no longer open"],
  ] as const) {
    await page.evaluate((item) => {
      window.location.hash = `#p=/problems/${item}`;
    }, id);
    await expect(page.getByText(says).first()).toBeVisible();
  }
});

test("an item opens by its address alone, and a failing read is shown and retried", async ({
  page,
}) => {
  const portal = new MockPortal();
  const id = "txn_9Z8x7C6v5B:amount";
  const call = `GET /problems/${encodeURIComponent(id)}`;
  portal.replies.set(call, problem(503, "unavailable", "Busy"));
  await portal.launch(page, `/problems/${id}`);
  await expect(page.getByRole("alert").filter({ hasText: "The app is busy" })).toBeVisible();
  portal.replies.delete(call);
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(
    page.getByRole("heading", { name: "Refused by the ledger: not valid" }),
  ).toBeVisible();
  expect(portal.calls).not.toContain("GET /problems");
  expect(portal.calls).not.toContain("GET /objects");
});

const DEEP: [path: string, says: string | RegExp][] = [
  [`/runs/${data.RUN_ID}`, "What it did"],
  [`/payouts/${data.PAYOUT_DETAIL.id}`, "See it at Stripe"],
  ["/problems/txn_9Z8x7C6v5B:amount", "Refused by the ledger: not valid"],
  ["/statements&from=2026-09-01&to=2026-09-30", /Sep .*2026/],
  [`/certificates/${data.PROOF.id}`, data.PROOF.hash],
];

const shown = (page: Page, says: string | RegExp) =>
  page.locator("main").getByText(says).filter({ visible: true }).first();

test("a run, a payout, an item, a statement and a certificate open by their address, and again after a relaunch", async ({
  context,
}) => {
  for (const [path, says] of DEEP) {
    const tab = await context.newPage();
    const portal = new MockPortal();
    await portal.launch(tab, path);
    await expect(shown(tab, says), path).toBeVisible();
    await tab.clock.fastForward(16 * 60_000);
    await expect(tab.getByRole("heading", { name: "You’ve been signed out" })).toBeVisible();
    const other = new MockPortal(() => data.NOW + 17 * 60_000);
    await tab.unroute(`${ORIGIN}/**`);
    await other.attach(tab);
    await tab.goto(`${ORIGIN}/portal?token=${launchToken("01JD0000000000000000SECOND")}`);
    await expect(shown(tab, says), `${path}, again`).toBeVisible();
    await tab.close();
  }
});

test("a new launch returns to where the session ended, with what was typed", async ({ page }) => {
  const portal = new MockPortal();
  await portal.launch(page, "/settings");
  await page.getByLabel("Every day").check();
  await expect(page.getByText("You have unsaved changes.")).toBeVisible();
  await page.clock.fastForward(16 * 60_000);
  await expect(page.getByRole("heading", { name: "You’ve been signed out" })).toBeVisible();

  // Another launch of the same install, some minutes later.
  const other = new MockPortal(() => data.NOW + 17 * 60_000);
  await page.unroute(`${ORIGIN}/**`);
  await other.attach(page);
  await page.goto(`${ORIGIN}/portal?token=${launchToken("01JD0000000000000000SECOND")}`);
  await expect(page.getByRole("heading", { name: "Settings" })).toBeVisible();
  await expect(page.getByLabel("Every day")).toBeChecked();
  await expect(page.getByText("Your unsaved changes are back.")).toBeVisible();
  expect(other.settings.interval).toBe("hourly");
  await page.getByRole("button", { name: "Undo changes" }).click();
  await expect(page.getByLabel("Every hour")).toBeChecked();
  await page.reload();
  await expect(page.getByLabel("Every hour")).toBeChecked();
});

/** The session of a page ends, and a new launch of the same install follows some minutes later. */
async function relaunch(page: Page): Promise<void> {
  await page.clock.fastForward(16 * 60_000);
  await expect(page.getByRole("heading", { name: "You’ve been signed out" })).toBeVisible();
  await page.unroute(`${ORIGIN}/**`);
  await new MockPortal(() => data.NOW + 17 * 60_000).attach(page);
  await page.goto(`${ORIGIN}/portal?token=${launchToken("01JD0000000000000000SECOND")}`);
}

test("a new launch has the notices as they were typed, without a URL that may be secret", async ({
  page,
}) => {
  const portal = new MockPortal();
  await portal.launch(page, "/notices");
  const byEmail = page.getByRole("group", { name: "What is sent by e-mail" });
  await byEmail.getByLabel("A payout failed").check();
  await page.getByLabel("URL").fill("https://hooks.example.com/T0/B1/hidden");
  const stored = await page.evaluate(() => JSON.stringify(sessionStorage));
  expect(stored).toContain("failed_payout");
  expect(stored).not.toContain("hidden");
  await relaunch(page);
  await expect(byEmail.getByLabel("A payout failed")).toBeChecked();
  await expect(page.getByText("Your unsaved changes are back.")).toBeVisible();
  await expect(page.getByText("The URL that you typed was not kept.")).toBeVisible();
  await expect(page.getByLabel("URL")).toHaveValue("https://hooks.example.com/stripe-sync");
  await page.getByRole("button", { name: "Undo changes" }).click();
  await expect(byEmail.getByLabel("A payout failed")).not.toBeChecked();
  await expect(page.getByText("The URL that you typed was not kept.")).toHaveCount(0);
});

test("a new launch has the account rule as it was typed", async ({ page }) => {
  const portal = new MockPortal();
  await portal.launch(page, "/settings");
  const part = page.getByRole("form", { name: "An account of its own" });
  await page.getByRole("button", { name: "Give an account to grant / grant_received" }).click();
  await part.getByLabel("Category grant, of any type").check();
  await part.getByLabel("Account in the ledger").fill("@stripe_test_grants");
  await relaunch(page);
  await expect(part.getByLabel("Category grant, of any type")).toBeChecked();
  await expect(part.getByLabel("Account in the ledger")).toHaveValue("@stripe_test_grants");
  await part.getByRole("button", { name: "Cancel" }).click();
  await page.reload();
  await expect(page.getByText("14 movements, 12 items open")).toBeVisible();
  await expect(part).toHaveCount(0);
});

test("forty equal items are one group, and dismissed with one reason", async ({ page }) => {
  const portal = new MockPortal();
  const one = data.PROBLEMS.find(({ code }) => code === "validation");
  if (!one) throw new Error("the mock has one");
  portal.problems = Array.from({ length: 40 }, (_, at) => ({
    ...one,
    id: `txn_${at}:amount`,
    subject: `txn_${at}`,
  }));
  portal.objects = [];
  portal.overview.open_problems = 40;
  const sent: unknown[] = [];
  portal.replies.set("POST /problems/dismiss", ({ body }) => {
    sent.push(body);
    return {
      status: 200,
      body: { changed: 40, left_alone: 0, more: false, open: 0, run: null, created: false },
    };
  });
  await portal.launch(page, "/problems");
  const rows = page
    .getByRole("list", { name: "Refused by the ledger: not valid" })
    .getByRole("listitem");
  await expect(rows).toHaveCount(5);
  await page.getByLabel("Select all 40").check();
  await page.getByRole("button", { name: "Dismiss 40 selected…" }).click();
  const dialog = page.getByRole("dialog", { name: "Dismiss 40 items?" });
  await dialog.getByLabel("Reason").fill("Closed account, agreed with finance.");
  await dialog.getByRole("button", { name: "Dismiss" }).click();
  await expect
    .poll(() => sent)
    .toEqual([
      { ids: portal.problems.map(({ id }) => id), reason: "Closed account, agreed with finance." },
    ]);
  await page.getByRole("button", { name: "Show all 40" }).click();
  await expect(rows).toHaveCount(40);
});
