/** Which syncs are listed, as a place's address names it. */

import type { RunFilter, Trigger, Verdict } from "../../api/types";
import { chosen, dayIn } from "../../lib/filter";

const STATES: RunFilter[] = ["all", "completed", "in_progress", "needs_attention", "failed"];
export const TRIGGERS: Trigger[] = ["manual", "schedule", "webhook"];

export type Filter = {
  filter: RunFilter;
  trigger: Trigger | null;
  /** Only syncs whose comparison found a difference. */
  verdict: Extract<Verdict, "mismatch"> | null;
  /** UTC days, both included. */
  from: string | null;
  to: string | null;
};

/** As far as it can be asked for; without a choice everything is listed. */
export function filterOf(params: URLSearchParams): Filter {
  return {
    filter: STATES.find((state) => state === params.get("filter")) ?? "all",
    trigger: TRIGGERS.find((trigger) => trigger === params.get("trigger")) ?? null,
    verdict: params.get("verdict") === "mismatch" ? "mismatch" : null,
    from: dayIn(params, "from"),
    to: dayIn(params, "to"),
  };
}

/** Whether it is narrower than by state alone: then the figures of the tiles are not those of the list. */
export function isNarrowed({ trigger, verdict, from, to }: Filter): boolean {
  return trigger !== null || verdict !== null || from !== null || to !== null;
}

/** What stands in the address of the list. */
export function paramsOf({ filter, ...narrowed }: Filter): Record<string, string> {
  return chosen({ filter: filter === "all" ? null : filter, ...narrowed });
}
