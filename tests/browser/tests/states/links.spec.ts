/** Every record leads to its place at Stripe and in Blnk's dashboard; without a dashboard there is no link to one. */

import { expect, type Page } from "@playwright/test";
import * as data from "../../mock/data.ts";
import { MockPortal } from "../../mock/portal.ts";
import { test } from "../../shared-page.ts";

const DASHBOARD = data.OVERVIEW.links.dashboard_url;

/** Places with a text that is there once all is read, and what leads out of them. */
const PLACES: { path: string; shows: string; stripe: string[]; ledger: boolean }[] = [
  { path: "/", shows: "Dispute over", stripe: ["du_1Q2w3E4r5T6y7U8i"], ledger: false },
  {
    path: "/problems",
    shows: "Select all 2",
    stripe: ["du_1Q2w3E4r5T6y7U8i", "po_1Q2w3E4r5T6y7U8i", "txn_1Q2w3E4r5T"],
    ledger: true,
  },
  {
    path: `/certificates/${data.PROOF_MISMATCH.id}`,
    shows: "2 entries cause it",
    stripe: ["txn_3PqA9bLq8hT2c4K71hG5sD2f"],
    ledger: true,
  },
  {
    path: `/payouts/${data.PAYOUT_DETAIL.id}`,
    shows: "In the ledger",
    stripe: [data.PAYOUT_DETAIL.id, "ch_1Member0"],
    ledger: true,
  },
  {
    path: `/search&id=${data.PAYOUT_DETAIL.id}`,
    shows: "Ledger entries",
    stripe: ["ch_1Found00000000000", "txn_1Found00000000000", "cus_Example"],
    ledger: true,
  },
  { path: "/stripe", shows: "Replace key", stripe: [data.STRIPE.account_id], ledger: false },
];

function hrefs(page: Page): Promise<string[]> {
  return page
    .locator("main a[target=_blank]")
    .evaluateAll((links) => links.map((link) => link.getAttribute("href") ?? ""));
}

for (const { path, shows, stripe, ledger } of PLACES) {
  test(`${path}: its records lead to Stripe, and to the dashboard where there is one`, async ({
    page,
  }) => {
    const portal = new MockPortal();
    portal.certificate = structuredClone(data.PROOF_MISMATCH);
    await portal.launch(page, path);
    await expect(page.getByText(shows).first()).toBeVisible();
    const out = await hrefs(page);
    for (const id of stripe)
      expect(
        out.some((href) => href.startsWith("https://dashboard.stripe.com/") && href.includes(id)),
        id,
      ).toBe(true);
    expect(out.some((href) => href.startsWith(DASHBOARD))).toBe(ledger);
  });
}

test("self-hosted, without a dashboard's address, no link leads to one", async ({ page }) => {
  const portal = new MockPortal();
  Object.assign(portal.overview.links, { dashboard_url: null });
  portal.certificate = structuredClone(data.PROOF_MISMATCH);
  for (const movement of portal.reports.found.movements) {
    movement.ledger_url = null;
    for (const entry of movement.entries) entry.ledger_url = null;
  }
  await portal.launch(page);
  for (const { path, shows } of PLACES) {
    await page.evaluate((place) => {
      window.location.hash = `#p=${place}`;
    }, path);
    await expect(page.getByText(shows).first(), path).toBeVisible();
    const out = await hrefs(page);
    expect(out.length, path).toBeGreaterThan(0);
    expect(
      out.filter((href) => !href.startsWith("https://dashboard.stripe.com/")),
      path,
    ).toEqual([]);
  }
});
