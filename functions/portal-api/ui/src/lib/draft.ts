/** What a person has typed and not saved yet: kept in the tab, so that the end of a session takes nothing away. Never a key or a secret. */

import { forget, hasKept, keep, kept, tabKeeps } from "./kept";

const PREFIX = "draft/";

export function keepDraft(name: string, value: unknown): void {
  keep(PREFIX + name, JSON.stringify(value), "tab");
}

/** What was kept, if it is what the caller can use. */
export function keptDraft<T>(name: string, is: (value: unknown) => value is T): T | undefined {
  try {
    const value: unknown = JSON.parse(kept(PREFIX + name, "tab") ?? "null");
    return is(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function forgetDraft(name: string): void {
  forget(PREFIX + name, "tab");
}

/** Whether the end of the session takes away something that was typed: the browser keeps nothing for the page. */
export function losesDrafts(): boolean {
  return hasKept(PREFIX) && !tabKeeps();
}
