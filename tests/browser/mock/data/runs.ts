/** Syncs in every state. */

import { PROOF } from "./proofs.ts";
import { ago, RUN_ID } from "./time.ts";

export const TALLIES = { all: 48, completed: 44, in_progress: 1, needs_attention: 0, failed: 3 };

export interface Run {
  [field: string]: unknown;
  id: string;
  state: string;
}

export function run(over: Partial<Run> = {}): Run {
  return {
    id: RUN_ID,
    trigger: "manual",
    scope: "new",
    state: "completed",
    phase: "done",
    requested_at: ago(5),
    started_at: ago(5),
    finished_at: ago(4),
    records: 1613,
    entries_posted: 2950,
    entries_already_there: 40,
    problems: 0,
    verdict: "match",
    error: null,
    approval: null,
    waiting: null,
    stop_requested: false,
    read_only: false,
    ...over,
  };
}

export function detail(over: Partial<Run> = {}): Run {
  return {
    ...run(),
    pages: 17,
    customers_created: 212,
    identities_updated: 31,
    stripe_calls: 23,
    ledger_calls: 61,
    oldest_reached: "2024-03-02T08:11:00Z",
    days: null,
    totals: [
      {
        balance: "payments",
        currency: "USD",
        exponent: 2,
        records: 1204,
        gross: "9081234567",
        fees: "263355802",
        net: "8817878765",
        pay_ins: "9300000000",
        payouts: "-8101000000",
      },
      {
        balance: "payments",
        currency: "JPY",
        exponent: 0,
        records: 311,
        gross: "1900000",
        fees: "59800",
        net: "1840200",
        pay_ins: "1900000",
        payouts: "0",
      },
    ],
    proof: PROOF,
    preview: null,
    ...over,
  };
}

export const RUNNING = {
  state: "running",
  phase: "movements",
  finished_at: null,
  verdict: null,
  proof: null,
  started_at: ago(1),
  requested_at: ago(1),
  records: 700,
  entries_posted: 1290,
  entries_already_there: 0,
};

/** What a run can be paused for until a person approves it. */
export const APPROVALS = {
  size: { kind: "size", limit: 1000, usual: 12, allows: 10_000 },
  currency: { kind: "currency", currencies: ["EUR", "JPY"] },
  amount: {
    kind: "amount",
    amounts: [
      { amount: "1200005", currency: "USD", exponent: 2 },
      { amount: "500000", currency: "JPY", exponent: 0 },
    ],
    record: "txn_1Large0000",
  },
};

/** A run that goes on when a person has approved what it found. */
export function paused(approval: { kind: string } = APPROVALS.size) {
  const error = { code: `fuse_${approval.kind}`, text: "The run found more than is allowed." };
  return { ...RUNNING, state: "paused", error, approval };
}

/** A run that stands still: who does not do what was asked, and when it is tried again. */
export const WAITING = {
  ...RUNNING,
  waiting: {
    party: "blnk",
    answer: "the ledger is not available (status 503)",
    call: "POST /transactions/bulk",
    status: 503,
    request_id: "req_5f1d0c5b2e9a47d8",
    since: ago(12),
    next_attempt: ago(-9),
    attempts: 7,
  },
};

/** The same, where less is known. */
export const WAITING_FOR_AWS = {
  ...RUNNING,
  waiting: {
    ...WAITING.waiting,
    party: "aws",
    answer: "the database did not respond; try again",
    call: null,
    status: null,
    request_id: null,
    attempts: 1,
  },
};

export const RUNS: Run[] = [
  run({ id: "01JD00000000000000000RUN09", ...RUNNING }),
  run({
    id: "01JD00000000000000000RUN08",
    requested_at: ago(64),
    started_at: ago(64),
    finished_at: ago(63),
  }),
  run({
    id: "01JD00000000000000000RUN07",
    state: "failed",
    verdict: null,
    requested_at: ago(300),
    started_at: ago(300),
    finished_at: ago(298),
    error: { code: "stripe_unavailable", text: "Stripe did not answer for a long time." },
  }),
  run({
    id: "01JD00000000000000000RUN06",
    state: "completed_with_problems",
    verdict: "inconclusive",
    scope: "everything",
    problems: 3,
    requested_at: ago(1500),
    started_at: ago(1500),
    finished_at: ago(1488),
  }),
  run({
    id: "01JD00000000000000000RUN05",
    state: "cancelled",
    verdict: null,
    requested_at: ago(2900),
  }),
];
