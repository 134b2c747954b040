/** What a person does in the portal, wherever it is shown: in a tab, or in the dashboard's frame. */

import { expect, type FrameLocator, type Page } from "@playwright/test";

type Portal = Page | FrameLocator;

/** A first sync of a small account, cold functions included, must be done within this. */
const SYNC_MS = 90_000;

export async function connect(portal: Portal, key: string): Promise<void> {
  await go(portal, "Stripe");
  await portal.getByLabel("Restricted key").fill(key);
  await portal.getByRole("button", { name: "Connect Stripe" }).click();
  await expect(portal.getByText("Connected", { exact: true }).first()).toBeVisible({
    timeout: 30_000,
  });
}

/** Starts a sync and waits for its end. The first one that may write is asked for once more. */
export async function startSync(portal: Portal, which: "first" | "later"): Promise<void> {
  await go(portal, "Overview");
  await portal.getByRole("button", { name: "Sync now" }).click();
  const asked = portal.getByRole("dialog", { name: "Start the first sync?" });
  if (which === "first") await asked.getByRole("button", { name: "Start sync" }).click();
  await expect(asked).toBeHidden();
  await expect(portal.getByRole("button", { name: "Sync now" })).toBeEnabled({ timeout: SYNC_MS });
}

export async function syncUntilProven(portal: Portal, which: "first" | "later"): Promise<void> {
  await startSync(portal, which);
  await expect(
    portal.getByRole("heading", { name: "Stripe and your ledger match to the cent" }),
  ).toBeVisible({ timeout: SYNC_MS });
}

/** The Stripe account and the access are parts of the settings. */
const PARTS: Partial<Record<string, string>> = { Stripe: "Stripe account", Access: "Access" };

export async function go(
  portal: Portal,
  place: "Overview" | "Syncs" | "Needs attention" | "Stripe" | "Access",
): Promise<void> {
  const part = PARTS[place];
  const main = portal.getByRole("navigation", { name: "Main" });
  await main.getByRole("link", { name: part ? "Settings" : place }).click();
  if (part === undefined) return;
  await portal
    .getByRole("navigation", { name: "Settings" })
    .getByRole("link", { name: part })
    .click();
}

/** The old page says at its next call that it is over. It makes one every few seconds by itself. */
export async function expectOver(portal: Portal): Promise<void> {
  await expect(portal.getByRole("heading", { name: "You’ve been signed out" })).toBeVisible();
  await expect(portal.getByText("launch it again from Blnk Cloud")).toBeVisible();
}
