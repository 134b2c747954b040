/** The buttons that start a sync. */

import type { RunScope } from "../../api/types";
import { Button } from "../../components/ui/button";
import { Icon } from "../../components/ui/icon";
import text from "../../components/ui/text.module.css";
import { t } from "../../texts";
import styles from "./sync-now.module.css";

export interface StartSync {
  /** Starts a sync; the first that may post asks for a confirmation. */
  start: (scope: RunScope) => void;
  busy: boolean;
  /** A run is open. */
  running: boolean;
  /** The open run waits for a service: what to do is shown beside it. */
  waiting: boolean;
  /** Syncing is paused: asking again makes another attempt, an approval is given elsewhere. */
  paused: "no" | "paused" | "approval";
  /** A permission is missing. */
  blocked: boolean;
}

/** `first`: something else on the page is the next thing to do. */
export function SyncNow({ sync, first }: { sync: StartSync; first: boolean }) {
  const { start, busy, running, waiting, paused, blocked } = sync;
  const underWay = waiting ? t.overview.waiting : t.overview.syncing;
  const idle = paused === "paused" ? t.common.tryAgain : t.overview.syncNow;
  return (
    <Button
      kind={first || paused !== "no" ? "plain" : "primary"}
      busy={busy}
      disabled={blocked || running || paused === "approval"}
      onClick={() => start("new")}
    >
      <Icon name="syncs" size={16} />
      {running ? underWay : idle}
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
        disabled={sync.blocked || sync.running || sync.paused !== "no"}
        describedBy={RECHECK_TEXT_ID}
        onClick={() => sync.start("everything")}
      >
        {t.overview.recheck}
      </Button>
    </div>
  );
}
