/** Payouts that have not arrived yet. */

import type { Payout } from "../api/types";

/** The one that arrives first; one without a day comes after all that have one. A reversal takes money and is none. */
export function nextPayout(announced: Payout[]): Payout | undefined {
  const coming = announced.filter(({ amount }) => !amount?.startsWith("-"));
  return coming.reduce<Payout | undefined>(
    (first, one) => (first === undefined || rank(one) < rank(first) ? one : first),
    undefined,
  );
}

/** Times as the API writes them sort as texts; "~" stands behind all of them. */
function rank({ arrival, created }: Payout): string {
  return arrival ?? `~${created}`;
}
