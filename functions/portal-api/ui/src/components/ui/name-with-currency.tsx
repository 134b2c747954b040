/** The name of a balance or an account with its currency beside it. */

import type { ComponentChildren } from "preact";
import styles from "./name-with-currency.module.css";

export function NameWithCurrency({
  currency,
  children,
}: {
  currency: string;
  children: ComponentChildren;
}) {
  return (
    <span class={styles.name}>
      {children} <span class={styles.currency}>{currency}</span>
    </span>
  );
}
