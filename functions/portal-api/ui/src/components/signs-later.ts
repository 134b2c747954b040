/** How states of payouts, of found movements and of records that need a decision look. */

import type {
  EntryState,
  MovementState,
  PayoutStatus,
  ProblemAction,
  Reconciliation,
} from "../api/types";
import { late } from "../texts/late";
import { type Look, sign } from "./signs";
import type { Sign } from "./ui/sign";

const STATUSES: Record<PayoutStatus, Look> = {
  pending: ["info", "clock"],
  in_transit: ["info", "arrow"],
  paid: ["ok", "check"],
  failed: ["bad", "cross"],
  canceled: ["quiet", "stop"],
};

const RECONCILIATIONS: Record<Reconciliation, Look> = {
  reconciled: ["ok", "check"],
  remainder: ["bad", "problems"],
  pending: ["info", "clock"],
  not_listed: ["quiet", "info"],
  returned: ["warn", "syncs"],
};

const ENTRIES: Record<EntryState, Look> = {
  posted: ["ok", "check"],
  not_applied: ["warn", "clock"],
  missing: ["warn", "problems"],
  before_start: ["quiet", "dash"],
  no_movement: ["quiet", "dash"],
};

const MOVEMENTS: Record<MovementState, Look> = {
  posted: ["ok", "check"],
  partly_posted: ["warn", "wave"],
  not_posted: ["warn", "problems"],
  not_mirrored_yet: ["info", "clock"],
  before_the_start: ["quiet", "dash"],
  nothing_to_post: ["quiet", "dash"],
};

const ACTIONS: Record<ProblemAction, Look> = {
  retry: ["info", "syncs"],
  fix_in_ledger: ["warn", "problems"],
  fix_in_stripe: ["warn", "stripe"],
  review: ["warn", "eye"],
  nothing: ["quiet", "info"],
  contact: ["warn", "access"],
};

export const actionSign = (action: ProblemAction): Sign =>
  sign(action, ACTIONS, late.problemPlace.actions);

export const statusSign = (status: string): Sign =>
  sign(status, STATUSES, late.payoutPlace.statuses);

export const reconciliationSign = (code: string): Sign =>
  sign(code, RECONCILIATIONS, late.payoutPlace.reconciliations);

export const entrySign = (state: string): Sign => sign(state, ENTRIES, late.payoutPlace.entries);

export const movementSign = (state: string): Sign => sign(state, MOVEMENTS, late.search.states);
