/** An account for unrecognised movements: which of them, and its name. What changes is shown before it is saved. */

import { useId, useState } from "preact/hooks";
import type { AccountRulePreview, AccountRules, UnrecognisedMovements } from "../../api/types";
import { Amount } from "../../components/ui/amount";
import { Button } from "../../components/ui/button";
import { type Choice, RadioChoices } from "../../components/ui/choices";
import { Confirm } from "../../components/ui/confirm";
import { ErrorNote } from "../../components/ui/error-note";
import form from "../../components/ui/form.module.css";
import { FromApi } from "../../components/ui/from-api";
import layout from "../../components/ui/layout.module.css";
import { Note } from "../../components/ui/note";
import text from "../../components/ui/text.module.css";
import { When } from "../../components/ui/when";
import { type About, type Draft, removeRule, savedRule, saveRule } from "../../lib/account-rule";
import { announce } from "../../lib/announce";
import { useApp } from "../../lib/app";
import { VERBATIM } from "../../lib/fields";
import { lookUp } from "../../lib/labels";
import { useAction } from "../../lib/query";
import { t } from "../../texts";
import { late } from "../../texts/late";
import styles from "./account-rules.module.css";

const MAX_NAME = 64;

interface AccountRuleFormProps {
  shown: AccountRules;
  about: UnrecognisedMovements;
  onDone: (before: number, after: number) => void;
  onClose: () => void;
}

/** What can be named: what Stripe left empty cannot. */
function choicesOf({ reporting_category, type }: UnrecognisedMovements): Choice<About>[] {
  const texts = late.accountRules;
  const category: Choice<About> = { value: "category", name: texts.category(reporting_category) };
  const ofType: Choice<About> = { value: "type", name: texts.type(type) };
  if (type === "") return [category];
  if (reporting_category === "") return [ofType];
  return [{ value: "both", name: texts.both }, category, ofType];
}

export function AccountRuleForm({ shown, about, onDone, onClose }: AccountRuleFormProps) {
  const texts = late.accountRules;
  const { api } = useApp();
  const id = useId();
  const choices = choicesOf(about);
  const [restored] = useState(() => savedRule(about));
  const [draft, setDraft] = useState<Draft>(
    restored ?? { which: choices[0]?.value ?? "both", account: shown.account_prefix },
  );
  const { which, account } = draft;
  const [preview, setPreview] = useState<AccountRulePreview | null>(null);
  const rule = {
    ...(which === "type" ? {} : { reporting_category: about.reporting_category }),
    ...(which === "category" ? {} : { type: about.type }),
    account: account.trim(),
  };
  const look = useAction(async () => setPreview(await api.previewAccountRule(rule)));
  const save = useAction(async () => {
    const { revision } = await api.addAccountRule({ ...rule, revision: shown.revision });
    announce(texts.saved);
    removeRule();
    onDone(shown.revision, revision);
  });
  const edit = (change: Partial<Draft>) => {
    const next = { ...draft, ...change };
    setDraft(next);
    saveRule(about, next);
    setPreview(null);
  };
  const close = () => {
    removeRule();
    onClose();
  };
  const refused = preview !== null && preview.refusals.length > 0;
  return (
    <form
      class={form.form}
      aria-label={texts.formTitle}
      onSubmit={(event) => {
        event.preventDefault();
        void look.run();
      }}
    >
      <h3>{texts.formTitle}</h3>
      <RadioChoices
        id={`${id}about`}
        legend={texts.about}
        value={which}
        choices={choices}
        onChoose={(which) => edit({ which })}
      />
      <label for={`${id}account`}>{texts.account}</label>
      <input
        {...VERBATIM}
        id={`${id}account`}
        class={form.codeField}
        value={account}
        maxLength={MAX_NAME}
        required
        aria-describedby={`${id}hint`}
        aria-invalid={refused || undefined}
        onInput={(event) => edit({ account: event.currentTarget.value })}
      />
      <p id={`${id}hint`} class={text.mutedSmall}>
        {texts.accountText(shown.account_prefix)}
      </p>
      {look.error && <ErrorNote error={look.error} />}
      {preview?.refusals.map(({ code, detail }) => (
        <Note
          key={code}
          tone="bad"
          icon="problems"
          title={lookUp(texts.refusals, code) ?? <FromApi text={detail} />}
          alert
        />
      ))}
      <div class={layout.actions}>
        <Button submit kind="primary" busy={look.busy}>
          {texts.preview}
        </Button>
        <Button onClick={close}>{t.common.cancel}</Button>
        {restored && <span class={text.muted}>{late.settings.restored}</span>}
      </div>
      <Confirm
        open={preview !== null && !refused}
        title={texts.previewTitle}
        confirm={texts.save}
        keep={t.common.notNow}
        tone="primary"
        busy={save.busy}
        error={save.error}
        onConfirm={() => void save.run()}
        onClose={() => {
          setPreview(null);
          save.clear();
        }}
      >
        {preview && <Changes preview={preview} account={rule.account} />}
      </Confirm>
    </form>
  );
}

function Changes({ preview, account }: { preview: AccountRulePreview; account: string }) {
  const texts = late.accountRules;
  return (
    <>
      <p>
        {texts.from(
          <When at={preview.starts_at} />,
          <code class={styles.names}>{account}</code>,
          <code class={styles.names}>{preview.present_account}</code>,
        )}
      </p>
      <p>{preview.movements === 0 ? texts.nothingStays : texts.stays(preview.movements)}</p>
      <ul>
        {preview.amounts.map(({ currency, exponent, amount }) => (
          <li key={currency}>
            <Amount minor={amount} currency={currency} exponent={exponent} />
          </li>
        ))}
      </ul>
      {!preview.complete && <p class={text.mutedSmall}>{texts.more}</p>}
    </>
  );
}
