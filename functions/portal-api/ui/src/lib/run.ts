/** What the fields of a run mean. */

import type { Overview, RunSummary } from "../api/types";

export type Pause = NonNullable<NonNullable<Overview["stripe"]>["paused"]>;

/** True while the worker may still do something for the run. */
export function isOpen(run: Pick<RunSummary, "state">): boolean {
  return run.state === "queued" || run.state === "running";
}

/** True when a run came to its end: what it did not name was posted. */
export function isComplete(run: Pick<RunSummary, "state"> | null | undefined): boolean {
  return run?.state === "completed" || run?.state === "completed_with_problems";
}

/** True when a run waits for a person's approval, not for a repair. */
export function needsApproval(code: string): boolean {
  return code.startsWith("fuse_");
}

/** True when a pause ends with the next sync, without a person. */
export function isOver(pause: Pause | null | undefined): boolean {
  return pause?.cause_gone === true;
}
