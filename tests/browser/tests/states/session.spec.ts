/** The session as a browser lives it: tokens, reloads, storage, the clock, the end. */

import { expect, type Page, test } from "@playwright/test";
import * as data from "../../mock/data.ts";
import { LAUNCH_ID, launchToken, MockPortal, ORIGIN, problem } from "../../mock/portal.ts";

const redemptions = (portal: MockPortal) =>
  portal.calls.filter((call) => call === "POST /session").length;

async function expectAlive(page: Page): Promise<void> {
  await expect(page.getByRole("heading", { name: "Overview" })).toBeVisible();
  await expect(page.getByText("Northwind Traders Ltd").first()).toBeVisible();
}

test("a launch leaves no token behind: not in the address, the history or the storage", async ({
  page,
}) => {
  const portal = new MockPortal();
  await portal.launch(page);
  await expectAlive(page);
  expect(page.url()).toBe(`${ORIGIN}/portal#l=${LAUNCH_ID}`);
  const kept = await page.evaluate(() => JSON.stringify({ ...sessionStorage, ...localStorage }));
  expect(kept).toContain("bearer-1");
  expect(kept).not.toContain(launchToken());
  await page.goBack();
  expect(page.url()).toBe("about:blank");
});

test("a reload, and the same launch opened again in the frame, redeem nothing more", async ({
  page,
}) => {
  const portal = new MockPortal();
  await portal.launch(page);
  await expectAlive(page);
  await page.reload();
  await expectAlive(page);
  await page.goto(`${ORIGIN}/portal?token=${launchToken()}`);
  await expectAlive(page);
  expect(redemptions(portal)).toBe(1);
});

test("two launches in one tab keep their bearers apart", async ({ page }) => {
  const portal = new MockPortal();
  const other = "01JD000000000000000000OTHER";
  const bearers: string[] = [];
  page.on("request", (request) => {
    if (request.url().endsWith("/overview"))
      bearers.push(request.headers().authorization ?? "none");
  });
  portal.replies.set("POST /session", ({ body }) => {
    const token = (body as { token: string }).token;
    const launch = token === launchToken(other) ? other : LAUNCH_ID;
    const expires_at = new Date(data.NOW + 900_000).toISOString();
    return { status: 200, body: { bearer: `of-${launch}`, expires_at, launch_id: launch } };
  });
  await portal.launch(page);
  await expectAlive(page);
  await page.goto(`${ORIGIN}/portal?token=${launchToken(other)}`);
  await expectAlive(page);
  await page.goto(`${ORIGIN}/portal?again#l=${LAUNCH_ID}`);
  await expectAlive(page);
  expect(bearers).toEqual([
    `Bearer of-${LAUNCH_ID}`,
    `Bearer of-${other}`,
    `Bearer of-${LAUNCH_ID}`,
  ]);
  expect(redemptions(portal)).toBe(2);
});

test("a browser that refuses storage still gets a session, and a place in the page keeps the launch id", async ({
  page,
}) => {
  await page.addInitScript(() => {
    for (const name of ["sessionStorage", "localStorage"]) {
      Object.defineProperty(window, name, {
        get() {
          throw new DOMException("The operation is insecure.", "SecurityError");
        },
      });
    }
  });
  const portal = new MockPortal();
  await portal.launch(page);
  await expectAlive(page);
  await page.getByRole("link", { name: "Syncs" }).click();
  await expect(page.getByRole("heading", { name: "Sync history" })).toBeFocused();
  expect(page.url()).toBe(`${ORIGIN}/portal#l=${LAUNCH_ID}&p=/syncs`);
});

test("two minutes before its end the session says so, and on time it ends calmly", async ({
  page,
}) => {
  const portal = new MockPortal();
  await portal.launch(page);
  await expectAlive(page);
  const warning = page.getByRole("status").filter({ hasText: "This session ends in" });
  await page.clock.fastForward(12 * 60_000);
  await expectAlive(page);
  await expect(warning).toHaveCount(0);
  await page.clock.fastForward(70_000);
  await expect(warning).toContainText("less than two minutes");
  await page.clock.fastForward(60_000);
  await expect(warning).toContainText("less than one minute");
  await page.clock.fastForward(60_000);
  await expect(page.getByRole("heading", { name: "You’ve been signed out" })).toBeVisible();
  await expect(page.getByText("Launch Stripe Sync again from Blnk Cloud.")).toBeVisible();
  await page.reload();
  await expect(
    page.getByRole("heading", { name: "Open Stripe Sync from Blnk Cloud" }),
  ).toBeVisible();
  expect(redemptions(portal)).toBe(1);
});

test("where the deployment allows it, a session is renewed while it is used, and ends when it is not", async ({
  page,
}) => {
  const portal = new MockPortal();
  portal.renewableMs = 60 * 60_000;
  await portal.launch(page);
  await expectAlive(page);
  const renewals = () => portal.calls.filter((call) => call === "POST /session/renew").length;
  await page.clock.fastForward(9 * 60_000);
  await page.keyboard.press("Tab");
  expect(renewals()).toBe(0);
  await page.clock.fastForward(2 * 60_000);
  await expect.poll(renewals).toBe(1);
  // The answer has to come before the old session's end.
  const kept = () => page.evaluate(() => JSON.stringify({ ...sessionStorage }));
  await expect.poll(kept).toContain("bearer-2");
  await page.clock.fastForward(5 * 60_000);
  await expectAlive(page);
  // Nobody uses the page any more.
  await page.clock.fastForward(11 * 60_000);
  await expect(page.getByRole("heading", { name: "You’ve been signed out" })).toBeVisible();
  expect(renewals()).toBe(1);
});

test("an uninstall is shown at the next call, in its own words, and the bearer is removed", async ({
  page,
}) => {
  const portal = new MockPortal();
  await portal.launch(page);
  await expectAlive(page);
  portal.replies.set("GET /runs", problem(401, "session_over", "You’ve been signed out"));
  await page.getByRole("link", { name: "Syncs" }).click();
  await expect(page.getByRole("heading", { name: "You’ve been signed out" })).toBeVisible();
  await expect(page.getByText("was uninstalled from this workspace, or reinstalled")).toBeVisible();
  expect(await page.evaluate(() => JSON.stringify({ ...sessionStorage }))).not.toContain("bearer");
});

for (const [status, code, heading] of [
  [410, "session_expired", "This launch link has expired"],
  [401, "unauthorized", "This launch link does not work"],
  [401, "session_over", "You’ve been signed out"],
] as const) {
  test(`a launch refused with ${status} ${code} is shown as such`, async ({ page }) => {
    const portal = new MockPortal();
    portal.replies.set("POST /session", problem(status, code, "Refused"));
    await portal.launch(page);
    await expect(page.getByRole("heading", { name: heading })).toBeVisible();
    await expect(page.getByText(/launch (it|Stripe Sync) again from Blnk Cloud/i)).toBeVisible();
  });
}

test("an outage at launch keeps the token, and trying again works", async ({ page }) => {
  const portal = new MockPortal();
  portal.replies.set("POST /session", problem(503, "unavailable", "The service is busy"));
  await portal.launch(page);
  await expect(page.getByRole("heading", { name: "Stripe Sync cannot be reached" })).toBeVisible();
  await expect(page.getByText("req_0123456789")).toBeVisible();
  portal.replies.delete("POST /session");
  await page.getByRole("button", { name: "Try again" }).click();
  await expectAlive(page);
});

test("a machine whose clock is an hour off still gets a session", async ({ page }) => {
  const portal = new MockPortal();
  await portal.attach(page);
  await page.clock.install({ time: data.NOW + 3_600_000 });
  await page.goto(`${ORIGIN}/portal?token=${launchToken()}`);
  await expectAlive(page);
  await page.reload();
  await expectAlive(page);
  expect(redemptions(portal)).toBe(1);
});
