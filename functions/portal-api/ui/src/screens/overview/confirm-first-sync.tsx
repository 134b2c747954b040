/** The first sync that may write: only a person starts it, after reading what it does. */

import { useStartPreview } from "../../components/sync/use-start-preview";
import { Button } from "../../components/ui/button";
import { Confirm } from "../../components/ui/confirm";
import { ErrorNote } from "../../components/ui/error-note";
import type { Action } from "../../lib/query";
import { href } from "../../lib/router";
import { t } from "../../texts";

interface ConfirmFirstSyncProps {
  open: boolean;
  /** The newest completed preview. */
  lastPreview: string | null;
  start: Action<[]>;
  onClose: () => void;
}

export function ConfirmFirstSync({ open, lastPreview, start, onClose }: ConfirmFirstSyncProps) {
  return (
    <Confirm
      open={open}
      title={t.preview.firstSyncTitle}
      confirm={t.preview.startSync}
      keep={t.common.notNow}
      tone="primary"
      busy={start.busy}
      error={start.error}
      onConfirm={() => void start.run()}
      onClose={onClose}
    >
      <p>{t.preview.firstSyncText}</p>
      {lastPreview === null ? (
        <PreviewFirst />
      ) : (
        <p>
          {t.preview.seeFirst((words) => (
            <a href={href(`/runs/${lastPreview}`)}>{words}</a>
          ))}
        </p>
      )}
    </Confirm>
  );
}

function PreviewFirst() {
  const preview = useStartPreview();
  return (
    <>
      <p>{t.preview.previewFirstText}</p>
      {preview.error && <ErrorNote error={preview.error} />}
      <p>
        <Button busy={preview.busy} onClick={() => void preview.run()}>
          {t.preview.previewFirst}
        </Button>
      </p>
    </>
  );
}
