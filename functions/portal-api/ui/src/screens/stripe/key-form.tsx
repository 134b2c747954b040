/** Takes a restricted key, and the prefix of the account names for a first connection. */

import { useId, useState } from "preact/hooks";
import { Button } from "../../components/ui/button";
import form from "../../components/ui/form.module.css";
import layout from "../../components/ui/layout.module.css";
import { Note } from "../../components/ui/note";
import { Outside } from "../../components/ui/outside";
import { announce } from "../../lib/announce";
import { useApp } from "../../lib/app";
import { VERBATIM } from "../../lib/fields";
import { keyHint } from "../../lib/key";
import { keyLink } from "../../lib/key-permissions";
import { useAction } from "../../lib/query";
import { t } from "../../texts";
import { isAboutPrefix, KeyRefusal } from "./key-refusal";
import { PrefixField } from "./prefix-field";

/** The status of a refusal that is about what was typed. */
const UNPROCESSABLE = 422;

export function KeyForm({ action }: { action: string }) {
  const { api, overview } = useApp();
  const [key, setKey] = useState("");
  const [prefix, setPrefix] = useState("");
  const connected = overview.data?.stripe;
  const modes = connected ? [connected.mode] : (["live", "test"] as const);
  const connect = useAction(async (value: string) => {
    const { stripe, replaced } = await api.connectStripe(value, prefix.trim());
    setKey("");
    announce(
      replaced ? t.stripe.replaced : t.stripe.connectedTo(stripe.display_name ?? stripe.account_id),
    );
    if (overview.data) overview.set({ ...overview.data, stripe });
    overview.reload();
  });
  const { error } = connect;
  return (
    <form
      class={form.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (key.trim() !== "") void connect.run(key.trim());
      }}
    >
      <p>
        {t.stripe.form.intro((words) => (
          <strong>{words}</strong>
        ))}
      </p>
      <div class={layout.actions}>
        {modes.map((mode) => (
          <Outside key={mode} button href={keyLink(mode)}>
            {t.stripe.form.create[mode]}
          </Outside>
        ))}
      </div>
      <KeyField
        value={key}
        refused={error !== undefined}
        invalid={error?.status === UNPROCESSABLE}
        onInput={(value) => {
          setKey(value);
          connect.clear();
        }}
      />
      {overview.data?.stripe === null && (
        <PrefixField
          value={prefix}
          open={error !== undefined && isAboutPrefix(error)}
          onInput={(value) => {
            setPrefix(value);
            connect.clear();
          }}
        />
      )}
      {error && <KeyRefusal error={error} mode={key.includes("_live_") ? "live" : "test"} />}
      <div class={layout.actions}>
        <Button kind="primary" submit busy={connect.busy} disabled={key.trim() === ""}>
          {connect.busy ? t.stripe.form.checking : action}
        </Button>
      </div>
    </form>
  );
}

interface KeyFieldProps {
  value: string;
  /** What was sent is refused: the refusal says all there is to say. */
  refused: boolean;
  invalid: boolean;
  onInput: (value: string) => void;
}

/** The field for the key, hidden as it is typed until its button shows it. */
function KeyField({ value, refused, invalid, onInput }: KeyFieldProps) {
  const [shown, setShown] = useState(false);
  const id = useId();
  const hint = refused ? undefined : keyHint(value);
  const field = {
    ...VERBATIM,
    id: `${id}key`,
    class: form.secretField,
    value,
    onInput: (event: { currentTarget: HTMLInputElement }) => onInput(event.currentTarget.value),
    placeholder: t.stripe.form.keyExample,
    required: true,
    "aria-describedby": `${id}hint`,
    "aria-invalid": invalid || undefined,
  } as const;
  return (
    <>
      <label for={`${id}key`}>{t.stripe.form.key}</label>
      <div class={form.row}>
        {shown ? <input type="text" {...field} /> : <input type="password" {...field} />}
        <Button pressed={shown} onClick={() => setShown(!shown)}>
          {shown ? t.stripe.form.hide : t.stripe.form.show}
        </Button>
      </div>
      <div id={`${id}hint`}>
        {hint && (
          <Note
            tone={hint.tone}
            icon={hint.tone === "ok" ? "check" : "info"}
            title={hint.text}
            light
          />
        )}
      </div>
    </>
  );
}
