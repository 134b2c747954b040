/** Settings while they are edited. */

import type { Settings, SettingsChange } from "../api/types";

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
