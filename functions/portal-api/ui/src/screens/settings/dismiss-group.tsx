/** Dismisses all open items about movements in suspense with the same names, for one reason. */

import { useId, useState } from "preact/hooks";
import type { UnrecognisedMovements } from "../../api/types";
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
import { late } from "../../texts/late";

const MAX_REASON = 500;

interface DismissGroupProps {
  held: UnrecognisedMovements;
  onClose: () => void;
  onDone: () => void;
}

export function DismissGroup({ held, onClose, onDone }: DismissGroupProps) {
  const texts = late.accountRules;
  const { api } = useApp();
  const id = useId();
  const [reason, setReason] = useState("");
  const dismiss = useAction(async () => {
    const { reporting_category, type } = held;
    let dismissed = 0;
    // Each call changes a bounded number. One that changes none ends it, whatever is left.
    for (let more = true; more; ) {
      const step = await api.dismissUnrecognised({ reporting_category, type }, reason.trim());
      dismissed += step.changed;
      more = step.more && step.changed > 0;
    }
    announce(texts.dismissed(dismissed));
    onDone();
  });
  return (
    <Dialog title={texts.dismissTitle(held.open)} onClose={onClose}>
      <p class={text.mutedSmall}>{texts.dismissText}</p>
      <form
        class={form.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (reason.trim() !== "") void dismiss.run();
        }}
      >
        <label for={id}>{texts.dismissReason}</label>
        <textarea
          id={id}
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
            {texts.dismissConfirm}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
