/** What to do about a permission that the key lacks, where a text names one as Stripe does. */

import type { StripeConnection } from "../../api/types";
import { keyLink, keysPage, permissionIn } from "../../lib/key-permissions";
import { t } from "../../texts";
import { Outside } from "../ui/outside";

/** The code of a pause because the key lacks a permission. */
export const PERMISSION_MISSING = "stripe_right_missing";

interface PermissionAdviceProps {
  text: string | null | undefined;
  stripe: Pick<StripeConnection, "mode"> | null | undefined;
  /** Also where the text names no permission: one is known to be missing. */
  always?: boolean;
}

export function PermissionAdvice({ text, stripe, always = false }: PermissionAdviceProps) {
  const permission = permissionIn(text);
  if ((permission === null && !always) || !stripe) return null;
  return (
    <p>
      {t.stripe.addPermission(
        (words) => (
          <Outside href={keysPage(stripe.mode)}>{words}</Outside>
        ),
        (words) => (
          <Outside href={keyLink(stripe.mode, [permission])}>{words}</Outside>
        ),
      )}
    </p>
  );
}
