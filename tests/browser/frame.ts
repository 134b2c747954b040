/** The portal as Blnk Cloud shows it: in a frame of another site, whose storage the browser refuses. */

import { expect, type FrameLocator, type Page } from "@playwright/test";
import * as data from "./mock/data.ts";
import { launchToken, type MockPortal, ORIGIN } from "./mock/portal.ts";

/** Dashboards: of another site, as Blnk Cloud's is, and of the app's own, as a deployer may have it. */
const DASHBOARDS = { other: "http://cloud.dashboard.test", own: "http://cloud.portal.test" };

export const LANGUAGES = ["en", "de"] as const;

interface FrameOptions {
  /** The place that the dashboard's link names. */
  path?: string;
  languages?: string[];
  /** Whose site the dashboard is of: a frame of another one has no storage. */
  site?: keyof typeof DASHBOARDS;
}

/** What a browser does that blocks third-party storage: even a look at it throws. */
function refuseStorage(): void {
  for (const name of ["sessionStorage", "localStorage", "indexedDB", "caches"] as const)
    Object.defineProperty(window, name, {
      configurable: true,
      get: () => {
        throw new DOMException("The operation is insecure.", "SecurityError");
      },
    });
}

function addressOf(path: string, launchId?: string): string {
  const hash = path === "/" ? "" : `#p=${path}`;
  return `${ORIGIN}/portal?token=${launchToken(launchId)}${hash}`;
}

/** The portal in the dashboard's frame, once it shows a place. */
async function shown(page: Page): Promise<FrameLocator> {
  const frame = page.frameLocator("iframe");
  await expect(frame.locator("main h1")).toBeVisible();
  return frame;
}

/** Opens the portal in the frame, as a browser of these languages. */
export async function openFramed(
  page: Page,
  portal: MockPortal,
  { path = "/", languages = ["en"], site = "other" }: FrameOptions = {},
): Promise<FrameLocator> {
  const dashboard = DASHBOARDS[site];
  portal.framedBy = dashboard;
  await page.addInitScript((tags) => {
    Object.defineProperty(navigator, "languages", { get: () => tags, configurable: true });
  }, languages);
  if (site === "other") await page.addInitScript(refuseStorage);
  await portal.attach(page);
  await page.clock.install({ time: data.NOW });
  await page.route(`${dashboard}/`, (route) =>
    route.fulfill({
      contentType: "text/html",
      body: `<!doctype html><title>Dashboard</title><iframe title="Stripe Sync" src="${addressOf(path)}" allow="clipboard-write" style="width:1000px;height:900px"></iframe>`,
    }),
  );
  await page.goto(`${dashboard}/`);
  return shown(page);
}

/** The dashboard launches the app again: the old frame goes, and a new one opens with a token of its own. */
export async function relaunch(page: Page, portal: MockPortal, path = "/"): Promise<FrameLocator> {
  portal.framedBy = new URL(page.url()).origin;
  await page.unroute(`${ORIGIN}/**`);
  await portal.attach(page);
  await page.evaluate(
    (address) => {
      const old = document.querySelector("iframe");
      const next = old?.cloneNode() as HTMLIFrameElement;
      next.src = address;
      old?.replaceWith(next);
    },
    addressOf(path, "01JD0000000000000000SECOND"),
  );
  return shown(page);
}
