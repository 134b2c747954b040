/** What a run is doing, in a few words. */

import type { RunSummary } from "../../api/types";
import { waitingText } from "../../lib/labels";
import { isOpen } from "../../lib/run";
import { t } from "../../texts";

export function phaseText(run: RunSummary): string {
  const { phases } = t.runs;
  if (run.state === "paused") return phases.paused;
  if (isOpen(run) && run.waiting) return waitingText(run.waiting);
  if (run.state === "queued") return phases.queued;
  if (run.scope === "preview") return phases.preview;
  return run.phase === "proof" ? phases.proof : phases.mirror;
}
