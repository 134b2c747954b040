/** How states of the API look: a word, an icon and a tone. A state that this version does not know is shown as it came. */

import type { LineVerdict, RunDetail, RunState, RunSummary } from "../api/types";
import { lookUp } from "../lib/labels";
import { isOpen } from "../lib/run";
import { t } from "../texts";
import type { IconName } from "./ui/icon";
import type { Sign } from "./ui/sign";
import type { Tone } from "./ui/tone";

export type Look = [tone: Tone, icon: IconName];

const UNKNOWN: Look = ["quiet", "info"];

export function sign(
  code: string,
  looks: Record<string, Look>,
  texts: Record<string, string>,
): Sign {
  const [tone, icon] = lookUp(looks, code) ?? UNKNOWN;
  return { tone, icon, text: lookUp(texts, code) ?? code };
}

const STATES: Record<RunState, Look> = {
  queued: ["info", "clock"],
  running: ["info", "syncs"],
  completed: ["ok", "check"],
  completed_with_problems: ["warn", "problems"],
  failed: ["bad", "cross"],
  cancelled: ["quiet", "stop"],
  paused: ["warn", "pause"],
};

type RunForSign = Pick<RunSummary, "state" | "stop_requested"> &
  Partial<Pick<RunSummary, "waiting" | "problems">>;

/** A preview that found what stands against posting is not simply completed. */
export function previewBlocked(run: Pick<RunDetail, "scope" | "preview">): boolean {
  return run.scope === "preview" && (run.preview?.conflicts.length ?? 0) > 0;
}

export function stateSign(run: RunForSign): Sign {
  if (isOpen(run) && run.stop_requested)
    return { tone: "quiet", icon: "stop", text: t.runs.stopping };
  if (isOpen(run) && run.waiting) return { tone: "warn", icon: "clock", text: t.runs.waiting };
  if (run.state === "completed_with_problems" && run.problems)
    return { tone: "warn", icon: "problems", text: t.runs.completedWith(run.problems) };
  return sign(run.state, STATES, t.runs.states);
}

const VERDICTS: Record<LineVerdict, Look> = {
  match: ["ok", "check"],
  mismatch: ["bad", "cross"],
  inconclusive: ["warn", "wave"],
  not_compared: ["quiet", "dash"],
};

/** In read-only mode nothing is posted, so an inconclusive result is expected and shown as information. */
export function verdictSign(verdict: LineVerdict, readOnly = false): Sign {
  if (readOnly && (verdict === "inconclusive" || verdict === "not_compared"))
    return { tone: "info", icon: "eye", text: t.proof.readOnlyVerdict };
  return sign(verdict, VERDICTS, t.proof.verdicts);
}
