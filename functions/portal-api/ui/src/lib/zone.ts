/** Whether times are shown in the reader's zone or in UTC. One choice for the whole page. */

import { useEffect, useState } from "preact/hooks";
import { keep, kept } from "./kept";

export type Zone = "local" | "utc";

const NAME = "zone";

let current: Zone | undefined;
const listeners = new Set<(zone: Zone) => void>();

export function zone(): Zone {
  current ??= kept(NAME) === "utc" ? "utc" : "local";
  return current;
}

export function chooseZone(next: Zone): void {
  current = next;
  keep(NAME, next);
  for (const listener of listeners) listener(next);
}

/** The choice; the one who reads it is shown again when it changes. */
export function useZone(): Zone {
  const [shown, setShown] = useState(zone);
  useEffect(() => {
    listeners.add(setShown);
    return () => void listeners.delete(setShown);
  }, []);
  return shown;
}
