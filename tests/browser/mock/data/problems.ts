/** Problems and open objects. */

import { ago } from "./time.ts";

function problemOf(more: object) {
  return {
    kind: "record",
    action: "retry",
    advice: "Fix what the ledger reports, then retry. The entry is posted once.",
    entry_references: [] as string[],
    entry_ids: [] as string[],
    state: "open",
    retry_requested: false,
    resolved_at: null as string | null,
    resolved_by: null as string | null,
    dismissed_at: null as string | null,
    reason: null as string | null,
    exponent: 2,
    amount: null as string | null,
    currency: null as string | null,
    id: "",
    subject: "",
    stripe_id: null as string | null,
    code: "",
    cause: "",
    attempts: 1,
    first_seen: ago(3000),
    last_seen: ago(64),
    run_id: "01JD00000000000000000RUN06",
    ...more,
  };
}

export const PROBLEMS = [
  problemOf({
    id: "txn_1Q2w3E4r5T:unclassified",
    subject: "txn_1Q2w3E4r5T",
    stripe_id: "txn_1Q2w3E4r5T",
    code: "unknown_type",
    cause:
      "No rule knows this movement (type “reserve_twist”). It was posted to the suspense account.",
    action: "review",
    advice:
      "Look at the entry on the suspense account and move it to where it belongs, then dismiss this.",
    amount: "-120034",
    currency: "USD",
  }),
  problemOf({
    id: "txn_9Z8x7C6v5B:amount",
    subject: "txn_9Z8x7C6v5B",
    stripe_id: "txn_9Z8x7C6v5B",
    code: "validation",
    cause: "The ledger refused this entry: its destination is closed.",
    amount: "5000",
    currency: "JPY",
    exponent: 0,
    attempts: 3,
    entry_references: ["stripe:acct_1ABCdefGHIjklMNO:test:txn_9Z8x7C6v5B:amount"],
  }),
  problemOf({
    id: "txn_5T6y7U8i9O:amount",
    subject: "txn_5T6y7U8i9O",
    stripe_id: "txn_5T6y7U8i9O",
    code: "validation",
    cause: "The ledger refused this entry: its destination is closed.",
    amount: "730",
    currency: "USD",
    retry_requested: true,
  }),
  problemOf({
    id: "txn_3E4r5T6y7U:amount",
    subject: "txn_3E4r5T6y7U",
    stripe_id: "txn_3E4r5T6y7U",
    code: "entry_differs",
    cause: "The ledger holds an entry of this reference with another amount.",
    action: "fix_in_ledger",
    advice: "Someone posted another entry under this reference.",
    state: "dismissed",
    dismissed_at: ago(300),
    reason: "Posted by hand during the migration; agreed with finance.",
  }),
  problemOf({
    id: "txn_8I9o0P1a2S:amount",
    subject: "txn_8I9o0P1a2S",
    stripe_id: "txn_8I9o0P1a2S",
    code: "validation",
    cause: "The ledger refused this entry: its destination is closed.",
    state: "resolved",
    resolved_at: ago(100),
    resolved_by: "01JD00000000000000000RUN08",
  }),
];

/** An entry that somebody else posted, as a proof finds it. */
export const FOREIGN = problemOf({
  id: "txn_6f1c2b7e-90aa-4b1e-8d5c-1e2f3a4b5c6d:drift",
  kind: "entry",
  subject: "txn_6f1c2b7e-90aa-4b1e-8d5c-1e2f3a4b5c6d",
  code: "foreign_entry",
  cause: "Somebody else posted this entry to the mirror.",
  action: "fix_in_ledger",
  amount: "12345",
  currency: "USD",
  entry_references: ["rent-march"],
  entry_ids: ["txn_6f1c2b7e-90aa-4b1e-8d5c-1e2f3a4b5c6d"],
});

const REVERSING = {
  source: "@petty_cash",
  destination: "@stripe_test",
  currency: "USD",
  reference: `${FOREIGN.subject}:reversal`,
  description: `Reverses rent-march (${FOREIGN.id})`,
};

export const REVERSING_ENTRY = {
  ...REVERSING,
  reverses: FOREIGN.subject,
  amount: "12345",
  exponent: 2,
  precision: "100",
  body: JSON.stringify(
    { precise_amount: 12345, precision: 100, ...REVERSING, allow_overdraft: true },
    undefined,
    2,
  ),
};

/** In the form of `GET /problems/kinds`. */
export function kindsOf(problems: typeof PROBLEMS) {
  const codes = [...new Set(problems.map(({ code }) => code))].sort();
  const count = (code: string, state: string) =>
    problems.filter((one) => one.code === code && one.state === state).length;
  return {
    complete: true,
    kinds: codes.map((code) => ({
      code,
      action: problems.find((one) => one.code === code)?.action,
      open: count(code, "open"),
      dismissed: count(code, "dismissed"),
      resolved: count(code, "resolved"),
    })),
  };
}

function openObject(more: object) {
  return {
    id: "",
    kind: "payout",
    status: "failed",
    amount: "0" as string | null,
    exponent: 2,
    currency: "USD" as string | null,
    created: ago(5000),
    arrival: null as string | null,
    due_by: null as string | null,
    has_evidence: false,
    reason: null as string | null,
    urgent: true,
    checked_at: ago(30),
    ...more,
  };
}

export const OBJECTS = [
  openObject({
    id: "du_1Q2w3E4r5T6y7U8i",
    kind: "dispute",
    status: "needs_response",
    amount: "90000",
    due_by: ago(-6 * 1440),
    reason: "product_not_received",
  }),
  openObject({
    id: "po_1Q2w3E4r5T6y7U8i",
    kind: "payout",
    status: "failed",
    amount: "1250000",
    arrival: ago(2880),
    reason: "account_closed",
  }),
  openObject({
    id: "po_9Z8x7C6v5B4n3M2a",
    kind: "payout",
    status: "in_transit",
    amount: "480000",
    arrival: ago(-1440),
    urgent: false,
  }),
];
