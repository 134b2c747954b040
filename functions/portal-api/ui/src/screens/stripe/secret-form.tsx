/** Takes the signing secret of an endpoint that a person registered. */

import { useId, useState } from "preact/hooks";
import type { Realtime } from "../../api/types";
import { Button } from "../../components/ui/button";
import { ErrorNote } from "../../components/ui/error-note";
import form from "../../components/ui/form.module.css";
import { announce } from "../../lib/announce";
import { useApp } from "../../lib/app";
import { VERBATIM } from "../../lib/fields";
import { type Query, useAction } from "../../lib/query";
import { late } from "../../texts/late";

/** The status of a refusal that is about what was typed. */
const UNPROCESSABLE = 422;

interface SecretFormProps {
  query: Query<Realtime>;
  onSaved?: () => void;
}

export function SecretForm({ query, onSaved }: SecretFormProps) {
  const { api } = useApp();
  const [secret, setSecret] = useState("");
  const id = useId();
  const save = useAction(async (value: string) => {
    query.set(await api.setWebhookSecret(value));
    setSecret("");
    announce(late.webhooks.saved);
    onSaved?.();
  });
  return (
    <form
      class={form.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (secret.trim() !== "") void save.run(secret.trim());
      }}
    >
      <label for={`${id}secret`}>{late.webhooks.secret}</label>
      <div class={form.row}>
        <input
          {...VERBATIM}
          id={`${id}secret`}
          class={form.secretField}
          type="password"
          value={secret}
          onInput={(event) => {
            setSecret(event.currentTarget.value);
            save.clear();
          }}
          placeholder={late.webhooks.secretExample}
          required
          aria-invalid={save.error?.status === UNPROCESSABLE || undefined}
        />
        <Button kind="primary" submit busy={save.busy} disabled={secret.trim() === ""}>
          {late.webhooks.save}
        </Button>
      </div>
      {save.error && <ErrorNote error={save.error} />}
    </form>
  );
}
