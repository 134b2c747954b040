/** Dismisses one item or several for one reason. */

import { useState } from "preact/hooks";
import type { Problem } from "../../api/types";
import { Button } from "../../components/ui/button";
import { Dialog } from "../../components/ui/dialog";
import { ErrorNote } from "../../components/ui/error-note";
import form from "../../components/ui/form.module.css";
import layout from "../../components/ui/layout.module.css";
import text from "../../components/ui/text.module.css";
import { announce } from "../../lib/announce";
import { useApp } from "../../lib/app";
import { removeDraft, saveDraft, savedDraft } from "../../lib/draft";
import { useAction } from "../../lib/query";
import { t } from "../../texts";
import { late } from "../../texts/late";
import { ProblemTitle } from "./problem-title";

const MAX_REASON = 500;
const REASON_ID = "dismiss-reason";

interface DismissProps {
  /** At least one. */
  problems: readonly Problem[];
  onClose: () => void;
  onDone: () => void;
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

export function Dismiss({ problems, onClose, onDone }: DismissProps) {
  const { api } = useApp();
  const draft = `dismiss/${problems[0]?.id}`;
  const [reason, setReason] = useState(() => savedDraft(draft, isText) ?? "");
  const dismiss = useAction(async () => {
    const ids = problems.map(({ id }) => id);
    const { changed } = await api.dismissProblems(ids, reason.trim());
    removeDraft(draft);
    announce(late.problemPlace.dismissed(changed));
    onDone();
  });
  const [only] = problems;
  return (
    <Dialog title={late.problemPlace.dismissTitle(problems.length)} onClose={onClose}>
      {problems.length === 1 && only && (
        <p>
          <ProblemTitle problem={only} />
        </p>
      )}
      <p class={text.mutedSmall}>{late.problemPlace.dismissText}</p>
      <form
        class={form.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (reason.trim() !== "") void dismiss.run();
        }}
      >
        <label for={REASON_ID}>{late.problemPlace.dismissReason}</label>
        <textarea
          id={REASON_ID}
          class={form.textArea}
          rows={3}
          maxLength={MAX_REASON}
          required
          value={reason}
          onInput={(event) => {
            setReason(event.currentTarget.value);
            saveDraft(draft, event.currentTarget.value);
          }}
        />
        {dismiss.error && <ErrorNote error={dismiss.error} />}
        <div class={layout.actionsEnd}>
          <Button onClick={onClose}>{t.common.cancel}</Button>
          <Button kind="danger" submit busy={dismiss.busy} disabled={reason.trim() === ""}>
            {late.problemPlace.dismissConfirm}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
