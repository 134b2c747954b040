/** Starts the sync that a preview has shown. */

import { useState } from "preact/hooks";
import type { Preview } from "../../api/types";
import { Button } from "../../components/ui/button";
import { Confirm } from "../../components/ui/confirm";
import { announce } from "../../lib/announce";
import { useApp } from "../../lib/app";
import { isReadOnly } from "../../lib/permissions";
import { useAction } from "../../lib/query";
import { navigate } from "../../lib/router";
import { t } from "../../texts";

export function StartSync({ preview }: { preview: Preview }) {
  const { api, overview, onRunStarted } = useApp();
  const [asking, setAsking] = useState(false);
  const readOnly = isReadOnly(overview.data?.install.granted_permissions ?? []);
  const start = useAction(async () => {
    const { run } = await api.startRun("new");
    setAsking(false);
    announce(t.runs.started);
    onRunStarted(run);
    navigate(`/runs/${run.id}`);
  });
  const entries = preview.entries - preview.entries_there;
  return (
    <>
      <Button kind="primary" onClick={() => setAsking(true)}>
        {t.preview.startSync}
      </Button>
      <Confirm
        open={asking}
        title={t.preview.startTitle}
        confirm={t.preview.startSync}
        keep={t.common.notNow}
        tone="primary"
        busy={start.busy}
        error={start.error}
        onConfirm={() => void start.run()}
        onClose={() => setAsking(false)}
      >
        <p>{readOnly ? t.preview.startReadOnly : t.preview.startText(entries)}</p>
      </Confirm>
    </>
  );
}
