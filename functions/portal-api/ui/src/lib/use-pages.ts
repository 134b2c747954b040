/** A list that is read page by page: the first page by its key, again and again, the others on request and kept behind it. */

import { useRef } from "preact/hooks";
import { type Query, useQuery } from "./query";

interface Row {
  id: string;
}

export interface Page<R extends Row = Row> {
  items: R[];
  next: string | null;
}

/** A list as far as it was read. Its rows begin with those of the first page, as that was read last. */
export interface List<P extends Page> {
  first: P;
  items: P["items"];
  next: string | null;
}

function begun<P extends Page>(first: P): List<P> {
  return { first, items: first.items, next: first.next };
}

/** The rows of `items` that `others` do not have. */
function without<R extends Row>(items: R[], others: R[]): R[] {
  const ids = new Set(others.map(({ id }) => id));
  return items.filter(({ id }) => !ids.has(id));
}

/**
 * The list with its first page read again. New rows push old ones off that page, not away: what stood behind its last row
 * still does. Where the page shows no place to go on from, rows may lie between it and the rest: the list begins again.
 */
export function renewed<P extends Page>(list: List<P> | undefined, read: List<P>): List<P> {
  if (list === undefined || read.next === null) return read;
  const last = read.items.at(-1)?.id;
  // A page that ends where it ended before may hold no row at all: it has rows left out by a filter behind it.
  const end =
    read.next === list.first.next
      ? list.first.items.length
      : list.items.findIndex(({ id }) => id === last) + 1;
  if (end === 0 && read.next !== list.first.next) return read;
  const rest = without(list.items.slice(end), read.items);
  return { first: read.first, items: [...read.items, ...rest], next: list.next };
}

/** The list with the page that was asked for at its end; as it is if it ends elsewhere by now. */
export function continued<P extends Page>(list: List<P>, from: string | null, page: P): List<P> {
  if (list.next !== from) return list;
  return { ...list, items: [...list.items, ...without(page.items, list.items)], next: page.next };
}

export interface Pages<P extends Page> {
  query: Query<List<P>>;
  items: P["items"];
  next: string | null;
  more: () => Promise<void>;
}

interface Reading<P extends Page> {
  everyMs?: (first: P) => number | null;
  /** For a list whose rows can leave it, wherever they stand: it is read again as far as it is shown. */
  whole?: boolean;
}

/** `key` names the list: another one begins again. */
export function usePages<P extends Page>(
  key: string,
  load: (cursor: string | null, signal?: AbortSignal) => Promise<P>,
  { everyMs = () => null, whole = false }: Reading<P> = {},
): Pages<P> {
  const shown = useRef(0);
  const query = useQuery<List<P>>(
    key,
    async (signal) => {
      const rows = whole ? shown.current : 0;
      let first = await load(null, signal);
      while (first.next !== null && first.items.length < rows) {
        const { items, next } = await load(first.next, signal);
        first = { ...first, items: [...first.items, ...without(items, first.items)], next };
      }
      return begun(first);
    },
    ({ first }) => everyMs(first),
    renewed,
  );
  const { items = [], next = null } = query.data ?? {};
  shown.current = items.length;
  const { change } = query;
  const more = async () => {
    const page = await load(next);
    change((list) => continued(list, next, page));
  };
  return { query, items, next, more };
}
