/** What the whole page shares of how things stand: the judgement, and what it rests on. */

import { useEffect, useRef } from "preact/hooks";
import type { Api } from "../api/client";
import type { Attention, Overview } from "../api/types";
import { missingForSync } from "./permissions";
import { type Expected, type Progress, progressOf } from "./progress";
import { type Query, useNow, useQuery } from "./query";
import { type Standing, standingOf } from "./standing";

/** How often the list of what needs attention is read while nothing else has changed. */
const POLL_MS = 60_000;
const PROGRESS_MS = 1000;

export interface Situation {
  /** Absent until the overview is read. */
  standing: Standing | undefined;
  attention: Query<Attention>;
  /** What the first sync has before it, where a preview has counted it. */
  expected: Expected | undefined;
}

export function useSituation(api: Api, overview: Query<Overview>): Situation {
  const data = overview.data;
  const attention = useQuery(
    data?.stripe && missingForSync(data.install.granted_permissions).length === 0
      ? "attention"
      : null,
    (signal) => api.attention(signal),
    () => POLL_MS,
  );
  const expected = useExpected(api, data);
  useReloadWithFigures(data, attention);
  const standing =
    data &&
    standingOf(data, {
      attention: attention.data,
      unread: attention.error !== undefined,
      unreachable: overview.error !== undefined,
    });
  return { standing, attention, expected };
}

/** Another state of the account, or a sync that ended, may have changed what needs attention. */
function useReloadWithFigures(
  data: Overview | undefined,
  { reload }: Pick<Query<unknown>, "reload">,
): void {
  const key = data && keyOf(data);
  const seen = useRef(key);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each change of the figures.
  useEffect(() => {
    if (seen.current !== undefined && seen.current !== key) reload();
    seen.current = key;
  }, [key]);
}

function keyOf({
  stripe,
  last_run: run,
  last_proof: proof,
  open_problems: open,
  fresh,
}: Overview): string {
  return [
    run?.id,
    run?.state,
    proof?.id,
    open,
    fresh,
    stripe?.paused?.code,
    stripe?.current_run,
  ].join("/");
}

/** A first sync has before it what its preview has counted; a full re-check, what the last comparison was made of. */
function useExpected(api: Api, data: Overview | undefined): Expected | undefined {
  const current = data?.stripe?.current_run ?? null;
  const first = current !== null && data?.last_proof === null && data.last_preview !== current;
  const id = first ? (data?.last_preview ?? null) : null;
  const preview = useQuery(id && `expected/${id}`, (signal) => api.run(id ?? "", signal));
  if (id !== null) {
    if (preview.data?.scope !== "preview") return undefined;
    return { records: preview.data.records, seconds: preview.data.preview?.seconds ?? null };
  }
  if (data?.open_run?.scope !== "everything" || !data.last_proof) return undefined;
  return {
    records: data.last_proof.lines.reduce((sum, line) => sum + line.records, 0),
    seconds: null,
  };
}

/** The progress of a run, kept up with the clock. */
export function useProgress(
  run: Parameters<typeof progressOf>[0] | null | undefined,
  expected: Expected | undefined,
): Progress | undefined {
  const now = useNow(PROGRESS_MS);
  return run ? progressOf(run, expected, now) : undefined;
}
