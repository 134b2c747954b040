/** The first sync that may write: it is started by a person who was told what it does, and by nothing else. */

import type { Overview } from "../api/types";
import { Button, Confirm, ErrorNote } from "../components/basics";
import { announce } from "../lib/announce";
import { useApp } from "../lib/app";
import { type Action, useAction } from "../lib/query";
import { href, navigate } from "../lib/router";
import { inShadow } from "../lib/words";

/** True when a sync started now would be the first that may write: it is asked for once more. */
export function asksFirst(data: Overview): boolean {
  return data.stripe !== null && !data.stripe.confirmed && !inShadow(data.install.granted_permissions);
}

interface Props {
  open: boolean;
  /** The newest completed preview. */
  lastPreview: string | null;
  start: Action<[]>;
  onClose: () => void;
}

export function ConfirmFirst({ open, lastPreview, start, onClose }: Props) {
  return (
    <Confirm
      open={open}
      title="Start the first sync?"
      confirm="Start sync"
      keep="Not now"
      tone="primary"
      busy={start.busy}
      error={start.error}
      onConfirm={() => void start.run()}
      onClose={onClose}
    >
      <p>
        It reads the whole history of this Stripe account, posts it to your ledger, from the start date on if
        the settings name one, and then proves that both sides agree. Entries in a ledger stay; from then on
        syncs may also start by schedule and by Stripe’s events.
      </p>
      {lastPreview === null ? (
        <PreviewFirst />
      ) : (
        <p>
          <a href={href(`/runs/${lastPreview}`)}>See the preview first</a>: what it would post, with nothing
          written.
        </p>
      )}
    </Confirm>
  );
}

function PreviewFirst() {
  const { api, onRunStarted } = useApp();
  const preview = useAction(async () => {
    const { run } = await api.startPreview();
    announce("The preview is being made.");
    onRunStarted(run);
    navigate(`/runs/${run.id}`);
  });
  return (
    <>
      <p>A preview shows before what it would post, and writes nothing.</p>
      {preview.error && <ErrorNote error={preview.error} />}
      <p>
        <Button busy={preview.busy} onClick={() => void preview.run()}>
          Preview first
        </Button>
      </p>
    </>
  );
}
