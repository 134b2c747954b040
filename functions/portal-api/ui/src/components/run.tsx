/** A run: its live progress, its counters, its rows in a list. */

import { useEffect, useRef } from "preact/hooks";
import type { RunDetail, RunSummary, Waiting } from "../api/types";
import { announce } from "../lib/announce";
import { useApp } from "../lib/app";
import { type Query, useAction, useNow, useQuery } from "../lib/query";
import { href } from "../lib/router";
import { ahead, date, dateTime, duration } from "../lib/time";
import { isOpen, plural, scopeText, stateSign, verdictSign, waitingText } from "../lib/words";
import { Button, Count, ErrorNote, Facts, Note, Pill, When } from "./basics";
import { Icon } from "./icons";

/** How often an open run is asked for its progress. */
const POLL_MS = 1500;
/** A run that waits changes when it is tried. */
const POLL_WAITING_MS = 4000;
/** A paused run stays as it is until somebody acts. */
const POLL_PAUSED_MS = 10_000;
/** An open run that has not moved for this long may have lost its wake-up. */
const STILL_MS = 45_000;
/** How often progress is spoken; more often would talk over everything else. */
const SPEAK_MS = 20_000;

/** Reads a run, again and again while it is open. */
export function useRun(id: string | null, onClosed?: () => void): Query<RunDetail> {
  const { api } = useApp();
  const query = useQuery(
    id === null ? null : `run ${id}`,
    (signal) => api.run(id ?? "", signal),
    (run) =>
      isOpen(run)
        ? run.waiting
          ? POLL_WAITING_MS
          : POLL_MS
        : run.state === "paused"
          ? POLL_PAUSED_MS
          : null,
  );
  const open = query.data ? isOpen(query.data) : undefined;
  const wasOpen = useRef(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: tells the change from open to closed, once.
  useEffect(() => {
    if (open === false && wasOpen.current) onClosed?.();
    wasOpen.current = open ?? false;
  }, [open]);
  useSpokenProgress(query.data);
  return query;
}

function useSpokenProgress(run: RunDetail | undefined): void {
  const last = useRef({ key: "", at: 0 });
  useEffect(() => {
    if (!run) return;
    const key = `${run.id} ${run.state} ${run.phase} ${run.waiting?.party ?? ""}`;
    const now = Date.now();
    const changed = key !== last.current.key;
    if (!changed && (!isOpen(run) || run.waiting || now - last.current.at < SPEAK_MS)) return;
    // A run that was over when first seen has nothing new to say.
    const first = last.current.key === "";
    last.current = { key, at: now };
    if (first && !isOpen(run)) return;
    announce(
      isOpen(run)
        ? `${phaseText(run)}: ${plural(run.records, "record")} read, ${run.entries_posted} posted.`
        : `${run.scope === "preview" ? "Preview" : "Sync"} ended: ${stateSign(run).text}.`,
    );
  }, [run]);
}

/** True once an open run has shown no change for a while. */
function useStill(run: RunDetail): boolean {
  const now = useNow(5000);
  const print = `${run.state} ${run.phase} ${run.records} ${run.entries_posted} ${run.entries_already_there} ${run.pages}`;
  const last = useRef({ print, at: now });
  if (last.current.print !== print) last.current = { print, at: now };
  return isOpen(run) && !run.waiting && now - last.current.at > STILL_MS;
}

export function phaseText(run: RunSummary): string {
  if (run.state === "paused") return "Paused";
  if (isOpen(run) && run.waiting) return waitingText(run.waiting);
  if (run.state === "queued") return "Waiting to start";
  if (run.scope === "preview") return "Counting movements";
  return run.phase === "proof" ? "Comparing both sides" : "Mirroring movements";
}

const STEPS = ["Queued", "Movements", "Proof", "Done"] as const;
/** A preview posts nothing, so there is nothing to prove. */
const PREVIEW_STEPS = STEPS.filter((name) => name !== "Proof");

function stepOf(run: RunSummary): number {
  if (run.phase === "done" || (!isOpen(run) && run.state !== "paused")) return 3;
  if (run.state === "queued") return 0;
  return run.phase === "proof" ? 2 : 1;
}

/** Where a run stands in its course. */
export function Steps({ run }: { run: RunSummary }) {
  const preview = run.scope === "preview";
  const names = preview ? PREVIEW_STEPS : STEPS;
  const step = stepOf(run);
  return (
    <ol class="steps" aria-label={`Progress of the ${preview ? "preview" : "sync"}`}>
      {names.map((name, index) => {
        const state = index < step || step === 3 ? "past" : index === step ? "here" : "ahead";
        return (
          <li key={name} class={state} aria-current={state === "here" ? "step" : undefined}>
            <span class="dot">{state === "past" ? <Icon name="check" size={12} /> : null}</span>
            {name}
          </li>
        );
      })}
    </ol>
  );
}

function elapsedMs(run: RunSummary, nowMs: number): number | undefined {
  if (run.started_at === null) return undefined;
  return (run.finished_at === null ? nowMs : Date.parse(run.finished_at)) - Date.parse(run.started_at);
}

export function Elapsed({ run }: { run: RunSummary }) {
  const now = useNow(1000);
  const ms = elapsedMs(run, now);
  return <>{ms === undefined ? "–" : duration(ms)}</>;
}

/** The live part of an open run, for the overview and the run's own page. */
export function Live({ run }: { run: RunDetail }) {
  const still = useStill(run);
  return (
    <div class="live">
      <Steps run={run} />
      {isOpen(run) && !run.waiting && (
        <div class="bar" aria-hidden="true">
          <span />
        </div>
      )}
      <p class="live-line">
        <strong class="live-count">
          <Count value={run.records} />
        </strong>{" "}
        records read
        {run.oldest_reached && <span class="muted"> · reached back to {date(run.oldest_reached)}</span>}
      </p>
      {run.scope !== "preview" && <Counters run={run} />}
      {isOpen(run) && run.waiting && <StandsStill run={run} waiting={run.waiting} />}
      {still && <WakeUp run={run} />}
    </div>
  );
}

/** Asking for a sync while one is open wakes the open one. */
function useWake(run: RunDetail) {
  const { api } = useApp();
  return useAction(async () => {
    await (run.scope === "preview" ? api.startPreview() : api.startRun(run.scope));
    announce("The sync was asked to go on.");
  });
}

/** Who does not do what was asked, which answer came, since when, and when it is tried again. */
function StandsStill({ run, waiting }: { run: RunDetail; waiting: Waiting }) {
  const now = useNow(1000);
  const wake = useWake(run);
  const facts: [string, preact.ComponentChildren][] = [
    ["Answer", waiting.answer],
    ["Call", waiting.call && <code>{waiting.call}</code>],
    ["Status", waiting.status],
    ["Request", waiting.request_id && <code>{waiting.request_id}</code>],
    [
      "Since",
      <>
        <time dateTime={waiting.since}>{dateTime(waiting.since)}</time>, {plural(waiting.attempts, "attempt")}
      </>,
    ],
    ["Next attempt", ahead(waiting.next_attempt, now)],
  ];
  return (
    <Note tone="warn" icon="clock" title={waitingText(waiting)}>
      <Facts items={facts.filter(([, value]) => value !== null)} />
      <p>The sync goes on by itself. Nothing is lost, and nothing is posted twice.</p>
      {wake.error && <ErrorNote error={wake.error} />}
      <p>
        <Button busy={wake.busy} onClick={() => void wake.run()}>
          Try now
        </Button>
      </p>
    </Note>
  );
}

function WakeUp({ run }: { run: RunDetail }) {
  const wake = useWake(run);
  return (
    <Note tone="warn" icon="clock" title="Nothing has moved for a while">
      <p>Stripe or the ledger may be slow. Nothing is lost, and asking again posts nothing twice.</p>
      {wake.error && <ErrorNote error={wake.error} />}
      <p>
        <Button busy={wake.busy} onClick={() => void wake.run()}>
          Ask again
        </Button>
      </p>
    </Note>
  );
}

export function Counters({ run, all = false }: { run: RunDetail; all?: boolean }) {
  const items: [string, number | "elapsed"][] = [
    ["Entries posted", run.entries_posted],
    ["Already there", run.entries_already_there],
    ["Problems", run.problems],
    ["Time", "elapsed"],
  ];
  if (all) {
    items.unshift(["Records", run.records]);
    items.push(
      ["Customers created", run.customers_created],
      ["Customers updated", run.identities_updated],
      ["Pages", run.pages],
      ["Stripe calls", run.stripe_calls],
      ["Ledger calls", run.ledger_calls],
    );
  }
  return (
    <dl class="counters">
      {items.map(([name, value]) => (
        <div key={name} class={name === "Problems" && value !== 0 ? "attention" : ""}>
          <dt>{name}</dt>
          <dd>{value === "elapsed" ? <Elapsed run={run} /> : <Count value={value} />}</dd>
        </div>
      ))}
    </dl>
  );
}

export function StatePill({ run }: { run: RunSummary }) {
  const sign = stateSign(run);
  return (
    <Pill tone={sign.tone} icon={sign.icon}>
      {sign.text}
    </Pill>
  );
}

/** One run in a list; the whole row leads to it. */
export function RunRow({ run }: { run: RunSummary }) {
  const verdict = run.verdict === null ? undefined : verdictSign(run.verdict);
  return (
    <li class="run-row">
      <div class="run-main">
        <a class="run-link" href={href(`/runs/${run.id}`)}>
          {scopeText(run)}
        </a>
        <span class="sub">
          <When at={run.requested_at} />
          {run.started_at && (
            <>
              {" · "}
              <Elapsed run={run} />
            </>
          )}
        </span>
      </div>
      <p class="run-figures">
        {plural(run.records, "record")}
        {run.scope !== "preview" && <> · {plural(run.entries_posted, "entry", "entries")} posted</>}
        {run.shadow && <> · shadow mode</>}
        {run.problems > 0 && <> · {plural(run.problems, "problem")}</>}
      </p>
      <div class="run-pills">
        <StatePill run={run} />
        {verdict && (
          <Pill tone={verdict.tone} icon={verdict.icon}>
            <span class="visually-hidden">Proof: </span>
            {verdict.text}
          </Pill>
        )}
      </div>
    </li>
  );
}
