/** One sync: where it is, what it did, what it found. */

import type { RunDetail } from "../../api/types";
import { Causes } from "../../components/proof/causes";
import { ProofTable } from "../../components/proof/proof-table";
import { Counters } from "../../components/run/counters";
import { LiveRun } from "../../components/run/live-run";
import { phaseText } from "../../components/run/phase";
import { useRun } from "../../components/run/use-run";
import { stateSign, verdictSign } from "../../components/signs";
import { RIGHT_MISSING, RightAdvice } from "../../components/stripe/right-advice";
import { Approve } from "../../components/sync/approve";
import { ReadOnlyNote } from "../../components/sync/read-only-note";
import { Card } from "../../components/ui/card";
import { ErrorNote } from "../../components/ui/error-note";
import { type Fact, Facts } from "../../components/ui/facts";
import layout from "../../components/ui/layout.module.css";
import { Note } from "../../components/ui/note";
import { SignPill } from "../../components/ui/pill";
import { Skeleton } from "../../components/ui/skeleton";
import text from "../../components/ui/text.module.css";
import { When } from "../../components/ui/when";
import { useApp } from "../../lib/app";
import { scopeText, triggerText } from "../../lib/labels";
import { href } from "../../lib/router";
import { isOpen, needsApproval } from "../../lib/run";
import { date, dateTime, utc } from "../../lib/time";
import { t } from "../../texts";
import { PreviewFigures } from "./preview-figures";
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
      {run.data ? <Loaded run={run.data} reload={run.reload} /> : <h1 tabIndex={-1}>{t.frame.titles.run}</h1>}
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
          <SignPill sign={stateSign(run)} />
          {unfinished && <Stop run={run} reload={reload} />}
        </div>
      </div>
      {run.shadow && run.scope !== "preview" && <ReadOnlyNote />}
      {run.error && <RunError run={run} error={run.error} reload={reload} />}
      {run.problems > 0 && (
        <Note tone="warn" icon="problems" title={t.runs.found(run.problems)}>
          <p>
            {t.runs.wentOn((words) => (
              <a href={href("/problems")}>{words}</a>
            ))}
          </p>
        </Note>
      )}
      {unfinished ? (
        <Card title={phaseText(run)} tone="info">
          <LiveRun run={run} />
        </Card>
      ) : (
        <Outcome run={run} />
      )}
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

/** Why a run failed or pauses, and what to do about it. */
function RunError({ run, error, reload }: LoadedProps & { error: NonNullable<RunDetail["error"]> }) {
  const { overview } = useApp();
  const paused = run.state === "paused";
  return (
    <Note tone={paused ? "warn" : "bad"} icon="problems" title={error.text} alert>
      <p class={text.small}>
        {t.runs.code} <code>{error.code}</code>
      </p>
      <RightAdvice text={error.text} stripe={overview.data?.stripe} always={error.code === RIGHT_MISSING} />
      {paused && needsApproval(error.code) && <Approve run={run.id} code={error.code} onApproved={reload} />}
    </Note>
  );
}

/** What a run that has ended did; a preview shows what a sync would do. */
function Outcome({ run }: { run: RunDetail }) {
  if (run.scope === "preview") return run.preview && <PreviewFigures run={run} preview={run.preview} />;
  return (
    <Card title={t.runs.whatItDid}>
      <Counters run={run} all />
    </Card>
  );
}

function ProofCard({ proof }: { proof: NonNullable<RunDetail["proof"]> }) {
  return (
    <Card title={t.runs.proof} aside={<SignPill sign={verdictSign(proof.verdict)} />}>
      <ProofTable proof={proof} />
      <Causes proof={proof} />
      <p>
        <a href={href(`/certificates/${proof.id}`)}>{t.proof.certificate}</a>
      </p>
    </Card>
  );
}

function timeFacts(run: RunDetail): Fact[] {
  const names = t.runs.timeFacts;
  const exact = (at: string | null) =>
    at === null ? (
      "–"
    ) : (
      <time dateTime={at} title={utc(at)}>
        {dateTime(at)}
      </time>
    );
  return [
    [names.requested, exact(run.requested_at)],
    [names.started, exact(run.started_at)],
    [names.finished, exact(run.finished_at)],
    [names.oldest, run.oldest_reached === null ? "–" : date(run.oldest_reached)],
    [names.id, <code key="id">{run.id}</code>],
  ];
}
