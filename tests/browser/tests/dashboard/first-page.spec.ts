/** The dashboard as a newcomer's first page, and what happens in business at the press of a button. */

import { expect, test } from "@playwright/test";
import { expectAccessible } from "../../axe.ts";
import { stripeAccount } from "../../stack.ts";
import { Ledger } from "../../world.ts";

test("it says what this is and what to do, with the key in sight", async ({ page }) => {
  const ledger = await Ledger.open("first");
  await page.goto(ledger.at("/"));
  await expect(
    page.getByText("Stripe Sync copies every movement of a Stripe account"),
  ).toBeVisible();
  const steps = page.getByRole("region", { name: "First steps" });
  await expect(steps.getByRole("listitem")).toHaveText([/^Install/, /^Launch/, /^Paste this key/]);
  await expect(steps.getByRole("textbox")).toHaveValue(/^rk_test_/);
  // Permissions and instances in plain words, for who has not met either.
  await expect(page.getByText("Read the ledger data:read")).toBeVisible();
  await expect(page.getByLabel("Instance")).toHaveAccessibleDescription(
    /^An instance is one ledger/,
  );
  await expectAccessible(page, "first page");
});

test("situations in plain words happen at Stripe, and a revoked key is followed by another", async ({
  page,
}) => {
  const ledger = await Ledger.open("situations");
  const { account } = await stripeAccount(7_301, 20);
  await page.goto(ledger.at("/faults"));
  const situations = page.getByRole("region", { name: "Situations" });
  const choice = situations.getByLabel("Stripe account");
  const option = choice.locator("option").filter({ hasText: account });
  await expect(option).toHaveCount(1);
  await choice.selectOption({ label: (await option.textContent()) ?? "" });
  // Nothing of the account is in this ledger yet, so nobody can post onto it.
  await situations.getByRole("button", { name: "Someone posts by hand" }).click();
  await expect(situations.getByRole("status")).toHaveText(
    `Nothing of ${account} is in this ledger yet: sync it first.`,
  );
  for (const leg of ["amount", "fee"])
    await ledger.post({
      reference: `stripe:${account}:test:txn_1:${leg}`,
      precise_amount: 700,
      source: "@mirror",
      destination: `@${leg}`,
    });
  for (const [name, says] of [
    ["Someone posts by hand", "123.45 USD went to @petty_cash. The next sync finds the entry"],
    ["A customer pays", "The charge is at Stripe."],
    ["A payout fails", "The payout failed."],
    ["A dispute is opened", "The dispute is open."],
    ["Stripe is down for a minute", "Stripe is down for a minute."],
    ["The key is revoked", "for example rk_test_"],
  ] as const) {
    await situations.getByRole("button", { name, exact: true }).click();
    await expect(situations.getByRole("status")).toContainText(says);
  }
  const fault = page
    .getByRole("region", { name: "In force" })
    .getByRole("listitem")
    .filter({ hasText: account });
  await expect(fault).toContainText("Answers 503.");
  await fault.getByRole("button", { name: /^Remove/ }).click();
  await expect(fault).toHaveCount(0);
  await expectAccessible(page, "situations");
});
