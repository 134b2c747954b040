/** The main job in a browser, against the deployed functions: install, launch, connect, sync, proof, uninstall. */

import { expect, test } from "@playwright/test";
import { connect, expectOver, go, syncUntilProven } from "../../portal.ts";
import {
  install,
  launch,
  ledgerCounts,
  openPortal,
  stripeAccount,
  stripeKey,
  uninstall,
} from "../../stack.ts";

test("from a fresh install to a proven ledger, and over at once when uninstalled", async ({
  page,
}) => {
  const made = await install();
  const account = await stripeAccount(7_101, 250);
  await openPortal(page, made);
  await expect(
    page.getByText("Your Stripe movements, in your ledger, matched to the cent."),
  ).toBeVisible();

  await go(page, "Stripe");
  const field = page.getByLabel("Restricted key");
  const submit = page.getByRole("button", { name: "Connect Stripe" });
  await field.fill(account.publishable_key);
  await submit.click();
  await expect(page.getByRole("alert")).toContainText("That is a publishable key.");
  await field.fill(await stripeKey(account, { payout_read: false }));
  await submit.click();
  await expect(page.getByRole("alert")).toContainText(
    "Add these read permissions to the key in Stripe",
  );
  await expect(page.getByRole("alert")).toContainText("Payouts");
  await field.fill("rk_test_0000000000000000000000000000");
  await submit.click();
  await expect(page.getByRole("alert")).toContainText("Stripe does not accept this key.");

  await connect(page, account.restricted_key);
  await expect(page.getByText(account.account).first()).toBeVisible();
  const progress = page.getByRole("list", { name: "Progress of the sync" });
  await Promise.all([expect(progress).toBeVisible(), syncUntilProven(page, "first")]);
  const entries = (await ledgerCounts(made)).transactions;
  expect(entries).toBeGreaterThanOrEqual(account.movements);

  const proof = page.getByRole("table", { name: "Comparison by balance and currency" });
  await expect(proof.getByRole("row").filter({ hasText: "USD" }).first()).toContainText("Match");
  await expect(proof.getByText("Differs")).toHaveCount(0);

  // Again: everything is found already there, nothing is posted twice.
  await syncUntilProven(page, "later");
  expect((await ledgerCounts(made)).transactions).toBe(entries);
  await go(page, "Syncs");
  await expect(page.getByRole("link", { name: /^Completed 2$/ })).toBeVisible();
  const newest = page.getByRole("list", { name: "Syncs" }).getByRole("listitem").first();
  await expect(newest).toContainText("0 entries posted");
  await newest.getByRole("link").click();
  await expect(page.getByRole("heading", { name: "Comparison", exact: true })).toBeVisible();

  await uninstall(made);
  await expectOver(page);
  expect((await launch(made)).callback_status).toBe(409);
});

test("a full secret key is warned about, and a missing permission leaves read-only mode", async ({
  page,
}) => {
  const made = await install(["data:read"]);
  const account = await stripeAccount(7_102, 20);
  await openPortal(page, made);
  await go(page, "Access");
  const writing = page
    .getByRole("list", { name: "Permissions" })
    .getByRole("listitem")
    .filter({ hasText: "data:write" });
  await expect(writing).toContainText("Not granted");
  await expect(writing).toContainText("Without it:");
  await go(page, "Stripe");
  await page.getByLabel("Restricted key").fill(account.secret_key);
  await expect(page.getByText("A full secret key can move money.")).toBeVisible();
  await go(page, "Overview");
  await expect(page.getByText("Read-only mode", { exact: true })).toBeVisible();
});

test("a launch link is opened by a reload and a second tab, and at last used up", async ({
  page,
  browser,
}) => {
  const made = await install();
  const url = await openPortal(page, made);
  expect(page.url()).not.toContain("token");
  await page.reload();
  await expect(page.getByRole("heading", { name: "Overview" })).toBeVisible();

  // The default bound is six redemptions; the first tab took one of them, its reload none.
  for (let opened = 2; opened <= 7; opened += 1) {
    const tab = await (await browser.newContext()).newPage();
    await tab.goto(url);
    const heading = opened <= 6 ? "Overview" : "This launch link has expired";
    await expect(tab.getByRole("heading", { name: heading }), `tab ${opened}`).toBeVisible();
    await tab.context().close();
  }
  await page.reload();
  await expect(page.getByRole("heading", { name: "Overview" })).toBeVisible();
});

test("the page comes under the headers that a portal of money needs", async ({ page }) => {
  const made = await install();
  const { portal_url } = await launch(made);
  const response = await page.goto(portal_url ?? "");
  const headers = response?.headers() ?? {};
  expect(headers["cache-control"]).toContain("no-store");
  expect(headers["referrer-policy"]).toBe("no-referrer");
  const csp = headers["content-security-policy"] ?? "";
  for (const rule of [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "frame-ancestors",
  ]) {
    expect(csp).toContain(rule);
  }
  expect(csp).not.toContain("unsafe");
  // The screens that nobody sees first follow later, with their texts.
  await page.getByRole("link", { name: "Payouts" }).click();
  await expect(page.getByRole("heading", { name: "Payouts" })).toBeVisible();
  const hashed = async () => {
    const loaded = await page.evaluate(() =>
      performance.getEntriesByType("resource").map((entry) => entry.name),
    );
    return [...new Set(loaded.filter((name) => name.includes("/portal/assets/")))];
  };
  const kinds = async () =>
    (await hashed())
      .map((name) => name.replace(/^.*\/portal\/assets\/(.+)-.{8}\.[a-z]+$/, "$1"))
      .sort();
  await expect.poll(kinds).toEqual(["en", "index", "late-en", "later", "shared", "style"]);
  // Asked from the page, since only a browser resolves the local API's name.
  const caching = await page.evaluate(
    (names) =>
      Promise.all(
        names.map(async (name) => (await fetch(name)).headers.get("cache-control") ?? "none"),
      ),
    await hashed(),
  );
  for (const header of caching) expect(header).toContain("immutable");
});
