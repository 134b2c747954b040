/** Links out of the portal: to an object in Stripe's dashboard, and to entries in Blnk's. */

import type { Problem } from "../api/types";

/** Stripe's dashboard finds any id by its search. */
export function stripeLink(id: string, mode: "live" | "test" | undefined): string {
  const test = mode === "test" ? "test/" : "";
  return `https://dashboard.stripe.com/${test}search?query=${encodeURIComponent(id)}`;
}

/** An account's own dashboard, also for a person who has several. */
export function accountLink(id: string, mode: "live" | "test"): string {
  return `https://dashboard.stripe.com/${id}/${mode === "test" ? "test/" : ""}dashboard`;
}

/** Entries of the ledger, by a filter of Blnk's dashboard. */
function entriesBy(filter: string, dashboard: string): string {
  return `${dashboard}/cloud/transactions?filters=${encodeURIComponent(filter)}&page=1`;
}

/** The ledger's entry under a reference; nothing when the deployment names no dashboard. */
export function entryLink(reference: string, dashboard: string | null): string | null {
  return dashboard === null
    ? null
    : entriesBy(`reference_eq=${encodeURIComponent(reference)}`, dashboard);
}

/** The ledger's entries that a problem is about; nothing when the deployment names no dashboard. */
export function entriesLink(
  problem: Pick<Problem, "kind" | "subject" | "entry_references">,
  dashboard: string | null,
): string | null {
  if (dashboard === null) return null;
  const reference = problem.entry_references[0];
  const filter =
    problem.kind === "record"
      ? `metadata.stripe_balance_transaction_id_eq=${encodeURIComponent(problem.subject)}`
      : problem.kind === "entry"
        ? `reference_eq=${encodeURIComponent(reference ?? problem.subject)}`
        : null;
  return filter && entriesBy(filter, dashboard);
}
