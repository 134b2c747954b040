/** What waits for an approval: its amounts and numbers. The API tells them in a sentence. */

import { currenciesIn } from "./api-text";
import type { Money } from "./money";

export interface ApprovalRequest {
  /** Currencies that no sync of this account has met before. */
  currencies: string[];
  /** Amounts above their limits. */
  amounts: Money[];
  /** Stripe's id of a record with such an amount. */
  record: string | undefined;
  /** More new movements than usual. */
  size: { limit: number; usual: number; allows: number } | undefined;
}

const SIZE =
  /more than (\d+) new movements; (?:usually there are|the usual is) (\d+)\b.*\bup to (\d+)/;
const AMOUNT = /\b(\d+)(?:\.(\d+))? ([A-Z]{3})\b/g;
const RECORD = /\(for example (\w+_\w+)\)/;

/** What the sentence of a code says; undefined when it says nothing that can be read. */
export function approvalRequestIn(code: string, sentence: string): ApprovalRequest | undefined {
  const nothing: ApprovalRequest = {
    currencies: [],
    amounts: [],
    record: undefined,
    size: undefined,
  };
  if (code === "fuse_currency") {
    const currencies = currenciesIn(sentence);
    return currencies.length > 0 ? { ...nothing, currencies } : undefined;
  }
  if (code === "fuse_amount") {
    const amounts = amountsIn(sentence);
    return amounts.length > 0
      ? { ...nothing, amounts, record: RECORD.exec(sentence)?.[1] }
      : undefined;
  }
  const [, limit, usual, allows] = SIZE.exec(sentence) ?? [];
  if (limit === undefined) return undefined;
  return {
    ...nothing,
    size: { limit: Number(limit), usual: Number(usual), allows: Number(allows) },
  };
}

function amountsIn(sentence: string): Money[] {
  return [...sentence.matchAll(AMOUNT)].map(([, units = "", decimals = "", currency = ""]) => ({
    minor: units + decimals,
    currency,
    exponent: decimals.length,
  }));
}
