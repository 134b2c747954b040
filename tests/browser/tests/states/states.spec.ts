/**
 * Every state of every screen, in light and dark, on the narrowest pane and on a wide one: nothing scrolls sideways,
 * axe finds nothing, and the page keeps to its own CSP.
 */

import { expect, type Locator, type Page, test } from "@playwright/test";
import { expectAccessible } from "../../axe.ts";
import * as data from "../../mock/data.ts";
import { LAUNCH_ID, MockPortal, ORIGIN, problem } from "../../mock/portal.ts";

interface State {
  name: string;
  path: string;
  /** A text that only this state shows. */
  shows: string | RegExp;
  arrange?: (portal: MockPortal) => void;
  act?: (page: Page) => Promise<void>;
}

function stripeOf(portal: MockPortal) {
  if (!portal.overview.stripe) throw new Error("the mock has a connection");
  return portal.overview.stripe;
}

const STATES: State[] = [
  { name: "proven", path: "/", shows: "Stripe and your ledger agree, to the minor unit." },
  {
    name: "proven with problems",
    path: "/",
    shows: "Completed with problems",
    arrange: (portal) => {
      const withProblems = data.RUNS.find((run) => run.state === "completed_with_problems");
      portal.overview = { ...portal.overview, last_run: withProblems ?? null, open_problems: 23 };
    },
  },
  { name: "certificates", path: "/certificates", shows: "2 entries at fault" },
  {
    name: "no certificate yet",
    path: "/certificates",
    shows: "Every sync ends with one.",
    arrange: (portal) => {
      portal.certificates = [];
    },
  },
  { name: "a certificate", path: `/certificates/${data.PROOF.id}`, shows: "The one before" },
  {
    name: "a certificate with a payout that is left with something",
    path: `/certificates/${data.PROOF.id}`,
    shows: "127 automatic payouts add up to zero, 1 does not",
  },
  {
    name: "a certificate that names what is at fault",
    path: `/certificates/${data.PROOF.id}`,
    shows: "Somebody else posted this entry to the mirror.",
    arrange: (portal) => {
      portal.certificate = structuredClone(data.PROOF_MISMATCH);
    },
  },
  {
    name: "loading",
    path: "/",
    shows: "Loading…",
    arrange: (portal) => void portal.replies.set("GET /overview", { status: 200, body: {}, delayMs: 60_000 }),
  },
  {
    name: "no Stripe key",
    path: "/",
    shows: "Mirror Stripe into your ledger, and prove it.",
    arrange: (portal) => {
      portal.overview = { ...portal.overview, stripe: null, last_run: null, last_proof: null };
    },
  },
  {
    name: "first run",
    path: "/",
    shows: "Look before anything is written",
    arrange: (portal) => portal.beforeFirstSync(),
  },
  {
    name: "first run, asked to start",
    path: "/",
    shows: "Start the first sync?",
    arrange: (portal) => portal.beforeFirstSync(),
    act: (page) => page.getByRole("button", { name: "Sync now" }).click(),
  },
  {
    name: "first run, previewed",
    path: "/",
    shows: "See the preview",
    arrange: (portal) => {
      portal.beforeFirstSync();
      portal.overview.last_preview = data.RUN_ID;
    },
  },
  {
    name: "preview, under way",
    path: `/runs/${data.RUN_ID}`,
    shows: "Counting movements",
    arrange: (portal) => {
      portal.detail = data.detail({ ...data.RUNNING, scope: "preview" });
    },
  },
  {
    name: "preview",
    path: `/runs/${data.RUN_ID}`,
    shows: "What a sync would make",
    arrange: (portal) => {
      portal.detail = data.detail(data.PREVIEW);
    },
  },
  {
    name: "preview, asked to start",
    path: `/runs/${data.RUN_ID}`,
    shows: "Start the sync?",
    arrange: (portal) => {
      portal.detail = data.detail(data.PREVIEW);
    },
    act: (page) => page.getByRole("button", { name: "Start sync" }).click(),
  },
  {
    name: "preview of a ledger in another unit",
    path: `/runs/${data.RUN_ID}`,
    shows: "JPY cannot be written",
    arrange: (portal) => {
      const preview = { ...data.PREVIEW.preview, conflicts: [data.CONFLICT] };
      portal.detail = data.detail({ ...data.PREVIEW, preview });
    },
  },
  {
    name: "shadow mode",
    path: "/",
    shows: "Shadow mode: compared, nothing posted.",
    arrange: (portal) => {
      portal.overview.install.granted_permissions = ["data:read"];
      portal.overview.last_proof = data.PROOF_SHADOW;
      portal.overview.last_run = data.run({ shadow: true, entries_posted: 0, verdict: "inconclusive" });
    },
  },
  {
    name: "run in shadow mode",
    path: `/runs/${data.RUN_ID}`,
    shows: "Shadow mode",
    arrange: (portal) => {
      portal.detail = data.detail({ shadow: true, entries_posted: 0, proof: data.PROOF_SHADOW });
    },
  },
  {
    name: "waiting for Blnk",
    path: "/",
    shows: "A sync waits",
    arrange: (portal) => {
      stripeOf(portal).current_run = data.RUN_ID;
      portal.overview.open_run = data.run(data.WAITING);
      portal.detail = data.detail(data.WAITING);
    },
  },
  {
    name: "run that waits for Blnk",
    path: `/runs/${data.RUN_ID}`,
    shows: "the ledger is not available (status 503)",
    arrange: (portal) => {
      portal.detail = data.detail(data.WAITING);
    },
  },
  {
    name: "run that waits for AWS",
    path: `/runs/${data.RUN_ID}`,
    shows: "Waiting for this app’s own services at AWS",
    arrange: (portal) => {
      portal.detail = data.detail(data.WAITING_FOR_AWS);
    },
  },
  {
    name: "preview that waits",
    path: `/runs/${data.RUN_ID}`,
    shows: "Try now",
    arrange: (portal) => {
      portal.detail = data.detail({ ...data.WAITING, scope: "preview" });
    },
  },
  {
    name: "waiting for a consent",
    path: "/",
    shows: "A sync waits for your consent",
    arrange: (portal) => {
      stripeOf(portal).current_run = data.RUN_ID;
      stripeOf(portal).paused = {
        code: "fuse_size",
        reason: "This run would bring over more than 4000 new movements; the usual is 400.",
      };
      portal.detail = data.detail({ ...data.RUNNING, state: "paused" });
    },
  },
  {
    name: "connect under a prefix",
    path: "/stripe",
    shows: "Prefix of the account names",
    arrange: (portal) => {
      portal.overview.stripe = null;
      portal.replies.set(
        "POST /stripe",
        problem(409, "other_prefix", "Conflict", { detail: "Already mirrored under @stripe_eu." }),
      );
    },
    act: async (page) => {
      await page.getByLabel("Restricted key").fill("rk_test_0123456789abcdef");
      await page.getByText("Advanced").click();
      await page.getByLabel("Prefix of the account names").fill("@stripe_us");
      await page.getByRole("button", { name: "Connect Stripe" }).click();
      await expect(page.getByText("mirrored under another prefix already")).toBeVisible();
    },
  },
  {
    name: "syncing",
    path: "/",
    shows: "records read",
    arrange: (portal) => {
      stripeOf(portal).current_run = data.RUN_ID;
      portal.detail = data.detail(data.RUNNING);
    },
  },
  {
    name: "drift",
    path: "/",
    shows: "Stripe and your ledger disagree.",
    arrange: (portal) => {
      portal.overview.last_proof = data.PROOF_MISMATCH;
      portal.overview.open_problems = 120;
    },
  },
  {
    name: "money moving",
    path: "/",
    shows: "Money was moving while we compared.",
    arrange: (portal) => {
      portal.overview.last_proof = data.PROOF_MOVING;
    },
  },
  {
    name: "paused, with a full secret key",
    path: "/",
    shows: "Syncing is paused",
    arrange: (portal) => {
      stripeOf(portal).paused = { code: "key_revoked", reason: "Stripe no longer accepts the stored key." };
      stripeOf(portal).warnings = [
        { code: "secret_key", text: "This is a full secret key. A restricted one is safer." },
      ];
    },
  },
  {
    name: "scope missing",
    path: "/",
    shows: "Syncing is off: this install was not granted",
    arrange: (portal) => {
      portal.overview.install.granted_permissions = ["alerts:read"];
    },
  },
  {
    name: "out of order",
    path: "/",
    shows: "Request id",
    arrange: (portal) =>
      void portal.replies.set("GET /overview", problem(503, "unavailable", "The service is busy")),
  },
  {
    name: "session nearly over",
    path: "/",
    shows: "This session ends in less than two minutes",
    arrange: (portal) => {
      portal.sessionMs = 100_000;
    },
  },
  {
    name: "session over",
    path: "/",
    shows: "This session is over",
    arrange: (portal) =>
      void portal.replies.set("GET /overview", problem(401, "session_over", "Session over")),
  },
  {
    name: "connect",
    path: "/stripe",
    shows: "What the key must be able to read",
    arrange: (portal) => {
      portal.overview.stripe = null;
    },
    act: async (page) => {
      await page.getByLabel("Restricted key").fill(`sk_live_${"x".repeat(90)}`);
      await expect(page.getByText("A full secret key can move money.")).toBeVisible();
    },
  },
  {
    name: "key refused",
    path: "/stripe",
    shows: "Add these read rights to the key in Stripe",
    arrange: (portal) => {
      portal.overview.stripe = null;
      portal.replies.set(
        "POST /stripe",
        problem(422, "missing_rights", "Rights are missing", {
          missing: [
            { right: "payout_read", resource: "Payouts" },
            { right: "balance_transaction_source_read", resource: "Balance transaction sources" },
          ],
        }),
      );
    },
    act: async (page) => {
      await page.getByLabel("Restricted key").fill("rk_test_0123456789abcdef");
      await page.getByRole("button", { name: "Connect Stripe" }).click();
    },
  },
  {
    name: "connected, asked to disconnect",
    path: "/stripe",
    shows: "Disconnect Northwind Traders Ltd?",
    act: (page) => page.getByRole("button", { name: "Disconnect" }).click(),
  },
  {
    name: "real time, asked to roll",
    path: "/stripe",
    shows: "Roll the signing secret?",
    act: (page) => page.getByRole("button", { name: "Roll the secret" }).click(),
  },
  {
    name: "real time, switched off at Stripe and no room for another endpoint",
    path: "/stripe",
    shows: "This Stripe account has as many webhook endpoints as Stripe allows.",
    arrange: (portal) => {
      portal.realtime = { ...data.REALTIME, at_stripe: { standing: "disabled", checked_at: data.ago(0) } };
      const full = { limit: true, endpoints: data.ENDPOINTS };
      portal.replies.set("POST /stripe/webhook", problem(422, "webhook_refused", "Refused", full));
    },
    act: (page) => page.getByRole("button", { name: "Make the endpoint anew" }).click(),
  },
  {
    name: "real time, an account full of endpoints from the start",
    path: "/stripe",
    shows: "16 endpoints, the least useful first",
    arrange: (portal) => {
      const none = { status: "missing", missing: "limit", endpoint_id: null, since: null, at_stripe: null };
      Object.assign(portal.realtime, none, { last_event_at: null, endpoints: data.ENDPOINTS });
    },
  },
  {
    name: "a certificate's file to be copied",
    path: `/certificates/${data.PROOF.id}`,
    shows: "Copy its text",
    arrange: (portal) =>
      void portal.replies.set(`GET /certificates/${data.PROOF.id}/table`, { status: 200, raw: "a,b\n1,2\n" }),
    act: async (page) => {
      await page.getByRole("button", { name: "CSV" }).click();
      await page.getByText("Copy its text").click();
    },
  },
  {
    name: "paused for want of a right",
    path: "/",
    shows: "make a new key with every right",
    arrange: (portal) => {
      const reason = "the Stripe key lacks a permission (rak_payout_read). Add the permission to the key.";
      const paused = { code: "stripe_right_missing", reason };
      portal.overview = { ...portal.overview, stripe: { ...data.STRIPE, paused } as typeof data.STRIPE };
    },
  },
  {
    name: "real time, to be set up by hand",
    path: "/stripe",
    shows: "This key may not create webhook endpoints.",
    arrange: (portal) => {
      Object.assign(portal.realtime, {
        status: "missing",
        missing: "right",
        endpoint_id: null,
        since: null,
        last_event_at: null,
      });
    },
    act: (page) => page.getByText("Select these 3 events").click(),
  },
  {
    name: "real time before the first sync",
    path: "/stripe",
    shows: "From the first sync on it is in your ledger seconds later.",
    arrange: (portal) => portal.beforeFirstSync(),
  },
  {
    name: "real time while paused",
    path: "/stripe",
    shows: "what happens now is read when it goes on",
    arrange: (portal) => {
      stripeOf(portal).paused = { code: "key_revoked", reason: "Stripe no longer accepts the stored key." };
    },
  },
  {
    name: "real time in shadow mode",
    path: "/stripe",
    shows: "It is read and compared seconds later.",
    arrange: (portal) => {
      portal.overview.install.granted_permissions = ["data:read"];
    },
  },
  {
    name: "real time by a pasted secret that nothing has proven",
    path: "/stripe",
    shows: "Waiting for the first event",
    arrange: (portal) => {
      Object.assign(portal.realtime, { status: "registered", endpoint_id: null, last_event_at: null });
    },
  },
  { name: "history", path: "/syncs", shows: "Load more" },
  {
    name: "history, empty",
    path: "/syncs",
    shows: "No sync yet",
    arrange: (portal) => {
      portal.runs = [];
    },
  },
  { name: "run, done", path: `/runs/${data.RUN_ID}`, shows: "Totals by currency" },
  { name: "run, customers who changed", path: `/runs/${data.RUN_ID}`, shows: "Customers updated" },
  {
    name: "run, failed",
    path: `/runs/${data.RUN_ID}`,
    shows: "Stripe did not answer",
    arrange: (portal) => {
      portal.detail = data.detail({
        state: "failed",
        phase: "movements",
        verdict: null,
        proof: null,
        problems: 2,
        error: { code: "stripe_unavailable", text: "Stripe did not answer for a long time." },
      });
    },
  },
  { name: "problems", path: "/problems", shows: "unknown_type" },
  {
    name: "problems of one kind",
    path: "/problems&kind=validation",
    shows: "Retry all 2 of this kind",
  },
  { name: "dismissed problems", path: "/problems&state=dismissed", shows: "agreed with finance" },
  { name: "resolved problems", path: "/problems&state=resolved", shows: "a later sync" },
  {
    name: "dismissing a problem",
    path: "/problems",
    shows: "Dismiss this problem?",
    act: (page) => page.getByRole("button", { name: "Dismiss…" }).first().click(),
  },
  {
    name: "problems in shadow mode",
    path: "/problems",
    shows: "Nothing was posted, with a problem or without",
    arrange: (portal) => {
      portal.overview.install.granted_permissions = ["data:read"];
    },
  },
  {
    name: "no problems",
    path: "/problems",
    shows: "Every record that was read has been posted.",
    arrange: (portal) => {
      portal.problems = [];
      portal.objects = [];
    },
  },
  {
    name: "no open problem, some dismissed",
    path: "/problems",
    shows: "What was dismissed stays as it is: 1 problem.",
    arrange: (portal) => {
      portal.problems = portal.problems.filter(({ state }) => state === "dismissed");
    },
  },
  {
    name: "no problems before the first sync",
    path: "/problems",
    shows: "What the first sync cannot post will be named here.",
    arrange: (portal) => {
      portal.problems = [];
      portal.beforeFirstSync();
    },
  },
  {
    name: "no problems in shadow mode",
    path: "/problems",
    shows: "Every record that was read was understood.",
    arrange: (portal) => {
      portal.problems = [];
      portal.overview.install.granted_permissions = ["data:read"];
    },
  },
  {
    name: "no problem of a kind while others are open",
    path: "/problems&kind=record_gone",
    shows: "See 3 problems of other kinds",
  },
  {
    name: "an old proof",
    path: "/",
    shows: "Long ago",
    arrange: (portal) => {
      portal.overview = { ...portal.overview, proof_age_seconds: 9_000, fresh: false };
    },
  },
  { name: "settings", path: "/settings", shows: "Every 15 minutes" },
  {
    name: "settings about to change",
    path: "/settings",
    shows: "What will differ from now on",
    arrange: (portal) => {
      portal.differences = data.DIFFERENCES;
    },
    act: async (page) => {
      await page.getByText("Account names").click();
      await page.getByLabel("Payouts on their way").fill("@bank");
      await page.getByLabel("One account for all payments").check();
      await page.getByRole("button", { name: "Add a ceiling" }).click();
      await page.getByRole("button", { name: "Save changes" }).click();
    },
  },
  {
    name: "settings refused",
    path: "/settings",
    shows: "would be the account for both",
    arrange: (portal) =>
      void portal.replies.set(
        "PUT /settings",
        problem(422, "invalid_setting", "Not accepted", {
          detail: "@costs would be the account for both fees and tax.",
          field: "account_names",
        }),
      ),
    act: async (page) => {
      await page.getByLabel("Every day").check();
      await page.getByRole("button", { name: "Save changes" }).click();
    },
  },
  {
    name: "settings changed by somebody else",
    path: "/settings",
    shows: "Somebody else changed the settings meanwhile.",
    arrange: (portal) =>
      void portal.replies.set("PUT /settings", problem(409, "changed_meanwhile", "Changed meanwhile")),
    act: async (page) => {
      await page.getByLabel("Off", { exact: false }).first().check();
      await page.getByRole("button", { name: "Save changes" }).click();
    },
  },
  { name: "access", path: "/access", shows: "Without it:" },
];

for (const { name, path, shows, arrange, act } of STATES) {
  test(`${name}: fits, is accessible, keeps to the CSP`, async ({ page }) => {
    const complaints: string[] = [];
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("console", (message) => {
      if (/Content Security Policy/i.test(message.text())) complaints.push(message.text());
    });
    await page.setViewportSize({ width: 320, height: 700 });
    const portal = new MockPortal();
    arrange?.(portal);
    await portal.launch(page, path);
    await act?.(page);
    await expect(page.getByText(shows).first()).toBeAttached();

    for (const [colorScheme, width] of [
      ["light", 320],
      ["dark", 320],
      ["dark", 768],
      ["light", 1440],
    ] as const) {
      const where = `${name}, ${colorScheme}, ${width} px`;
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.setViewportSize({ width, height: 700 });
      expect(await sideways(page), where).toEqual([]);
      await expectAccessible(page, where);
    }
    expect(complaints).toEqual([]);
  });
}

/** The elements that reach beyond the page's right or left edge, or hide text by being too narrow for it. */
function sideways(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const faults: string[] = [];
    if (document.documentElement.scrollWidth > width) faults.push("the page scrolls");
    for (const element of document.querySelectorAll("body *")) {
      if (element.closest("[aria-hidden], thead, svg")) continue;
      const box = element.getBoundingClientRect();
      if (box.width > 0 && (box.right > width + 1 || box.left < -1)) {
        faults.push(
          `${element.tagName}.${element.className} ${Math.round(box.left)}…${Math.round(box.right)}`,
        );
      }
    }
    return faults;
  });
}

test("the page opened without a launch says where to go, in both schemes", async ({ page }) => {
  const portal = new MockPortal();
  await portal.attach(page);
  await page.goto(`${ORIGIN}/portal#l=${LAUNCH_ID}`);
  await expect(page.getByRole("heading", { name: "Open Stripe Sync from Blnk Cloud" })).toBeVisible();
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await expectAccessible(page, colorScheme);
  }
  expect(portal.calls).toEqual([]);
});

test("the appearance switch wins over the system and stays after a reload", async ({ page }) => {
  const portal = new MockPortal();
  await page.emulateMedia({ colorScheme: "light" });
  await portal.launch(page);
  const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await ground();
  await page.getByRole("radio", { name: "Dark" }).check();
  const dark = await ground();
  expect(dark).not.toBe(light);
  await page.reload();
  await expect(page.getByRole("radio", { name: "Dark" })).toBeChecked();
  expect(await ground()).toBe(dark);
  await page.getByRole("radio", { name: "System" }).check();
  expect(await ground()).toBe(light);
});

test("the steps of a run stand in one row, those of a webhook in a numbered column", async ({ page }) => {
  const portal = new MockPortal();
  stripeOf(portal).current_run = data.RUN_ID;
  portal.detail = data.detail(data.RUNNING);
  Object.assign(portal.realtime, { status: "missing", missing: "right", endpoint_id: null, since: null });
  await portal.launch(page);
  const tops = (steps: Locator) =>
    steps.evaluateAll((items) => items.map((item) => Math.round(item.getBoundingClientRect().top)));
  const course = page.getByRole("list", { name: "Progress of the sync" }).getByRole("listitem");
  await expect(course).toHaveCount(4);
  for (const width of [320, 1440]) {
    await page.setViewportSize({ width, height: 700 });
    expect(new Set(await tops(course)).size, `${width} px`).toBe(1);
  }
  await page.getByRole("link", { name: "Stripe", exact: true }).click();
  const column = page
    .getByRole("listitem")
    .filter({ hasText: /^(In Stripe, open|Register this URL|Reveal the)/ });
  await expect(column).toHaveCount(3);
  expect(new Set(await tops(column)).size).toBe(3);
  for (const step of await column.all()) {
    await expect(step).toHaveCSS("list-style-type", "decimal");
    await expect(step).toHaveCSS("display", "list-item");
  }
});
