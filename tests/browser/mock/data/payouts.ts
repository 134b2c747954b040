/** Payouts, and what they settled. */

import { categoryRow } from "./reports.ts";
import { ago } from "./time.ts";

const PAYOUT = {
  id: "po_1Paid00000000000",
  amount: "2400000" as null | string,
  currency: "USD" as null | string,
  exponent: 2,
  status: "paid",
  created: ago(60 * 24 * 4),
  arrival: ago(60 * 24 * 2) as null | string,
  automatic: true,
  method: "standard" as null | string,
  trace_id: "091000012345678" as null | string,
  statement_descriptor: "NORTHWIND" as null | string,
  failure_code: null as null | string,
  reconciliation: "reconciled",
  reconciled_at: ago(60 * 24) as null | string,
  members: 212 as null | number,
};

export const PAYOUTS = [
  {
    ...PAYOUT,
    id: "po_1Way000000000000",
    arrival: "2026-11-26T00:00:00.000Z",
    status: "in_transit",
    reconciliation: "pending",
    members: null,
    trace_id: null,
  },
  PAYOUT,
  {
    ...PAYOUT,
    id: "po_1Failed000000000",
    amount: "1250000",
    status: "failed",
    reconciliation: "returned",
    failure_code: "account_closed",
    members: null,
  },
  {
    ...PAYOUT,
    id: "po_1Rest0000000000",
    amount: "830000",
    reconciliation: "remainder",
    members: 61,
  },
  {
    ...PAYOUT,
    id: "po_1Manual00000000",
    amount: "500000",
    automatic: false,
    method: "instant",
    reconciliation: "not_listed",
    members: null,
  },
];

export const PAYOUT_DETAIL = {
  ...PAYOUT,
  changes: [
    { status: "in_transit", at: ago(60 * 24 * 4) },
    { status: "paid", at: ago(60 * 24 * 2) },
  ],
  type: "bank_account",
  trace_id_status: "supported",
  description: null,
  destination: { id: "ba_1Example", last4: "6789" },
  balance_transaction: "txn_1Payout000000000",
  failure_balance_transaction: null as null | string,
  failure_message: null as null | string,
  reversed_by: null,
  original_payout: null,
  settled: {
    at: ago(60 * 24),
    currencies: [
      {
        currency: "USD",
        exponent: 2,
        remainder: "0",
        categories: [
          categoryRow("charge", 204, "2520000", "81200", "2438800"),
          categoryRow("payout", 1, "-2400000", "0", "-2400000"),
          categoryRow("refund", 7, "-38800", "0", "-38800"),
        ],
      },
    ],
  } as null | object,
  members_note: "The members and the payout's own record add up to zero.",
  read_at: ago(60 * 24),
};

export const PAYOUT_FAILED = {
  ...PAYOUT_DETAIL,
  id: "po_1Failed000000000",
  status: "failed",
  reconciliation: "returned",
  failure_code: "account_closed",
  failure_message: "The bank account has been closed.",
  failure_balance_transaction: "txn_1CameBack000000",
  settled: null,
};

/** 300 movements, page by page. */
export function membersOf(cursor: string | null, perPage: number) {
  const from = cursor === null ? 0 : Number(cursor);
  const members = Array.from({ length: perPage }, (_, at) => {
    const n = from + at;
    const refund = n % 30 === 29;
    return {
      id: `txn_1Member${String(n).padStart(8, "0")}`,
      category: refund ? "refund" : "charge",
      type: refund ? "refund" : "charge",
      currency: "USD",
      exponent: 2,
      gross: refund ? "-1200" : "12345",
      fee: refund ? "0" : "388",
      net: refund ? "-1200" : "11957",
      created: ago(60 * 24 * 5 + n),
      available_on: ago(60 * 24 * 3),
      own: false,
      source: refund ? `re_1Member${n}` : `ch_1Member${n}`,
      charge: `ch_1Member${n}`,
      payment_intent: null,
      customer: "cus_Example",
      entry:
        n % 50 === 7
          ? { state: "missing", reference: null, transaction_id: null }
          : {
              state: "posted",
              reference: `stripe:txn_1Member${n}`,
              transaction_id: `txn_ledger_${n}`,
            },
    };
  });
  return {
    payout_id: PAYOUT.id,
    reconciliation: "reconciled",
    members_note: "",
    members,
    unreadable: 0,
    next: from + perPage < 300 ? String(from + perPage) : null,
  };
}
