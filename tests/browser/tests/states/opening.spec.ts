/** Opening the page when something goes wrong: it always ends in words and a way to try again, and soon. */

import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { expect, type Page, test } from "@playwright/test";
import * as data from "../../mock/data.ts";
import { CSP, LAUNCH_ID, launchToken, MockPortal, ORIGIN, type Reply } from "../../mock/portal.ts";

const SEEN = new URL("../../../fixtures/field/05_portal_session_answers.json", import.meta.url);
/** Nobody waits longer for words. */
const SOON = { timeout: 10_000 };

/** The page, its style sheet, two scripts and the texts of one language, gzip. */
const MOST_FILES = 5;
/** The session, the overview, what needs attention, and when the next syncs come. */
const MOST_CALLS = 5;
const MOST_BYTES = 60_000;

interface Seen {
  status?: number;
  headers?: Record<string, string>;
  body?: string;
}

const CASES: { name: string; reply: Reply }[] = [
  ...(JSON.parse(readFileSync(SEEN, "utf8")).cases as Seen[])
    .filter(({ body }) => body !== undefined)
    .map(({ status = 200, headers, body = "" }) => ({
      name: `${headers?.["content-type"]} ${JSON.stringify(body)}`,
      reply: { status, headers: headers ?? {}, raw: body },
    })),
  { name: "another shape", reply: { status: 200, body: { bearer: 7, expires_at: "soon" } } },
  { name: "a list", reply: { status: 200, body: [] } },
  {
    name: "a proxy's refusal",
    reply: { status: 403, headers: { "content-type": "text/html" }, raw: "<html>no</html>" },
  },
  { name: "a connection that is cut", reply: { status: 200, drop: true } },
];

async function expectWords(page: Page): Promise<void> {
  await expect(page.getByRole("heading", { name: "Stripe Sync cannot be reached" })).toBeVisible(
    SOON,
  );
  await expect(page.getByRole("alert")).toContainText(
    /could not be read|could not be reached|in time/,
  );
  await expect(page.getByRole("button", { name: "Try again" })).toBeVisible();
}

async function expectAlive(page: Page): Promise<void> {
  await expect(page.getByText("Northwind Traders Ltd").first()).toBeVisible();
}

for (const { name, reply } of CASES) {
  test(`a session that comes as ${name} ends in words, and trying again works`, async ({
    page,
  }) => {
    const portal = new MockPortal();
    portal.replies.set("POST /session", reply);
    await portal.launch(page);
    await expectWords(page);
    portal.replies.delete("POST /session");
    await page.getByRole("button", { name: "Try again" }).click();
    await expectAlive(page);
  });
}

test("an answer that is held open ends in words in time", async ({ page }) => {
  const portal = new MockPortal();
  portal.replies.set("POST /session", { status: 200, body: {}, delayMs: 30_000 });
  await portal.launch(page);
  await expect.poll(() => portal.calls).toContain("POST /session");
  await page.clock.runFor(9_000);
  await expectWords(page);
});

test("trying again is the same redemption, also after a reload", async ({ page }) => {
  const ids: unknown[] = [];
  const portal = new MockPortal();
  const reply: Reply = { status: 200, raw: "" };
  portal.replies.set("POST /session", ({ body }) => {
    ids.push((body as { redemption_id?: unknown }).redemption_id);
    return reply;
  });
  await portal.launch(page);
  await expectWords(page);
  await page.getByRole("button", { name: "Try again" }).click();
  await expect.poll(() => ids.length).toBe(2);
  await expectWords(page);
  await page.reload();
  await expect.poll(() => ids.length).toBe(3);
  expect(new Set(ids).size).toBe(1);
  expect(ids[0]).toMatch(/^[\w-]{16,64}$/);
});

test("a frame that may not change its address still gets its session", async ({ page }) => {
  await page.addInitScript(() => {
    const refuse = () => {
      throw new DOMException("The operation is insecure.", "SecurityError");
    };
    window.history.replaceState = refuse;
    window.history.pushState = refuse;
  });
  const portal = new MockPortal();
  await portal.launch(page, "/syncs");
  await expect(page.getByRole("heading", { name: "Sync history" })).toBeVisible(SOON);
  await page.getByRole("link", { name: "Settings" }).click();
  await page.getByRole("link", { name: "Stripe account" }).click();
  await expect(page.getByRole("heading", { name: "Stripe account" })).toBeVisible();
});

test("a frame with scripts alone, without an origin or storage, opens too", async ({ page }) => {
  const portal = new MockPortal();
  await portal.attach(page);
  await page.clock.install({ time: data.NOW });
  // A frame without an origin asks as "null": the mock lets it, as the API's own answers would be read with it.
  const framed = { "access-control-allow-origin": "*", "access-control-allow-headers": "*" };
  await page.route(`${ORIGIN}/portal/api/**`, async (route) => {
    if (route.request().method() === "OPTIONS")
      return route.fulfill({ status: 204, headers: framed });
    const session = {
      bearer: "b",
      launch_id: LAUNCH_ID,
      expires_at: new Date(data.NOW + 900_000).toISOString(),
    };
    const body = route.request().url().endsWith("/session") ? session : data.OVERVIEW;
    return route.fulfill({
      status: 200,
      contentType: "application/json",
      headers: framed,
      body: JSON.stringify(body),
    });
  });
  await page.route(`${ORIGIN}/portal/assets/**`, async (route) => {
    const name = new URL(route.request().url()).pathname.split("/").pop() ?? "";
    const file = readFileSync(
      new URL(`../../../../functions/portal-api/ui/dist/${name}`, import.meta.url),
    );
    const type = name.endsWith(".js") ? "text/javascript" : "text/css";
    return route.fulfill({ body: file, contentType: type, headers: framed });
  });
  await page.route(`${ORIGIN}/portal?**`, async (route) => {
    const html = readFileSync(
      new URL("../../../../functions/portal-api/ui/dist/index.html", import.meta.url),
    );
    const csp = CSP.replaceAll("'self'", `'self' ${ORIGIN}`);
    return route.fulfill({
      body: html,
      contentType: "text/html",
      headers: { "content-security-policy": csp },
    });
  });
  await page.route(`${ORIGIN}/host`, (route) =>
    route.fulfill({
      contentType: "text/html",
      body: `<iframe sandbox="allow-scripts" title="app" src="${ORIGIN}/portal?token=${launchToken()}" width="900" height="700"></iframe>`,
    }),
  );
  await page.goto(`${ORIGIN}/host`);
  const frame = page.frameLocator("iframe");
  await expect(frame.getByRole("heading", { name: "Overview" })).toBeVisible(SOON);
});

test("the first figures that never come end in words in time", async ({ page }) => {
  const portal = new MockPortal();
  portal.replies.set("GET /overview", { status: 200, body: {}, delayMs: 30_000 });
  await portal.launch(page);
  await expect.poll(() => portal.calls).toContain("GET /overview");
  await page.clock.runFor(9_500);
  await expect(page.getByRole("alert").getByRole("button", { name: "Try again" })).toBeVisible({
    timeout: 12_000,
  });
  await expect(page.getByRole("alert")).toContainText("did not answer in time");
});

for (const raw of ["<html></html>", "null", "[]", "{}", '{"stripe":7}']) {
  test(`first figures that come as ${raw} end in words`, async ({ page }) => {
    const portal = new MockPortal();
    portal.replies.set("GET /overview", { status: 200, raw });
    await portal.launch(page);
    await expect(page.getByRole("alert")).toContainText("could not be read", SOON);
    await expect(page.getByRole("button", { name: "Try again" })).toBeVisible();
  });
}

test("a page whose script does not come says so, and can be tried again", async ({ page }) => {
  const portal = new MockPortal();
  await portal.attach(page);
  await page.route(`${ORIGIN}/portal/assets/*.js`, (route) => route.abort());
  await page.goto(`${ORIGIN}/portal?token=${launchToken()}`);
  const again = page.getByRole("link", { name: "Try again" });
  await expect(again).toBeVisible(SOON);
  await page.unroute(`${ORIGIN}/portal/assets/*.js`);
  await again.click();
  await expectAlive(page);
  await expect(page.getByText("Stripe Sync does not open.")).toHaveCount(0);
});

test("a screen whose script does not come says so, and opens when it is tried again", async ({
  page,
}) => {
  const portal = new MockPortal();
  await portal.attach(page);
  await page.route(`${ORIGIN}/portal/assets/later-*.js`, (route) => route.abort());
  await page.goto(`${ORIGIN}/portal?token=${launchToken()}#p=/settings`);
  await expect(page.getByRole("alert")).toContainText("The app could not be reached", SOON);
  await expect(page.getByRole("heading", { name: "Settings" })).toBeVisible();
  await page.unroute(`${ORIGIN}/portal/assets/later-*.js`);
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByLabel("Every hour")).toBeVisible(SOON);
  expect(portal.calls.filter((call) => call === "POST /session")).toHaveLength(1);
});

test("a screen that has to be loaded first gets the focus on its heading", async ({ page }) => {
  const portal = new MockPortal();
  let release = () => undefined as unknown;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await portal.attach(page);
  await page.route(`${ORIGIN}/portal/assets/later-*.js`, async (route) => {
    await held;
    await route.fallback();
  });
  await page.goto(`${ORIGIN}/portal?token=${launchToken()}`);
  await page.getByRole("link", { name: "Reconciliation" }).click();
  await expect(page.getByRole("heading", { name: "Reconciliation" })).toBeFocused();
  await expect(page.getByText("Loading…")).toBeAttached();
  release();
  await expect(page.getByText("2 entries cause it")).toBeVisible(SOON);
  await expect(page.getByRole("heading", { name: "Reconciliation" })).toBeFocused();
});

test("the first view takes few requests and few bytes", async ({ page }) => {
  const portal = new MockPortal();
  const files = new Map<string, number>();
  page.on("requestfinished", async (request) => {
    const name = /assets\/([^/]+)$/.exec(new URL(request.url()).pathname)?.[1];
    // The screens behind the first view are loaded once it is shown.
    if (name?.startsWith("late") || (name === undefined && !request.isNavigationRequest())) return;
    const body = await (await request.response())?.body();
    if (body) files.set(name ?? "index.html", gzipSync(body, { level: 9 }).length);
  });
  await portal.launch(page);
  await expect(page.getByTestId("state")).toContainText("2 items need attention.");
  const calls = portal.calls.slice(0, portal.calls.indexOf("GET /attention") + 1);
  const bytes = [...files.values()].reduce((sum, size) => sum + size, 0);
  process.stdout.write(
    `the first view: ${files.size} files, ${bytes} bytes gzip; ${calls.length} calls until what needs attention is known\n`,
  );
  expect(files.size).toBeLessThanOrEqual(MOST_FILES);
  expect(bytes).toBeGreaterThan(20_000);
  expect(bytes).toBeLessThanOrEqual(MOST_BYTES);
  expect(calls.slice(0, 2)).toEqual(["POST /session", "GET /overview"]);
  expect(calls.length).toBeLessThanOrEqual(MOST_CALLS);
});
