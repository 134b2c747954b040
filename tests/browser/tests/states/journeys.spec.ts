/** What a person does with the portal, step by step, and what the page does for it. */

import { expect, test } from "@playwright/test";
import * as data from "../../mock/data.ts";
import { MockPortal, problem } from "../../mock/portal.ts";

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
  await expect(course.getByRole("listitem").filter({ hasText: "Proof" })).toHaveAttribute(
    "aria-current",
    "step",
  );

  portal.detail = data.detail();
  portal.overview = structuredClone(data.OVERVIEW);
  await expect(
    page.getByRole("heading", { name: "Stripe and your ledger agree, to the minor unit." }),
  ).toBeVisible();
  await expect(page.getByRole("button", { name: "Sync now" })).toBeEnabled();
  const before = portal.calls.length;
  await page.clock.runFor(10_000);
  expect(portal.calls.slice(before).filter((call) => call.startsWith("GET /runs/"))).toEqual([]);

  // Later syncs are one click.
  await page.getByRole("button", { name: "Sync now" }).click();
  await expect.poll(() => started.length).toBe(2);
});

test("a sync that stands still says why, counts down, is tried at once when asked, and goes on", async ({
  page,
}) => {
  const portal = new MockPortal();
  if (portal.overview.stripe) portal.overview.stripe.current_run = data.RUN_ID;
  portal.detail = data.detail(data.WAITING);
  await portal.launch(page);
  const card = page.getByTestId("open-run");
  await expect(card.getByRole("heading", { name: "A sync waits" })).toBeVisible();
  const fact = (name: string) =>
    card.locator("dl > div").filter({ has: page.getByText(name, { exact: true }) });
  await expect(card.getByText("Waiting for Blnk")).toBeVisible();
  await expect(fact("Answer")).toContainText("the ledger is not available (status 503)");
  await expect(fact("Call")).toContainText("POST /transactions/bulk");
  await expect(fact("Request")).toContainText("req_5f1d0c5b2e9a47d8");
  await expect(fact("Since")).toContainText("7 attempts");
  await expect(fact("Next attempt")).toContainText(/in [89] min \d\d s/);
  await page.clock.runFor(61_000);
  await expect(fact("Next attempt")).toContainText(/in 7 min \d\d s/);
  await expect(card.getByText("Nothing has moved for a while")).toBeHidden();

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

test("the question before the first sync leads to the preview, and a shadow install is not asked", async ({
  page,
}) => {
  const portal = new MockPortal();
  portal.beforeFirstSync();
  portal.overview.last_preview = data.RUN_ID;
  portal.detail = data.detail(data.PREVIEW);
  await portal.launch(page);
  await page.getByRole("button", { name: "Sync now" }).click();
  await page.getByRole("dialog").getByRole("link", { name: "See the preview first" }).click();
  await expect(page.getByRole("heading", { name: "Preview of a sync" })).toBeVisible();
  expect(portal.calls).not.toContain("POST /runs");

  portal.overview.install.granted_permissions = ["data:read"];
  await page.getByRole("link", { name: "Overview" }).first().click();
  await page.clock.runFor(21_000);
  await expect(page.getByText("Shadow mode", { exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Sync now" }).click();
  await expect.poll(() => portal.calls).toContain("POST /runs");
});

test("the proof shows every digit of every figure, and minor units on demand", async ({ page }) => {
  const portal = new MockPortal();
  portal.overview.last_proof = data.PROOF_MISMATCH;
  await page.setViewportSize({ width: 1280, height: 800 });
  await portal.launch(page);
  const row = (name: string) => page.getByRole("table").getByRole("row").filter({ hasText: name });
  await expect(row("USD")).toContainText("1,844,674,407,370,955.16 USD");
  await expect(row("KWD")).toContainText("−42.105 KWD");
  await expect(row("JPY")).toContainText("+800 JPY");
  await expect(row("JPY")).toContainText("Mismatch");
  await expect(row("GBP")).toContainText("no figure");
  await expect(row("CAD")).toContainText("does not count −23.99 CAD that is still pending");
  await page.getByLabel("Show minor units").check();
  await expect(row("USD")).toContainText("184,467,440,737,095,516 USD");
  await expect(row("KWD")).toContainText("−42,105 KWD");
});

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
      "Another Stripe account is mirrored in this ledger already.",
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
  expect(await page.evaluate(() => JSON.stringify({ ...sessionStorage, ...localStorage }))).not.toContain(
    "rk_test_0",
  );
});

test("disconnecting asks first, and Escape leaves everything as it is", async ({ page }) => {
  const portal = new MockPortal();
  await portal.launch(page, "/stripe");
  await page.getByRole("button", { name: "Disconnect" }).click();
  await expect(page.getByRole("dialog", { name: "Disconnect Northwind Traders Ltd?" })).toBeVisible();
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

test("the tiles filter the history, its pages add up, and Back returns to the filter", async ({ page }) => {
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
  await expect(page.getByRole("heading", { name: "Sync of new movements" })).toBeVisible();
  await page.goBack();
  await expect(rows).toHaveCount(2);
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
  await expect(page.getByRole("button", { name: "Ask again" })).toHaveCount(0);
  await page.clock.runFor(30_000);
  await page.getByRole("button", { name: "Ask again" }).click();
  await expect.poll(() => portal.calls.filter((call) => call === "POST /runs").length).toBe(1);
});

test("a failing read keeps what is shown, says so, and heals by itself", async ({ page }) => {
  const portal = new MockPortal();
  await portal.launch(page);
  await expect(
    page.getByRole("heading", { name: "Stripe and your ledger agree, to the minor unit." }),
  ).toBeVisible();
  portal.replies.set("GET /overview", { status: 500, drop: true });
  await page.clock.runFor(21_000);
  await expect(page.getByRole("alert")).toContainText("The app could not be reached");
  await expect(
    page.getByRole("heading", { name: "Stripe and your ledger agree, to the minor unit." }),
  ).toBeVisible();
  portal.replies.delete("GET /overview");
  await page.clock.runFor(10_000);
  await expect(page.getByRole("alert")).toHaveCount(0);
});

test("all of it works from the keyboard, with the focus always seen", async ({ page }) => {
  const portal = new MockPortal();
  await portal.launch(page);
  await expect(page.getByRole("button", { name: "Sync now" })).toBeVisible();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("button", { name: "Skip to the content" })).toBeFocused();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await expect(page.getByRole("button", { name: "Sync now" })).toBeFocused();

  const stops = new Set<string>();
  for (let step = 0; step < 30; step += 1) {
    const stop = await page.evaluate(() => {
      const focused = document.activeElement;
      if (!focused || focused === document.body) return undefined;
      const shown = focused.matches(".segments input") ? (focused.nextElementSibling ?? focused) : focused;
      const style = getComputedStyle(shown);
      const box = shown.getBoundingClientRect();
      const seen = style.outlineStyle !== "none" && box.top >= 0 && box.bottom <= innerHeight;
      return { name: focused.textContent || focused.getAttribute("value") || focused.tagName, seen };
    });
    if (stop) {
      expect(stop.seen, stop.name).toBe(true);
      stops.add(stop.name);
    }
    await page.keyboard.press("Tab");
  }
  for (const name of ["Sync now", "How to read this", "Re-check everything", "Manage"]) {
    expect([...stops], name).toContain(name);
  }
});

test("problems are tried again, dismissed with a reason, and opened again", async ({ page }) => {
  const portal = new MockPortal();
  const sent: unknown[] = [];
  for (const [what, reply] of [
    ["retry", { changed: 2, left_alone: 0, more: true, open: 3, run: portal.detail, created: true }],
    ["dismiss", { changed: 1, left_alone: 0, more: false, open: 2, run: null, created: false }],
    ["reopen", { changed: 1, left_alone: 0, more: false, open: 3, run: null, created: false }],
  ] as const) {
    portal.replies.set(`POST /problems/${what}`, ({ body }) => {
      sent.push([what, body]);
      return { status: 200, body: reply };
    });
  }
  await portal.launch(page, "/problems");
  await expect(page.getByRole("heading", { name: "Not settled at Stripe" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Will be tried again" })).toBeDisabled();
  await page.getByLabel("Kind").selectOption("validation");
  await page.getByRole("button", { name: "Retry all 2 of this kind" }).click();
  await expect(page.getByText("2 problems will be tried again.").first()).toBeVisible();
  await expect(page.getByRole("link", { name: "See the sync that does it" })).toBeVisible();

  await page.getByRole("button", { name: "Dismiss…" }).first().click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("button", { name: "Dismiss" })).toBeDisabled();
  await dialog.getByLabel("Reason").fill("  Known since May.  ");
  await dialog.getByRole("button", { name: "Dismiss" }).click();
  await expect(dialog).toBeHidden();

  await page.getByRole("link", { name: /^Dismissed/ }).click();
  await page.getByLabel("Kind").selectOption("");
  await page.getByRole("button", { name: "Open again" }).click();
  await expect.poll(() => sent.length).toBe(3);
  expect(sent).toEqual([
    ["retry", { code: "validation" }],
    ["dismiss", { ids: ["txn_9Z8x7C6v5B:amount"], reason: "Known since May." }],
    ["reopen", { ids: ["txn_3E4r5T6y7U:amount"] }],
  ]);
});

test("a retry while a sync is open points to no sync, since the one after it does the work", async ({
  page,
}) => {
  const portal = new MockPortal();
  portal.replies.set("POST /problems/retry", {
    status: 200,
    body: { changed: 1, left_alone: 0, more: false, open: 3, run: portal.detail, created: false },
  });
  await portal.launch(page, "/problems&kind=validation");
  await page.getByRole("button", { name: "Retry", exact: true }).first().click();
  await expect(page.getByText("A sync is open already; the one after it does it.")).toBeVisible();
  await expect(page.getByRole("link", { name: "See the sync that does it" })).toHaveCount(0);
});

test("an endpoint registered by hand is told to the app by its signing secret", async ({ page }) => {
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
    if (pasted.length === 1) return problem(422, "malformed_secret", "This is not a signing secret");
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

test("a preview leads to the first sync with one confirmation, and writes nothing before it", async ({
  page,
}) => {
  const portal = new MockPortal();
  portal.beforeFirstSync();
  portal.detail = data.detail(data.PREVIEW);
  await portal.launch(page);
  await page.getByRole("button", { name: "Preview" }).click();
  await expect(page.getByRole("heading", { name: "Preview of a sync" })).toBeVisible();
  expect(portal.calls).toContain("POST /preview");
  const facts = page.locator("dl").filter({ hasText: "Customers to create" });
  for (const fact of ["about 48,123", "17", "1,204, by e-mail address", "about 30,950: the sync will show"])
    await expect(facts).toContainText(fact);
  await page.getByRole("button", { name: "Start sync" }).click();
  expect(portal.calls).not.toContain("POST /runs");
  await page.getByRole("dialog").getByRole("button", { name: "Start sync" }).click();
  await expect.poll(() => portal.calls).toContain("POST /runs");
});

test("a consent names the run and the question it waits for", async ({ page }) => {
  const portal = new MockPortal();
  const error = { code: "fuse_amount", text: "Amounts above the ceiling that you set: 1000.01 USD." };
  portal.detail = data.detail({ ...data.RUNNING, state: "paused", error });
  const asked: unknown[] = [];
  portal.replies.set(`POST /runs/${data.RUN_ID}/approve`, ({ body }) => {
    asked.push(body);
    return { status: 202, body: { ...portal.detail, state: "queued", error: null } };
  });
  await portal.launch(page, `/runs/${data.RUN_ID}`);
  await page.getByRole("button", { name: "Continue" }).click();
  await expect.poll(() => asked).toEqual([{ code: "fuse_amount" }]);
});

test("a change of the settings is stored once a person has seen what it makes different", async ({
  page,
}) => {
  const portal = new MockPortal();
  portal.differences = data.DIFFERENCES;
  await portal.launch(page, "/settings");
  const dialog = page.getByRole("dialog");
  const save = page.getByRole("button", { name: "Save changes" });
  await page.getByLabel("One account for all payments").check();
  await save.click();
  await expect(dialog.getByRole("listitem")).toHaveCount(2);
  await expect(dialog).toContainText("4812 movements from 2026-01-01");
  expect(portal.settings.revision).toBe(data.SETTINGS.revision);
  await dialog.getByRole("button", { name: "Not now" }).click();
  await expect(dialog).toBeHidden();
  expect(portal.settings.revision).toBe(data.SETTINGS.revision);
  await expect(page.getByLabel("One account for all payments")).toBeChecked();

  await save.click();
  await dialog.getByRole("button", { name: "Save changes" }).click();
  await expect(dialog).toBeHidden();
  expect(portal.settings).toMatchObject({ revision: data.SETTINGS.revision + 1, pay_ins: "one_account" });

  // What makes nothing different is stored at once.
  portal.differences = [];
  await page.getByLabel("Each customer’s balance").check();
  await save.click();
  await expect.poll(() => portal.settings.pay_ins).toBe("customers");
  await expect(dialog).toBeHidden();
});
