/** The words and signs for what the API says in codes. */

import type {
  LineVerdict,
  Overview,
  ProblemAction,
  RunState,
  RunSummary,
  Scope,
  Trigger,
} from "../api/types";
import type { Tone } from "../components/basics";
import type { IconName } from "../components/icons";

export interface Sign {
  tone: Tone;
  icon: IconName;
  text: string;
}

const STATES: Record<RunState, Sign> = {
  queued: { tone: "info", icon: "clock", text: "Queued" },
  running: { tone: "info", icon: "syncs", text: "In progress" },
  completed: { tone: "ok", icon: "check", text: "Completed" },
  completed_with_problems: { tone: "warn", icon: "problems", text: "Completed with problems" },
  failed: { tone: "bad", icon: "cross", text: "Failed" },
  cancelled: { tone: "quiet", icon: "stop", text: "Stopped" },
  paused: { tone: "warn", icon: "pause", text: "Paused" },
};

export function stateSign(run: Pick<RunSummary, "state" | "stop_requested">): Sign {
  if (isOpen(run) && run.stop_requested) return { tone: "quiet", icon: "stop", text: "Stopping" };
  return STATES[run.state] ?? { tone: "quiet", icon: "info", text: run.state };
}

const VERDICTS: Record<LineVerdict, Sign> = {
  match: { tone: "ok", icon: "check", text: "Match" },
  mismatch: { tone: "bad", icon: "cross", text: "Mismatch" },
  inconclusive: { tone: "warn", icon: "wave", text: "Inconclusive" },
  not_compared: { tone: "quiet", icon: "dash", text: "Not compared" },
};

export function verdictSign(verdict: LineVerdict): Sign {
  return VERDICTS[verdict] ?? { tone: "quiet", icon: "info", text: verdict };
}

/** True while the worker may still do something for the run. */
export function isOpen(run: Pick<RunSummary, "state">): boolean {
  return run.state === "queued" || run.state === "running";
}

export function scopeText(run: Pick<RunSummary, "scope">): string {
  if (run.scope === "preview") return "Preview of a sync";
  return run.scope === "everything" ? "Re-check of everything" : "Sync of new movements";
}

const TRIGGERS: Record<Trigger, string> = {
  manual: "Started by hand",
  schedule: "Started by the schedule",
  webhook: "Started by an event in Stripe",
};

export function triggerText(run: Pick<RunSummary, "trigger">): string {
  return TRIGGERS[run.trigger] ?? run.trigger;
}

/** "payments" is "Payments", "refund_and_dispute_prefunding" is "Refund and dispute prefunding". */
export function balanceText(balance: string): string {
  const words = balance.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const ACTIONS: Record<ProblemAction, Sign> = {
  retry: { tone: "info", icon: "syncs", text: "Retry" },
  fix_in_ledger: { tone: "warn", icon: "problems", text: "Fix in the ledger" },
  fix_in_stripe: { tone: "warn", icon: "stripe", text: "Fix in Stripe" },
  review: { tone: "warn", icon: "eye", text: "Review" },
  nothing: { tone: "quiet", icon: "info", text: "Nothing to do" },
  contact: { tone: "warn", icon: "access", text: "Tell the operator" },
};

export function actionSign(action: ProblemAction): Sign {
  return ACTIONS[action] ?? { tone: "quiet", icon: "info", text: action };
}

const KINDS: Record<string, string> = {
  validation: "Refused by the ledger: not valid",
  insufficient_funds: "Refused by the ledger: not enough funds",
  not_found: "Refused by the ledger: something is missing there",
  unrecognized: "Refused by the ledger",
  customer_refused: "Customer refused by the ledger",
  set_aside: "Set aside: its calls fail",
  identity_set_aside: "Customer's identity set aside",
  entry_differs: "Another entry under our reference",
  foreign_entry: "Entries that are not ours",
  entry_unlisted: "Entries without a record at Stripe",
  entry_changed: "Entries that differ from their record",
  entry_missing: "Entries that are not there any more",
  unknown_type: "Kind of movement not known",
  does_not_add_up: "Record does not add up",
  foreign_fee: "Fee in another currency",
  customer_unknown: "Payer not known",
  record_unreadable: "Record not readable",
  record_gone: "Record gone at Stripe",
};

/** A kind of problems, in words where there are some. */
export function kindText(code: string): string {
  return KINDS[code] ?? balanceText(code);
}

/** What nothing can be done without; without data:write a sync reads and compares only. */
export const SYNC_SCOPES: readonly Scope[] = ["data:read"];

export function missingForSync(granted: readonly string[]): Scope[] {
  return SYNC_SCOPES.filter((scope) => !granted.includes(scope));
}

/** True when syncs may read and compare, but not write. */
export function inShadow(granted: readonly string[]): boolean {
  return granted.includes("data:read") && !granted.includes("data:write");
}

/** What syncs do with what they read. */
export type Standing = "unknown" | "shadow" | "nothing" | "posting";

/** Nothing is posted before a person confirmed the first sync, or without the permission to write. */
export function standingOf(overview: Overview | undefined): Standing {
  if (!overview) return "unknown";
  if (inShadow(overview.install.granted_permissions)) return "shadow";
  const begun = overview.last_run !== null || overview.last_proof !== null;
  return overview.stripe?.confirmed && begun ? "posting" : "nothing";
}

/** True when a run waits for a consent, not for a repair. */
export function asksConsent(code: string): boolean {
  return code.startsWith("fuse_");
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${new Intl.NumberFormat().format(count)} ${count === 1 ? one : many}`;
}
