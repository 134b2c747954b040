import { afterEach, describe, expect, it, vi } from "vitest";
import { mount } from "../house/hook";
import { continued, type List, type Page, renewed, usePages } from "./use-pages";

afterEach(() => vi.unstubAllGlobals());

interface Versioned {
  id: string;
  version: number;
}

/** A page of the rows from one number down to another; the rest follows its last row. */
function page(from: number, to: number, version = 1): Page<Versioned> {
  const items = [];
  for (let at = from; at >= to; at -= 1) items.push({ id: `row${at}`, version });
  return { items, next: to > 1 ? `row${to}` : null };
}

function first(read: Page<Versioned>): List<Page<Versioned>> {
  return { first: read, items: read.items, next: read.next };
}

const ids = ({ items }: { items: { id: string }[] }) => items.map(({ id }) => id);
const rows = (from: number, to: number) => ids(page(from, to));

describe("a list whose first page is read again", () => {
  const two = continued(first(page(20, 18)), "row18", page(17, 15));

  it("keeps what new rows push off that page, each once, in order and as it was read last", () => {
    const list = renewed(two, first(page(22, 20, 2)));
    expect(ids(list)).toEqual(rows(22, 15));
    expect(list.items.map(({ version }) => version)).toEqual([2, 2, 2, 1, 1, 1, 1, 1]);
    expect(list.next).toBe("row15");
    expect(ids(renewed(list, first(page(24, 22))))).toEqual(rows(24, 15));
  });

  it("also without a further page, and continues from where it ended", () => {
    const list = renewed(first(page(20, 18)), first(page(21, 19)));
    expect(ids(list)).toEqual(rows(21, 18));
    expect(ids(continued(list, list.next, page(17, 15)))).toEqual(rows(21, 15));
  });

  it("begins again where rows may lie between: no gap is hidden", () => {
    const read = first(page(26, 24));
    expect(renewed(two, read)).toEqual(read);
    expect(renewed(two, first(page(23, 21)))).toEqual(first(page(23, 21)));
  });

  it("loses what has left it, as far as the page shows that", () => {
    const left = { items: page(20, 17).items.filter(({ id }) => id !== "row19"), next: "row17" };
    expect(ids(renewed(two, first(left)))).toEqual(["row20", "row18", "row17", "row16", "row15"]);
    const all = first({ items: page(20, 19).items, next: null });
    expect(renewed(two, all)).toEqual(all);
    // It reaches further than everything that is shown.
    const further = first({ items: page(16, 14).items, next: "row14" });
    expect(renewed(two, further)).toEqual(further);
  });

  it("keeps what stands behind a page of which a filter leaves nothing", () => {
    const none = { items: [], next: "row18" };
    const list = continued(first(none), "row18", page(17, 15));
    expect(renewed(list, first(none))).toEqual(list);
    expect(renewed(list, first({ items: [], next: "row21" })).items).toEqual([]);
  });
});

it("a page that was asked for at another end is not put behind this one", () => {
  const list = first(page(20, 18));
  expect(continued(list, "row15", page(14, 12))).toBe(list);
});

/** The API: the rows down from the newest, three in a page. */
function api() {
  const gone = new Set<string>();
  const state = { newest: 20, gone, reads: 0 };
  const load = async (cursor: string | null): Promise<Page<Versioned>> => {
    state.reads += 1;
    const all = page(state.newest, 1).items;
    const from = cursor === null ? 0 : all.findIndex(({ id }) => id === cursor) + 1;
    const left = all.slice(from).filter(({ id }) => !gone.has(id));
    const items = left.slice(0, 3);
    return { items, next: left.length > 3 ? (items.at(-1)?.id ?? null) : null };
  };
  return { state, load };
}

it("rows stay after more of them and a return to the tab", async () => {
  const { state, load } = api();
  const list = await mount(() => usePages("list", load));
  await list.doing(() => list.now().more());
  expect(ids(list.now())).toEqual(rows(20, 15));
  state.newest = 22;
  await list.returns();
  expect(ids(list.now())).toEqual(rows(22, 15));
  await list.doing(() => list.now().more());
  expect(ids(list.now())).toEqual(rows(22, 12));
  state.newest = 40;
  await list.returns();
  expect(ids(list.now())).toEqual(rows(40, 38));
  expect(list.now().next).toBe("row38");
  list.unmount();
});

it("a list whose rows can leave it is read again as far as it is shown", async () => {
  const { state, load } = api();
  const list = await mount(() => usePages("list", load, { whole: true }));
  await list.doing(() => list.now().more());
  state.gone.add("row15").add("row17");
  state.reads = 0;
  await list.doing(() => list.now().query.reload());
  expect(state.reads).toBe(2);
  expect(ids(list.now())).toEqual(["row20", "row19", "row18", "row16", "row14", "row13"]);
  state.newest = 22;
  await list.returns();
  expect(ids(list.now()).slice(0, 4)).toEqual(["row22", "row21", "row20", "row19"]);
  expect(new Set(ids(list.now())).size).toBe(8);
  list.unmount();
});

it("another key is another list", async () => {
  const { load } = api();
  let key = "all";
  const list = await mount(() => usePages(key, load));
  await list.doing(() => list.now().more());
  key = "some";
  await list.again();
  expect(ids(list.now())).toEqual(rows(20, 18));
  list.unmount();
});
