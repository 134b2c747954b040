/** The buttons that start a sync. */

import type { RunScope } from "../../api/types";
import { Button } from "../../components/ui/button";
import { Icon } from "../../components/ui/icon";
import text from "../../components/ui/text.module.css";
import { t } from "../../texts";
import styles from "./sync-now.module.css";

export interface StartSync {
  /** Starts a sync; the first that may write asks for a confirmation. */
  start: (scope: RunScope) => void;
  busy: boolean;
  /** A run is open. */
  running: boolean;
  /** The open run waits for a service: what to do is shown beside it. */
  waiting: boolean;
  /** A permission is missing. */
  blocked: boolean;
}

export function SyncNow({ sync, first }: { sync: StartSync; first: boolean }) {
  const { start, busy, running, waiting, blocked } = sync;
  const label = waiting ? t.overview.waiting : t.overview.syncing;
  return (
    <Button
      kind={first ? "plain" : "primary"}
      busy={busy}
      disabled={blocked || running}
      onClick={() => start("new")}
    >
      <Icon name="syncs" size={16} />
      {running ? label : t.overview.syncNow}
    </Button>
  );
}

const RECHECK_TEXT_ID = "recheck-text";

export function RecheckEverything({ sync }: { sync: StartSync }) {
  return (
    <div class={styles.recheck}>
      <p class={text.mutedSmall} id={RECHECK_TEXT_ID}>
        {t.overview.recheckText}
      </p>
      <Button
        disabled={sync.blocked || sync.running}
        describedBy={RECHECK_TEXT_ID}
        onClick={() => sync.start("everything")}
      >
        {t.overview.recheck}
      </Button>
    </div>
  );
}
