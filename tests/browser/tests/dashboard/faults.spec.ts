/** The panel of faults: what is set there happens to the next call, and no more once it is removed. */

import { expect, test } from "@playwright/test";
import { Ledger } from "../../world.ts";

test("a rate limit is set in the panel, the next call meets it, and it is removed", async ({
  page,
}) => {
  const ledger = await Ledger.open("faults");
  await page.goto(ledger.at("/"));
  await page.getByRole("link", { name: "Faults" }).click();
  const form = page.getByRole("region", { name: "Add a fault" });
  await form.getByRole("button", { name: /^Rate limited/ }).click();
  await expect(form.getByLabel("Answer with status")).toHaveValue("429");
  await form.getByLabel("Surface").selectOption("core");
  await form.getByLabel("Route").fill("/ledgers");
  await form.getByLabel("Scope").fill(ledger.instance);
  await form.getByLabel("Then hit").fill("0");
  await form.getByRole("button", { name: "Add fault" }).click();

  const own = page
    .getByRole("region", { name: "In force" })
    .getByRole("listitem")
    .filter({ hasText: ledger.instance });
  await expect(own).toContainText("Answers 429 (Retry-After: 2).");
  await expect(own).toContainText("hit 0 of 0 matching calls");
  const refused = await ledger.call("GET", "/ledgers");
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "2"]);
  expect((await ledger.call("GET", "/balances")).status, "another route").toBe(200);
  await expect(own).toContainText("hit 1 of 1 matching call");
  await page.getByLabel("Calls of").selectOption(ledger.instance);
  const counted = page
    .getByRole("table", { name: "Calls" })
    .getByRole("row")
    .filter({ hasText: "GET /ledgers" });
  await expect(counted).toContainText("429 × 1");

  await own.getByRole("button", { name: /^Remove the fault of core/ }).click();
  await expect(own).toHaveCount(0);
  expect((await ledger.call("GET", "/ledgers")).status).toBe(200);
});

test("fields by hand: a body to the letter, a lost answer; what cannot be meant is said", async ({
  page,
}) => {
  const ledger = await Ledger.open("hand");
  await page.goto(ledger.at("/faults"));
  const form = page.getByRole("region", { name: "Add a fault" });
  const add = form.getByRole("button", { name: "Add fault" });
  await form.getByLabel("Surface").selectOption("core");
  await form.getByLabel("Method").selectOption("POST");
  await form.getByLabel("Route").fill("/transactions");
  await form.getByLabel("Scope").fill(ledger.instance);
  await form.getByLabel("Answer with status").fill("409");
  await form.getByLabel("Body of that answer").fill('{"amount": 9007199254740993}');
  await form.getByLabel("Headers of that answer").fill("no header");
  await add.click();
  await expect(form.getByRole("alert")).toContainText("A header is written Name: value");
  await form.getByLabel("Headers of that answer").fill("X-Odd: 1");
  await add.click();
  await expect(page.getByText("The fault is in force.")).toBeVisible();
  const entry = {
    precise_amount: 1,
    precision: 100,
    currency: "USD",
    description: "d",
    source: "@a",
  };
  const body = { ...entry, destination: "@b", allow_overdraft: true, skip_queue: true };
  const refused = await ledger.call("POST", "/transactions", { ...body, reference: "refused" });
  expect([refused.status, refused.headers.get("x-odd")]).toEqual([409, "1"]);
  expect(await refused.text()).toBe('{"amount": 9007199254740993}');

  await form.getByRole("button", { name: /^Dropped after/ }).click();
  await expect(form.getByLabel("Body of that answer")).toHaveValue("");
  await add.click();
  const own = page
    .getByRole("region", { name: "In force" })
    .getByRole("listitem")
    .filter({ hasText: ledger.instance });
  await expect(own).toHaveCount(2);
  const lost = ledger.call("POST", "/transactions", { ...body, reference: "lost" });
  await expect(lost).rejects.toThrow();
  await page.goto(ledger.at("/ledger", { view: "transactions" }));
  const rows = page.getByRole("table", { name: "Transactions" }).locator("tbody").getByRole("row");
  await expect(rows).toHaveCount(1);
  await expect(rows.first()).toContainText("lost");
  await page.goto(ledger.at("/faults"));
  for (const left of [1, 0]) {
    await own.getByRole("button").first().click();
    await expect(own).toHaveCount(left);
  }
});
