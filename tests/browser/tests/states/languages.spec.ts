/** Languages: German complete, what does not come from the catalogue, longer words, and from right to left. */

import { expect, type Page, test } from "@playwright/test";
import { expectAccessible } from "../../axe.ts";
import * as data from "../../mock/data.ts";
import { MockPortal, ORIGIN } from "../../mock/portal.ts";
import { sideways } from "../../sideways.ts";

const PLACES: { name: string; path: string; arrange?: (portal: MockPortal) => void }[] = [
  {
    name: "overview",
    path: "/",
    arrange: (portal) => {
      portal.overview.open_problems = 3;
    },
  },
  {
    name: "differences",
    path: "/",
    arrange: (portal) => {
      portal.overview.last_proof = data.PROOF_MISMATCH;
    },
  },
  { name: "first steps", path: "/", arrange: (portal) => portal.beforeFirstSync() },
  {
    name: "waiting",
    path: `/runs/${data.RUN_ID}`,
    arrange: (portal) => {
      portal.detail = data.detail(data.WAITING);
    },
  },
  { name: "run", path: `/runs/${data.RUN_ID}` },
  {
    name: "preview",
    path: `/runs/${data.RUN_ID}`,
    arrange: (portal) => {
      portal.beforeFirstSync();
      portal.detail = data.detail(data.PREVIEW);
    },
  },
  { name: "syncs", path: "/syncs" },
  { name: "needs attention", path: "/problems" },
  { name: "reconciliation", path: "/certificates" },
  { name: "certificate", path: `/certificates/${data.PROOF.id}` },
  { name: "settings", path: "/settings" },
  { name: "stripe account", path: "/stripe" },
  {
    name: "connect",
    path: "/stripe",
    arrange: (portal) => {
      portal.overview.stripe = null;
    },
  },
  { name: "notices", path: "/notices" },
  { name: "access", path: "/access" },
  { name: "statements", path: "/statements" },
  { name: "journal", path: "/statements&view=journal" },
  { name: "payouts", path: "/payouts" },
  {
    name: "payout",
    path: `/payouts/${data.PAYOUT_DETAIL.id}`,
    arrange: ({ reports }) => {
      reports.membersPerPage = 12;
    },
  },
  { name: "search", path: `/search&id=${data.PAYOUT_DETAIL.id}` },
  { name: "activity", path: "/activity" },
];

/** Opens the page as a browser of these languages. */
async function open(
  page: Page,
  languages: string[],
  place: (typeof PLACES)[number],
): Promise<void> {
  await page.addInitScript((tags) => {
    Object.defineProperty(navigator, "languages", { get: () => tags, configurable: true });
  }, languages);
  // Nothing is left of the language before: neither answers nor a session.
  await page.goto("about:blank");
  await page.unrouteAll();
  const portal = new MockPortal();
  place.arrange?.(portal);
  await page.setViewportSize({ width: 320, height: 700 });
  await portal.launch(page, place.path);
  await expect(page.locator("main h1")).toBeVisible();
  await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
}

/** Codes, names, amounts and days: what does not come from the catalogue in any language. */
const DATA =
  /^(?:[A-Z]{3}(?:, [A-Z]{3})*|[A-Z][a-z]{2} \d{1,2}, \d{4}|[A-Z][a-z]+ \d{4}|Northwind Traders Ltd|certificate-\S+|@\S+|enabled|disabled)$/;

/** Texts and names on the page that do not come from the catalogue; data and the API's own sentences aside. */
async function unmarked(page: Page): Promise<string[]> {
  const texts = await page.evaluate(() => {
    const found: string[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const own = node.parentElement?.closest("code, time, [lang=en], textarea, script, noscript");
      if (!own) found.push((node.textContent ?? "").trim());
    }
    for (const element of document.querySelectorAll(
      "[aria-label], [placeholder], [title]:not(time)",
    ))
      for (const name of ["aria-label", "placeholder", "title"])
        found.push(element.getAttribute(name)?.trim() ?? "");
    return [...new Set(found)];
  });
  return texts.filter((text) => /\p{L}/u.test(text) && !text.includes("⟦") && !DATA.test(text));
}

for (const place of PLACES) {
  test(`${place.name}: its texts come from the catalogue, longer words and right to left fit, German is accessible`, async ({
    page,
  }) => {
    await open(page, ["en-XA"], place);
    await expect(page.locator("html")).toHaveAttribute("lang", "en-XA");
    expect(await unmarked(page)).toEqual([]);
    expect(await sideways(page), "longer words, 320 px").toEqual([]);
    await page.setViewportSize({ width: 1440, height: 700 });
    expect(await sideways(page), "longer words, 1440 px").toEqual([]);

    await open(page, ["ar-XB"], place);
    await expect(page.locator("html")).toHaveAttribute("dir", "rtl");
    for (const width of [320, 1440]) {
      await page.setViewportSize({ width, height: 700 });
      expect(await sideways(page), `right to left, ${width} px`).toEqual([]);
    }
    const brand = await page.getByRole("banner").locator("p").first().boundingBox();
    expect(brand?.x).toBeGreaterThan(700);

    await open(page, ["de-AT", "en"], place);
    await expect(page.locator("html")).toHaveAttribute("lang", "de");
    await expect(page.getByRole("navigation", { name: "Hauptnavigation" })).toContainText(
      "Handlungsbedarf",
    );
    expect(await sideways(page), "German, 320 px").toEqual([]);
    await expectAccessible(page, place.name);
  });
}

test("numbers, dates and words are of one system, with Latin digits", async ({ page }) => {
  const overview = PLACES[0];
  if (!overview) throw new Error("a place");
  await open(page, ["de-DE"], overview);
  await page.getByRole("button", { name: "Salden zeigen" }).click();
  const usd = page.getByRole("table").getByRole("row").filter({ hasText: "USD" });
  await expect(usd).toContainText("1.844.674.407.370.955,16");
  await expect(usd).toContainText("1.204 Datensätze");
  await expect(page.getByTestId("state")).toContainText("vor 4 Minuten");
  await expect(page.getByTestId("state")).toContainText(
    "stimmen auf den Cent überein. 4 Punkte brauchen",
  );
});

test.describe("a browser in Arabic", () => {
  test.use({ locale: "ar-EG" });

  test("has English with English numbers, dates and digits", async ({ page }) => {
    const portal = new MockPortal();
    portal.objects = [];
    await portal.launch(page);
    await expect(page.getByTestId("state")).toContainText("4 minutes ago (10:26 AM UTC)");
    await expect(page.locator("html")).toHaveAttribute("lang", "en");
    expect(await page.locator("body").textContent()).not.toMatch(/[٠-٩]/);
  });
});

test("only the chosen language is loaded, and one that does not come leaves English", async ({
  page,
}) => {
  const asked: string[] = [];
  page.on("request", (request) => {
    const name = /assets\/([a-z]+)-[\w-]+\.js$/.exec(request.url())?.[1];
    if (name) asked.push(name);
  });
  const overview = PLACES[0];
  if (!overview) throw new Error("a place");
  await open(page, ["de"], overview);
  expect(asked).toContain("de");
  expect(asked).not.toContain("en");
  await page.route(`${ORIGIN}/portal/assets/de-*.js`, (route) => route.abort());
  await page.reload();
  await expect(page.getByRole("navigation", { name: "Main" })).toBeVisible();
  await expect(page.locator("html")).toHaveAttribute("lang", "en");
});
