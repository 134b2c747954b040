/** Dismisses a problem for a reason. */

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
import { useAction } from "../../lib/query";
import { t } from "../../texts";

const MAX_REASON = 500;
const REASON_ID = "dismiss-reason";

interface DismissProps {
  problem: Problem;
  onClose: () => void;
  onDone: () => void;
}

export function Dismiss({ problem, onClose, onDone }: DismissProps) {
  const { api } = useApp();
  const [reason, setReason] = useState("");
  const dismiss = useAction(async () => {
    await api.dismissProblems([problem.id], reason.trim());
    announce(t.problems.dismissed);
    onDone();
  });
  return (
    <Dialog title={t.problems.dismissTitle} onClose={onClose}>
      <p>{problem.cause}</p>
      <p class={text.mutedSmall}>{t.problems.dismissText}</p>
      <form
        class={form.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (reason.trim() !== "") void dismiss.run();
        }}
      >
        <label for={REASON_ID}>{t.problems.dismissReason}</label>
        <textarea
          id={REASON_ID}
          class={form.textArea}
          rows={3}
          maxLength={MAX_REASON}
          required
          value={reason}
          onInput={(event) => setReason(event.currentTarget.value)}
        />
        {dismiss.error && <ErrorNote error={dismiss.error} />}
        <div class={layout.actionsEnd}>
          <Button onClick={onClose}>{t.common.cancel}</Button>
          <Button kind="danger" submit busy={dismiss.busy} disabled={reason.trim() === ""}>
            {t.problems.dismissConfirm}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
