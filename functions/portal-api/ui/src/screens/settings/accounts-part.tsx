/** Where payments go in the ledger, and what its accounts are called. */

import { useId } from "preact/hooks";
import type { Settings } from "../../api/types";
import { Card } from "../../components/ui/card";
import { type Choice, RadioChoices } from "../../components/ui/choices";
import form from "../../components/ui/form.module.css";
import text from "../../components/ui/text.module.css";
import { VERBATIM } from "../../lib/fields";
import { lookUp } from "../../lib/labels";
import { late } from "../../texts/late";
import styles from "./accounts-part.module.css";
import type { PartProps } from "./part";

const MAX_NAME = 64;

export function AccountsPart(props: PartProps) {
  const { draft, edit } = props;
  const texts = late.settings.accounts;
  const choices: Choice<Settings["pay_ins"]>[] = [
    { value: "customers", name: texts.customers, description: texts.customersText },
    { value: "one_account", name: texts.oneAccount },
  ];
  return (
    <Card title={texts.title}>
      <p class={text.muted}>{texts.intro}</p>
      <RadioChoices
        id="pay-ins"
        legend={texts.payments}
        value={draft.pay_ins}
        choices={choices}
        onChoose={(pay_ins) => edit({ pay_ins })}
      />
      <AccountNames {...props} />
    </Card>
  );
}

function AccountNames({ shown, draft, edit, refused }: PartProps) {
  const id = useId();
  const rename = (account: string, name: string) =>
    edit({ account_names: { ...draft.account_names, [account]: name } });
  return (
    <details class={styles.names} open={refused === "account_names"}>
      <summary>{late.settings.accounts.names}</summary>
      <p class={text.mutedSmall}>{late.settings.accounts.namesText}</p>
      <ul class={styles.list}>
        {shown.accounts.map(({ account, purpose, default_name }) => (
          <li key={account}>
            <label for={`${id}${account}`}>
              {lookUp(late.settings.accounts.purposes, account) ?? purpose}
            </label>
            <input
              {...VERBATIM}
              id={`${id}${account}`}
              class={form.codeField}
              value={draft.account_names[account] ?? ""}
              placeholder={default_name}
              maxLength={MAX_NAME}
              onInput={(event) => rename(account, event.currentTarget.value)}
            />
          </li>
        ))}
      </ul>
    </details>
  );
}
