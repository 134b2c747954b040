/** Reads a run, polls it while it is open, and announces its progress. */

import { useEffect, useRef } from "preact/hooks";
import type { Overview, RunDetail } from "../../api/types";
import { announce } from "../../lib/announce";
import { useApp } from "../../lib/app";
import { type Query, useNow, useQuery } from "../../lib/query";
import { isOpen } from "../../lib/run";
import { t } from "../../texts";
import { stateSign } from "../signs";
import { phaseText } from "./phase";

/** How often an open run is asked for its progress. */
const POLL_MS = 1500;
/** A run that waits changes when it is tried. */
const POLL_WAITING_MS = 4000;
/** A paused run stays as it is until somebody acts. */
const POLL_PAUSED_MS = 10_000;
/** An open run that has not moved for this long may have lost its wake-up. */
const STALLED_MS = 45_000;
/** How often progress is spoken; more often would talk over everything else. */
const SPEAK_MS = 20_000;

function pollMs(run: RunDetail): number | null {
  if (isOpen(run)) return run.waiting ? POLL_WAITING_MS : POLL_MS;
  return run.state === "paused" ? POLL_PAUSED_MS : null;
}

export function useRun(id: string | null, onClosed?: () => void): Query<RunDetail> {
  const { api, overview } = useApp();
  const query = useQuery(
    id === null ? null : `run/${id}`,
    (signal) => api.run(id ?? "", signal),
    pollMs,
  );
  const open = query.data ? isOpen(query.data) : undefined;
  const wasOpen = useRef(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: reports the change from open to closed, once.
  useEffect(() => {
    if (open === false && wasOpen.current) onClosed?.();
    wasOpen.current = open ?? false;
  }, [open]);
  useSpokenProgress(query.data);
  useOneRun(query.data, overview);
  return query;
}

/** What was read of the open run last is what the whole page shows of it. */
function useOneRun(run: RunDetail | undefined, overview: Query<Overview>): void {
  const latest = useRef(overview);
  latest.current = overview;
  useEffect(() => {
    const { data, error, change } = latest.current;
    // This was read, not saved: an answer about everything that is under way still counts.
    if (run && data && !error && data.stripe?.current_run === run.id && isOpen(run))
      change((shown) => ({ ...shown, open_run: run }));
  }, [run]);
}

function useSpokenProgress(run: RunDetail | undefined): void {
  const last = useRef({ key: "", at: 0 });
  useEffect(() => {
    if (!run) return;
    const key = `${run.id}/${run.state}/${run.phase}/${run.waiting?.party ?? ""}`;
    const now = Date.now();
    const changed = key !== last.current.key;
    if (!changed && (!isOpen(run) || run.waiting || now - last.current.at < SPEAK_MS)) return;
    // A run that had ended when it was first read has nothing new to announce.
    const first = last.current.key === "";
    last.current = { key, at: now };
    if (first && !isOpen(run)) return;
    announce(
      isOpen(run)
        ? t.runs.spokenProgress(phaseText(run), run.records, run.entries_posted)
        : t.runs.spokenEnd(run.scope === "preview" ? "preview" : "sync", stateSign(run).text),
    );
  }, [run]);
}

/** True once an open run has shown no change for a while. */
export function useStalled(run: RunDetail): boolean {
  const now = useNow(5000);
  const progress = [
    run.state,
    run.phase,
    run.records,
    run.entries_posted,
    run.entries_already_there,
    run.pages,
  ].join("/");
  const last = useRef({ progress, at: now });
  if (last.current.progress !== progress) last.current = { progress, at: now };
  return isOpen(run) && !run.waiting && now - last.current.at > STALLED_MS;
}
