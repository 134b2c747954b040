/** Settings: stored once a person has seen what they change. */

import { expect } from "@playwright/test";
import * as data from "../../mock/data.ts";
import { MockPortal } from "../../mock/portal.ts";
import { test } from "../../shared-page.ts";

test("a change of the settings is stored once a person has seen what it makes different", async ({
  page,
}) => {
  const portal = new MockPortal();
  portal.differences = data.DIFFERENCES;
  await portal.launch(page, "/settings");
  const dialog = page.getByRole("dialog");
  const save = page.getByRole("button", { name: "Save changes" });
  await page.getByLabel("One account for all payments").check();
  await save.click();
  await expect(dialog.getByRole("listitem")).toHaveCount(2);
  await expect(dialog).toContainText("4,812 movements from Jan 1, 2026");
  expect(portal.settings.revision).toBe(data.SETTINGS.revision);
  await dialog.getByRole("button", { name: "Not now" }).click();
  await expect(dialog).toBeHidden();
  expect(portal.settings.revision).toBe(data.SETTINGS.revision);
  await expect(page.getByLabel("One account for all payments")).toBeChecked();

  await save.click();
  await dialog.getByRole("button", { name: "Save changes" }).click();
  await expect(dialog).toBeHidden();
  expect(portal.settings).toMatchObject({
    revision: data.SETTINGS.revision + 1,
    pay_ins: "one_account",
  });

  // What makes nothing different is stored at once.
  portal.differences = [];
  await page.getByLabel("Each customer’s balance").check();
  await save.click();
  await expect.poll(() => portal.settings.pay_ins).toBe("customers");
  await expect(dialog).toBeHidden();
});

test("an unrecognised category gets an account once a person has seen what changes, and can lose it again", async ({
  page,
}) => {
  const portal = new MockPortal();
  await portal.launch(page, "/settings");
  const dialog = page.getByRole("dialog");
  const part = page.getByRole("form", { name: "An account of its own" });
  await expect(page.getByText("14 movements, 12 items open")).toBeVisible();
  // An unsaved change of the settings outlives the change of a rule, which makes another revision.
  await page.getByLabel("Every day").check();
  await page.getByRole("button", { name: "Give an account to grant / grant_received" }).click();
  await part.getByLabel("Category grant, of any type").check();
  await part.getByLabel("Account in the ledger").fill("@stripe_test_grants");
  await part.getByRole("button", { name: "Show what changes" }).click();
  await expect(dialog).toContainText(
    "go to @stripe_test_grants, no longer to @stripe_test_suspense",
  );
  await expect(dialog).toContainText("In suspense: 14 movements. They stay where they are.");
  await dialog.getByRole("button", { name: "Not now" }).click();
  await expect(dialog).toBeHidden();
  expect(portal.calls).not.toContain("POST /account-rules");

  await part.getByRole("button", { name: "Show what changes" }).click();
  await dialog.getByRole("button", { name: "Save the rule" }).click();
  await expect(part).toBeHidden();
  await expect(page.getByText("Begins soon")).toBeVisible();
  expect(portal.accountRules.rules[1]).toMatchObject({ reporting_category: "grant", type: null });
  await expect(page.getByLabel("Every day")).toBeChecked();
  await expect(page.getByText("Your unsaved changes are back.")).toBeVisible();

  await page.getByRole("button", { name: "Dismiss the items of grant / grant_received" }).click();
  await expect(dialog).toContainText("Dismiss 12 items?");
  await dialog.getByLabel("Reason, for the activity").fill("Moved to where they belong.");
  let steps = 0;
  portal.replies.set("POST /problems/dismiss", ({ body }) => {
    expect(body).toEqual({
      unrecognised: { reporting_category: "grant", type: "grant_received" },
      reason: "Moved to where they belong.",
    });
    steps += 1;
    return {
      status: 200,
      body: { changed: 6, left_alone: 0, more: steps === 1, open: 0, run: null, created: false },
    };
  });
  await dialog.getByRole("button", { name: "Dismiss them" }).click();
  await expect(dialog).toBeHidden();
  expect(steps).toBe(2);

  await page.getByRole("button", { name: "End the rule for prize_paid" }).click();
  await dialog.getByRole("button", { name: "End the rule" }).click();
  await expect(page.getByText("Ends soon")).toBeVisible();
  expect(portal.settings.revision).toBe(data.SETTINGS.revision + 2);
});

test("unsaved settings outlive a save of notices, which makes another revision", async ({
  page,
}) => {
  const portal = new MockPortal();
  await portal.launch(page, "/settings");
  const parts = page.getByRole("navigation", { name: "Settings" });
  await page.getByLabel("Every day").check();
  await expect(page.getByText("You have unsaved changes.")).toBeVisible();
  await parts.getByRole("link", { name: "Notices" }).click();
  const byEmail = page.getByRole("group", { name: "What is sent by e-mail" });
  await byEmail.getByLabel("A payout failed").check();
  await page.getByRole("button", { name: "Save changes" }).click();
  await expect
    .poll(() => portal.reports.notices.email.kinds)
    .toEqual(["failed_payout", "approval_needed"]);
  await expect(page.getByRole("button", { name: "Save changes" })).toBeDisabled();

  await parts.getByRole("link", { name: "General" }).click();
  await expect(page.getByText("Your unsaved changes are back.")).toBeVisible();
  await expect(page.getByLabel("Every day")).toBeChecked();
  await page.getByRole("button", { name: "Save changes" }).click();
  await expect
    .poll(() => portal.settings)
    .toMatchObject({ revision: data.SETTINGS.revision + 2, interval: "daily" });
});

test("unsaved notices outlive another secret and a save of the settings", async ({ page }) => {
  const portal = new MockPortal();
  await portal.launch(page, "/notices");
  const url = "https://hooks.example.com/T0/B1/of-its-own";
  const toWebhook = page.getByRole("group", { name: "What is sent to the webhook" });
  await page.getByLabel("URL").fill(url);
  await toWebhook.getByLabel("A payout failed").uncheck();
  await page.getByRole("button", { name: "Replace the secret" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Replace the secret" }).click();
  await expect(page.getByText(data.NOTICE_SECRET)).toBeVisible();
  await expect(page.getByText("Your unsaved changes are back.")).toBeVisible();
  await expect(page.getByLabel("URL")).toHaveValue(url);
  await expect(toWebhook.getByLabel("A payout failed")).not.toBeChecked();

  const parts = page.getByRole("navigation", { name: "Settings" });
  await parts.getByRole("link", { name: "General" }).click();
  await page.getByLabel("Every day").check();
  await page.getByRole("button", { name: "Save changes" }).click();
  await expect.poll(() => portal.settings.interval).toBe("daily");
  await parts.getByRole("link", { name: "Notices" }).click();
  await expect(page.getByLabel("URL")).toHaveValue(url);
  await page.getByRole("button", { name: "Save changes" }).click();
  await expect
    .poll(() => portal.reports.notices.webhook)
    .toMatchObject({ url, kinds: ["mismatch", "paused"] });
  expect(portal.settings.revision).toBe(data.SETTINGS.revision + 3);
});
