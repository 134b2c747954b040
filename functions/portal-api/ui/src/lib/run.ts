/** What the fields of a run mean. */

import type { RunSummary } from "../api/types";

/** True while the worker may still do something for the run. */
export function isOpen(run: Pick<RunSummary, "state">): boolean {
  return run.state === "queued" || run.state === "running";
}

/** True when a run waits for a person's approval, not for a repair. */
export function needsApproval(code: string): boolean {
  return code.startsWith("fuse_");
}
