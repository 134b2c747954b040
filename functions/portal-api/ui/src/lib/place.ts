/** Where a person was when the session ended: a new launch of the same install in this tab returns there. */

import { parseHash } from "./router";
import { removeValue, savedValue, saveValue } from "./storage";

/** After this long a person begins again. */
const OLDEST_MS = 60 * 60_000;

interface Place {
  path: string;
  params: Record<string, string>;
}

function nameOf(install: string): string {
  return `place/${install}`;
}

export function savePlace(install: string, hash: string, nowMs: number): void {
  const { path, params } = parseHash(hash);
  saveValue(
    nameOf(install),
    JSON.stringify({ path, params: Object.fromEntries(params), at: nowMs }),
    "tab",
  );
}

/** The place that was kept for an install, once. */
export function takePlace(install: string, nowMs: number): Place | undefined {
  const text = savedValue(nameOf(install), "tab");
  removeValue(nameOf(install), "tab");
  try {
    const place: unknown = JSON.parse(text ?? "null");
    return isPlace(place) && nowMs - place.at < OLDEST_MS
      ? { path: place.path, params: place.params }
      : undefined;
  } catch {
    return undefined;
  }
}

function isPlace(value: unknown): value is Place & { at: number } {
  if (typeof value !== "object" || value === null) return false;
  const { path, params, at } = value as Record<string, unknown>;
  return (
    typeof path === "string" &&
    typeof at === "number" &&
    typeof params === "object" &&
    params !== null
  );
}
