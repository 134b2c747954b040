/** Previews. */

const USD = { currency: "USD", exponent: 2 };

/** A preview that was completed, with everything that one can show. */
export const PREVIEW = {
  scope: "preview",
  entries_posted: 0,
  entries_already_there: 0,
  verdict: null,
  proof: null,
  preview: {
    entries: 3_226,
    entries_there: 12,
    start: null,
    records_before: 0,
    accounts: [
      {
        account: "@stripe_test",
        ...USD,
        entries: 2408,
        debits: "184467440737095516",
        credits: "9081234567",
        balance: "-184467431655860949",
      },
      {
        account: "@stripe_test_refund_and_dispute_prefunding",
        currency: "JPY",
        exponent: 0,
        entries: 2,
        debits: "0",
        credits: "1900000",
        balance: "1900000",
      },
      {
        account: "customers",
        ...USD,
        entries: 1100,
        debits: "0",
        credits: "99000",
        balance: "99000",
      },
    ],
    accounts_left_out: 3,
    customers: { count: 48_123, exact: false },
    customers_there: { count: 17, exact: true },
    customers_matched: { count: 1_204, exact: true },
    customers_open: { count: 30_950, exact: false },
    customer_balances: { count: 212, exact: true },
    unknown: [
      {
        kind: "some_unheard_of_reporting_category / some_unheard_of_type / thing",
        records: 4,
        amounts: [
          { ...USD, amount: "-120034" },
          { currency: "JPY", exponent: 0, amount: "5000" },
        ],
      },
    ],
    unknown_left_out: 2,
    unreadable: 1,
    findings: [{ code: "does_not_add_up", records: 2 }],
    first: "2024-03-02T08:11:00Z",
    last: "2026-11-24T10:11:00Z",
    conflicts: [] as object[],
    seconds: 13,
    stripe_calls: 20,
  },
};

export const CONFLICT = {
  currency: "JPY",
  ours: 1,
  theirs: 100,
  transaction_id: "txn_0b1f8a52-7f0a-4f1a-9a53-1f1f3f6a1c2d",
  text: "The ledger holds JPY in another unit: precision 100 in txn_0b1f8a52-7f0a-4f1a-9a53-1f1f3f6a1c2d, while Stripe counts JPY in precision 1.",
};
