/** What a person can choose: how often, on which accounts, from when, which personal data, and where to stop and ask. */

import { useId, useState } from "preact/hooks";
import type { ApiError } from "../api/client";
import type { Interval, Settings, SettingsChanged } from "../api/types";
import { Button, Card, Confirm, ErrorNote, Note, Skeleton } from "../components/basics";
import { announce } from "../lib/announce";
import { useApp } from "../lib/app";
import { useAction, useQuery } from "../lib/query";
import { changeOf, type Draft, draftOf, isChanged } from "../lib/settings";

export function SettingsScreen() {
  const { api } = useApp();
  const query = useQuery("settings", (signal) => api.settings(signal));
  return (
    <>
      <h1 tabIndex={-1}>Settings</h1>
      {query.error && <ErrorNote error={query.error} retry={query.reload} />}
      {query.loading && <Skeleton lines={8} tall />}
      {query.data && (
        // A fresh form for each revision: the draft is of what is shown.
        <SettingsForm
          key={query.data.revision}
          shown={query.data}
          onSaved={query.set}
          onReload={query.reload}
        />
      )}
    </>
  );
}

interface PartProps {
  shown: Settings;
  draft: Draft;
  edit: (change: Partial<Draft>) => void;
  /** The field that the last attempt was refused for. */
  refused: string | null;
}

interface FormProps {
  shown: Settings;
  onSaved: (settings: Settings) => void;
  onReload: () => void;
}

function SettingsForm({ shown, onSaved, onReload }: FormProps) {
  const { api, overview } = useApp();
  const [draft, setDraft] = useState(() => draftOf(shown));
  const [late, setLate] = useState(false);
  /** What the person is asked to agree to before it is saved, and what it would make different. */
  const [asked, setAsked] = useState<{ draft: Draft; differences: SettingsChanged["differences"] } | null>(
    null,
  );
  const store = async (next: Draft) => {
    const { settings, schedule_applied } = await api.changeSettings(changeOf(next));
    announce("Settings saved.");
    setLate(!schedule_applied);
    if (schedule_applied) onSaved(settings);
    overview.reload();
  };
  const look = useAction(async (next: Draft) => {
    const { differences } = await api.foreseeSettings(changeOf(next));
    if (differences.length === 0) await store(next);
    else setAsked({ draft: next, differences });
  });
  const save = useAction(async (next: Draft) => {
    await store(next);
    setAsked(null);
  });
  const later = () => {
    setAsked(null);
    save.clear();
  };
  const edit = (change: Partial<Draft>) => {
    setDraft({ ...draft, ...change });
    look.clear();
  };
  const changed = isChanged(shown, draft);
  const part = { shown, draft, edit, refused: look.error?.problem?.field ?? null };
  if (late)
    return (
      <Note tone="warn" icon="clock" title="Saved. The schedule follows within the hour.">
        <p>
          <Button onClick={onReload}>Show the settings</Button>
        </p>
      </Note>
    );
  return (
    <form
      class="stack settings"
      onSubmit={(event) => {
        event.preventDefault();
        if (changed) void look.run(draft);
      }}
    >
      <Schedule {...part} />
      <Start {...part} />
      <Accounts {...part} />
      <Customers {...part} />
      <Ceilings {...part} />
      <Trouble error={look.error} onReload={onReload} />
      <div class="actions save-bar">
        <Button kind="primary" submit busy={look.busy} disabled={!changed}>
          {look.busy ? "Saving…" : "Save changes"}
        </Button>
        {changed && <Button onClick={() => setDraft(draftOf(shown))}>Undo changes</Button>}
      </div>
      <Confirm
        open={asked !== null}
        title="What will differ from now on"
        confirm="Save changes"
        keep="Not now"
        tone="primary"
        busy={save.busy}
        onConfirm={() => asked && void save.run(asked.draft)}
        onClose={later}
      >
        <ul>
          {asked?.differences.map(({ code, subject, text }) => (
            <li key={`${code} ${subject}`}>{text}</li>
          ))}
        </ul>
        <p>What is posted already is not touched.</p>
        <Trouble error={save.error} onReload={onReload} />
      </Confirm>
    </form>
  );
}

/** Why nothing was saved. */
function Trouble({ error, onReload }: { error: ApiError | undefined; onReload: () => void }) {
  if (error === undefined) return null;
  if (error.code !== "changed_meanwhile") return <ErrorNote error={error} />;
  return (
    <Note tone="warn" title="Somebody else changed the settings meanwhile. Nothing was saved." alert>
      <p>
        <Button onClick={onReload}>Show the present settings</Button>
      </p>
    </Note>
  );
}

function Schedule({ shown, draft, edit }: PartProps) {
  const fastest = shown.minimum_minutes === 1 ? "Every minute" : `Every ${shown.minimum_minutes} minutes`;
  const choices: [Interval, string, string][] = [
    ["quarter_hourly", fastest, "The ledger follows Stripe closely."],
    ["hourly", "Every hour", ""],
    ["daily", "Every day", ""],
    [
      "off",
      "Off",
      "Only when you ask, or Stripe tells of an event. Once a day what is missing is posted and the books are proven all the same.",
    ],
  ];
  return (
    <Card title="Schedule">
      <p class="muted">How often a sync starts by itself. The first one always waits for you.</p>
      <Choice
        name="interval"
        legend="Schedule"
        value={draft.interval}
        choices={choices}
        onChoose={(interval) => edit({ interval })}
      />
    </Card>
  );
}

function Start({ shown, draft, edit, refused }: PartProps) {
  const id = useId();
  return (
    <Card title="Start date">
      <div class="form">
        <p class="muted">
          Movements before this day are summed up in one opening entry for each currency. Without a date the
          whole history is posted.
          {shown.posted_from !== null && ` Movements are posted from ${shown.posted_from} on.`}
          {shown.posted &&
            " Something is posted already: the start can move to an earlier date, never to a later one."}
        </p>
        <label for={`${id}date`}>First day (UTC)</label>
        <div class="field-row">
          <input
            id={`${id}date`}
            type="date"
            class="field"
            value={draft.start_date ?? ""}
            aria-invalid={refused === "start_date" || undefined}
            onInput={(event) => edit({ start_date: event.currentTarget.value || null })}
          />
          {draft.start_date !== null && (
            <Button onClick={() => edit({ start_date: null })}>Whole history</Button>
          )}
        </div>
      </div>
    </Card>
  );
}

function Accounts({ shown, draft, edit, refused }: PartProps) {
  const id = useId();
  const choices: ["customers" | "one_account", string, string][] = [
    ["customers", "Each customer’s balance", "Payments without a customer share one account."],
    ["one_account", "One account for all payments", ""],
  ];
  return (
    <Card title="Accounts">
      <p class="muted">Where payments go in your ledger.</p>
      <Choice
        name="pay-ins"
        legend="Payments"
        value={draft.pay_ins}
        choices={choices}
        onChoose={(pay_ins) => edit({ pay_ins })}
      />
      <details class="names" open={refused === "account_names"}>
        <summary>Account names</summary>
        <p class="muted small">
          @ and letters, digits or underscores. Empty means the name shown in grey. The mirrors of Stripe’s
          balances keep their names.
        </p>
        <ul class="name-list">
          {shown.accounts.map(({ account, purpose, default_name }) => (
            <li key={account}>
              <label for={`${id}${account}`}>{purpose}</label>
              <input
                id={`${id}${account}`}
                class="field mono"
                value={draft.account_names[account] ?? ""}
                placeholder={default_name}
                maxLength={64}
                autocomplete="off"
                autocapitalize="off"
                spellcheck={false}
                onInput={(event) =>
                  edit({ account_names: { ...draft.account_names, [account]: event.currentTarget.value } })
                }
              />
            </li>
          ))}
        </ul>
      </details>
    </Card>
  );
}

function Customers({ draft, edit }: PartProps) {
  const parts: [keyof Draft["personal_data"], string][] = [
    ["name", "Name"],
    ["email", "E-mail address"],
    ["phone", "Telephone number"],
    ["address", "Postal address"],
  ];
  return (
    <Card title="Customers’ data">
      <fieldset class="choices">
        <legend class="muted">What is copied from a Stripe customer to the identity in your ledger.</legend>
        {parts.map(([part, name]) => (
          <label key={part}>
            <input
              type="checkbox"
              checked={draft.personal_data[part]}
              onChange={(event) =>
                edit({ personal_data: { ...draft.personal_data, [part]: event.currentTarget.checked } })
              }
            />
            <span>{name}</span>
          </label>
        ))}
      </fieldset>
      <fieldset class="choices">
        <legend class="visually-hidden">Matching</legend>
        <label>
          <input
            type="checkbox"
            checked={draft.match_by_email}
            onChange={(event) => edit({ match_by_email: event.currentTarget.checked })}
          />
          <span>
            Match by e-mail address
            <small class="muted">
              A new customer is attached to an identity that has the same address already. That identity is
              never changed.
            </small>
          </span>
        </label>
      </fieldset>
    </Card>
  );
}

function Ceilings({ draft, edit, refused }: PartProps) {
  const change = (at: number, row: Partial<Draft["ceilings"][number]>) =>
    edit({ ceilings: draft.ceilings.map((kept, place) => (place === at ? { ...kept, ...row } : kept)) });
  return (
    <Card title="Ceilings">
      <p class="muted">A movement above its currency’s ceiling pauses the sync and asks you first.</p>
      {draft.ceilings.length > 0 && (
        <ul class="ceilings">
          {draft.ceilings.map(({ currency, amount }, at) => (
            <li key={at}>
              <input
                class="field code"
                aria-label={`Currency of ceiling ${at + 1}`}
                value={currency}
                placeholder="EUR"
                maxLength={8}
                autocapitalize="characters"
                spellcheck={false}
                onInput={(event) => change(at, { currency: event.currentTarget.value })}
              />
              <input
                class="field"
                aria-label={`Amount of ceiling ${at + 1}`}
                inputMode="decimal"
                value={amount}
                placeholder="12500.00"
                aria-invalid={refused === "ceilings" || undefined}
                onInput={(event) => change(at, { amount: event.currentTarget.value })}
              />
              <Button onClick={() => edit({ ceilings: draft.ceilings.filter((_, place) => place !== at) })}>
                Remove<span class="visually-hidden"> ceiling {at + 1}</span>
              </Button>
            </li>
          ))}
        </ul>
      )}
      <div class="actions">
        <Button onClick={() => edit({ ceilings: [...draft.ceilings, { currency: "", amount: "" }] })}>
          Add a ceiling
        </Button>
      </div>
    </Card>
  );
}

interface ChoiceProps<T extends string> {
  name: string;
  legend: string;
  value: T;
  choices: [T, string, string][];
  onChoose: (value: T) => void;
}

function Choice<T extends string>({ name, legend, value, choices, onChoose }: ChoiceProps<T>) {
  return (
    <fieldset class="choices">
      <legend class="visually-hidden">{legend}</legend>
      {choices.map(([choice, text, more]) => (
        <label key={choice}>
          <input type="radio" name={name} checked={choice === value} onChange={() => onChoose(choice)} />
          <span>
            {text}
            {more && <small class="muted">{more}</small>}
          </span>
        </label>
      ))}
    </fieldset>
  );
}
