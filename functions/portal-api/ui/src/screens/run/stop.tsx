/** Stops a run after the page it is working on. */

import { useState } from "preact/hooks";
import type { RunDetail } from "../../api/types";
import { Button } from "../../components/ui/button";
import { Confirm } from "../../components/ui/confirm";
import { Icon } from "../../components/ui/icon";
import text from "../../components/ui/text.module.css";
import { announce } from "../../lib/announce";
import { useApp } from "../../lib/app";
import { useAction } from "../../lib/query";
import { t } from "../../texts";

export function Stop({ run, reload }: { run: RunDetail; reload: () => void }) {
  const { api } = useApp();
  const [asking, setAsking] = useState(false);
  const stop = useAction(async () => {
    await api.stopRun(run.id);
    setAsking(false);
    announce(t.runs.spokenStop);
    reload();
  });
  if (run.stop_requested) return <span class={text.muted}>{t.runs.stops}</span>;
  const kind = run.scope === "preview" ? "preview" : "sync";
  return (
    <>
      <Button onClick={() => setAsking(true)}>
        <Icon name="stop" size={16} />
        {t.runs.stop}
      </Button>
      <Confirm
        open={asking}
        title={t.runs.stopTitle[kind]}
        confirm={t.runs.stopConfirm[kind]}
        busy={stop.busy}
        error={stop.error}
        onConfirm={() => void stop.run()}
        onClose={() => setAsking(false)}
      >
        <p>{t.runs.stopText}</p>
      </Confirm>
    </>
  );
}
