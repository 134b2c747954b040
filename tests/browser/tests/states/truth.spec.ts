/** The page never says that all is well while it is not, and says each thing once, in one place's figures. */

import { expect, type Page } from "@playwright/test";
import * as data from "../../mock/data.ts";
import { MockPortal, problem } from "../../mock/portal.ts";
import { test } from "../../shared-page.ts";
import { stripeOf, waitsFor } from "./screens/state.ts";

const PLACES = [
  "/syncs",
  `/runs/${data.RUN_ID}`,
  "/problems",
  "/certificates",
  `/certificates/${data.PROOF.id}`,
  "/settings",
  "/stripe",
  "/notices",
  "/access",
];

function calm(): MockPortal {
  const portal = new MockPortal();
  portal.objects = [];
  return portal;
}

const state = (page: Page) => page.getByTestId("state");
const attention = (page: Page) => page.getByRole("list", { name: "Needs attention" });
const badge = (page: Page) =>
  page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: /^Needs attention/ });

test("every place says how things stand, in the same words", async ({ page }) => {
  const portal = calm();
  portal.overview.fresh = false;
  await portal.launch(page);
  await expect(state(page)).toContainText("Matched as of 4 minutes ago");
  for (const place of PLACES) {
    await page.evaluate((path) => {
      window.location.hash = `#p=${path}`;
    }, place);
    await expect(state(page), place).toContainText("Matched as of 4 minutes ago");
    await expect(state(page), place).toContainText("Out of date since.");
  }
});

for (const [what, arrange, says] of [
  ["a failed payout and a dispute", () => {}, "2 items need attention."],
  [
    "a pause",
    (portal) => Object.assign(stripeOf(portal), { paused: data.pause("stripe_key_refused", ".") }),
    "Syncing is paused.",
  ],
  [
    "a difference",
    (portal) => Object.assign(portal.overview, { last_proof: data.PROOF_MISMATCH }),
    "differ.",
  ],
  [
    "open records",
    (portal) => Object.assign(portal.overview, { open_problems: 3 }),
    "4 items need attention.",
  ],
  [
    "an old comparison",
    (portal) => Object.assign(portal.overview, { fresh: false }),
    "Out of date since.",
  ],
] as [string, (portal: MockPortal) => void, string][]) {
  test(`with ${what} nothing on top is green`, async ({ page }) => {
    const portal = new MockPortal();
    arrange(portal);
    await portal.launch(page);
    await expect(state(page)).toContainText(says);
    const ground = (scope: string) =>
      page.evaluate(
        (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim(),
        scope,
      );
    const [tone, ok] = await Promise.all([
      state(page).evaluate((element) =>
        getComputedStyle(element).getPropertyValue("--tone").trim(),
      ),
      ground("--ok"),
    ]);
    expect(tone).not.toBe(ok);
  });
}

test("what needs attention is in the sentence, the badge, the list and the tile, with one figure", async ({
  page,
}) => {
  const portal = new MockPortal();
  portal.overview.open_problems = 3;
  await portal.launch(page);
  await expect(state(page)).toContainText(
    "Stripe and your ledger match to the cent. 4 items need attention.",
  );
  await expect(badge(page)).toHaveAccessibleName("Needs attention (4 open items)");
  await expect(page.locator("dl").getByRole("link", { name: "4 items" })).toBeVisible();
  const rows = attention(page).getByRole("listitem");
  await expect(rows).toHaveCount(4);
  await expect(rows.nth(0)).toContainText("Payout of 12,500.00 USD failed");
  await expect(rows.nth(0)).toContainText("the bank account is closed");
  await expect(rows.nth(0).getByRole("link", { name: "See the payout" })).toHaveAttribute(
    "href",
    /p=\/payouts\/po_/,
  );
  await expect(rows.nth(1)).toContainText("Dispute over 900.00 USD");
  await expect(rows.nth(1)).toContainText("Evidence is due in 6 days");
  await expect(rows.nth(1).getByRole("link", { name: /Answer in Stripe/ })).toHaveAttribute(
    "href",
    /^https:\/\/dashboard\.stripe\.com\/test\/search\?query=(dp|du)_/,
  );
  await expect(rows.nth(2)).toContainText(
    "1 unrecognised movement held in suspense: −1,200.34 USD",
  );
  await expect(rows.nth(3)).toContainText("Refused by the ledger: not valid");
  await expect(rows.nth(3)).toContainText("2 records need a decision");
  await rows.nth(2).getByRole("link", { name: "Sort them" }).click();
  await expect(
    page.getByRole("heading", { name: /^Unrecognised Stripe reserve twist of −1,200\.34/ }),
  ).toBeVisible();
});

test("what needs attention is read once, and the lists behind it only where they are shown", async ({
  page,
}) => {
  const portal = new MockPortal();
  portal.overview.open_problems = 3;
  await portal.launch(page);
  await expect(attention(page).getByRole("listitem")).toHaveCount(4);
  await page.clock.runFor(30_000);
  const asked = (call: string) => portal.calls.filter((one) => one === call).length;
  expect(asked("GET /attention")).toBe(1);
  expect(asked("GET /objects") + asked("GET /problems") + asked("GET /problems/kinds")).toBe(0);
  // A sync that has ended may have changed it.
  portal.objects = [];
  portal.overview.last_run = data.run({ id: "01JD00000000000000000RUN99" });
  await page.clock.runFor(6_000);
  await expect(attention(page).getByRole("listitem")).toHaveCount(2);
  await expect(badge(page)).toHaveAccessibleName("Needs attention (2 open items)");
  expect(asked("GET /attention")).toBe(2);
});

test("what needs attention and cannot be read is said, and is not green", async ({ page }) => {
  const portal = calm();
  portal.replies.set("GET /attention", problem(500, "internal", "Internal Server Error"));
  await portal.launch(page);
  await expect(state(page)).toContainText("What needs attention could not be read.");
  const alert = page.getByRole("alert");
  await expect(alert).toHaveCount(1);
  await expect(page.locator("dl").filter({ hasText: "Needs attention" })).not.toContainText("None");
  const [tone, ok] = await Promise.all([
    state(page).evaluate((element) => getComputedStyle(element).getPropertyValue("--tone").trim()),
    page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue("--ok").trim()),
  ]);
  expect(tone).not.toBe(ok);
  await page.evaluate(() => {
    window.location.hash = "#p=/problems";
  });
  await expect(alert).toHaveCount(1);
  await expect(state(page)).toContainText("What needs attention could not be read.");
  portal.replies.clear();
  await alert.getByRole("button", { name: "Try again" }).click();
  await expect(alert).toHaveCount(0);
  await expect(state(page)).not.toContainText("could not be read");
});

test("without the permission to read nothing is asked that would be refused", async ({ page }) => {
  const portal = new MockPortal();
  portal.overview.install.granted_permissions = ["alerts:read"];
  portal.replies.set("GET /attention", problem(403, "permission_missing", "Forbidden"));
  await portal.launch(page);
  await expect(
    page.getByText("it wasn’t given permission to read your ledger").first(),
  ).toBeVisible();
  await page.clock.runFor(6_000);
  expect(portal.calls).not.toContain("GET /attention");
  await expect(page.getByText("could not be read")).toHaveCount(0);
});

test("a dispute that the bank decides, and differences, say so and lead on", async ({ page }) => {
  const portal = new MockPortal();
  portal.objects = portal.objects
    .filter(({ kind }) => kind === "dispute")
    .map((object) => ({ ...object, status: "under_review", has_evidence: true }));
  portal.overview.last_proof = data.PROOF_MISMATCH;
  await portal.launch(page);
  const rows = attention(page).getByRole("listitem");
  await expect(rows.first()).toContainText(/missing or extra in the ledger|unexplained at Stripe/);
  await expect(rows.first().getByRole("link", { name: "See the differences" })).toHaveAttribute(
    "href",
    new RegExp(`p=/certificates/${data.PROOF_MISMATCH.id}$`),
  );
  await expect(rows.last()).toContainText("No answer is required any more: the bank decides.");
  await expect(rows.last().getByRole("link", { name: /Open in Stripe/ })).toBeVisible();
});

test("a dead key of Blnk leads to Blnk Cloud, one of Stripe to the Stripe account", async ({
  page,
}) => {
  const portal = calm();
  stripeOf(portal).paused = data.pause(
    "blnk_key_refused",
    "Blnk Cloud refuses the key (401). Install the app again.",
  );
  await portal.launch(page);
  const alert = page.getByRole("alert");
  await expect(alert).toContainText("Blnk no longer accepts this app’s key");
  await expect(alert.getByRole("link", { name: /Go to Blnk Cloud/ })).toHaveAttribute(
    "href",
    data.OVERVIEW.links.dashboard_url,
  );
  await expect(alert.getByRole("link", { name: /Stripe/ })).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Try again" })).toBeEnabled();
  await expect(page.getByText("As of 4 minutes ago")).toBeVisible();

  stripeOf(portal).paused = data.pause(
    "stripe_key_refused",
    "Stripe does not accept the key (api_key_expired).",
  );
  await page.clock.runFor(6_000);
  await expect(alert).toContainText("Stripe no longer accepts the key");
  await expect(page.getByText("api_key_expired")).toHaveCount(0);
  await alert.getByRole("link", { name: "Replace the key" }).click();
  await expect(page.getByLabel("Restricted key")).toBeVisible();
});

test("a pause ends in a calm state once a newer Blnk key has arrived", async ({ page }) => {
  const portal = calm();
  stripeOf(portal).paused = {
    ...data.pause("blnk_key_refused", "Syncing resumes."),
    cause_gone: true,
  };
  await portal.launch(page);
  await expect(page.getByText("A new key has arrived")).toBeVisible();
  await expect(page.getByText("Reinstall Stripe Sync")).toHaveCount(0);
});

test("an approval names what is new, and can wait", async ({ page }) => {
  const portal = calm();
  waitsFor(portal, "currency");
  await portal.launch(page);
  await expect(state(page)).toContainText("Approval needed");
  await expect(attention(page)).toContainText("First movements in a new currency: EUR, JPY");
  await expect(attention(page)).toContainText("None of this has been posted yet.");
  await expect(attention(page)).toContainText("700 records");
  await expect(attention(page)).toContainText("1,290 entries");
  await attention(page).getByRole("button", { name: "Not now" }).click();
  await expect(page.getByRole("button", { name: "Approve and continue" })).toHaveCount(0);
  await expect(state(page)).toContainText("Approval needed");
  await attention(page).getByRole("button", { name: "Decide now" }).click();
  await attention(page).getByRole("button", { name: "Approve and continue" }).click();
  await expect.poll(() => portal.calls).toContain(`POST /runs/${data.RUN_ID}/approve`);
});

test("an approval of large amounts and of many movements shows them, also on the run", async ({
  page,
}) => {
  const portal = calm();
  waitsFor(portal, "amount");
  await portal.launch(page);
  await expect(attention(page)).toContainText("12,000.05 USD");
  await expect(attention(page)).toContainText("500,000 JPY");
  await expect(attention(page).getByRole("link", { name: /txn_1Large0000/ })).toHaveAttribute(
    "href",
    "https://dashboard.stripe.com/test/search?query=txn_1Large0000",
  );
  waitsFor(portal, "size");
  await page.evaluate((path) => {
    window.location.hash = `#p=${path}`;
  }, `/runs/${data.RUN_ID}`);
  const alert = page.getByRole("alert");
  await expect(alert).toContainText("more than 1,000 new movements");
  await expect(alert).toContainText("12 movements");
  await expect(alert).toContainText("10,000 movements");
  await expect(alert.getByRole("button", { name: "Not now" })).toBeVisible();
});

test("an unreachable app is shown once, and recovers when the network is back", async ({
  page,
}) => {
  const portal = calm();
  await portal.launch(page, "/syncs");
  await expect(page.getByRole("list", { name: "Syncs" })).toBeVisible();
  for (const call of ["GET /overview", "GET /runs"])
    portal.replies.set(call, { status: 500, drop: true });
  await page.clock.runFor(21_000);
  await expect(page.getByRole("alert")).toHaveCount(1);
  await expect(page.getByRole("alert")).toContainText("You see the last known state.");
  portal.replies.clear();
  await page.evaluate(() => window.dispatchEvent(new Event("online")));
  await expect(page.getByRole("alert")).toHaveCount(0);
});

test("a failure of the app has words of its own, and its code only in small type", async ({
  page,
}) => {
  const portal = calm();
  portal.replies.set(
    "GET /overview",
    problem(503, "unavailable", "Service Unavailable", {
      detail: "The database did not respond; try again.",
    }),
  );
  await portal.launch(page);
  const alert = page.getByRole("alert");
  await expect(alert).toContainText("The app is busy");
  await expect(alert).toContainText("Code unavailable 503 · Request id req_0123456789");
  await expect(page.getByText("Service Unavailable")).toHaveCount(0);
});

test("a sync that somebody else has started is seen within five seconds", async ({ page }) => {
  const portal = calm();
  await portal.launch(page);
  await expect(page.getByRole("button", { name: "Sync now" })).toBeEnabled();
  stripeOf(portal).current_run = data.RUN_ID;
  portal.overview.open_run = data.run(data.RUNNING);
  portal.detail = data.detail(data.RUNNING);
  await page.clock.runFor(5_000);
  await expect(page.getByRole("heading", { name: "Syncing now" })).toBeVisible();
  await expect(state(page)).toContainText("Syncing.");
});

test("without the permission to read no key is asked for", async ({ page }) => {
  const portal = new MockPortal();
  portal.overview = { ...portal.overview, stripe: null, last_run: null, last_proof: null };
  portal.overview.install.granted_permissions = ["alerts:read"];
  await portal.launch(page);
  await expect(
    page.getByText("it wasn’t given permission to read your ledger").first(),
  ).toBeVisible();
  await expect(page.getByRole("link", { name: "Connect Stripe" })).toHaveCount(0);
  await page.evaluate(() => {
    window.location.hash = "#p=/stripe";
  });
  await expect(page.getByRole("heading", { name: "Stripe account" })).toBeVisible();
  await expect(page.getByLabel("Restricted key")).toHaveCount(0);
});
