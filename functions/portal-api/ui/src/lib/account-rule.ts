/** An account rule while it is typed. */

import type { MovementNames } from "../api/types";
import { removeDraft, saveDraft, savedDraft } from "./draft";

const NAME = "account-rule";

/** By which of their names movements are chosen. */
export type About = "both" | "category" | "type";

export interface Draft {
  which: About;
  account: string;
}

interface Stored extends Draft {
  names: string;
}

function namesOf({ reporting_category, type }: MovementNames): string {
  return JSON.stringify([reporting_category, type]);
}

export function saveRule(about: MovementNames, draft: Draft): void {
  saveDraft(NAME, { ...draft, names: namesOf(about) } satisfies Stored);
}

/** What was typed about these movements. */
export function savedRule(about: MovementNames): Draft | undefined {
  const isAbout = (value: unknown): value is Stored =>
    typeof value === "object" &&
    value !== null &&
    "names" in value &&
    value.names === namesOf(about);
  return savedDraft(NAME, isAbout);
}

export function removeRule(): void {
  removeDraft(NAME);
}
