/** How states of the API look: a word, an icon and a tone. A state that this version does not know is shown as it came. */

import type { LineVerdict, ProblemAction, RunState, RunSummary } from "../api/types";
import { lookUp } from "../lib/labels";
import { isOpen } from "../lib/run";
import { t } from "../texts";
import type { IconName } from "./ui/icon";
import type { Sign } from "./ui/sign";
import type { Tone } from "./ui/tone";

type Look = [tone: Tone, icon: IconName];

const UNKNOWN: Look = ["quiet", "info"];

function sign(code: string, looks: Record<string, Look>, texts: Record<string, string>): Sign {
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

type RunForSign = Pick<RunSummary, "state" | "stop_requested"> & Partial<Pick<RunSummary, "waiting">>;

export function stateSign(run: RunForSign): Sign {
  if (isOpen(run) && run.stop_requested) return { tone: "quiet", icon: "stop", text: t.runs.stopping };
  if (isOpen(run) && run.waiting) return { tone: "warn", icon: "clock", text: t.runs.waiting };
  return sign(run.state, STATES, t.runs.states);
}

const VERDICTS: Record<LineVerdict, Look> = {
  match: ["ok", "check"],
  mismatch: ["bad", "cross"],
  inconclusive: ["warn", "wave"],
  not_compared: ["quiet", "dash"],
};

export function verdictSign(verdict: LineVerdict): Sign {
  return sign(verdict, VERDICTS, t.proof.verdicts);
}

const ACTIONS: Record<ProblemAction, Look> = {
  retry: ["info", "syncs"],
  fix_in_ledger: ["warn", "problems"],
  fix_in_stripe: ["warn", "stripe"],
  review: ["warn", "eye"],
  nothing: ["quiet", "info"],
  contact: ["warn", "access"],
};

export function actionSign(action: ProblemAction): Sign {
  return sign(action, ACTIONS, t.problems.actions);
}
