/** The prefix of the ledger's account names, which few need. */

import { useId } from "preact/hooks";
import text from "../../components/ui/text.module.css";
import { VERBATIM } from "../../lib/fields";
import { t } from "../../texts";
import styles from "./prefix-field.module.css";

const DEFAULT_PREFIX = "@stripe";
const DEFAULT_TEST_PREFIX = "@stripe_test";
const MAX_PREFIX = 64;

interface PrefixFieldProps {
  value: string;
  /** Opens it, for example when it was refused. */
  open: boolean;
  onInput: (value: string) => void;
}

export function PrefixField({ value, open, onInput }: PrefixFieldProps) {
  const id = useId();
  return (
    <details class={styles.advanced} open={open || undefined}>
      <summary>{t.stripe.form.advanced}</summary>
      <label for={`${id}prefix`}>{t.stripe.form.prefix}</label>
      <input
        {...VERBATIM}
        id={`${id}prefix`}
        class={styles.field}
        type="text"
        value={value}
        placeholder={t.stripe.form.prefixExample}
        maxLength={MAX_PREFIX}
        aria-describedby={`${id}hint`}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
      <p id={`${id}hint`} class={text.mutedSmall}>
        {t.stripe.form.prefixHint(
          <code>{DEFAULT_PREFIX}</code>,
          <code>{DEFAULT_TEST_PREFIX}</code>,
        )}
      </p>
    </details>
  );
}
