/** The connection to Stripe: the key and its permissions, what Stripe says of the endpoint, and files in frames. */

import { expect } from "@playwright/test";
import * as data from "../../mock/data.ts";
import { MockPortal, problem } from "../../mock/portal.ts";
import { test } from "../../shared-page.ts";

const PERMISSIONS = [
  "rak_balance_read",
  "rak_balance_transaction_source_read",
  "rak_charge_read",
  "rak_customer_read",
  "rak_dispute_read",
  "rak_payout_read",
  "rak_connected_account_read",
  "rak_webhook_write",
];

function permissionsOf(href: string | null): string[] {
  return new URL(href ?? "").searchParams.getAll("permissions[]");
}

test("one click leads to a new key with name and permissions filled in, in either mode", async ({
  page,
}) => {
  const portal = new MockPortal();
  portal.overview.stripe = null;
  await portal.launch(page, "/stripe");
  for (const [name, path] of [
    [/^Create a live key/, "/apikeys/create"],
    [/^Create a test key/, "/test/apikeys/create"],
  ] as const) {
    const link = page.getByRole("link", { name });
    const href = await link.getAttribute("href");
    expect(new URL(href ?? "").pathname).toBe(path);
    expect(new URL(href ?? "").searchParams.get("name")).toBe("Stripe Sync for Blnk");
    expect(permissionsOf(href)).toEqual(PERMISSIONS);
    await expect(link).toHaveAttribute("target", "_blank");
  }
});

test("a missing permission is shown by Stripe's own name, with a link to a key that has it", async ({
  page,
}) => {
  const portal = new MockPortal();
  portal.overview.stripe = null;
  const missing = [
    { resource: "account", right: "rak_accounts_kyc_basic_read" },
    { resource: "payouts", right: null },
  ];
  portal.replies.set("POST /stripe", problem(422, "missing_rights", "Refused", { missing }));
  await portal.launch(page, "/stripe");
  await page.getByLabel("Restricted key").fill("rk_test_0123456789abcdef");
  await page.getByRole("button", { name: "Connect Stripe" }).click();
  const alert = page.getByRole("alert");
  await expect(alert).toContainText("Accounts (under Connect) rak_accounts_kyc_basic_read");
  await expect(alert).toContainText("Payouts rak_payout_read");
  const href = await alert
    .getByRole("link", { name: /create a new one with all permissions/ })
    .getAttribute("href");
  expect(new URL(href ?? "").pathname).toBe("/test/apikeys/create");
  expect(permissionsOf(href)).toEqual([...PERMISSIONS, "rak_accounts_kyc_basic_read"]);
});

test("a pause because the key lacks a permission leads to the key", async ({ page }) => {
  const portal = new MockPortal();
  const reason =
    "the Stripe key lacks a permission (rak_dispute_read). Add the permission to the key.";
  const paused = data.pause("stripe_right_missing", reason);
  portal.overview = {
    ...portal.overview,
    stripe: { ...data.STRIPE, paused } as typeof data.STRIPE,
  };
  await portal.launch(page);
  const alert = page.getByRole("alert").filter({ hasText: "rak_dispute_read" });
  await expect(
    alert.getByRole("link", { name: /create a new key with all permissions/ }),
  ).toBeVisible();
});

for (const [standing, says] of [
  ["disabled", "Disabled at Stripe"],
  ["gone", "Deleted at Stripe"],
  ["elsewhere", "Delivers elsewhere"],
] as const) {
  test(`an endpoint that is ${standing} is reported, and one click recreates it`, async ({
    page,
  }) => {
    const portal = new MockPortal();
    portal.realtime = { ...data.REALTIME, at_stripe: { standing, checked_at: data.ago(0) } };
    await portal.launch(page, "/stripe");
    await expect(page.getByText(says, { exact: true })).toBeVisible();
    await page.getByRole("button", { name: "Create a new endpoint" }).click();
    await expect(page.getByText(says, { exact: true })).toBeHidden();
    await expect(page.getByText("Stripe reports every movement to this app.")).toBeVisible();
    expect(portal.calls.filter((call) => call === "POST /stripe/webhook")).toHaveLength(1);
  });
}

test("Stripe is asked when the card is opened, and not with every look", async ({ page }) => {
  const looks: (string | null)[] = [];
  const portal = new MockPortal();
  portal.replies.set("GET /stripe/webhook", ({ query }) => {
    looks.push(query.get("look"));
    return { status: 200, body: portal.realtime };
  });
  await portal.launch(page, "/stripe");
  await expect(page.getByRole("heading", { name: "Real time" })).toBeVisible();
  await page.clock.fastForward(16_000);
  await expect.poll(() => looks.length).toBeGreaterThan(1);
  expect(looks.slice(0, 2)).toEqual(["true", "false"]);
});

test("an account at its endpoint limit shows which endpoints could be deleted, and where", async ({
  page,
}) => {
  const portal = new MockPortal();
  const more = { limit: true, endpoints: data.ENDPOINTS, detail: "This account is full." };
  portal.realtime = { ...data.REALTIME, at_stripe: { standing: "gone", checked_at: data.ago(0) } };
  portal.replies.set("POST /stripe/webhook", problem(422, "webhook_refused", "Refused", more));
  await portal.launch(page, "/stripe");
  await page.getByRole("button", { name: "Create a new endpoint" }).click();
  const alert = page
    .getByRole("alert")
    .filter({ hasText: "as many webhook endpoints as Stripe allows" });
  await expect(alert.getByRole("listitem")).toHaveCount(data.ENDPOINTS.length);
  await expect(alert.getByRole("listitem").first()).toContainText("disabled");
  await expect(alert.getByRole("link", { name: "we_1Other00" })).toHaveAttribute(
    "href",
    "https://dashboard.stripe.com/test/webhooks/we_1Other00",
  );
});

test("a certificate's file can be saved, opened and copied", async ({ page }) => {
  const portal = new MockPortal();
  portal.replies.set(`GET /certificates/${data.PROOF.id}/table`, {
    status: 200,
    raw: "balance,currency\npayments,USD\n",
  });
  await portal.launch(page, `/certificates/${data.PROOF.id}`);
  const saved = page.waitForEvent("download");
  await page.getByRole("button", { name: "CSV" }).click();
  expect((await saved).suggestedFilename()).toBe(`certificate-${data.PROOF.id}.csv`);
  const link = page.getByRole("link", { name: `Save certificate-${data.PROOF.id}.csv` });
  await expect(link).toBeVisible();
  await expect(link).toHaveAttribute("href", /^blob:/);
  await expect(page.getByRole("link", { name: "Open it in a new tab" })).toBeVisible();
  await page.getByText("Nothing was saved? Copy its text").click();
  await expect(page.getByLabel(`Text of certificate-${data.PROOF.id}.csv`)).toHaveValue(
    "balance,currency\npayments,USD\n",
  );
});
