/** Ways out of the page: to Stripe's dashboard, always in a tab of its own. */

import type { ComponentChildren } from "preact";
import type { StripeConnection } from "../api/types";
import { keyLink, keysPage, rightIn } from "../lib/rights";
import { Icon } from "./icons";

/** The code of a pause for want of a right. */
export const RIGHT_MISSING = "stripe_right_missing";

export function Outside({
  href,
  button = false,
  children,
}: {
  href: string;
  button?: boolean;
  children: ComponentChildren;
}) {
  return (
    <a class={button ? "button" : undefined} href={href} target="_blank" rel="noopener noreferrer">
      {children} <Icon name="external" size={14} />
      <span class="visually-hidden"> (opens a new tab)</span>
    </a>
  );
}

/** What to do about a right that the key lacks, where a text names one by Stripe's word. */
export function RightAdvice({
  text,
  stripe,
  always = false,
}: {
  text: string | null | undefined;
  stripe: Pick<StripeConnection, "mode"> | null | undefined;
  /** Also where Stripe named none: a right is what is missing. */
  always?: boolean;
}) {
  const right = rightIn(text);
  if ((right === null && !always) || !stripe) return null;
  return (
    <p>
      <Outside href={keysPage(stripe.mode)}>Add the right to the key</Outside>, or{" "}
      <Outside href={keyLink(stripe.mode, [right])}>make a new key with every right</Outside> and replace it
      here.
    </p>
  );
}
