/** The live part of an open run, for the overview and the run's own page. */

import type { RunDetail } from "../../api/types";
import { isOpen } from "../../lib/run";
import { date } from "../../lib/time";
import { t } from "../../texts";
import { Count } from "../ui/count";
import text from "../ui/text.module.css";
import { Counters } from "./counters";
import styles from "./live-run.module.css";
import { StalledNote } from "./stalled-note";
import { Stepper } from "./stepper";
import { useStalled } from "./use-run";
import { WaitingNote } from "./waiting-note";

export function LiveRun({ run }: { run: RunDetail }) {
  const stalled = useStalled(run);
  const figure = (
    <strong class={styles.count} data-testid="records-read">
      <Count value={run.records} />
    </strong>
  );
  return (
    <div class={styles.live}>
      <Stepper run={run} />
      {isOpen(run) && !run.waiting && (
        <div class={styles.bar} aria-hidden="true">
          <span />
        </div>
      )}
      <p class={styles.line}>
        {t.runs.recordsRead(figure)}
        {run.oldest_reached && <span class={text.muted}>{t.runs.reachedBack(date(run.oldest_reached))}</span>}
      </p>
      {run.scope !== "preview" && <Counters run={run} />}
      {isOpen(run) && run.waiting && <WaitingNote run={run} waiting={run.waiting} />}
      {stalled && <StalledNote run={run} />}
    </div>
  );
}
