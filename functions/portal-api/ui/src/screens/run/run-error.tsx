/** Why a run failed or pauses, and what to do about it. */

import type { RunDetail } from "../../api/types";
import { KeyReplaced, Paused } from "../../components/state/paused";
import { PERMISSION_MISSING, PermissionAdvice } from "../../components/stripe/permission-advice";
import { Approval } from "../../components/sync/approval";
import { FromApi } from "../../components/ui/from-api";
import { Note } from "../../components/ui/note";
import text from "../../components/ui/text.module.css";
import { useApp } from "../../lib/app";
import { lookUp } from "../../lib/labels";
import { isOver, needsApproval } from "../../lib/run";
import { t } from "../../texts";

interface RunErrorProps {
  run: RunDetail;
  error: NonNullable<RunDetail["error"]>;
  reload: () => void;
}

export function RunError({ run, error, reload }: RunErrorProps) {
  const { overview } = useApp();
  const stripe = overview.data?.stripe;
  const paused = run.state === "paused";
  if (paused && needsApproval(error.code))
    return (
      <Approval
        code={error.code}
        reason={error.text}
        request={run.approval}
        run={run.id}
        soFar={run}
        linked={false}
        onApproved={() => {
          reload();
          overview.reload();
        }}
      />
    );
  // The pause itself knows the way out, which is the same here as on the overview.
  if (paused && stripe?.paused && stripe.current_run === run.id)
    return isOver(stripe.paused) ? <KeyReplaced /> : <Paused pause={stripe.paused} />;
  const title = lookUp(t.failures, error.code);
  return (
    <Note
      tone={paused ? "warn" : "bad"}
      icon="problems"
      title={title ?? <FromApi text={error.text} />}
      alert
    >
      {title && (
        <p>
          <FromApi text={error.text} />
        </p>
      )}
      <PermissionAdvice
        text={error.text}
        stripe={stripe}
        always={error.code === PERMISSION_MISSING}
      />
      <p class={text.mutedSmall}>{t.errors.code(error.code)}</p>
    </Note>
  );
}
