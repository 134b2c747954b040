/** Statements, journals, series, searches and the activity. */

import { ago, NOW } from "./time.ts";

const STANDING = {
  time_zone: "UTC",
  state: "final",
  reason: null as null | string,
  closes_on: null as null | string,
  prepared_from: null as null | string,
  basis: "ledger",
  start: null as null | string,
  certificate: null as null | string,
  open_problems: 0,
};

export const categoryRow = (
  category: string,
  count: number,
  gross: string,
  fee: string,
  net: string,
) => ({
  category,
  count,
  gross,
  fee,
  net,
});

export const STATEMENTS = {
  ...STANDING,
  from: "2026-10-01",
  to: "2026-10-31",
  statements: [
    {
      balance: "payments",
      currency: "USD",
      exponent: 2,
      starting_balance: "9412050",
      activity: [
        categoryRow("charge", 1204, "356983670", "1084205", "355899465"),
        categoryRow("refund", 41, "-1520000", "0", "-1520000"),
        categoryRow("dispute", 3, "-90000", "4500", "-94500"),
        categoryRow("other_adjustment", 1, "-167", "0", "-167"),
      ],
      activity_total: categoryRow("total", 1249, "355373503", "1088705", "354284798"),
      payouts: categoryRow("payouts", 22, "-326504410", "0", "-326504410"),
      opening: "0",
      opening_dated_later: "0",
      ending_balance: "37192438",
      reserved: "250000",
      reconciliation: {
        reserved_at_start: "250000",
        reserved_at_end: "250000",
        payouts_in_transit_at_start: { count: 0, amount: "0" },
        payouts_in_transit_at_end: { count: 1, amount: "184250" },
        balance_summary: {
          starting_balance: "9662050",
          activity: "354284798",
          payouts: "-326320160",
          opening: "0",
          ending_balance: "37626688",
        },
      },
      suspense: "-167",
      unposted: false,
    },
    {
      balance: "payments",
      currency: "JPY",
      exponent: 0,
      starting_balance: "0",
      activity: [categoryRow("charge", 3, "184000", "6624", "177376")],
      activity_total: categoryRow("total", 3, "184000", "6624", "177376"),
      payouts: categoryRow("payouts", 0, "0", "0", "0"),
      opening: "120000",
      opening_dated_later: "0",
      ending_balance: "297376",
      reserved: "0",
      reconciliation: null,
      suspense: "0",
      unposted: true,
    },
  ],
};

/** The same, while something may still change. */
export const STATEMENTS_OPEN = {
  ...STATEMENTS,
  state: "open",
  reason: "late_records",
  closes_on: "2026-12-02",
  open_problems: 3,
  start: "2026-10-05T00:00:00Z",
};

export const STATEMENTS_PREPARING = {
  ...STATEMENTS,
  state: "preparing",
  reason: "being_prepared",
  prepared_from: "2026-10-12",
  basis: "stripe",
};

const line = (
  role: string,
  account: string | null,
  debit: string,
  credit: string,
  date = "2026-10-31",
) => ({
  date,
  account,
  role,
  currency: "USD",
  exponent: 2,
  debit,
  credit,
});

export const RECONCILING_ITEMS = {
  currencies: [
    {
      currency: "USD",
      exponent: 2,
      payouts_in_transit_at_start: { count: 0, amount: "0" },
      payouts_in_transit_at_end: { count: 1, amount: "184250" },
      unsettled_disputes: { count: 1, amount: "4200" },
    },
  ],
  more: false,
};

export const JOURNAL = {
  ...STANDING,
  from: "2026-10-01",
  to: "2026-10-31",
  lines: [
    line("stripe_balance", "@stripe_test", "355373503", "1088705"),
    line("customer_balances", null, "1610000", "356983503"),
    line("fees", "@stripe_test_fees", "1088705", "0"),
  ],
};

export const JOURNAL_BY_DAY = {
  ...JOURNAL,
  lines: ["2026-10-01", "2026-10-02"].flatMap((date) => [
    line("stripe_balance", "@stripe_test", "120000", "0", date),
    line("customer_balances", null, "0", "120000", date),
  ]),
};

const DAY_MS = 24 * 60 * 60_000;
const day = (back: number) => new Date(NOW - back * DAY_MS).toISOString().slice(0, 10);

/** Money on every day but Sundays, with the same figures at each run. */
function point(back: number) {
  const payIns = 420_000 + ((back * 7919) % 310_000);
  const refunds = back % 4 === 0 ? -((back * 1543) % 60_000) : 0;
  const disputes = back % 11 === 5 ? -90_000 : 0;
  const fees = -Math.round(payIns / 32);
  const payouts = back % 7 === 2 ? -2_400_000 : 0;
  const net = payIns + refunds + disputes + fees + payouts;
  return {
    at: day(back),
    pay_ins: String(payIns),
    refunds: String(refunds),
    disputes: String(disputes),
    fees: String(fees),
    payouts: String(payouts),
    other: "0",
    net: String(net),
  };
}

/** The series of the last days, as the API answers a span. `differing` says how many days ago a day differs. */
export function seriesOf(from: string, to: string, differing: number[]) {
  const days = Array.from({ length: 120 }, (_, back) => 119 - back).filter(
    (back) => back % 7 !== 4 && day(back) >= from && day(back) <= to,
  );
  const state = (back: number) =>
    differing.includes(back) ? "differs" : back < 2 ? "open" : "match";
  const yen = {
    at: day(3),
    pay_ins: "184000",
    refunds: "0",
    disputes: "0",
    fees: "-6624",
    payouts: "0",
  };
  return {
    ...STANDING,
    from,
    to,
    state: "open",
    reason: "period_not_over",
    step: "day",
    currencies: [
      { currency: "USD", exponent: 2, points: days.map(point) },
      { currency: "JPY", exponent: 0, points: [{ ...yen, other: "0", net: "177376" }] },
    ],
    days: days.map((back) => ({ date: day(back), state: state(back) })),
  };
}

const ENTRY = {
  reference: "stripe:txn_1Found00000000000",
  transaction_id: "txn_8c1d2e3f" as null | string,
  posted: true,
  amount: "12345",
  currency: "USD",
  exponent: 2,
  source: {
    id: "bln_1",
    indicator: "@stripe_test" as null | string,
    customer: null as null | string,
  },
  destination: {
    id: "bln_2",
    indicator: null as null | string,
    customer: "cus_Example" as null | string,
  },
  ledger_url: "http://localhost:4000/cloud/transactions?filters=reference_eq%3Dx&page=1" as
    | null
    | string,
};

export const FOUND = {
  outcome: "found",
  kind: "object",
  text: "It is in the ledger.",
  permission: null as null | string,
  key_url: null as null | string,
  movements: [
    {
      id: "txn_1Found00000000000",
      type: "charge",
      reporting_category: "charge",
      gross: "12345",
      fee: "388",
      net: "11957",
      currency: "USD",
      exponent: 2,
      created_at: ago(60 * 24 * 5),
      available_at: ago(60 * 24 * 3),
      status: "available",
      source: "ch_1Found00000000000",
      customer: "cus_Example",
      payout: null as null | string,
      payout_state: "unknown",
      state: "posted",
      entries: [ENTRY, { ...ENTRY, reference: `${ENTRY.reference}:fee`, amount: "388" }],
      problems: [
        { id: "txn_1Found00000000000:amount", code: "validation", cause: "", state: "open" },
      ],
      stripe_url: "https://dashboard.stripe.com/test/payments/ch_1Found00000000000",
      ledger_url: "http://localhost:4000/cloud/transactions?filters=x&page=1" as null | string,
    },
  ],
  entries: [] as (typeof ENTRY)[],
  object: null as null | object,
};

const NOTHING = { ...FOUND, movements: [] };
export const NOT_FOUND = { ...NOTHING, outcome: "not_found" };
export const NOT_READABLE = {
  ...NOTHING,
  outcome: "not_readable",
  kind: "customer",
  permission: "rak_customer_read",
  key_url: "https://dashboard.stripe.com/test/apikeys/create",
};
export const NOT_MIRRORED = {
  ...FOUND,
  outcome: "not_mirrored_yet",
  movements: FOUND.movements.map((one) => ({
    ...one,
    state: "not_mirrored_yet",
    entries: [],
    problems: [],
  })),
};

const done = (at: number, kind: string, launch_id: string | null, subject: string | null) => ({
  id: `01JD00000000000000000ACT${at}`,
  at: ago(at),
  kind,
  text: "",
  launch_id,
  subject,
});

export const ACTIVITY = {
  entries: [
    done(4, "run_requested", "01JD0000000000000000LAUNCH", "01JD0000000000000000000RUN"),
    done(12, "problem_dismissed", "01JD0000000000000000LAUNCH", "txn_9Z8x7C6v5B:amount"),
    done(60, "settings_changed", "01JD0000000000000000LAUNCH", "7"),
    done(60 * 24 * 9, "stripe_connected", "01JD0000000000000000LAUNCH", "acct_1SandboxExample"),
    done(60 * 24 * 10, "launched", null, "user_41"),
  ],
  next: null as null | string,
  installed_at: ago(60 * 24 * 10),
  kept_days: 400,
};
