/** The way from a fresh install to the first match: each step leads to the next, and what is done is not offered again. */

import { expect, type Locator, test } from "@playwright/test";
import { openFramed } from "../../frame.ts";
import * as data from "../../mock/data.ts";
import { MockPortal } from "../../mock/portal.ts";

const PREVIEW_ID = "01JD000000000000000PREVIEW";
/** Within the portal, from its opening to the match. */
const MOST_CLICKS = 8;

/** What the way is found by. */
const NAMES = {
  en: {
    connect: "Connect Stripe",
    key: "Restricted key",
    next: "Next: preview before you post",
    needs: "What the key needs",
    preview: "Preview",
    posts: "What this sync will post",
    start: "Start sync",
    progress: /^\d+% · about \d+ min left$/,
    state: /Syncing: \d+%, about \d+ min left\./,
    read: "700 of 2,000",
    everything: "Everything matches.",
    overview: "Go to Overview",
    match: "Stripe and your ledger match to the cent.",
  },
  de: {
    connect: "Stripe verbinden",
    key: "Eingeschränkter Schlüssel",
    next: "Weiter: Vorschau vor dem Buchen",
    needs: "Was der Schlüssel braucht",
    preview: "Vorschau",
    posts: "Was diese Synchronisierung bucht",
    start: "Synchronisierung starten",
    progress: /^\d+\s?% · /,
    state: /Synchronisierung läuft: \d+\s?%, noch /,
    read: "700 von 2.000",
    everything: "Alles stimmt überein.",
    overview: "Zur Übersicht",
    match: "Stripe und Ihr Hauptbuch stimmen auf den Cent überein.",
  },
};

/** Answers as the API has them on the way, each given when the step before it is done. */
function first(): MockPortal {
  const portal = new MockPortal();
  portal.objects = [];
  portal.beforeFirstSync();
  portal.overview.stripe = null;
  portal.replies.set("POST /stripe", () => {
    portal.overview.stripe = { ...structuredClone(data.STRIPE), confirmed: false };
    return { status: 200, body: { stripe: portal.overview.stripe, replaced: false } };
  });
  // The mock's preview is made at once.
  const preview = data.detail({
    ...data.PREVIEW,
    id: PREVIEW_ID,
    records: 2000,
    requested_at: data.ago(3),
  });
  portal.replies.set(`GET /runs/${PREVIEW_ID}`, () => ({ status: 200, body: preview }));
  portal.replies.set("POST /preview", () => {
    portal.overview.last_preview = PREVIEW_ID;
    return { status: 202, body: { run: preview, created: true } };
  });
  portal.replies.set("POST /runs", () => {
    portal.detail = data.detail(data.RUNNING);
    if (portal.overview.stripe)
      Object.assign(portal.overview.stripe, { current_run: data.RUN_ID, confirmed: true });
    portal.overview.open_run = data.run(data.RUNNING);
    return { status: 202, body: { run: portal.detail, created: true } };
  });
  return portal;
}

for (const [where, language] of [
  ["a tab", "en"],
  ["the dashboard's frame", "en"],
  ["the dashboard's frame", "de"],
] as const) {
  test(`in ${where}, in ${language}: connect, preview, confirm, watch, match, each found where the last one led`, async ({
    page,
  }) => {
    const names = NAMES[language];
    const portal = first();
    if (where === "a tab") await portal.launch(page);
    const view =
      where === "a tab" ? page : await openFramed(page, portal, { languages: [language] });
    let clicks = 0;
    const began = performance.now();
    const click = async (target: Locator) => {
      clicks += 1;
      await target.click();
    };
    await expect(view.locator("main ol > li")).toHaveCount(4);
    await click(view.locator("main").getByRole("link", { name: names.connect }));
    await view.getByLabel(names.key).fill("rk_test_0123456789abcdef");
    await click(view.getByRole("button", { name: names.connect }));
    await expect(view.getByRole("heading", { name: names.next })).toBeInViewport();
    await expect(view.getByText(names.needs)).toHaveCount(0);

    await click(view.getByRole("button", { name: names.preview, exact: true }));
    await expect(view.getByRole("heading", { name: names.posts })).toBeVisible();
    await page.clock.runFor(6_000);
    await click(view.getByRole("button", { name: names.start }));
    await click(view.getByRole("dialog").getByRole("button", { name: names.start }));
    await expect(view.getByTestId("progress")).toHaveText(names.progress);
    await expect(view.getByTestId("state")).toContainText(names.state);
    await expect(view.getByRole("progressbar")).toBeVisible();
    await expect(view.getByText(names.read)).toBeVisible();

    portal.detail = data.detail();
    portal.overview = structuredClone(data.OVERVIEW);
    portal.overview.last_preview = PREVIEW_ID;
    await page.clock.runFor(6_000);
    await expect(view.getByRole("heading", { name: names.everything })).toBeVisible();
    await click(view.getByRole("link", { name: names.overview }));
    await expect(view.getByRole("heading", { name: names.match })).toBeVisible();
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    process.stdout.write(
      `the way in, in ${where}, in ${language}: ${clicks} clicks, ${seconds} s with answers at once\n`,
    );
    expect(clicks).toBeLessThanOrEqual(MOST_CLICKS);
  });
}

test("a preview that a sync has followed offers nothing that is done", async ({ page }) => {
  const portal = new MockPortal();
  portal.detail = data.detail({ ...data.PREVIEW, requested_at: data.ago(60) });
  portal.overview.last_preview = data.RUN_ID;
  await portal.launch(page, `/runs/${data.RUN_ID}`);
  await expect(page.getByText("A later sync has posted this.")).toBeVisible();
  await expect(page.getByRole("link", { name: "See the last sync" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Start sync" })).toHaveCount(0);
  await expect(page.getByText("What this sync will post")).toHaveCount(0);
});

test("a preview that finds a ledger in another unit is blocked, and says what to do", async ({
  page,
}) => {
  const portal = new MockPortal();
  portal.beforeFirstSync();
  const preview = { ...data.PREVIEW.preview, conflicts: [data.CONFLICT] };
  portal.detail = data.detail({ ...data.PREVIEW, preview });
  await portal.launch(page, `/runs/${data.RUN_ID}`);
  await expect(page.getByText("Blocked", { exact: true })).toBeVisible();
  await expect(page.getByText("Completed", { exact: true })).toHaveCount(0);
  await expect(page.getByRole("alert")).toContainText(
    "Use another Blnk instance for this Stripe account",
  );
  await expect(page.getByRole("button", { name: "Start sync" })).toHaveCount(0);
  await expect(
    page.getByText("The sync can’t start while a currency can’t be posted."),
  ).toBeVisible();
});

test("a row of totals adds up to its net change", async ({ page }) => {
  const portal = new MockPortal();
  await portal.launch(page, `/runs/${data.RUN_ID}`);
  const row = page
    .getByRole("table", { name: "Totals by balance and currency" })
    .getByRole("row")
    .nth(1);
  await expect(row.getByRole("cell")).toHaveCount(5);
  const cells = await row.getByRole("cell").allTextContents();
  const minor = cells.map((text) => BigInt(text.replace(/[^\d−]/g, "").replace("−", "-")));
  const net = minor.pop();
  expect(minor.reduce((sum, part) => sum + part, 0n)).toBe(net);
});
