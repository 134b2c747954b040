/** Syncs: started, watched, stopped, asked for consent. */

import { expect } from "@playwright/test";
import * as data from "../../mock/data.ts";
import { MockPortal } from "../../mock/portal.ts";
import { test } from "../../shared-page.ts";

test("a first sync is started, watched page by page, and ends in the proof", async ({ page }) => {
  const portal = new MockPortal();
  portal.beforeFirstSync();
  portal.detail = data.detail({ ...data.RUNNING, state: "queued", started_at: null, records: 0 });
  const started: unknown[] = [];
  portal.replies.set("POST /runs", ({ body }) => {
    started.push(body);
    if (portal.overview.stripe) portal.overview.stripe.current_run = data.RUN_ID;
    return { status: 202, body: { run: portal.detail, created: true } };
  });
  await portal.launch(page);
  await page.getByRole("button", { name: "Sync now" }).click();
  const asked = page.getByRole("dialog", { name: "Start the first sync?" });
  await expect(asked.getByRole("button", { name: "Preview first" })).toBeVisible();
  await asked.getByRole("button", { name: "Not now" }).click();
  await expect(asked).toBeHidden();
  expect(started).toEqual([]);
  await page.getByRole("button", { name: "Sync now" }).click();
  await asked.getByRole("button", { name: "Start sync" }).click();
  await expect.poll(() => started).toEqual([{ scope: "new" }]);
  await expect(asked).toBeHidden();

  const course = page.getByRole("list", { name: "Progress of the sync" });
  await expect(course.getByRole("listitem").filter({ hasText: "Queued" })).toHaveAttribute(
    "aria-current",
    "step",
  );
  await expect(page.getByRole("button", { name: "Syncing…" })).toBeDisabled();

  for (const records of [100, 1300]) {
    portal.detail = data.detail({ ...data.RUNNING, records });
    await expect(page.getByTestId("records-read")).toHaveText(records.toLocaleString("en-US"));
  }
  portal.detail = data.detail({ ...data.RUNNING, phase: "proof" });
  await expect(course.getByRole("listitem").filter({ hasText: "Check" })).toHaveAttribute(
    "aria-current",
    "step",
  );

  portal.detail = data.detail();
  portal.overview = structuredClone(data.OVERVIEW);
  await expect(
    page.getByRole("heading", { name: "Stripe and your ledger match to the cent" }),
  ).toBeVisible();
  await expect(page.getByRole("button", { name: "Sync now" })).toBeEnabled();
  const before = portal.calls.length;
  await page.clock.runFor(10_000);
  expect(portal.calls.slice(before).filter((call) => call.startsWith("GET /runs/"))).toEqual([]);

  // Later syncs are one click.
  await page.getByRole("button", { name: "Sync now" }).click();
  await expect.poll(() => started.length).toBe(2);
});

test("a waiting sync shows why, counts down, retries on request, and continues", async ({
  page,
}) => {
  const portal = new MockPortal();
  if (portal.overview.stripe) portal.overview.stripe.current_run = data.RUN_ID;
  portal.detail = data.detail(data.WAITING);
  await portal.launch(page);
  const card = page.getByTestId("open-run");
  await expect(card.getByRole("heading", { name: "A sync is waiting" })).toBeVisible();
  const fact = (name: string) =>
    card.locator("dl > div").filter({ has: page.getByText(name, { exact: true }) });
  await expect(card.getByText("Waiting for Blnk")).toBeVisible();
  await expect(fact("Answer")).toContainText("The ledger is not available");
  await expect(fact("Call")).toContainText("POST /transactions/bulk");
  await expect(fact("Request")).toContainText("req_5f1d0c5b2e9a47d8");
  await expect(fact("Since")).toContainText("7 attempts");
  await expect(fact("Next attempt")).toContainText(/in [89] min \d\d s/);
  await page.clock.runFor(61_000);
  await expect(fact("Next attempt")).toContainText(/in 7 min \d\d s/);
  await expect(card.getByText("Nothing has changed for a while")).toBeHidden();

  await card.getByRole("button", { name: "Try now" }).click();
  await expect.poll(() => portal.calls).toContain("POST /runs");
  portal.detail = data.detail(data.RUNNING);
  // A call that the jump of the clock cut short is made again after a while.
  await expect(async () => {
    await page.clock.runFor(2_000);
    await expect(page.getByRole("heading", { name: "Syncing now" })).toBeVisible({ timeout: 500 });
  }).toPass({ timeout: 20_000 });
  await expect(card.getByText("Waiting for Blnk")).toBeHidden();
});

test("the question before the first sync leads to the preview, and a read-only install is not asked", async ({
  page,
}) => {
  const portal = new MockPortal();
  portal.beforeFirstSync();
  portal.overview.last_preview = data.RUN_ID;
  portal.detail = data.detail(data.PREVIEW);
  await portal.launch(page);
  await page.getByRole("button", { name: "Sync now" }).click();
  await page.getByRole("dialog").getByRole("link", { name: "See the preview first" }).click();
  await expect(page.getByRole("heading", { name: "Preview", exact: true })).toBeVisible();
  expect(portal.calls).not.toContain("POST /runs");

  portal.overview.install.granted_permissions = ["data:read"];
  await page.getByRole("link", { name: "Overview" }).first().click();
  await page.clock.runFor(21_000);
  await expect(page.getByText("Read-only mode", { exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Sync now" }).click();
  await expect.poll(() => portal.calls).toContain("POST /runs");
});

test("the tiles filter the history, its pages add up, and Back returns to the filter", async ({
  page,
}) => {
  const portal = new MockPortal();
  await portal.launch(page, "/syncs");
  const rows = page.getByRole("list", { name: "Syncs" }).getByRole("listitem");
  await expect(rows).toHaveCount(3);
  await page.getByRole("button", { name: "Load more" }).click();
  await expect(rows).toHaveCount(5);
  await expect(page.getByRole("button", { name: "Load more" })).toHaveCount(0);

  await page.getByRole("link", { name: /^Failed/ }).click();
  await expect(rows).toHaveCount(2);
  await expect(page.getByRole("link", { name: /^Failed/ })).toHaveAttribute("aria-current", "true");
  await rows.first().getByRole("link").click();
  await expect(page.getByRole("heading", { name: "Sync", exact: true })).toBeVisible();
  await page.goBack();
  await expect(rows).toHaveCount(2);
});

test("the history is narrowed by who started a sync and by day, and Back widens it again", async ({
  page,
}) => {
  const portal = new MockPortal();
  const asked: string[] = [];
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.pathname.endsWith("/runs")) asked.push(url.search);
  });
  await portal.launch(page, "/syncs");
  const rows = page.getByRole("list", { name: "Syncs" }).getByRole("listitem");
  await expect(rows).toHaveCount(3);
  const all = page.getByRole("link", { name: /^All/ });
  await expect(all).toContainText("48");
  const scheduled = portal.runs.filter(({ trigger }) => trigger === "schedule").length;
  await page.getByLabel("Started by").selectOption("The schedule");
  await expect(rows).toHaveCount(scheduled);
  await expect(page).toHaveURL(/trigger=schedule/);
  // The tiles count all syncs: beside a narrower list they would contradict it.
  await expect(all).not.toContainText("48");
  await page.getByLabel("From day (UTC)").fill("2026-11-25");
  await expect(page.getByText("Nothing here")).toBeVisible();
  expect(asked.at(-1)).toContain("trigger=schedule&from=2026-11-25");
  await page.goBack();
  await expect(rows).toHaveCount(scheduled);
  await page.getByLabel("Started by").selectOption("Anyone");
  await expect(rows).toHaveCount(3);
});

test("a later sync says how many of its days are done, and no share where that is not known", async ({
  page,
}) => {
  const portal = new MockPortal();
  if (portal.overview.stripe) portal.overview.stripe.current_run = data.RUN_ID;
  const days = { work: "reading", done: 12, all: 31 };
  portal.detail = data.detail({ ...data.RUNNING, days });
  await portal.launch(page, `/runs/${data.RUN_ID}`);
  const bar = page.getByRole("progressbar", { name: "Progress" });
  await expect(page.getByTestId("progress")).toHaveText("12 of 31 days read");
  await expect(bar).toHaveAttribute("value", String(12 / 31));
  portal.detail = data.detail({
    ...data.RUNNING,
    phase: "proof",
    days: { ...days, work: "checking" },
  });
  await expect(page.getByTestId("progress")).toHaveText("12 of 31 days checked");
  // A day or two: how many are done says nothing.
  portal.detail = data.detail({ ...data.RUNNING, days: { ...days, done: 0, all: 2 } });
  await expect(bar).toHaveCount(0);
});

test("a paused sync needs attention and is not in progress", async ({ page }) => {
  const portal = new MockPortal();
  portal.runs[0] = data.run({ ...data.paused(), id: "01JD00000000000000000RUN09" });
  await portal.launch(page, "/syncs");
  const rows = page.getByRole("list", { name: "Syncs" }).getByRole("listitem");
  const tiles = page.getByRole("navigation", { name: "Filter syncs" });
  await expect(tiles.getByRole("link", { name: "Needs attention 1" })).toBeVisible();
  await tiles.getByRole("link", { name: "In progress 0" }).click();
  await expect(page.getByRole("heading", { name: "No sync is in progress" })).toBeVisible();
  await tiles.getByRole("link", { name: /^Needs attention/ }).click();
  await expect(rows).toHaveCount(1);
  await expect(rows).toContainText("Paused");
});

test("the syncs that differ are listed alone, and exported as they are listed", async ({
  page,
}) => {
  const portal = new MockPortal();
  const id = "01JD00000000000000000RUN06";
  portal.runs = portal.runs.map((run) => (run.id === id ? { ...run, verdict: "mismatch" } : run));
  let asked = "";
  portal.replies.set("GET /runs.csv", ({ query }) => {
    asked = query.toString();
    return {
      status: 200,
      raw: `run,verdict\r\n${id},mismatch\r\n`,
      headers: { "content-type": "text/csv" },
    };
  });
  await portal.launch(page, "/syncs");
  const rows = page.getByRole("list", { name: "Syncs" }).getByRole("listitem");
  await expect(rows).toHaveCount(3);
  await page.getByLabel("Result").selectOption("Differs");
  await expect(rows).toHaveCount(1);
  await expect(rows).toContainText("Differs");
  const saved = page.waitForEvent("download");
  await page.getByRole("button", { name: "CSV" }).click();
  expect((await saved).suggestedFilename()).toBe("syncs.csv");
  expect(asked).toBe("filter=all&verdict=mismatch");
});

test("a history of more than one file is saved as one, with its columns once", async ({ page }) => {
  const portal = new MockPortal();
  const asked: (string | null)[] = [];
  portal.replies.set("GET /runs.csv", ({ query }) => {
    const before = query.get("before");
    asked.push(before);
    const at = asked.length;
    return {
      status: 200,
      raw: `run,state\r\nrun_${at},failed\r\n`,
      headers: { "content-type": "text/csv", ...(at < 3 ? { "next-cursor": `run_${at}` } : {}) },
    };
  });
  await portal.launch(page, "/syncs&filter=failed");
  await page.getByRole("button", { name: "CSV" }).click();
  await page.getByText("Copy its text").click();
  await expect(page.getByLabel("Text of syncs.csv")).toHaveValue(
    "run,state\nrun_1,failed\nrun_2,failed\nrun_3,failed\n",
  );
  expect(asked).toEqual([null, "run_1", "run_2"]);
  await expect(page.getByText("More rows follow.")).toHaveCount(0);
});

test("where a read finds none of the wanted syncs, one can look further", async ({ page }) => {
  const portal = new MockPortal();
  const none = { runs: [], next: "01JD00000000000000000RUN02", tallies: data.TALLIES };
  portal.replies.set("GET /runs", ({ query }) => ({
    status: 200,
    body:
      query.get("before") === null
        ? none
        : { runs: [data.run()], next: null, tallies: data.TALLIES },
  }));
  await portal.launch(page, "/syncs&trigger=webhook");
  await expect(page.getByText("None among the syncs loaded so far.")).toBeVisible();
  await page.getByRole("button", { name: "Load more" }).click();
  await expect(page.getByRole("list", { name: "Syncs" }).getByRole("listitem")).toHaveCount(1);
  await expect(page.getByRole("button", { name: "Load more" })).toHaveCount(0);
});

test("stopping a sync asks first and then says that it is stopping", async ({ page }) => {
  const portal = new MockPortal();
  portal.detail = data.detail(data.RUNNING);
  await portal.launch(page, `/runs/${data.RUN_ID}`);
  await page.getByRole("button", { name: "Stop" }).click();
  portal.replies.set(`POST /runs/${data.RUN_ID}/stop`, () => {
    portal.detail = data.detail({ ...data.RUNNING, stop_requested: true });
    return { status: 202, body: portal.detail };
  });
  await page.getByRole("button", { name: "Stop the sync" }).click();
  await expect(page.getByText("Stopping", { exact: true })).toBeVisible();
  await expect(page.getByRole("button", { name: "Stop" })).toHaveCount(0);
});

test("a sync whose wake-up was lost can be asked to go on", async ({ page }) => {
  const portal = new MockPortal();
  if (portal.overview.stripe) portal.overview.stripe.current_run = data.RUN_ID;
  portal.detail = data.detail({ ...data.RUNNING, state: "queued", started_at: null, records: 0 });
  await portal.launch(page);
  await expect(page.getByText("Syncing now")).toBeVisible();
  await page.clock.runFor(30_000);
  await expect(page.getByRole("button", { name: "Retry now" })).toHaveCount(0);
  await page.clock.runFor(30_000);
  await page.getByRole("button", { name: "Retry now" }).click();
  await expect.poll(() => portal.calls.filter((call) => call === "POST /runs").length).toBe(1);
});

test("a preview leads to the first sync with one confirmation, and writes nothing before it", async ({
  page,
}) => {
  const portal = new MockPortal();
  portal.beforeFirstSync();
  portal.detail = data.detail(data.PREVIEW);
  await portal.launch(page);
  await page.getByRole("button", { name: "Preview" }).click();
  await expect(page.getByRole("heading", { name: "Preview", exact: true })).toBeVisible();
  expect(portal.calls).toContain("POST /preview");
  const facts = page.locator("dl").filter({ hasText: "Customers to create" });
  for (const fact of [
    "about 48,123",
    "17",
    "1,204, by e-mail address",
    "about 30,950: the sync will show",
  ])
    await expect(facts).toContainText(fact);
  await page.getByRole("button", { name: "Start sync" }).click();
  expect(portal.calls).not.toContain("POST /runs");
  await page.getByRole("dialog").getByRole("button", { name: "Start sync" }).click();
  await expect.poll(() => portal.calls).toContain("POST /runs");
});

test("a consent names the run and the question it waits for", async ({ page }) => {
  const portal = new MockPortal();
  portal.detail = data.detail(data.paused(data.APPROVALS.amount));
  const asked: unknown[] = [];
  portal.replies.set(`POST /runs/${data.RUN_ID}/approve`, ({ body }) => {
    asked.push(body);
    return { status: 202, body: { ...portal.detail, state: "queued", error: null } };
  });
  await portal.launch(page, `/runs/${data.RUN_ID}`);
  await page.getByRole("button", { name: "Approve and continue" }).click();
  await expect.poll(() => asked).toEqual([{ code: "fuse_amount" }]);
});
