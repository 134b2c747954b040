/** Texts for the API's codes. A code that this version does not know is shown as it came. */

import type { RunSummary, Waiting } from "../api/types";
import { t } from "../texts";

/** A text of a table by its code, if the table has one. */
export function lookUp<T>(table: Record<string, T>, code: string): T | undefined {
  return Object.hasOwn(table, code) ? table[code] : undefined;
}

/** Whom a run waits for, and with which answer. */
export function waitingText({ party, status }: Pick<Waiting, "party" | "status">): string {
  const named = lookUp(t.runs.parties, party) ?? t.runs.waiting;
  return status === null ? named : t.runs.partyWithStatus(named, status);
}

export function scopeText(run: Pick<RunSummary, "scope">): string {
  return lookUp(t.runs.scopes, run.scope) ?? t.runs.scopes.new;
}

export function triggerText(run: Pick<RunSummary, "trigger">): string {
  return lookUp(t.runs.triggers, run.trigger) ?? run.trigger;
}

/** A balance of Stripe's. */
export function balanceText(balance: string): string {
  return lookUp(t.proof.balances, balance) ?? inWords(balance);
}

/** "a_new_kind" is "A new kind". */
export function inWords(code: string): string {
  const text = code.replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A kind of problems. */
export function problemKindText(code: string): string {
  return lookUp(t.problems.kinds, code) ?? inWords(code);
}

/** "test" and "live" as the page writes them. */
export function modeText(mode: "live" | "test"): string {
  return t.common[mode];
}
