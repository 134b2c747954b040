/** The ledger's explorer: links of apps show exactly what they name, and every place can be gone back to. */

import { expect, type Page, test } from "@playwright/test";
import { expectAccessible } from "../../axe.ts";
import { Ledger } from "../../world.ts";

function rows(page: Page, table: string) {
  return page.getByRole("table", { name: table }).locator("tbody").getByRole("row");
}

/** 23 entries of one payout, newest first, then three of another. */
async function payouts(ledger: Ledger): Promise<void> {
  for (let at = 1; at <= 3; at += 1)
    await ledger.post({
      reference: `other_${at}`,
      precise_amount: at,
      meta_data: { payout: "po_2" },
    });
  for (let at = 1; at <= 23; at += 1)
    await ledger.post({
      reference: `own_${at}`,
      precise_amount: 123_400 + at,
      meta_data: { payout: "po_1" },
    });
}

test("an app's link shows the rows it filters, page by page, and back leads back", async ({
  page,
}) => {
  const ledger = await Ledger.open("links");
  await payouts(ledger);
  await page.goto(
    ledger.at("/cloud/transactions", { filters: "metadata.payout_eq=po_1", page: "1" }),
  );
  await expect(rows(page, "Transactions")).toHaveCount(20);
  await expect(rows(page, "Transactions").filter({ hasText: "other_" })).toHaveCount(0);
  await expect(page.getByText("metadata.payout is po_1")).toBeVisible();
  await expect(rows(page, "Transactions").first()).toContainText("1,234.23 USD");

  await page.getByRole("link", { name: "Next page" }).press("Enter");
  await expect(rows(page, "Transactions")).toHaveCount(3);
  await expect(rows(page, "Transactions").first()).toContainText("own_3");
  await page.reload();
  await expect(rows(page, "Transactions")).toHaveCount(3);
  await page.goBack();
  await expect(rows(page, "Transactions")).toHaveCount(20);

  await page.getByLabel("Reference", { exact: true }).fill("own_2");
  await expect(rows(page, "Transactions")).toHaveCount(5);
  await page.getByLabel("How the reference is compared").selectOption("is exactly");
  await expect(rows(page, "Transactions")).toHaveCount(1);
  await page.getByLabel("Status").selectOption("REJECTED");
  await expect(page.getByText("No transaction matches.")).toBeVisible();
  await page.goBack();
  await expect(rows(page, "Transactions")).toHaveCount(1);
  await page.goBack();
  await expect(rows(page, "Transactions")).toHaveCount(5);
  await page.getByRole("link", { name: "Remove the filter metadata.payout is po_1" }).click();
  await expect(page.getByText("metadata.payout is po_1")).toHaveCount(0);
  await expect(rows(page, "Transactions"), "the reference still counts").toHaveCount(5);

  await page.goto(ledger.at("/cloud/transactions", { filters: "no_such_eq=1", page: "1" }));
  await expect(page.getByRole("alert")).toContainText("no_such");
  await expect(rows(page, "Transactions").filter({ hasText: "own_" })).toHaveCount(0);
});

test("from an identity's link to its balance, to an entry, to the other side, and all the way back", async ({
  page,
}) => {
  const ledger = await Ledger.open("identity");
  const person = { first_name: "Ada", last_name: "L.", meta_data: { customer: "cus_1" } };
  const identity = await ledger.create("/identities", person, "identity_id");
  const own = { ledger_id: "general_ledger_id", currency: "USD", identity_id: identity };
  const balance = await ledger.create("/balances", own, "balance_id");
  await ledger.post({ reference: "in_1", precise_amount: 500, destination: balance });
  await ledger.post({ reference: "in_2", precise_amount: 250, destination: balance });
  await ledger.post({ reference: "out_1", precise_amount: 100, source: balance });

  await page.goto(ledger.at("/cloud/identities/details", { id: identity }));
  await expect(page.getByRole("heading", { name: "Ada L." })).toBeVisible();
  await expect(page.getByRole("group", { name: "Metadata as JSON" })).toContainText(
    '"customer": "cus_1"',
  );
  await expect(rows(page, "Balances")).toHaveCount(1);
  await rows(page, "Balances").getByRole("link", { name: balance }).press("Enter");

  const cells = (row: number) => rows(page, "Entries").nth(row).getByRole("cell");
  await expect(rows(page, "Entries")).toHaveCount(3);
  await expect(cells(0).nth(2)).toContainText("1.00");
  await expect(cells(0).nth(4)).toContainText("6.50");
  await expect(cells(1).nth(3)).toContainText("2.50");
  await expect(cells(1).nth(4)).toContainText("7.50");
  await expect(page.getByText("6.50 USD")).toBeVisible();

  await rows(page, "Entries").getByRole("link", { name: "out_1" }).click();
  await expect(page.getByRole("heading", { name: "out_1" })).toBeVisible();
  await page.getByRole("link", { name: "@shop" }).click();
  await expect(page.getByRole("heading", { name: "@shop" })).toBeVisible();
  await page.goBack();
  await page.goBack();
  await page.goBack();
  await expect(page.getByRole("heading", { name: "Ada L." })).toBeVisible();
  await expect(rows(page, "Balances")).toHaveCount(1);
});

test("every place fits 320 to 1440 px, light and dark, and axe finds nothing", async ({ page }) => {
  test.setTimeout(180_000);
  const ledger = await Ledger.open("fits");
  const long = "stripe_test_acct_1abcDEF_txn_1QxYzAbCdEfGhIjK";
  await payouts(ledger);
  const body = {
    source: "@stripe_test_acct_1abcDEF_clearing",
    destination: "@stripe_test_acct_1abcDEF_available",
  };
  const id = await ledger.post({ ...body, reference: long, precise_amount: 1_234_567 });
  const faults: string[] = [];
  page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
  page.on("pageerror", (error) => faults.push(String(error)));
  const places = [
    ledger.at("/ledger"),
    ledger.at("/ledger", { view: "transactions", filters: "metadata.payout_eq=po_1&unknown=1" }),
    ledger.at("/ledger", { view: "transaction", id }),
    ledger.at("/ledger", { view: "balances" }),
    ledger.at("/faults"),
  ];
  for (const place of places) {
    await page.goto(place);
    await expect(page.getByText("Loading…")).toHaveCount(0);
    for (const width of [320, 768, 1440]) {
      await page.setViewportSize({ width, height: 900 });
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(overflow, `${place} at ${width} px`).toBeLessThanOrEqual(0);
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        await expectAccessible(page, `${place} at ${width} px, ${colorScheme}`);
      }
    }
  }
  expect(faults).toEqual([]);
});
