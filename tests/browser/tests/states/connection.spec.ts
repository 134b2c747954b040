/** The connection: a key, a disconnect, an endpoint. */

import { expect } from "@playwright/test";
import * as data from "../../mock/data.ts";
import { MockPortal, problem } from "../../mock/portal.ts";
import { test } from "../../shared-page.ts";

test("a key is refused by name and then taken, and never stays in the page", async ({ page }) => {
  const portal = new MockPortal();
  portal.overview.stripe = null;
  await portal.launch(page, "/stripe");
  const field = page.getByLabel("Restricted key");
  const connect = page.getByRole("button", { name: "Connect Stripe" });
  await expect(connect).toBeDisabled();

  for (const [reply, text] of [
    [problem(422, "publishable_key", "Publishable"), "That is a publishable key."],
    [problem(422, "invalid_key", "Invalid"), "Stripe does not accept this key."],
    [
      problem(409, "other_account_connected", "Other"),
      "Another Stripe account is connected to this ledger already.",
    ],
    [
      problem(409, "accounts_not_free", "Not free", {
        accounts: [{ indicator: "@stripe_test_fees", currency: "USD", entries: 7 }],
      }),
      "@stripe_test_fees",
    ],
    [
      problem(422, "something_new", "A refusal this page does not know", { detail: "In words." }),
      "In words.",
    ],
    [problem(429, "slow_down", "Too many requests"), "Too many requests"],
  ] as const) {
    portal.replies.set("POST /stripe", reply);
    await field.fill("rk_test_0123456789abcdef");
    await connect.click();
    await expect(page.getByRole("alert")).toContainText(text);
    await expect(page.getByRole("alert")).toContainText("req_0123456789");
  }

  portal.replies.delete("POST /stripe");
  portal.replies.set("POST /stripe", () => {
    portal.overview.stripe = structuredClone(data.STRIPE);
    return { status: 200, body: { stripe: data.STRIPE, replaced: false } };
  });
  await connect.click();
  await expect(page.getByText("Connected", { exact: true }).first()).toBeVisible();
  expect(await page.content()).not.toContain("rk_test_0123456789abcdef");
  expect(
    await page.evaluate(() => JSON.stringify({ ...sessionStorage, ...localStorage })),
  ).not.toContain("rk_test_0");
});

test("disconnecting asks first, and Escape leaves everything as it is", async ({ page }) => {
  const portal = new MockPortal();
  await portal.launch(page, "/stripe");
  await page.getByRole("button", { name: "Disconnect" }).click();
  await expect(
    page.getByRole("dialog", { name: "Disconnect Northwind Traders Ltd?" }),
  ).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toBeHidden();
  await expect(page.getByRole("button", { name: "Disconnect" })).toBeFocused();
  expect(portal.calls).not.toContain("DELETE /stripe");

  portal.replies.set("DELETE /stripe", () => {
    portal.overview.stripe = null;
    return { status: 204 };
  });
  await page.getByRole("button", { name: "Disconnect" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Disconnect" }).click();
  await expect(page.getByLabel("Restricted key")).toBeVisible();
});

test("each question on the page of the connection has its own name", async ({ page }) => {
  const portal = new MockPortal();
  await portal.launch(page, "/stripe");
  for (const [button, question] of [
    ["Roll the secret", "Roll the signing secret?"],
    ["Disconnect", "Disconnect Northwind Traders Ltd?"],
  ] as const) {
    await page.getByRole("button", { name: button }).click();
    await expect(page.getByRole("dialog")).toHaveAccessibleName(question);
    await page.keyboard.press("Escape");
    await expect(page.getByRole("dialog")).toBeHidden();
  }
});

test("an endpoint registered by hand is added by its signing secret", async ({ page }) => {
  const portal = new MockPortal();
  Object.assign(portal.realtime, {
    status: "missing",
    missing: "right",
    endpoint_id: null,
    since: null,
    last_event_at: null,
  });
  const pasted: unknown[] = [];
  portal.replies.set("POST /stripe/webhook-secret", ({ body }) => {
    pasted.push(body);
    if (pasted.length === 1)
      return problem(422, "malformed_secret", "This is not a signing secret");
    Object.assign(portal.realtime, {
      status: "registered",
      missing: null,
      since: new Date(data.NOW).toISOString(),
    });
    return { status: 200, body: portal.realtime };
  });
  await portal.launch(page, "/stripe");
  await expect(page.getByText(portal.realtime.url)).toBeVisible();
  await page.getByLabel("Signing secret").fill("whsec_short");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("This is not a signing secret")).toBeVisible();
  await page.getByLabel("Signing secret").fill("  whsec_0123456789abcdefghij ");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("registered by hand")).toBeVisible();
  await expect(page.getByText("Waiting for the first event")).toBeVisible();
  // One that came before the secret was pasted proves nothing of it; the first one after it does.
  portal.realtime.last_event_at = data.ago(10);
  await page.clock.runFor(16_000);
  await expect(page.getByText("10 minutes ago").first()).toBeVisible();
  await expect(page.getByText("Waiting for the first event")).toBeVisible();
  portal.realtime.last_event_at = new Date(data.NOW + 10_000).toISOString();
  await page.clock.runFor(16_000);
  await expect(page.getByText("Waiting for the first event")).toHaveCount(0);
  await expect(page.getByText("On", { exact: true })).toBeVisible();
  expect(pasted).toEqual([{ secret: "whsec_short" }, { secret: "whsec_0123456789abcdefghij" }]);
  await expect(page.getByText("whsec_0123")).toHaveCount(0);
});
