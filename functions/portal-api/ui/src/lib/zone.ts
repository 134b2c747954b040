/** Whether times are shown in the reader's zone or in UTC. One choice for the whole page. */

import { useEffect, useState } from "preact/hooks";
import { savedValue, saveValue } from "./storage";

export type Zone = "local" | "utc";

const NAME = "zone";

let current: Zone | undefined;
const listeners = new Set<(zone: Zone) => void>();

export function zone(): Zone {
  current ??= savedValue(NAME) === "utc" ? "utc" : "local";
  return current;
}

export function chooseZone(next: Zone): void {
  current = next;
  saveValue(NAME, next);
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
