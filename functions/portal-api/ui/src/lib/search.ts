/** What is searched for. It may be a person's address, so it stays in this page's memory: in no URL, and kept nowhere. */

import { useEffect, useState } from "preact/hooks";

/** The same words asked again are another question: the state of things may have changed. */
export interface Wanted {
  query: string;
  round: number;
}

let wanted: Wanted = { query: "", round: 0 };
const listeners = new Set<(wanted: Wanted) => void>();

export function lookFor(query: string): void {
  wanted = { query: query.trim(), round: wanted.round + 1 };
  for (const listener of listeners) listener(wanted);
}

export function useWanted(): Wanted {
  const [shown, setShown] = useState(wanted);
  useEffect(() => {
    listeners.add(setShown);
    setShown(wanted);
    return () => void listeners.delete(setShown);
  }, []);
  return shown;
}
