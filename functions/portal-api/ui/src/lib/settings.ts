/** Settings while they are edited. */

import type { Settings, SettingsChange } from "../api/types";
import { keepDraft, keptDraft } from "./draft";

/** The name under which unsaved settings are kept. */
export const SETTINGS_DRAFT = "settings";

export interface Draft extends Omit<SettingsChange, "ceilings"> {
  /** In the order of the form; whole units as they were typed. */
  ceilings: { currency: string; amount: string }[];
}

export function draftOf(shown: Settings): Draft {
  return {
    revision: shown.revision,
    interval: shown.interval,
    pay_ins: shown.pay_ins,
    account_names: { ...shown.account_names },
    start_date: shown.start_date,
    match_by_email: shown.match_by_email,
    personal_data: { ...shown.personal_data },
    ceilings: Object.entries(shown.ceilings).map(([currency, amount]) => ({ currency, amount })),
  };
}

/** What is sent: without the rows and names that were left empty. */
export function changeOf(draft: Draft): SettingsChange {
  const names = Object.entries(draft.account_names).map(
    ([word, name]) => [word, name.trim()] as const,
  );
  const rows = draft.ceilings.map(
    ({ currency, amount }) => [currency.trim().toUpperCase(), amount.trim()] as const,
  );
  return {
    ...draft,
    account_names: Object.fromEntries(names.filter(([, name]) => name !== "")),
    ceilings: Object.fromEntries(
      rows.filter(([currency, amount]) => currency !== "" || amount !== ""),
    ),
  };
}

export function isChanged(shown: Settings, draft: Draft): boolean {
  const stable = (change: SettingsChange) =>
    JSON.stringify({
      ...change,
      account_names: Object.entries(change.account_names).sort(),
      ceilings: Object.entries(change.ceilings).sort(),
    });
  return stable(changeOf(draftOf(shown))) !== stable(changeOf(draft));
}

/** What an earlier session or an earlier view left unsaved, if it is based on a revision. */
export function draftAt(revision: number): Draft | undefined {
  const isDraft = (value: unknown): value is Draft =>
    typeof value === "object" &&
    value !== null &&
    "revision" in value &&
    value.revision === revision;
  return keptDraft(SETTINGS_DRAFT, isDraft);
}

/** Keeps unsaved settings although a change of an account rule made another revision of them. */
export function rebaseDraft(before: number, after: number): void {
  const draft = draftAt(before);
  if (draft) keepDraft(SETTINGS_DRAFT, { ...draft, revision: after });
}
