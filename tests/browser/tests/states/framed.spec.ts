/** In the dashboard's cross-site frame, where the browser refuses storage: what a person does there, in both languages. */

import { expect, type FrameLocator, test } from "@playwright/test";
import { openFramed } from "../../frame.ts";
import * as data from "../../mock/data.ts";
import { MockPortal } from "../../mock/portal.ts";
import { waitsFor } from "./screens/state.ts";

/** Names that the way through the portal is found by. */
const LANGUAGES = {
  en: {
    matches: "Stripe and your ledger match to the cent.",
    needs: "2 items need attention.",
    dispute: "Dispute over 900.00 USD",
    payout: "See the payout",
    month: "1,204",
    approve: "Approve and continue",
    notNow: "Not now",
  },
  de: {
    matches: "Stripe und Ihr Hauptbuch stimmen auf den Cent überein.",
    needs: "2 Punkte brauchen Ihre Aufmerksamkeit.",
    dispute: "Angefochtene Zahlung über 900,00 USD",
    payout: "Auszahlung ansehen",
    month: "1.204",
    approve: "Freigeben und fortfahren",
    notNow: "Nicht jetzt",
  },
};

const state = (frame: FrameLocator) => frame.getByTestId("state");
const place = (frame: FrameLocator, path: string) =>
  frame.locator(`nav a[href$="p=${path}"]`).first();

for (const [language, names] of Object.entries(LANGUAGES)) {
  test(`in ${language}: from what needs attention to the payout, and through every place`, async ({
    page,
  }) => {
    const portal = new MockPortal();
    const frame = await openFramed(page, portal, { languages: [language] });
    await expect(state(frame)).toContainText(`${names.matches} ${names.needs}`);
    await expect(frame.getByText(names.dispute)).toBeVisible();
    await frame.getByRole("link", { name: names.payout }).click();
    await expect(frame.locator("main h1")).toContainText(/24[.,]000[.,]00/);
    for (const path of [
      "/syncs",
      "/payouts",
      "/statements",
      "/search",
      "/problems",
      "/certificates",
      "/settings",
    ]) {
      await place(frame, path).click();
      await expect(frame.locator("main h1"), path).toBeFocused();
      await expect(frame.locator("[aria-busy=true]")).toHaveCount(0);
      await expect(frame.getByRole("alert"), path).toHaveCount(0);
      await expect(state(frame), path).toContainText(names.needs);
    }
    await place(frame, "/statements").click();
    await expect(frame.getByText(names.month).filter({ visible: true }).first()).toBeVisible();
    expect(portal.calls.filter((call) => call === "POST /session")).toHaveLength(1);
  });

  test(`in ${language}: an approval waits and is given, and a session that ends says so`, async ({
    page,
  }) => {
    const portal = new MockPortal();
    waitsFor(portal, "currency");
    portal.sessionMs = 150_000;
    const frame = await openFramed(page, portal, {
      path: `/runs/${data.RUN_ID}`,
      languages: [language],
    });
    await frame.getByRole("button", { name: names.notNow }).click();
    await expect(frame.getByRole("button", { name: names.approve })).toHaveCount(0);
    await frame.locator("nav a").first().click();
    await frame.getByRole("button", { name: names.approve }).click();
    await expect.poll(() => portal.calls).toContain(`POST /runs/${data.RUN_ID}/approve`);
    await page.clock.runFor(151_000);
    await expect(frame.locator("nav")).toHaveCount(0);
    await expect(frame.locator("h1")).toBeVisible();
  });
}
