/** In the dashboard's frame, where the browser refuses storage: what is read there, in both languages. */

import { expect, type FrameLocator, test } from "@playwright/test";
import { LANGUAGES, openFramed } from "../../frame.ts";
import * as data from "../../mock/data.ts";
import { MockPortal } from "../../mock/portal.ts";

/** Names that the way is found by, and words that must be there. */
const NAMES = {
  en: {
    searchFor: "What to search for",
    search: "Search",
    inLedger: "In the ledger",
    atStripe: /At Stripe/,
    problem: "Refused by the ledger: not valid",
    unknown: "Neither Stripe nor the ledger knows this",
    period: "Period",
    statement: "Payments · USD",
    charges: /^Charges.*−10,842\.05/,
    ending: /^Ending balance.*371,924\.38/,
    ready: (name: string) => `${name} is ready`,
    save: (name: string) => `Save ${name}`,
    copy: "Nothing was saved? Copy its text",
    journal: "Journal summary",
    balanced: "Debits equal credits.",
    status: "Status",
    failed: "Failed",
    every: "Every status",
    reconciled: /Reconciled/,
    payout: "Payout of 24,000.00 USD",
    deposit: "Deposit",
    members: "Movements that this payout settled",
    more: "Load more",
    missing: "Not in the ledger",
    range: "7 days",
    asTable: "Show as a table",
    sunday: "−24,000.00",
  },
  de: {
    searchFor: "Wonach gesucht wird",
    search: "Suchen",
    inLedger: "Im Hauptbuch",
    atStripe: /Bei Stripe/,
    problem: "Vom Hauptbuch abgelehnt: ungültig",
    unknown: "Weder Stripe noch das Hauptbuch kennt das",
    period: "Zeitraum",
    statement: "Zahlungen · USD",
    charges: /^Zahlungen.*−10\.842,05/,
    ending: /^Endsaldo.*371\.924,38/,
    ready: (name: string) => `${name} ist bereit`,
    save: (name: string) => `${name} speichern`,
    copy: "Nichts gespeichert? Text kopieren",
    journal: "Journalsummen",
    balanced: "Soll und Haben sind gleich.",
    status: "Stand",
    failed: "Fehlgeschlagen",
    every: "Jeder Stand",
    reconciled: /Abgestimmt/,
    payout: "Auszahlung von 24.000,00 USD",
    deposit: "Gutschrift",
    members: "Bewegungen, die diese Auszahlung abrechnete",
    more: "Mehr laden",
    missing: "Nicht im Hauptbuch",
    range: "7 Tage",
    asTable: "Als Tabelle zeigen",
    sunday: "−24.000,00",
  },
};

const place = (frame: FrameLocator, path: string) =>
  frame.locator(`nav a[href$="p=${path}"]`).first();

for (const language of LANGUAGES) {
  const names = NAMES[language];
  const languages = [language];

  test(`in ${language}: a search leads to both sides, and one that finds nothing says so`, async ({
    page,
  }) => {
    const portal = new MockPortal();
    const frame = await openFramed(page, portal, { path: "/settings", languages });
    const box = frame.getByRole("banner").getByRole("textbox");
    await box.fill(" ada@example.com ");
    await box.press("Enter");
    const found = frame.getByTestId("movement");
    await expect(found.getByText(names.inLedger, { exact: true })).toBeVisible();
    const links = found.getByRole("link", { name: names.atStripe });
    // A frame would be left by a link that opens in it.
    await expect(links.first()).toHaveAttribute("target", "_blank");
    expect(portal.reports.searches).toEqual([{ query: "ada@example.com" }]);
    for (const other of page.frames()) expect(other.url()).not.toContain("ada");
    await expect(found.getByRole("link", { name: names.problem })).toBeVisible();

    portal.reports.found = structuredClone(data.NOT_FOUND);
    await frame.getByLabel(names.searchFor).fill("ch_nobody");
    await frame.getByRole("main").getByRole("button", { name: names.search }).click();
    await expect(frame.getByText(names.unknown).last()).toBeVisible();
    await expect.poll(() => portal.reports.searches.at(-1)).toEqual({ query: "ch_nobody" });
  });

  test(`in ${language}: a month's statement is chosen, read and saved as CSV, then its journal`, async ({
    page,
  }) => {
    const portal = new MockPortal();
    const asked: string[] = [];
    const table = "balance,currency\npayments,USD\n";
    portal.replies.set("GET /statements.csv", ({ query }) => {
      asked.push(query.toString());
      return { status: 200, raw: table };
    });
    const frame = await openFramed(page, portal, { languages });
    await place(frame, "/statements").click();
    await frame.getByLabel(names.period).selectOption("2026-09");
    const usd = frame.getByRole("table", { name: names.statement });
    await expect(usd.getByRole("row", { name: names.charges })).toBeVisible();
    await expect(usd.getByRole("row", { name: names.ending })).toBeVisible();

    const name = "statement-2026-09-01-2026-09-30.csv";
    const download = page.waitForEvent("download");
    await frame.getByRole("button", { name: "CSV" }).click();
    expect((await download).suggestedFilename()).toBe(name);
    expect(asked).toEqual(["from=2026-09-01&to=2026-09-30"]);
    // A frame that may not save files silently drops them: the file can also be opened and copied.
    await expect(frame.getByText(names.ready(name))).toBeVisible();
    await expect(frame.getByRole("link", { name: names.save(name) })).toHaveAttribute(
      "download",
      name,
    );
    await frame.getByText(names.copy).click();
    await expect(frame.locator("textarea")).toHaveValue(table);

    await frame.getByRole("radio", { name: names.journal }).check();
    await expect(frame.getByText(names.balanced)).toBeVisible();
  });

  test(`in ${language}: a payout is found by its status and read to its last movement`, async ({
    page,
  }) => {
    const portal = new MockPortal();
    const frame = await openFramed(page, portal, { languages });
    await place(frame, "/payouts").click();
    await expect(frame.getByRole("row")).toHaveCount(6);
    await frame.getByLabel(names.status).selectOption(names.failed);
    await expect(frame.getByRole("row")).toHaveCount(2);
    await frame.getByLabel(names.status).selectOption(names.every);
    await frame.getByRole("row", { name: names.reconciled }).getByRole("link").click();
    await expect(frame.getByRole("heading", { name: names.payout })).toBeVisible();
    await expect(frame.getByRole("table").first().getByRole("row").last()).toContainText(
      names.deposit,
    );
    const members = frame.getByRole("table", { name: names.members });
    for (const rows of [201, 301]) {
      await frame.getByRole("button", { name: names.more }).click();
      await expect(members.getByRole("row")).toHaveCount(rows);
    }
    await expect(frame.getByRole("button", { name: names.more })).toHaveCount(0);
    await expect(members.getByRole("row").nth(8)).toContainText(names.missing);
  });

  test(`in ${language}: money by day is read by range and as a table`, async ({ page }) => {
    const frame = await openFramed(page, new MockPortal(), { languages });
    const card = frame.getByTestId("money");
    await card.getByRole("radio", { name: names.range }).check();
    await card.getByRole("button", { name: names.asTable }).click();
    await expect(card.getByRole("row")).toHaveCount(7);
    await expect(card.getByRole("row").filter({ hasText: names.sunday })).toHaveCount(1);
    await expect(frame.getByTestId("calendar").getByRole("alert")).toHaveCount(0);
  });
}
