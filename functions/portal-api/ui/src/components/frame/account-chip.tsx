/** Which Stripe account the portal shows, and whether it is a test. */

import { useApp } from "../../lib/app";
import { modeText } from "../../lib/labels";
import styles from "./account-chip.module.css";

export function AccountChip() {
  const stripe = useApp().overview.data?.stripe;
  if (!stripe) return null;
  return (
    <p class={styles.account}>
      <span class={styles.name}>{stripe.display_name ?? stripe.account_id}</span>
      <span class={styles[stripe.mode]}>{modeText(stripe.mode)}</span>
    </p>
  );
}
