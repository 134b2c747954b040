/** What is told, and where to. Stored as a whole. */

import { useId, useState } from "preact/hooks";
import type { NoticeChannel, NoticeKind, Notices, NoticesSaved } from "../../api/types";
import { Button } from "../../components/ui/button";
import { Card } from "../../components/ui/card";
import { CheckChoice, ChoiceGroup, HiddenLegend } from "../../components/ui/choices";
import form from "../../components/ui/form.module.css";
import layout from "../../components/ui/layout.module.css";
import { Note } from "../../components/ui/note";
import { SaveError } from "../../components/ui/save-error";
import text from "../../components/ui/text.module.css";
import { announce } from "../../lib/announce";
import { useApp } from "../../lib/app";
import { VERBATIM } from "../../lib/fields";
import {
  type Draft,
  draftOf,
  isChanged,
  removeNotices,
  savedNotices,
  saveNotices,
} from "../../lib/notices";
import { useAction } from "../../lib/query";
import { late } from "../../texts/late";
import { SecretFacts } from "./secret-facts";
import { TestButton } from "./test-button";

const KINDS: NoticeKind[] = [
  "mismatch",
  "failed_payout",
  "dispute_deadline",
  "stale",
  "approval_needed",
  "paused",
];

const WEBHOOK: NoticeChannel = "webhook";
const EMAIL: NoticeChannel = "email";

interface NoticesFormProps {
  shown: Notices;
  onSaved: (saved: NoticesSaved) => void;
  onReload: () => void;
  onTested: () => void;
}

export function NoticesForm({ shown, onSaved, onReload, onTested }: NoticesFormProps) {
  const { api, overview } = useApp();
  const [restored, setRestored] = useState(() => savedNotices(shown));
  const [draft, setDraft] = useState(restored?.draft ?? draftOf(shown));
  const id = useId();
  const texts = late.notices;
  const save = useAction(async ({ url, webhook, email }: Draft) => {
    const saved = await api.changeNotices({
      revision: shown.revision,
      webhook: url.trim() === "" ? null : { url: url.trim(), kinds: webhook },
      email_kinds: email,
    });
    announce(texts.saved);
    removeNotices();
    onSaved(saved);
  });
  const edit = (change: Partial<Draft>) => {
    const next = { ...draft, ...change };
    setDraft(next);
    saveNotices(shown, next);
    save.clear();
  };
  const undo = () => {
    setDraft(draftOf(shown));
    setRestored(undefined);
    removeNotices();
    save.clear();
  };
  const showPresent = () => {
    removeNotices();
    onReload();
  };
  const mayWrite = overview.data?.install.granted_permissions.includes("data:write") ?? true;
  const changed = isChanged(shown, draft);
  const typesAgain = restored?.urlLost && draft.url === draftOf(shown).url;
  const refused = save.error?.problem?.field === "url";
  return (
    <form
      class={layout.stack}
      onSubmit={(event) => {
        event.preventDefault();
        if (changed && mayWrite) void save.run(draft);
      }}
    >
      <Card title={texts.webhook}>
        <div class={layout.stack}>
          <p class={text.muted}>{texts.webhookText}</p>
          <div class={form.form}>
            <label for={`${id}url`}>{texts.url}</label>
            <input
              {...VERBATIM}
              id={`${id}url`}
              class={form.codeField}
              type="url"
              value={draft.url}
              placeholder={texts.urlExample}
              aria-invalid={refused || undefined}
              onInput={(event) => edit({ url: event.currentTarget.value })}
            />
            {typesAgain && <p class={text.muted}>{texts.urlNotKept}</p>}
          </div>
          <Kinds
            legend={texts.webhookKinds}
            chosen={draft.webhook}
            onChoose={(webhook) => edit({ webhook })}
          />
          {shown.webhook && <SecretFacts shown={shown} webhook={shown.webhook} onSaved={onSaved} />}
          {shown.webhook && !changed && <TestButton channel={WEBHOOK} onTested={onTested} />}
        </div>
      </Card>
      <Card title={texts.email}>
        {shown.email.available ? (
          <div class={layout.stack}>
            <p class={text.muted}>{texts.emailText}</p>
            <Kinds
              legend={texts.emailKinds}
              chosen={draft.email}
              onChoose={(email) => edit({ email })}
            />
            {!changed && <TestButton channel={EMAIL} onTested={onTested} />}
          </div>
        ) : (
          <p class={text.muted}>{texts.noEmail}</p>
        )}
      </Card>
      <SaveError error={save.error} onReload={showPresent} />
      {!mayWrite && <Note tone="info" title={texts.mayNot} />}
      <div class={layout.actions}>
        <Button kind="primary" submit busy={save.busy} disabled={!changed || !mayWrite}>
          {save.busy ? late.settings.saving : late.settings.save}
        </Button>
        {changed && <Button onClick={undo}>{late.settings.undo}</Button>}
        {changed && (
          <span class={text.muted}>
            {restored ? late.settings.restored : late.settings.unsaved}
          </span>
        )}
      </div>
    </form>
  );
}

interface KindsProps {
  legend: string;
  chosen: NoticeKind[];
  onChoose: (kinds: NoticeKind[]) => void;
}

function Kinds({ legend, chosen, onChoose }: KindsProps) {
  return (
    <ChoiceGroup legend={<HiddenLegend>{legend}</HiddenLegend>}>
      {KINDS.map((kind) => (
        <CheckChoice
          key={kind}
          name={late.notices.kinds[kind]}
          checked={chosen.includes(kind)}
          onChange={(checked) =>
            onChoose(KINDS.filter((one) => (one === kind ? checked : chosen.includes(one))))
          }
        />
      ))}
    </ChoiceGroup>
  );
}
