/** What to do about a right that the key lacks, where a text names one as Stripe does. */

import type { StripeConnection } from "../../api/types";
import { keyLink, keysPage, rightIn } from "../../lib/rights";
import { t } from "../../texts";
import { Outside } from "../ui/outside";

/** The code of a pause for want of a right. */
export const RIGHT_MISSING = "stripe_right_missing";

interface RightAdviceProps {
  text: string | null | undefined;
  stripe: Pick<StripeConnection, "mode"> | null | undefined;
  /** Also where the text names no right: one is known to be missing. */
  always?: boolean;
}

export function RightAdvice({ text, stripe, always = false }: RightAdviceProps) {
  const right = rightIn(text);
  if ((right === null && !always) || !stripe) return null;
  return (
    <p>
      {t.stripe.addRight(
        (words) => (
          <Outside href={keysPage(stripe.mode)}>{words}</Outside>
        ),
        (words) => (
          <Outside href={keyLink(stripe.mode, [right])}>{words}</Outside>
        ),
      )}
    </p>
  );
}
