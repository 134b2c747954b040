/** A payout that failed and a dispute, in words. */

import { lookUp } from "../../lib/labels";
import { t } from "../../texts";
import type { Part } from "../../texts/rich";
import { Amount } from "../ui/amount";

interface OfObject {
  amount: string | null;
  currency: string | null;
  exponent: number;
}

export function objectTitle(dispute: boolean, { amount, currency, exponent }: OfObject): Part {
  const texts = t.attention;
  if (amount === null || currency === null)
    return dispute ? texts.disputeNoAmount : texts.payoutFailedNoAmount;
  const sum = <Amount minor={amount} currency={currency} exponent={exponent} />;
  return dispute ? texts.dispute(sum) : texts.payoutFailed(sum);
}

/** Stripe's code for why, as words. */
export function reasonText(reason: string): string {
  return lookUp(t.problems.reasons, reason) ?? reason.replaceAll("_", " ");
}
