/** What everybody can reach: targets of 24 px, forced colours, 400 %, and no more announcements than one can hear. */

import { expect, type Locator, type Page, test } from "@playwright/test";
import * as data from "../../mock/data.ts";
import { MockPortal } from "../../mock/portal.ts";
import { sideways } from "../../sideways.ts";

const PLACES = [
  "/",
  "/syncs",
  `/runs/${data.RUN_ID}`,
  "/payouts",
  `/payouts/${data.PAYOUT_DETAIL.id}`,
  "/statements",
  `/search&id=${data.PAYOUT_DETAIL.id}`,
  "/problems",
  "/problems/txn_9Z8x7C6v5B:amount",
  "/certificates",
  `/certificates/${data.PROOF.id}`,
  "/settings",
  "/stripe",
  "/access",
  "/activity",
];

/** Shows each place in turn, in one session. */
async function visit(page: Page, look: (place: string) => Promise<void>): Promise<void> {
  for (const place of PLACES) {
    await page.evaluate((path) => {
      window.location.hash = `#p=${path}`;
    }, place);
    await expect(page.locator("main h1")).toBeVisible();
    await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
    await look(place);
  }
}

function smallTargets(): string[] {
  const faults: string[] = [];
  for (const target of document.querySelectorAll("a, button, input, select, summary")) {
    const label = target.closest("label") ?? target;
    const box = label.getBoundingClientRect();
    // A link in a sentence is as high as its line: WCAG 2.2 leaves those out.
    const inline = target.tagName === "A" && getComputedStyle(target).display === "inline";
    if (box.width > 0 && !inline && (box.width < 24 || box.height < 23.5))
      faults.push(`${target.tagName} ${target.textContent} ${box.width}×${box.height}`);
  }
  return faults;
}

test("on every place each target is 24 px or stands in a sentence, and nothing scrolls sideways at 400 %", async ({
  page,
}) => {
  const portal = new MockPortal();
  portal.overview.open_problems = 3;
  // 1280 × 800 at 400 %.
  await page.setViewportSize({ width: 320, height: 200 });
  await portal.launch(page);
  await visit(page, async (place) => {
    expect(await page.evaluate(smallTargets), place).toEqual([]);
    expect(await sideways(page), place).toEqual([]);
  });
});

test("with forced colours what is chosen is seen", async ({ page }) => {
  const portal = new MockPortal();
  await page.emulateMedia({ forcedColors: "active" });
  await portal.launch(page, "/syncs");
  const look = (target: Locator) =>
    target.evaluate((element) => {
      const { color, backgroundColor, borderColor, borderWidth } = getComputedStyle(element);
      return [color, backgroundColor, borderColor, borderWidth].join(" ");
    });
  const places = page.getByRole("navigation", { name: "Main" }).getByRole("link");
  await expect(places).toHaveCount(8);
  expect(await look(places.nth(1))).not.toBe(await look(places.nth(0)));
  const tiles = page.getByRole("navigation", { name: "Filter syncs" }).getByRole("link");
  expect(await look(tiles.nth(0))).not.toBe(await look(tiles.nth(1)));
  const themes = page.getByRole("group", { name: "Appearance" }).locator("label span");
  expect(await look(themes.nth(0))).not.toBe(await look(themes.nth(1)));
  await page.evaluate(() => {
    window.location.hash = "#p=/problems";
  });
  const tabs = page.getByRole("navigation", { name: "Filter items by state" }).getByRole("link");
  await expect(tabs).toHaveCount(3);
  expect(await look(tabs.nth(0))).not.toBe(await look(tabs.nth(1)));
});

test("progress is announced now and then, not with every page", async ({ page }) => {
  const portal = new MockPortal();
  if (portal.overview.stripe) portal.overview.stripe.current_run = data.RUN_ID;
  portal.overview.open_run = data.run(data.RUNNING);
  portal.detail = data.detail({ ...data.RUNNING, records: 0 });
  portal.replies.set(`GET /runs/${data.RUN_ID}`, () => {
    portal.detail = { ...portal.detail, records: Number(portal.detail.records) + 100 };
    return { status: 200, body: portal.detail };
  });
  await portal.launch(page);
  await expect(page.getByRole("heading", { name: "Syncing now" })).toBeVisible();
  await page.evaluate(() => {
    const spoken: string[] = [];
    Object.assign(window, { spoken });
    const region = [...document.querySelectorAll("[role=status]")].at(-1);
    new MutationObserver(() => spoken.push(region?.textContent ?? "")).observe(
      region ?? document.body,
      {
        childList: true,
        characterData: true,
        subtree: true,
      },
    );
  });
  for (let second = 0; second < 60; second += 1) await page.clock.runFor(1000);
  const spoken = await page.evaluate(() => (window as unknown as { spoken: string[] }).spoken);
  expect(spoken.length).toBeGreaterThan(0);
  expect(spoken.length).toBeLessThanOrEqual(4);
  // Far more answers than announcements, whatever the machine's speed.
  expect(Number(portal.detail.records)).toBeGreaterThan(1000);
});

test("a very long account name and huge amounts fit", async ({ page }) => {
  const portal = new MockPortal();
  if (portal.overview.stripe)
    portal.overview.stripe.display_name = `Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft ${"Name ".repeat(12)}`;
  for (const [path, width] of [
    ["/", 330],
    ["/", 1280],
    ["/stripe", 330],
  ] as const) {
    await page.setViewportSize({ width, height: 800 });
    if (path === "/" && width === 330) await portal.launch(page);
    await page.evaluate((place) => {
      window.location.hash = `#p=${place}`;
    }, path);
    await expect(page.locator("main h1")).toBeVisible();
    expect(await sideways(page), `${path} ${width}`).toEqual([]);
  }
});

/** Words that take more than one line though the language does not break them there. */
function brokenWords(places: Element[]): string[] {
  return places.flatMap((place) => {
    const name = [...place.childNodes].find(({ nodeType }) => nodeType === Node.TEXT_NODE);
    const text = name?.textContent ?? "";
    return [...text.matchAll(/[^\s\u00AD]+/g)]
      .filter(({ 0: word, index }) => {
        const range = document.createRange();
        if (name) range.setStart(name, index);
        if (name) range.setEnd(name, index + word.length);
        return range.getClientRects().length !== 1;
      })
      .map(([word]) => word);
  });
}

// Which fonts a machine has is not known; the wide one stands for those with wider letters than any other.
for (const [language, font] of [
  ["en", "sans-serif"],
  ["de", "sans-serif"],
  ["de", "monospace"],
] as const)
  test(`in ${language}, ${font}: the places stand in one row from 620 px on`, async ({ page }) => {
    await page.addInitScript((tag) => {
      Object.defineProperty(navigator, "languages", { get: () => [tag], configurable: true });
    }, language);
    const portal = new MockPortal();
    portal.overview.open_problems = 3;
    await portal.launch(page);
    await page.evaluate((family) => {
      document.documentElement.style.setProperty("--sans", family);
    }, font);
    const links = page.getByRole("banner").locator("nav a");
    await expect(links).toHaveCount(8);
    for (const width of [620, 768, 900, 1000, 1159, 1160, 1200, 1280, 1440]) {
      await page.setViewportSize({ width, height: 800 });
      const tops = await links.evaluateAll((all) =>
        all.map((one) => Math.round(one.getBoundingClientRect().top)),
      );
      expect(new Set(tops).size, `${width} px`).toBe(1);
      if (width >= 768) expect(await links.evaluateAll(brokenWords), `${width} px`).toEqual([]);
      expect(await sideways(page), `${width} px`).toEqual([]);
    }
  });
