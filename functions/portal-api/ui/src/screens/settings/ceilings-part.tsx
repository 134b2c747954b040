/** The amounts above which a movement pauses the sync and needs an approval. */

import { Button } from "../../components/ui/button";
import { Card } from "../../components/ui/card";
import form from "../../components/ui/form.module.css";
import { Hidden } from "../../components/ui/hidden";
import layout from "../../components/ui/layout.module.css";
import text from "../../components/ui/text.module.css";
import type { Draft } from "../../lib/settings";
import { late } from "../../texts/late";
import styles from "./ceilings-part.module.css";
import type { PartProps } from "./part";

type Ceiling = Draft["ceilings"][number];

const MAX_CURRENCY = 8;

export function CeilingsPart({ draft, edit, refused }: PartProps) {
  const texts = late.settings.ceilings;
  const replace = (at: number, change: Partial<Ceiling>) =>
    edit({
      ceilings: draft.ceilings.map((kept, place) => (place === at ? { ...kept, ...change } : kept)),
    });
  const remove = (at: number) =>
    edit({ ceilings: draft.ceilings.filter((_, place) => place !== at) });
  const add = () => edit({ ceilings: [...draft.ceilings, { currency: "", amount: "" }] });
  return (
    <Card title={texts.title}>
      <p class={text.muted}>{texts.intro}</p>
      {draft.ceilings.length > 0 && (
        <ul class={styles.ceilings}>
          {draft.ceilings.map((ceiling, at) => (
            <CeilingRow
              key={at}
              row={at + 1}
              ceiling={ceiling}
              invalid={refused === "ceilings"}
              onChange={(change) => replace(at, change)}
              onRemove={() => remove(at)}
            />
          ))}
        </ul>
      )}
      <div class={layout.actions}>
        <Button onClick={add}>{texts.add}</Button>
      </div>
    </Card>
  );
}

interface CeilingRowProps {
  /** Its number, from one. */
  row: number;
  ceiling: Ceiling;
  invalid: boolean;
  onChange: (change: Partial<Ceiling>) => void;
  onRemove: () => void;
}

function CeilingRow({ row, ceiling, invalid, onChange, onRemove }: CeilingRowProps) {
  const texts = late.settings.ceilings;
  return (
    <li class={form.row}>
      <span class={styles.currency}>
        <input
          class={form.field}
          aria-label={texts.currency(row)}
          value={ceiling.currency}
          placeholder={texts.currencyExample}
          maxLength={MAX_CURRENCY}
          autocapitalize="characters"
          spellcheck={false}
          onInput={(event) => onChange({ currency: event.currentTarget.value })}
        />
      </span>
      <span class={styles.amount}>
        <input
          class={form.field}
          aria-label={texts.amount(row)}
          inputMode="decimal"
          value={ceiling.amount}
          placeholder={texts.amountExample}
          aria-invalid={invalid || undefined}
          onInput={(event) => onChange({ amount: event.currentTarget.value })}
        />
      </span>
      <Button onClick={onRemove}>
        {texts.remove(
          (words) => (
            <Hidden>{words}</Hidden>
          ),
          row,
        )}
      </Button>
    </li>
  );
}
