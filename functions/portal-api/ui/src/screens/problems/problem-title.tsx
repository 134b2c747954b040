/** What a record's problem is, in the words of its kind. */

import type { Problem } from "../../api/types";
import { Amount } from "../../components/ui/amount";
import { unrecognisedType } from "../../lib/api-text";
import { problemKindText } from "../../lib/labels";
import { late } from "../../texts/late";

/** The code of movements that no rule covers: they are held in the suspense account. */
const SUSPENSE = "unknown_type";

/** True when the title holds the amount. */
export function titleHasAmount({ code, amount, currency }: Problem): boolean {
  return code === SUSPENSE && amount !== null && currency !== null;
}

export function ProblemTitle({ problem }: { problem: Problem }) {
  const { code, amount, currency, exponent, cause } = problem;
  if (code !== SUSPENSE || amount === null || currency === null)
    return <>{problemKindText(code)}</>;
  const kind = unrecognisedType(cause) ?? late.problemPlace.unrecognisedKind;
  const sum = <Amount minor={amount} currency={currency} exponent={exponent} />;
  return <>{late.problemPlace.unrecognised(kind, sum)}</>;
}
