/** In the dashboard's frame, where the browser refuses storage: what a person changes there, and how a session ends, in both languages. */

import { expect, type FrameLocator, test } from "@playwright/test";
import { LANGUAGES, openFramed, relaunch } from "../../frame.ts";
import * as data from "../../mock/data.ts";
import { MockPortal, problem } from "../../mock/portal.ts";

/** Names that the way is found by, and words that must be there. */
const NAMES = {
  en: {
    daily: "Every day",
    hourly: "Every hour",
    unsaved: "You have unsaved changes.",
    restored: "Your unsaved changes are back.",
    save: "Save changes",
    undo: "Undo changes",
    notNow: "Not now",
    selectAll: "Select all 40",
    dismiss: "Dismiss 40 selected…",
    dismissTitle: "Dismiss 40 items?",
    reason: "Reason",
    confirm: "Dismiss",
    signedOut: "You’ve been signed out",
    ending: "less than two minutes",
    saveFirst: "Save your changes first: not all of them are kept.",
    removed: "was uninstalled from this workspace",
    unreachable: "The app could not be reached",
    reversing: "Copy reversing entry",
    prepared: "The reversing entry is ready to copy",
    stop: "Stop",
    stopConfirm: "Stop the sync",
    stopping: "Stopping",
    payout: "Payout of 24,000.00 USD",
    item: "Refused by the ledger: not valid",
    certificate: "Certificate",
    sync: "Sync",
    statement: "Payments · USD",
  },
  de: {
    daily: "Jeden Tag",
    hourly: "Jede Stunde",
    unsaved: "Es gibt ungespeicherte Änderungen.",
    restored: "Ihre ungespeicherten Änderungen sind wieder da.",
    save: "Änderungen speichern",
    undo: "Änderungen verwerfen",
    notNow: "Nicht jetzt",
    selectAll: "Alle 40 auswählen",
    dismiss: "40 ausgewählte schließen …",
    dismissTitle: "40 Punkte schließen?",
    reason: "Begründung",
    confirm: "Schließen",
    signedOut: "Sie wurden abgemeldet",
    ending: "weniger als zwei Minuten",
    saveFirst: "Speichern Sie vorher Ihre Änderungen: Nicht alle bleiben erhalten.",
    removed: "wurde aus diesem Arbeitsbereich entfernt",
    unreachable: "Die App ist nicht erreichbar",
    reversing: "Gegenbuchung kopieren",
    prepared: "Die Gegenbuchung liegt zum Kopieren bereit",
    stop: "Stoppen",
    stopConfirm: "Synchronisierung stoppen",
    stopping: "Wird gestoppt",
    payout: "Auszahlung von 24.000,00 USD",
    item: "Vom Hauptbuch abgelehnt: ungültig",
    certificate: "Zertifikat",
    sync: "Synchronisierung",
    statement: "Zahlungen · USD",
  },
};

const place = (frame: FrameLocator, path: string) =>
  frame.locator(`nav a[href$="p=${path}"]`).first();

for (const language of LANGUAGES) {
  const names = NAMES[language];
  const languages = [language];

  test(`in ${language}: unsaved settings survive a look elsewhere, are undone, and are saved`, async ({
    page,
  }) => {
    const portal = new MockPortal();
    const frame = await openFramed(page, portal, { path: "/settings", languages });
    await frame.getByLabel(names.daily).check();
    await expect(frame.getByText(names.unsaved)).toBeVisible();
    await place(frame, "/syncs").click();
    await expect(frame.locator("main h1")).toBeFocused();
    await place(frame, "/settings").click();
    await expect(frame.getByLabel(names.daily)).toBeChecked();
    await expect(frame.getByText(names.restored)).toBeVisible();
    await frame.getByRole("button", { name: names.undo }).click();
    await expect(frame.getByLabel(names.hourly)).toBeChecked();
    expect(portal.settings.revision).toBe(data.SETTINGS.revision);

    portal.differences = data.DIFFERENCES;
    await frame.getByLabel(names.daily).check();
    await frame.getByRole("button", { name: names.save }).click();
    const dialog = frame.getByRole("dialog");
    await expect(dialog.getByRole("listitem")).toHaveCount(2);
    await dialog.getByRole("button", { name: names.notNow }).click();
    // The dialog's button has the name of the page's.
    await expect(dialog).toBeHidden();
    expect(portal.settings.interval).toBe(data.SETTINGS.interval);
    await frame.getByRole("button", { name: names.save }).click();
    await dialog.getByRole("button", { name: names.save }).click();
    await expect(dialog).toBeHidden();
    await expect.poll(() => portal.settings.interval).toBe("daily");
  });

  test(`in ${language}: forty equal items are dismissed with one reason`, async ({ page }) => {
    const portal = new MockPortal();
    const one = data.PROBLEMS.find(({ code }) => code === "validation");
    if (!one) throw new Error("the mock has one");
    const forty = Array.from({ length: 40 }, (_, at) => `txn_${at}`);
    portal.problems = forty.map((subject) => ({ ...one, id: `${subject}:amount`, subject }));
    portal.objects = [];
    portal.overview.open_problems = 40;
    const sent: unknown[] = [];
    const changed = { changed: 40, left_alone: 0, more: false, open: 0, run: null, created: false };
    portal.replies.set("POST /problems/dismiss", ({ body }) => {
      sent.push(body);
      portal.problems = [];
      portal.overview.open_problems = 0;
      return { status: 200, body: changed };
    });
    const frame = await openFramed(page, portal, { path: "/problems", languages });
    await frame.getByLabel(names.selectAll).check();
    await frame.getByRole("button", { name: names.dismiss }).click();
    const dialog = frame.getByRole("dialog", { name: names.dismissTitle });
    const confirm = dialog.getByRole("button", { name: names.confirm, exact: true });
    await expect(confirm).toBeDisabled();
    await dialog.getByLabel(names.reason).fill("  Closed account.  ");
    await confirm.click();
    await expect
      .poll(() => sent)
      .toEqual([{ ids: forty.map((id) => `${id}:amount`), reason: "Closed account." }]);
    await expect(frame.getByLabel(names.selectAll)).toHaveCount(0);
  });

  test(`in ${language}: where the frame may not write to the clipboard, the reversing entry is there to copy`, async ({
    page,
  }) => {
    const portal = new MockPortal();
    portal.problems = [...portal.problems, data.FOREIGN];
    const path = `/problems/${data.FOREIGN.id}`;
    await page.addInitScript(() =>
      Object.defineProperty(navigator, "clipboard", { value: undefined }),
    );
    const frame = await openFramed(page, portal, { path, languages });
    await frame.getByRole("button", { name: names.reversing }).click();
    await expect(frame.getByText(names.prepared).first()).toBeVisible();
    await expect(frame.locator("textarea")).toHaveValue(data.REVERSING_ENTRY.body);
  });

  test(`in ${language}: a sync is started, watched and stopped`, async ({ page }) => {
    const portal = new MockPortal();
    portal.detail = data.detail(data.RUNNING);
    if (portal.overview.stripe) portal.overview.stripe.current_run = data.RUN_ID;
    portal.overview.open_run = data.run(data.RUNNING);
    portal.replies.set(`POST /runs/${data.RUN_ID}/stop`, () => {
      portal.detail = data.detail({ ...data.RUNNING, stop_requested: true });
      return { status: 202, body: portal.detail };
    });
    const frame = await openFramed(page, portal, { path: `/runs/${data.RUN_ID}`, languages });
    await expect(frame.getByTestId("records-read")).toBeVisible();
    await frame.getByRole("button", { name: names.stop, exact: true }).click();
    await frame.getByRole("dialog").getByRole("button", { name: names.stopConfirm }).click();
    await expect(frame.getByText(names.stopping, { exact: true })).toBeVisible();
  });

  test(`in ${language}: a run, a payout, an item, a statement and a certificate open by their address`, async ({
    page,
  }) => {
    const portal = new MockPortal();
    let frame = await openFramed(page, portal, { path: `/runs/${data.RUN_ID}`, languages });
    await expect(frame.getByRole("heading", { name: names.sync, exact: true })).toBeVisible();
    for (const [path, says] of [
      [`/payouts/${data.PAYOUT_DETAIL.id}`, names.payout],
      ["/problems/txn_9Z8x7C6v5B:amount", names.item],
      [`/certificates/${data.PROOF.id}`, names.certificate],
      ["/statements&month=2026-09", names.statement],
    ] as const) {
      frame = await relaunch(page, new MockPortal(), path);
      await expect(frame.locator("main").getByText(says).first(), path).toBeVisible();
      await expect(frame.locator("[aria-busy=true]")).toHaveCount(0);
    }
    await expect(frame.locator("main select").first()).toHaveValue("2026-09");
  });

  test(`in ${language}: a session says that it ends, ends, and a new launch works without what was kept`, async ({
    page,
  }) => {
    const frame = await openFramed(page, new MockPortal(), { path: "/settings", languages });
    await frame.getByLabel(names.daily).check();
    await page.clock.fastForward(13 * 60_000 + 10_000);
    const warning = frame.getByRole("status").filter({ hasText: names.ending });
    await expect(warning).toContainText(names.saveFirst);
    await page.clock.fastForward(2 * 60_000);
    await expect(frame.getByRole("heading", { name: names.signedOut })).toBeVisible();
    // The browser keeps nothing for this frame: the app opens, and says nothing that it does not know.
    const later = new MockPortal(() => data.NOW + 16 * 60_000);
    const next = await relaunch(page, later);
    await expect(next.getByTestId("state")).toBeVisible();
    await place(next, "/settings").click();
    await expect(next.getByLabel(names.hourly)).toBeChecked();
    await expect(next.getByText(names.restored)).toHaveCount(0);
  });

  test(`in ${language}: in a dashboard of the app’s own site a new launch returns to the place and to what was typed`, async ({
    page,
  }) => {
    const portal = new MockPortal();
    const frame = await openFramed(page, portal, { path: "/settings", languages, site: "own" });
    await frame.getByLabel(names.daily).check();
    await expect(frame.getByText(names.unsaved)).toBeVisible();
    await page.clock.fastForward(16 * 60_000);
    await expect(frame.getByRole("heading", { name: names.signedOut })).toBeVisible();
    const next = await relaunch(page, new MockPortal(() => data.NOW + 17 * 60_000));
    await expect(next.getByLabel(names.daily)).toBeChecked();
    await expect(next.getByText(names.restored)).toBeVisible();
  });

  test(`in ${language}: a session that may be renewed is while it is used, and an uninstall ends it`, async ({
    page,
  }) => {
    const portal = new MockPortal();
    portal.renewableMs = 60 * 60_000;
    const frame = await openFramed(page, portal, { languages });
    const renewals = () => portal.calls.filter((call) => call === "POST /session/renew").length;
    await page.clock.fastForward(9 * 60_000);
    await place(frame, "/syncs").click();
    await page.clock.fastForward(2 * 60_000);
    await expect.poll(renewals).toBe(1);
    await page.clock.fastForward(5 * 60_000);
    await expect(frame.locator("main h1")).toBeVisible();
    portal.replies.set("GET /payouts", problem(401, "session_over", "You’ve been signed out"));
    await place(frame, "/payouts").click();
    await expect(frame.getByRole("heading", { name: names.signedOut })).toBeVisible();
    await expect(frame.getByText(names.removed)).toBeVisible();
  });

  test(`in ${language}: times in UTC are chosen for the page, and an outage is shown until it ends`, async ({
    page,
  }) => {
    const portal = new MockPortal();
    const frame = await openFramed(page, portal, { path: `/runs/${data.RUN_ID}`, languages });
    await frame.getByRole("radio", { name: "UTC", exact: true }).check();
    await place(frame, "/syncs").click();
    await expect(frame.getByRole("radio", { name: "UTC", exact: true })).toBeChecked();
    for (const text of await frame.locator("time").allTextContents())
      expect(text).toMatch(/UTC\)?$/);
    await frame.locator("nav a").first().click();
    portal.replies.set("GET /overview", { status: 500, drop: true });
    await page.clock.runFor(6_000);
    await expect(frame.getByRole("alert")).toContainText(names.unreachable);
    portal.replies.delete("GET /overview");
    // Second by second: time that jumps while an answer is under way lets the call run out of time.
    await expect(async () => {
      await page.clock.runFor(1_000);
      await expect(frame.getByRole("alert")).toHaveCount(0, { timeout: 100 });
    }).toPass();
  });
}
