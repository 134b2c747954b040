/** One sync: where it is, what it did, what it found. */

import type { RunDetail } from "../../api/types";
import { LiveRun } from "../../components/run/live-run";
import { phaseText } from "../../components/run/phase";
import { useRun } from "../../components/run/use-run";
import { previewBlocked, stateSign } from "../../components/signs";
import { ReadOnlyNote } from "../../components/sync/read-only-note";
import { Card } from "../../components/ui/card";
import { ErrorNote } from "../../components/ui/error-note";
import { type Fact, Facts } from "../../components/ui/facts";
import { Instant } from "../../components/ui/instant";
import layout from "../../components/ui/layout.module.css";
import { Note } from "../../components/ui/note";
import { Pill, SignPill } from "../../components/ui/pill";
import { Skeleton } from "../../components/ui/skeleton";
import text from "../../components/ui/text.module.css";
import { When } from "../../components/ui/when";
import { useApp } from "../../lib/app";
import { scopeText, triggerText } from "../../lib/labels";
import { href } from "../../lib/router";
import { isOpen } from "../../lib/run";
import { date, dateTime } from "../../lib/time";
import { t } from "../../texts";
import { Outcome, ProofCard } from "./outcome";
import { RunError } from "./run-error";
import { Stop } from "./stop";
import { Totals } from "./totals";

export function RunScreen({ id }: { id: string }) {
  const { overview } = useApp();
  const run = useRun(id, overview.reload);
  return (
    <>
      <p class={layout.back}>
        <a href={href("/syncs")}>{t.runs.back}</a>
      </p>
      {run.data ? (
        <Loaded run={run.data} reload={run.reload} />
      ) : (
        <h1 tabIndex={-1}>{t.frame.titles.run}</h1>
      )}
      {run.error && <ErrorNote error={run.error} retry={run.reload} />}
      {run.loading && <Skeleton lines={6} tall />}
    </>
  );
}

interface LoadedProps {
  run: RunDetail;
  reload: () => void;
}

function Loaded({ run, reload }: LoadedProps) {
  const unfinished = isOpen(run) || run.state === "paused";
  return (
    <>
      <div class={layout.pageHead}>
        <div>
          <h1 tabIndex={-1}>{scopeText(run)}</h1>
          <p class={text.sub}>
            {triggerText(run)}, <When at={run.requested_at} />
          </p>
        </div>
        <div class={layout.actions}>
          <StatePill run={run} />
          {unfinished && <Stop run={run} reload={reload} />}
        </div>
      </div>
      {run.read_only && run.scope !== "preview" && <ReadOnlyNote />}
      {run.error && <RunError run={run} error={run.error} reload={reload} />}
      {unfinished ? (
        <Card title={phaseText(run)} tone={isOpen(run) ? "info" : "warn"}>
          <LiveRun run={run} />
        </Card>
      ) : (
        <Outcome run={run} />
      )}
      {run.problems > 0 && <Found run={run} />}
      {run.proof && <ProofCard proof={run.proof} />}
      {run.totals.length > 0 && (
        <Card title={t.runs.totals}>
          <Totals totals={run.totals} />
        </Card>
      )}
      <Card title={t.runs.times}>
        <Facts items={timeFacts(run)} />
      </Card>
    </>
  );
}

/** A preview that found what stands against posting is not simply completed. */
function StatePill({ run }: { run: RunDetail }) {
  if (!previewBlocked(run)) return <SignPill sign={stateSign(run)} />;
  return (
    <Pill tone="bad" icon="cross">
      {t.preview.blocked}
    </Pill>
  );
}

/** Records that a person should look at, met on the way. */
function Found({ run }: { run: RunDetail }) {
  const link = (words: string) => <a href={href("/problems")}>{words}</a>;
  const early = run.state === "failed" || run.state === "cancelled";
  const posted = early ? t.runs.endedEarly(link) : t.runs.wentOn(link);
  const explanation = run.read_only ? t.runs.wentOnReadOnly(link) : posted;
  return (
    <Note tone="warn" icon="problems" title={t.runs.found(run.problems)}>
      <p>{run.scope === "preview" ? t.runs.foundInPreview : explanation}</p>
    </Note>
  );
}

function timeFacts(run: RunDetail): Fact[] {
  const names = t.runs.timeFacts;
  const exact = (at: string | null) =>
    at === null ? "–" : <Instant at={at}>{dateTime(at)}</Instant>;
  return [
    [names.requested, exact(run.requested_at)],
    [names.started, exact(run.started_at)],
    [names.finished, exact(run.finished_at)],
    [names.oldest, run.oldest_reached === null ? "–" : date(run.oldest_reached)],
    [names.id, <code key="id">{run.id}</code>],
  ];
}
