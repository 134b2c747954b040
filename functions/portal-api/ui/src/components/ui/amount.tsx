/** An amount with its currency code. */

import { formatAmount } from "../../lib/money";
import styles from "./amount.module.css";

interface AmountProps {
  minor: string;
  currency: string;
  exponent: number;
  sign?: "auto" | "always";
  /** Shows the integer of minor units instead. */
  raw?: boolean;
}

export function Amount({ minor, currency, exponent, sign = "auto", raw = false }: AmountProps) {
  return (
    <span class={styles.amount}>
      <bdi>{formatAmount(minor, raw ? 0 : exponent, { sign })}</bdi>{" "}
      <span class={styles.currency}>{currency}</span>
    </span>
  );
}
