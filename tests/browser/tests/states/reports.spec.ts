/** What a person does with statements, the pictures, payouts, the search and the activity. */

import { expect } from "@playwright/test";
import * as data from "../../mock/data.ts";
import { MockPortal, problem } from "../../mock/portal.ts";
import { test } from "../../shared-page.ts";

test("a month is chosen, read as Stripe's report has it, and saved as a table", async ({
  page,
}) => {
  const portal = new MockPortal();
  const asked: string[] = [];
  portal.replies.set("GET /statements.csv", ({ query }) => {
    asked.push(query.toString());
    return { status: 200, raw: "balance,currency\npayments,USD\n" };
  });
  await portal.launch(page);
  await page
    .getByRole("navigation", { name: "Main" })
    .getByRole("link", { name: "Statements" })
    .click();
  await expect(page.getByRole("heading", { name: "Statements" })).toBeFocused();
  // Without a choice it is the last whole month.
  await expect(page.getByLabel("Period")).toHaveValue("2026-10");
  await page.getByLabel("Period").selectOption("2026-09");
  await expect(page).toHaveURL(/month=2026-09/);
  const usd = page.getByRole("table", { name: "Payments · USD" });
  await expect(usd.getByRole("row", { name: /^Charges/ })).toContainText("−10,842.05");
  await expect(usd.getByRole("row", { name: /^Ending balance/ })).toContainText("371,924.38");
  await expect(page.getByText("All days are UTC days")).toBeVisible();
  await page.getByRole("button", { name: "CSV" }).click();
  await expect(page.getByText("statement-2026-09-01-2026-09-30.csv is ready")).toBeVisible();
  expect(asked).toEqual(["from=2026-09-01&to=2026-09-30"]);
});

test("each statement leads to Stripe's own balance summary, on paper too", async ({ page }) => {
  const portal = new MockPortal();
  const [usd, jpy] = portal.reports.statements.statements;
  if (!usd || !jpy) throw new Error("two statements");
  usd.opening_dated_later = "-5000";
  const none = { count: 0, amount: "0" };
  const summary = { starting_balance: "0", activity: "177376", payouts: "0", opening: "120000" };
  const same = {
    reserved_at_start: "0",
    reserved_at_end: "0",
    payouts_in_transit_at_start: none,
    payouts_in_transit_at_end: none,
    balance_summary: { ...summary, ending_balance: "297376" },
  };
  await portal.launch(page, "/statements");
  const table = page.getByRole("table", {
    name: "To Stripe’s own balance summary: Payments in USD",
  });
  const rows = {
    "In reserves at the start": "2,500.00",
    "In reserves at the end": "2,500.00",
    "Payouts in transit at the start": "0.00",
    "Payouts in transit at the end": "1,842.50",
    "Stripe’s starting balance": "96,620.50",
    "Stripe’s balance change from activity": "3,542,847.98",
    "Payouts that arrived": "−3,263,201.60",
    "Stripe’s ending balance": "376,266.88",
  };
  const seen = async () => {
    for (const [name, amount] of Object.entries(rows))
      await expect(table.getByRole("row", { name: new RegExp(`^${name}`) })).toContainText(amount);
  };
  await seen();
  const statement = page.getByRole("table", { name: "Payments · USD", exact: true });
  await expect(statement.getByRole("row", { name: /dated later in the ledger/ })).toContainText(
    "−50.00",
  );
  // Where not all payouts are known, only their sum is told, once for all.
  await expect(
    page.getByText("not all payouts that were on their way have been read"),
  ).toBeVisible();
  await expect(
    page.getByRole("row", { name: /^USD · Payouts in transit at the end/ }),
  ).toBeVisible();
  await page.emulateMedia({ media: "print" });
  await seen();
  await page.emulateMedia({ media: "screen" });
  Object.assign(jpy, { reconciliation: same });
  await page.reload();
  await expect(page.getByText("has the same figures: nothing was in reserves")).toBeVisible();
  await expect(page.getByRole("row", { name: /^USD · Payouts in transit/ })).toHaveCount(0);
  await expect(page.getByRole("row", { name: /^USD · Disputes without a decision/ })).toBeVisible();
});

test("days are chosen only as a period that can be shown", async ({ page }) => {
  const portal = new MockPortal();
  await portal.launch(page, "/statements");
  await page.getByLabel("Period").selectOption("Chosen days");
  await page.getByLabel("First day").fill("2026-01-01");
  await expect(page.getByRole("alert")).toContainText("at most 92 days");
  await expect(page.getByRole("button", { name: "Show", exact: true })).toBeDisabled();
  await page.getByLabel("First day").fill("2026-10-20");
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await expect(page).toHaveURL(/from=2026-10-20&to=2026-10-31/);
});

test("on paper there is the statement and nothing else", async ({ page }) => {
  const portal = new MockPortal();
  await portal.launch(page, "/statements");
  const usd = page.getByRole("table", { name: "Payments · USD" });
  await expect(usd).toBeVisible();
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  await expect(usd).toBeVisible();
  await expect(page.getByText("Northwind Traders Ltd", { exact: true })).toHaveCount(2);
  await expect(page.getByRole("banner")).toBeHidden();
  await expect(page.getByRole("contentinfo")).toBeHidden();
  await expect(page.getByRole("button", { name: "Print or save as PDF" })).toBeHidden();
  await expect(page.getByTestId("state")).toBeHidden();
});

test("a journal balances, over the period and day by day", async ({ page }) => {
  const portal = new MockPortal();
  await portal.launch(page, "/statements");
  await page.getByRole("radio", { name: "Journal summary" }).check();
  const lines = page.getByRole("table", { name: "Journal summary in USD" });
  const total = lines.getByRole("row", { name: /^Total/ }).getByRole("cell");
  await expect(total).toHaveText(["3,580,722.08", "3,580,722.08"]);
  await page.getByRole("radio", { name: "Day by day" }).check();
  await expect(total).toHaveText(["2,400.00", "2,400.00"]);
  await expect(page.getByText("Debits equal credits.")).toBeVisible();
});

test("money by day is read by keys, by range, by currency and as a table", async ({ page }) => {
  const portal = new MockPortal();
  await portal.launch(page);
  const card = page.getByTestId("money");
  await expect(card.getByRole("img", { name: /Bar chart of money by day in USD/ })).toBeVisible();
  await expect(
    card.getByRole("heading", { name: "Oct 26, 2026 – Nov 24, 2026, UTC" }),
  ).toBeVisible();
  const slider = card.getByRole("slider", { name: "Day" });
  await slider.focus();
  await page.keyboard.press("ArrowLeft");
  await expect(card.getByRole("heading", { name: "Nov 23, 2026, UTC" })).toBeVisible();
  await expect(slider).toHaveAttribute("aria-valuetext", /^Nov 23, 2026: \+4,\d{3}\.\d\d USD$/);
  await card.getByRole("radio", { name: "7 days" }).check();
  await expect(
    card.getByRole("heading", { name: "Nov 18, 2026 – Nov 24, 2026, UTC" }),
  ).toBeVisible();
  await card.getByRole("button", { name: "Show as a table" }).click();
  await expect(card.getByRole("row")).toHaveCount(7);
  await expect(card.getByRole("row", { name: /Nov 22, 2026/ })).toContainText("−24,000.00");
  await card.getByLabel("Currency").selectOption("JPY");
  await expect(card.getByRole("row", { name: /Nov 21, 2026/ })).toContainText("177,376");
  await expect(page.getByTestId("calendar")).toContainText(
    "4 days match, 0 differ, 2 are not compared yet.",
  );
});

test("a payout is found by its filter, and read to its last movement", async ({ page }) => {
  const portal = new MockPortal();
  await portal.launch(page, "/payouts");
  await expect(page.getByRole("row")).toHaveCount(6);
  await page.getByLabel("Status").selectOption("Failed");
  await expect(page.getByRole("row")).toHaveCount(2);
  await page.getByLabel("Status").selectOption("Every status");
  await page
    .getByRole("row", { name: /Reconciled/ })
    .getByRole("link")
    .click();
  await expect(page.getByRole("heading", { name: "Payout of 24,000.00 USD" })).toBeVisible();
  const deposit = page
    .getByRole("table", { name: "Movements by kind in USD" })
    .getByRole("row")
    .last();
  await expect(deposit).toContainText("Deposit");
  const members = page.getByRole("table", { name: "Movements that this payout settled" });
  await expect(members.getByRole("row")).toHaveCount(101);
  for (const rows of [201, 301]) {
    await page.getByRole("button", { name: "Load more" }).click();
    await expect(members.getByRole("row")).toHaveCount(rows);
  }
  await expect(page.getByRole("button", { name: "Load more" })).toHaveCount(0);
  expect(portal.calls.filter((call) => call.endsWith("/members"))).toHaveLength(3);
  await expect(members.getByRole("row").nth(8)).toContainText("Not in the ledger");
});

test("a search from any screen leads to both sides, and its words stand in no address", async ({
  page,
}) => {
  const portal = new MockPortal();
  await portal.launch(page, "/settings");
  const box = page.getByRole("banner").getByRole("textbox");
  await box.fill(" ada@example.com ");
  await box.press("Enter");
  const found = page.getByTestId("movement");
  await expect(found.getByText("In the ledger", { exact: true })).toBeVisible();
  await expect(found).toContainText("stripe:txn_1Found00000000000:fee");
  await expect(found.getByRole("link", { name: /At Stripe/ })).toHaveAttribute(
    "href",
    /dashboard\.stripe\.com/,
  );
  expect(portal.reports.searches).toEqual([{ query: "ada@example.com" }]);
  expect(page.url()).not.toContain("ada");
  await found.getByRole("link", { name: "Refused by the ledger: not valid" }).click();
  await expect(page).toHaveURL(/problems\/txn_1Found00000000000/);

  portal.reports.found = structuredClone(data.NOT_FOUND);
  await page
    .getByRole("navigation", { name: "Main" })
    .getByRole("link", { name: "Search" })
    .click();
  await page.getByLabel("What to search for").fill("ch_nobody");
  await page.getByRole("main").getByRole("button", { name: "Search" }).click();
  await expect(page.getByText("Neither Stripe nor the ledger knows this").last()).toBeVisible();
  await expect.poll(() => portal.reports.searches.at(-1)).toEqual({ query: "ch_nobody" });
});

test("a found movement names the payout that settled it, or says why none is named", async ({
  page,
}) => {
  const portal = new MockPortal();
  const [movement] = portal.reports.found.movements;
  if (!movement) throw new Error("a movement");
  const id = data.PAYOUT_DETAIL.id;
  for (const [state, payout, words] of [
    ["settled", id, "Settled by this payout."],
    ["own", id, "This is the payout itself"],
    ["not_available", null, "Pending: its money becomes available on Nov 21, 2026 (UTC)."],
    ["unknown", null, "Cannot be determined here"],
  ] as const) {
    Object.assign(movement, { payout_state: state, payout });
    if (state === "settled") await portal.launch(page, "/search&id=ch_1Found00000000000");
    else await page.reload();
    const facts = page.getByTestId("movement").locator("dl > div");
    const fact = facts.filter({ has: page.getByText("Payout", { exact: true }) });
    await expect(fact).toContainText(words);
    await expect(fact.getByRole("link")).toHaveCount(payout === null ? 0 : 1);
    if (payout)
      await expect(fact.getByRole("link")).toHaveAttribute("href", new RegExp(`p=/payouts/${id}$`));
  }
});

test("a search that is refused says why, once", async ({ page }) => {
  const portal = new MockPortal();
  portal.replies.set(
    "POST /search",
    problem(400, "bad_request", "Bad request", {
      detail: "search for an id, a reference or an amount",
    }),
  );
  await portal.launch(page, "/search&id=ch_1Found00000000000");
  await expect(page.getByText("The request was not accepted")).toHaveCount(1);
});

test("the activity is filtered by kind and saved as it is shown", async ({ page }) => {
  const portal = new MockPortal();
  const asked: string[] = [];
  portal.replies.set("GET /activity.csv", ({ query }) => {
    asked.push(query.toString());
    return { status: 200, raw: "id,at\n" };
  });
  await portal.launch(page, "/settings");
  await page
    .getByRole("navigation", { name: "Settings" })
    .getByRole("link", { name: "Activity" })
    .click();
  await expect(page.getByRole("row")).toHaveCount(6);
  await page.getByLabel("Kind").selectOption("Item dismissed");
  await expect(page.getByRole("row")).toHaveCount(2);
  await expect(page.getByRole("row").last()).toContainText("txn_9Z8x7C6v5B:amount");
  await page.getByRole("button", { name: "CSV" }).click();
  await expect(page.getByText("activity.csv is ready")).toBeVisible();
  expect(asked).toEqual(["kind=problem_dismissed"]);
});

test("the overview names the payout that arrives next, and none where none is announced", async ({
  page,
}) => {
  const portal = new MockPortal();
  const [way] = portal.reports.payouts;
  if (!way) throw new Error("the mock has payouts");
  const later = {
    ...way,
    id: "po_1Later00000000",
    status: "pending",
    arrival: data.ago(-60 * 24 * 6),
  };
  const soon = {
    ...way,
    id: "po_1Soon000000000",
    amount: "480000",
    arrival: "2026-11-26T00:00:00Z",
  };
  portal.reports.payouts = [later, soon];
  await portal.launch(page);
  const fact = page.locator("dl > div").filter({ hasText: "Next payout" });
  await expect(fact).toContainText("4,800.00 USD, arrives Nov 26, 2026 (in 2 days)");
  await fact.getByRole("link").click();
  await expect(page).toHaveURL(/payouts\/po_1Soon000000000/);

  portal.reports.payouts = [{ ...soon, arrival: "2026-11-22T00:00:00Z" }];
  await page.reload();
  await page
    .getByRole("navigation", { name: "Main" })
    .getByRole("link", { name: "Overview" })
    .click();
  await expect(fact).toContainText("4,800.00 USD, was due Nov 22, 2026");

  portal.reports.payouts = [];
  await page.reload();
  await page
    .getByRole("navigation", { name: "Main" })
    .getByRole("link", { name: "Overview" })
    .click();
  await expect(fact).toContainText("None");
});
