/** A list that is read page by page: the first page by its key, the others on request and kept behind it. */

import { useState } from "preact/hooks";
import { type Action, type Query, useAction, useQuery } from "./query";

interface Page {
  items: unknown[];
  next: string | null;
}

interface Pages<P extends Page> {
  first: Query<P>;
  items: P["items"];
  next: string | null;
  more: Action<[]>;
}

/** `key` names the list: another one begins again, so its component needs that key as well. */
export function usePages<P extends Page>(
  key: string,
  load: (cursor: string | null, signal?: AbortSignal) => Promise<P>,
): Pages<P> {
  const first = useQuery(key, (signal) => load(null, signal));
  const [older, setOlder] = useState<Page | undefined>();
  const next = older ? older.next : (first.data?.next ?? null);
  const more = useAction(async () => {
    const page = await load(next);
    setOlder((old) => ({ items: [...(old?.items ?? []), ...page.items], next: page.next }));
  });
  return { first, items: [...(first.data?.items ?? []), ...(older?.items ?? [])], next, more };
}
