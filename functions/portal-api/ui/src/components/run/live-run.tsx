/** The live part of an open run, for the overview and the run's own page. */

import type { RunDetail } from "../../api/types";
import { useApp } from "../../lib/app";
import { lookUp } from "../../lib/labels";
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

/** Of fewer days the number done says nothing. */
const FEW_DAYS = 3;

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
        {run.oldest_reached && (
          <span class={text.muted}>{t.runs.reachedBack(date(run.oldest_reached))}</span>
        )}
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
  if (!progress && run.days && run.days.all >= FEW_DAYS) return <Days days={run.days} />;
  if (!progress)
    return (
      <div class={styles.bar} aria-hidden="true">
        <span />
      </div>
    );
  const left = t.runs.shareAndLeft(formatPercent(progress.share), roughly(progress.leftMs));
  return <Share share={progress.share}>{left}</Share>;
}

/** Of a later sync nobody knows how much there is to read, but how many days it goes through. How long it takes stays open. */
function Days({ days: { work, done, all } }: { days: NonNullable<RunDetail["days"]> }) {
  const words = lookUp(t.runs.days, work) ?? t.runs.days.reading;
  return <Share share={done / all}>{words(done, all)}</Share>;
}

function Share({ share, children }: { share: number; children: string }) {
  return (
    <div class={styles.known}>
      <progress class={styles.share} aria-label={t.runs.progressBar} max={1} value={share} />
      <span data-testid="progress">{children}</span>
    </div>
  );
}
