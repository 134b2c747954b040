/** What the page remembers of its reader's choices. A browser that refuses storage, as in a blocked frame, leaves them to this page. */

const PREFIX = "stripe-sync/";
const memory = new Map<string, string>();

type Place = "browser" | "tab";

function storage(place: Place): Storage | undefined {
  try {
    return place === "browser" ? window.localStorage : window.sessionStorage;
  } catch {
    return undefined;
  }
}

/** `tab` for what must not outlive the tab. */
export function keep(name: string, value: string, place: Place = "browser"): void {
  memory.set(name, value);
  try {
    storage(place)?.setItem(PREFIX + name, value);
  } catch {
    // This page only.
  }
}

export function kept(name: string, place: Place = "browser"): string | null {
  try {
    return storage(place)?.getItem(PREFIX + name) ?? memory.get(name) ?? null;
  } catch {
    return memory.get(name) ?? null;
  }
}

export function forget(name: string, place: Place = "browser"): void {
  memory.delete(name);
  try {
    storage(place)?.removeItem(PREFIX + name);
  } catch {
    // Nothing was kept.
  }
}

/** Whether the browser keeps what the tab should keep: one that blocks third-party storage keeps nothing in a frame. */
export function tabKeeps(): boolean {
  try {
    return storage("tab") !== undefined;
  } catch {
    return false;
  }
}

/** Whether this page has something under a name that begins so. */
export function hasKept(prefix: string): boolean {
  return [...memory.keys()].some((name) => name.startsWith(prefix));
}
