/**
 * The same main job as people meet it: in the dashboard, whose frame shows the portal from another site. The names of
 * the dashboard's parts are agreed in this folder's README.
 */

import { type BrowserContext, expect, type FrameLocator, type Page, test } from "@playwright/test";
import { connect, expectOver, go, startSync, syncUntilProven } from "../../portal.ts";
import { stack, stripeAccount } from "../../stack.ts";

const APP = "Stripe Sync";
const SCOPES = ["data:read", "data:write", "alerts:read", "alerts:write"];

/** Opens the dashboard on an instance of its own, whose ledger is empty. */
async function openDashboard(page: Page, test: string): Promise<void> {
  const url = new URL(stack.dashboardUrl);
  url.searchParams.set("instance_id", `inst_browser_${test}_${Date.now()}`);
  await page.goto(url.href);
  await page.getByRole("link", { name: "Apps" }).click();
}

function card(page: Page) {
  return page.getByRole("listitem").filter({ has: page.getByRole("heading", { name: APP }) });
}

async function installByHand(page: Page): Promise<void> {
  await card(page).getByRole("button", { name: "Install", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: `Install ${APP}` });
  for (const scope of SCOPES) await dialog.getByRole("checkbox", { name: scope }).check();
  await dialog.getByRole("button", { name: "Install", exact: true }).click();
  await expect(card(page).getByRole("button", { name: "Launch" })).toBeVisible();
}

/** Launches the app, and waits for the new page if the frame shows one of an earlier launch. */
async function launchByHand(page: Page): Promise<FrameLocator> {
  const region = page.getByRole("region", { name: APP });
  const shown = () =>
    region
      .locator("iframe")
      .evaluateAll((frames) => frames.map((frame) => frame.getAttribute("src")));
  const before = (await shown())[0];
  await card(page).getByRole("button", { name: "Launch" }).click();
  await expect.poll(async () => (await shown())[0] ?? before, { timeout: 45_000 }).not.toBe(before);
  const frame = region.frameLocator("iframe");
  await expect(frame.getByRole("heading", { name: "Overview" })).toBeVisible();
  return frame;
}

async function uninstallByHand(page: Page): Promise<void> {
  await card(page).getByRole("button", { name: "Uninstall" }).click();
  const dialog = page.getByRole("dialog", { name: `Uninstall ${APP}` });
  await dialog.getByRole("button", { name: "Uninstall" }).click();
  await expect(card(page).getByRole("button", { name: "Install", exact: true })).toBeVisible();
}

/** Counts how often a launch was redeemed, in all tabs. */
function countRedemptions(context: BrowserContext): () => number {
  let count = 0;
  context.on("request", (request) => {
    if (request.method() === "POST" && request.url().endsWith("/portal/api/session")) count += 1;
  });
  return () => count;
}

test("install, launch, connect, sync, look at the ledger, uninstall: by hand, in the frame", async ({
  page,
}) => {
  const account = await stripeAccount(7_201, 150);
  await openDashboard(page, "main");
  await installByHand(page);
  const portal = await launchByHand(page);
  // Another site: the frame's storage and cookies are third-party ones.
  expect(new URL(stack.portalOrigin).hostname).not.toBe(new URL(stack.dashboardUrl).hostname);
  await connect(portal, account.restricted_key);
  await syncUntilProven(portal, "first");

  await page.getByRole("link", { name: "Ledger" }).click();
  const balances = page.getByRole("table", { name: "Balances" });
  await expect(balances.getByRole("row").filter({ hasText: "@stripe_test" }).first()).toBeVisible();
  await page.getByRole("link", { name: "Apps" }).click();

  const again = await launchByHand(page);
  await uninstallByHand(page);
  await expectOver(again);
});

test("someone posts by hand, and the next sync names the entry", async ({ page }) => {
  const account = await stripeAccount(7_202, 60);
  await openDashboard(page, "posted");
  await installByHand(page);
  const portal = await launchByHand(page);
  await connect(portal, account.restricted_key);
  await syncUntilProven(portal, "first");

  await page.getByRole("link", { name: "Faults" }).click();
  const situations = page.getByRole("region", { name: "Situations" });
  const choice = situations.getByLabel("Stripe account");
  const option = choice.locator("option").filter({ hasText: account.account });
  await choice.selectOption({ label: (await option.textContent()) ?? "" });
  await situations.getByRole("button", { name: "Someone posts by hand" }).click();
  await expect(situations.getByRole("status")).toContainText("went to @petty_cash");
  await page.getByRole("link", { name: "Apps" }).click();

  const again = await launchByHand(page);
  await startSync(again, "later");
  await expect(again.getByRole("heading", { name: "Stripe and your ledger differ" })).toBeVisible();
  await go(again, "Syncs");
  await again
    .getByRole("list", { name: "Syncs" })
    .getByRole("listitem")
    .first()
    .getByRole("link")
    .click();
  const causes = again.getByRole("region", { name: "What makes both sides differ" });
  await expect(causes.getByRole("listitem")).toHaveCount(1);
  await expect(causes).toContainText("by-hand-");
});

test("four layouts and a tab of its own share one launch", async ({ page, context }) => {
  const redemptions = countRedemptions(context);
  await openDashboard(page, "layouts");
  await installByHand(page);
  const portal = await launchByHand(page);
  await go(portal, "Access");
  const layouts = page.getByRole("group", { name: "Layout" }).getByRole("button");
  await expect(layouts).toHaveCount(4);
  for (const layout of await layouts.all()) {
    await layout.click();
    await expect(layout).toHaveAttribute("aria-pressed", "true");
    await expect(portal.getByRole("navigation", { name: "Main" })).toBeVisible();
    await expect(portal.getByText("You’ve been signed out")).toHaveCount(0);
  }
  expect(redemptions()).toBe(1);

  const opened = page.waitForEvent("popup");
  await page.getByRole("link", { name: /^Open/ }).click();
  const tab = await opened;
  await expect(tab.getByRole("heading", { name: "Overview" })).toBeVisible();
  expect(redemptions()).toBe(2);
});

test("a browser that denies storage to a third-party frame still shows the portal", async ({
  page,
}) => {
  await page.addInitScript(() => {
    if (window.top === window) return;
    Object.defineProperty(window, "sessionStorage", {
      get() {
        throw new DOMException("The operation is insecure.", "SecurityError");
      },
    });
  });
  await openDashboard(page, "storage");
  await installByHand(page);
  const portal = await launchByHand(page);
  await go(portal, "Needs attention");
  await expect(portal.getByText("No record to review")).toBeVisible();
});

test("an install with a permission left out shows what that switches off", async ({ page }) => {
  await openDashboard(page, "grants");
  await card(page).getByRole("button", { name: "Install", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: `Install ${APP}` });
  for (const scope of SCOPES)
    await dialog.getByRole("checkbox", { name: scope }).setChecked(scope === "data:read");
  await dialog.getByRole("button", { name: "Install", exact: true }).click();
  const portal = await launchByHand(page);
  await expect(portal.getByText("Read-only mode", { exact: true })).toBeVisible();
});
