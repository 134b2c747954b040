/** The three pictures of the README: small, and of an account with plain figures. */

import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import * as data from "../../mock/data.ts";
import { MockPortal } from "../../mock/portal.ts";

const FOLDER =
  process.env.PICTURES_DIR ?? new URL("../../../../infra/images", import.meta.url).pathname;
const MOST_BYTES = 150_000;
const WIDTH = 1200;

/** Balances as a shop has them; the mock's own are as large as they get. */
function plain(portal: MockPortal): void {
  const usd = "37192438";
  const lines = data.PROOF.lines
    .filter(({ currency }) => ["USD", "JPY"].includes(currency))
    .map((line) =>
      line.currency === "USD" ? { ...line, stripe: usd, ledger: usd, expected: usd } : line,
    );
  portal.overview.last_proof = { ...data.PROOF, lines };
  // What the sentence of state says is true of each day.
  portal.reports.differing = [];
}

interface Picture {
  name: string;
  path: string;
  shows: string;
  height: number;
  scheme: "light" | "dark";
  /** What is open at Stripe, by kind. */
  open: string[];
}

const PICTURES: Picture[] = [
  {
    name: "overview",
    path: "/",
    shows: "Money by day",
    height: 1240,
    scheme: "light",
    open: ["dispute"],
  },
  {
    name: "payout",
    path: `/payouts/${data.PAYOUT_DETAIL.id}`,
    shows: "See it at Stripe",
    height: 1200,
    scheme: "light",
    open: [],
  },
  {
    name: "statement",
    path: "/statements",
    shows: "Final",
    height: 1200,
    scheme: "dark",
    open: [],
  },
];

for (const { name, path, shows, height, scheme, open } of PICTURES) {
  test(`the README's picture of the ${name}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    await page.setViewportSize({ width: WIDTH, height });
    const portal = new MockPortal();
    plain(portal);
    portal.objects = portal.objects.filter(({ kind }) => open.includes(kind));
    await portal.launch(page, path);
    await expect(page.getByText(shows).first()).toBeVisible();
    await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
    const file = join(FOLDER, `portal-${name}.png`);
    mkdirSync(FOLDER, { recursive: true });
    await page.screenshot({ path: file });
    expect(statSync(file).size, name).toBeLessThanOrEqual(MOST_BYTES);
  });
}
