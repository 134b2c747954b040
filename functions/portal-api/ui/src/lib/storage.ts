/** Values that the browser keeps for this page, such as its reader's choices. Where it refuses storage, as in a blocked frame, they last as long as the page. */

const PREFIX = "stripe-sync/";
const memory = new Map<string, string>();

type Place = "browser" | "tab" | "page";

function storage(place: Place): Storage | undefined {
  if (place === "page") return undefined;
  try {
    return place === "browser" ? window.localStorage : window.sessionStorage;
  } catch {
    return undefined;
  }
}

/** `tab` for what must not outlive the tab, `page` for what must not be written down at all. */
export function saveValue(name: string, value: string, place: Place = "browser"): void {
  memory.set(name, value);
  try {
    storage(place)?.setItem(PREFIX + name, value);
  } catch {
    // This page only.
  }
}

export function savedValue(name: string, place: Place = "browser"): string | null {
  try {
    return storage(place)?.getItem(PREFIX + name) ?? memory.get(name) ?? null;
  } catch {
    return memory.get(name) ?? null;
  }
}

export function removeValue(name: string, place: Place = "browser"): void {
  memory.delete(name);
  try {
    storage(place)?.removeItem(PREFIX + name);
  } catch {
    // Nothing was kept.
  }
}

/** Whether the browser lets this page store values for the tab: one that blocks third-party storage refuses it in a frame. */
export function hasTabStorage(): boolean {
  try {
    return storage("tab") !== undefined;
  } catch {
    return false;
  }
}

/** Whether this page saved a value under a name with this prefix. */
export function hasSavedValue(prefix: string): boolean {
  return [...memory.keys()].some((name) => name.startsWith(prefix));
}
