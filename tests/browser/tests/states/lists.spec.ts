/** Lists that are read page by page: new rows on top push no row away. */

import { expect, type Page } from "@playwright/test";
import * as data from "../../mock/data.ts";
import { MockPortal } from "../../mock/portal.ts";
import { test } from "../../shared-page.ts";

interface Listed {
  path: string;
  call: string;
  /** What names the place at which a page begins. */
  cursor: "before" | "cursor";
  row: (id: string) => object;
  body: (rows: object[], next: string | null) => object;
  /** What each row has once, with its id in it. */
  shows: string;
}

const LISTS: Listed[] = [
  {
    path: "/payouts",
    call: "GET /payouts",
    cursor: "cursor",
    row: (id) => ({ ...data.PAYOUTS[1], id }),
    body: (payouts, next) => ({ payouts, next }),
    shows: 'a[href*="/payouts/row-"]',
  },
  {
    path: "/activity",
    call: "GET /activity",
    cursor: "cursor",
    row: (id) => ({ ...data.ACTIVITY.entries[1], id, subject: id }),
    body: (entries, next) => ({ ...data.ACTIVITY, entries, next }),
    shows: 'a[href*="/problems/row-"]',
  },
  {
    path: "/notices",
    call: "GET /notices/deliveries",
    cursor: "before",
    row: (id) => ({ ...data.DELIVERIES[1], id, type: "not.known", title: id }),
    body: (deliveries, next) => ({ deliveries, next }),
    shows: 'tbody th [lang="en"]',
  },
  {
    path: "/certificates",
    call: "GET /certificates",
    cursor: "before",
    row: (id) => ({ ...data.CERTIFICATES[0], id }),
    body: (certificates, next) => ({ certificates, next }),
    shows: 'a[href*="/certificates/row-"]',
  },
  {
    path: "/syncs",
    call: "GET /runs",
    cursor: "before",
    row: (id) => data.run({ id }),
    body: (runs, next) => ({ runs, next, tallies: data.TALLIES }),
    shows: 'a[href*="/runs/row-"]',
  },
  {
    path: "/problems",
    call: "GET /problems",
    cursor: "before",
    row: (id) => ({ ...data.PROBLEMS[1], id, subject: id }),
    body: (problems, next) => ({ problems, next }),
    shows: 'a[href*="/problems/row-"]',
  },
];

const PER_PAGE = 3;

/** The ids of rows from a number down to another. */
function ids(from: number, to: number): string[] {
  return Array.from(
    { length: from - to + 1 },
    (_, at) => `row-${String(from - at).padStart(2, "0")}`,
  );
}

/** A list of the rows down from the newest one, which a test can raise. */
function listIn(portal: MockPortal, { call, cursor, row, body }: Listed) {
  const list = { newest: 20, gone: [] as string[] };
  portal.replies.set(call, ({ query }) => {
    const all = ids(list.newest, 1);
    const before = query.get(cursor);
    const left = all
      .slice(before === null ? 0 : all.indexOf(before) + 1)
      .filter((id) => !list.gone.includes(id));
    const page = left.slice(0, PER_PAGE);
    const next = left.length > PER_PAGE ? (page.at(-1) ?? null) : null;
    return { status: 200, body: body(page.map(row), next) };
  });
  return list;
}

async function expectRows(page: Page, { shows }: Listed, expected: string[]): Promise<void> {
  const shown = () =>
    page
      .locator("main")
      .locator(shows)
      .evaluateAll((rows) => rows.map((row) => /row-\d\d/.exec(row.outerHTML)?.[0]));
  await expect.poll(shown).toEqual(expected);
}

const returnToTab = (page: Page) =>
  page.evaluate(() => void document.dispatchEvent(new Event("visibilitychange")));

for (const listed of LISTS) {
  test(`${listed.path}: after more rows and a return to the tab each row is there once`, async ({
    page,
  }) => {
    const portal = new MockPortal();
    portal.objects = [];
    const list = listIn(portal, listed);
    await portal.launch(page, listed.path);
    await expectRows(page, listed, ids(20, 18));
    const more = page.getByRole("button", { name: "Load more" });
    await more.click();
    // A group of items shows a few of them at first.
    if (listed.path === "/problems") await page.getByRole("button", { name: "Show all 6" }).click();
    await expectRows(page, listed, ids(20, 15));
    list.newest = 22;
    await returnToTab(page);
    await expectRows(page, listed, ids(22, 15));
    await more.click();
    await expectRows(page, listed, ids(22, 12));
  });
}

for (const listed of LISTS.filter(({ path }) => path === "/payouts" || path === "/syncs")) {
  test(`${listed.path}: the list begins again when rows may be missing between new ones and others`, async ({
    page,
  }) => {
    const portal = new MockPortal();
    const list = listIn(portal, listed);
    await portal.launch(page, listed.path);
    await expectRows(page, listed, ids(20, 18));
    const more = page.getByRole("button", { name: "Load more" });
    await more.click();
    await expectRows(page, listed, ids(20, 15));
    list.newest = 40;
    await returnToTab(page);
    await expectRows(page, listed, ids(40, 38));
    await more.click();
    await expectRows(page, listed, ids(40, 35));
  });
}

test("an item that is dismissed leaves the list, and the others stay as far as they are shown", async ({
  page,
}) => {
  const listed = LISTS.find(({ path }) => path === "/problems");
  if (!listed) throw new Error("it is listed");
  const portal = new MockPortal();
  portal.objects = [];
  const list = listIn(portal, listed);
  portal.replies.set("POST /problems/dismiss", ({ body }) => {
    list.gone.push(...(body as { ids: string[] }).ids);
    return {
      status: 200,
      body: { changed: 1, left_alone: 0, more: false, open: 19, run: null, created: false },
    };
  });
  await portal.launch(page, listed.path);
  await expectRows(page, listed, ids(20, 18));
  await page.getByRole("button", { name: "Load more" }).click();
  await page.getByRole("button", { name: "Show all 6" }).click();
  await expectRows(page, listed, ids(20, 15));
  await page.getByRole("button", { name: "Dismiss…" }).last().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Reason").fill("Known since May.");
  await dialog.getByRole("button", { name: "Dismiss" }).click();
  await expect(dialog).toBeHidden();
  expect(list.gone).toEqual(["row-15"]);
  await expectRows(page, listed, [...ids(20, 16), "row-14"]);
});
