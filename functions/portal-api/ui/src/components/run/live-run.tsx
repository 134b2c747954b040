/** The live part of an open run, for the overview and the run's own page. */

import type { RunDetail } from "../../api/types";
import { useApp } from "../../lib/app";
import { isOpen } from "../../lib/run";
import { useProgress } from "../../lib/situation";
import { date, roughly } from "../../lib/time";
import { t } from "../../texts";
import { formatPercent } from "../../texts/count";
import { Count } from "../ui/count";
import text from "../ui/text.module.css";
import { Counters } from "./counters";
import styles from "./live-run.module.css";
import { StalledNote } from "./stalled-note";
import { Stepper } from "./stepper";
import { useStalled } from "./use-run";
import { WaitingNote } from "./waiting-note";

export function LiveRun({ run }: { run: RunDetail }) {
  const { expected } = useApp().situation;
  const stalled = useStalled(run);
  const figure = (
    <strong class={styles.count} data-testid="records-read">
      <Count value={run.records} />
    </strong>
  );
  const first = expected && run.scope !== "preview" && expected.records >= run.records;
  return (
    <div class={styles.live}>
      <Stepper run={run} />
      {isOpen(run) && !run.waiting && <Bar run={run} />}
      <p class={styles.line}>
        {first
          ? t.runs.recordsReadOf(figure, <Count value={expected.records} />)
          : t.runs.recordsRead(figure)}
        {run.oldest_reached && <span class={text.muted}>{t.runs.reachedBack(date(run.oldest_reached))}</span>}
      </p>
      {run.scope !== "preview" && <Counters run={run} />}
      {isOpen(run) && run.waiting && <WaitingNote run={run} waiting={run.waiting} />}
      {stalled && <StalledNote run={run} />}
    </div>
  );
}

/** A share where one is known; else only that something goes on. */
function Bar({ run }: { run: RunDetail }) {
  const progress = useProgress(run, useApp().situation.expected);
  if (!progress)
    return (
      <div class={styles.bar} aria-hidden="true">
        <span />
      </div>
    );
  const share = formatPercent(progress.share);
  return (
    <div class={styles.known}>
      <progress class={styles.share} aria-label={t.runs.progressBar} max={1} value={progress.share} />
      <span data-testid="progress">{t.runs.shareAndLeft(share, roughly(progress.leftMs))}</span>
    </div>
  );
}
