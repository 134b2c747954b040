/** Why syncing is paused, and how it goes on. */

import { RIGHT_MISSING, RightAdvice } from "../../components/stripe/right-advice";
import { Approve } from "../../components/sync/approve";
import { Note } from "../../components/ui/note";
import { useApp } from "../../lib/app";
import { href } from "../../lib/router";
import { needsApproval } from "../../lib/run";
import { t } from "../../texts";

interface PausedProps {
  paused: { code: string; reason: string };
  run: string | null;
}

export function Paused({ paused, run }: PausedProps) {
  const { overview } = useApp();
  if (run !== null && needsApproval(paused.code)) {
    return (
      <Note tone="warn" icon="pause" title={t.overview.waitsForConsent} alert>
        <p>{paused.reason}</p>
        <Approve run={run} code={paused.code} onApproved={overview.reload} />
      </Note>
    );
  }
  return (
    <Note tone="warn" icon="pause" title={t.overview.paused} alert>
      <p>{paused.reason}</p>
      <RightAdvice
        text={paused.reason}
        stripe={overview.data?.stripe}
        always={paused.code === RIGHT_MISSING}
      />
      <p>
        <a href={href("/stripe")}>{t.overview.checkConnection}</a>
      </p>
    </Note>
  );
}
