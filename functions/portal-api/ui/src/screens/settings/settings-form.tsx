/** The form: it shows what a change would alter before it saves. */

import { useState } from "preact/hooks";
import type { Settings, SettingsChanged } from "../../api/types";
import { Button } from "../../components/ui/button";
import { Confirm } from "../../components/ui/confirm";
import layout from "../../components/ui/layout.module.css";
import { Note } from "../../components/ui/note";
import { SaveError } from "../../components/ui/save-error";
import text from "../../components/ui/text.module.css";
import { announce } from "../../lib/announce";
import { useApp } from "../../lib/app";
import { draftAt, rebaseDrafts, removeDraft, SETTINGS_DRAFT, saveDraft } from "../../lib/draft";
import { useAction } from "../../lib/query";
import { changeOf, type Draft, draftOf, isChanged } from "../../lib/settings";
import { t } from "../../texts";
import { late } from "../../texts/late";
import { AccountsPart } from "./accounts-part";
import { CeilingsPart } from "./ceilings-part";
import { CustomersPart } from "./customers-part";
import { Difference } from "./difference";
import { SchedulePart } from "./schedule-part";
import { StartPart } from "./start-part";

interface SettingsFormProps {
  shown: Settings;
  onSaved: (settings: Settings) => void;
  onReload: () => void;
}

/** A change that waits for a person's confirmation, and what it would alter. */
interface PendingChange {
  draft: Draft;
  differences: SettingsChanged["differences"];
}

export function SettingsForm({ shown, onSaved, onReload }: SettingsFormProps) {
  const { api, overview } = useApp();
  const [restored, setRestored] = useState(() => draftAt<Draft>(SETTINGS_DRAFT, shown.revision));
  const [draft, setDraft] = useState(restored ?? draftOf(shown));
  const [scheduleLater, setScheduleLater] = useState(false);
  const [pending, setPending] = useState<PendingChange | null>(null);
  const store = async (next: Draft) => {
    const { settings, schedule_applied } = await api.changeSettings(changeOf(next));
    announce(late.settings.saved);
    removeDraft(SETTINGS_DRAFT);
    rebaseDrafts(next.revision, settings.revision);
    setRestored(undefined);
    setScheduleLater(!schedule_applied);
    if (schedule_applied) onSaved(settings);
    overview.reload();
  };
  const check = useAction(async (next: Draft) => {
    const { differences } = await api.previewSettings(changeOf(next));
    if (differences.length === 0) await store(next);
    else setPending({ draft: next, differences });
  });
  const save = useAction(async (next: Draft) => {
    await store(next);
    setPending(null);
  });
  const edit = (change: Partial<Draft>) => {
    const next = { ...draft, ...change };
    setDraft(next);
    saveDraft(SETTINGS_DRAFT, next);
    check.clear();
  };
  const undo = () => {
    setDraft(draftOf(shown));
    setRestored(undefined);
    removeDraft(SETTINGS_DRAFT);
  };
  const showPresent = () => {
    removeDraft(SETTINGS_DRAFT);
    onReload();
  };
  const changed = isChanged(shown, draft);
  const part = { shown, draft, edit, refused: check.error?.problem?.field ?? null };
  if (scheduleLater)
    return (
      <Note tone="warn" icon="clock" title={late.settings.savedScheduleLater}>
        <p>
          <Button onClick={onReload}>{late.settings.show}</Button>
        </p>
      </Note>
    );
  return (
    <form
      class={layout.stack}
      onSubmit={(event) => {
        event.preventDefault();
        if (changed) void check.run(draft);
      }}
    >
      <SchedulePart {...part} />
      <StartPart {...part} />
      <AccountsPart {...part} />
      <CustomersPart {...part} />
      <CeilingsPart {...part} />
      <SaveError error={check.error} onReload={showPresent} />
      <div class={layout.actions}>
        <Button kind="primary" submit busy={check.busy} disabled={!changed}>
          {check.busy ? late.settings.saving : late.settings.save}
        </Button>
        {changed && <Button onClick={undo}>{late.settings.undo}</Button>}
        {changed && (
          <span class={text.muted}>
            {restored ? late.settings.restored : late.settings.unsaved}
          </span>
        )}
      </div>
      <Confirm
        open={pending !== null}
        title={late.settings.confirmTitle}
        confirm={late.settings.save}
        keep={t.common.notNow}
        tone="primary"
        busy={save.busy}
        onConfirm={() => pending && void save.run(pending.draft)}
        onClose={() => {
          setPending(null);
          save.clear();
        }}
      >
        <ul class={layout.stack}>
          {pending?.differences.map((change) => (
            <li key={`${change.code}/${change.subject}`}>
              <Difference change={change} />
            </li>
          ))}
        </ul>
        <p>{late.settings.postedStays}</p>
        <SaveError error={save.error} onReload={showPresent} />
      </Confirm>
    </form>
  );
}
