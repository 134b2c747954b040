/** What a person has typed and not saved yet: kept in the tab, so that the end of a session takes nothing away. Never a key or a secret. */

import { hasSavedValue, hasTabStorage, removeValue, savedValue, saveValue } from "./storage";

/** What may hold a secret is kept by the page alone, from one screen to another. */
const PREFIXES = { tab: "draft/", page: "page-draft/" };

type DraftPlace = keyof typeof PREFIXES;

/** The names under which unsaved settings and notices are kept. */
export const SETTINGS_DRAFT = "settings";
export const NOTICES_DRAFT = "notices";

export function saveDraft(name: string, value: unknown, place: DraftPlace = "tab"): void {
  saveValue(PREFIXES[place] + name, JSON.stringify(value), place);
}

/** What was kept, if it is what the caller can use. */
export function savedDraft<T>(
  name: string,
  is: (value: unknown) => value is T,
  place: DraftPlace = "tab",
): T | undefined {
  try {
    const value: unknown = JSON.parse(savedValue(PREFIXES[place] + name, place) ?? "null");
    return is(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function removeDraft(name: string, place: DraftPlace = "tab"): void {
  removeValue(PREFIXES[place] + name, place);
}

/** Whether the end of the session takes away something that was typed: the browser keeps it for the page alone. */
export function losesDrafts(): boolean {
  return hasSavedValue(PREFIXES.page) || (hasSavedValue(PREFIXES.tab) && !hasTabStorage());
}

/** What an earlier session or an earlier view left unsaved, if it is based on a revision of the settings. */
export function draftAt<T extends { revision: number }>(
  name: string,
  revision: number,
  place: DraftPlace = "tab",
): T | undefined {
  const isBased = (value: unknown): value is T =>
    typeof value === "object" &&
    value !== null &&
    "revision" in value &&
    value.revision === revision;
  return savedDraft(name, isBased, place);
}

/**
 * Keeps what is unsaved although something else was saved. Settings, notices and account rules have one revision, and each
 * is saved without the others.
 */
export function rebaseDrafts(before: number, after: number): void {
  for (const name of [SETTINGS_DRAFT, NOTICES_DRAFT]) {
    for (const place of ["tab", "page"] as const) {
      const draft = draftAt(name, before, place);
      if (draft) saveDraft(name, { ...draft, revision: after }, place);
    }
  }
}
