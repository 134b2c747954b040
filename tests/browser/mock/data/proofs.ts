/** Proofs and certificates. */

import { ago, RUN_ID } from "./time.ts";

export interface ProofLine {
  balance: string;
  mirror: string;
  currency: string;
  exponent: number;
  stripe: string | null;
  ledger: string;
  expected: string;
  stripe_difference: string | null;
  ledger_difference: string;
  verdict: string;
  note: string | null;
  records: number;
}

export const PROOF_LINES: ProofLine[] = [
  {
    balance: "payments",
    mirror: "@stripe_test",
    currency: "USD",
    exponent: 2,
    stripe: "184467440737095516",
    ledger: "184467440737095516",
    expected: "184467440737095516",
    stripe_difference: "0",
    ledger_difference: "0",
    verdict: "match",
    note: null,
    records: 1204,
  },
  {
    balance: "payments",
    mirror: "@stripe_test",
    currency: "JPY",
    exponent: 0,
    stripe: "1840200",
    ledger: "1840200",
    expected: "1840200",
    stripe_difference: "0",
    ledger_difference: "0",
    verdict: "match",
    note: null,
    records: 311,
  },
  {
    balance: "payments",
    mirror: "@stripe_test",
    currency: "KWD",
    exponent: 3,
    stripe: "-42105",
    ledger: "-42105",
    expected: "-42105",
    stripe_difference: "0",
    ledger_difference: "0",
    verdict: "match",
    note: null,
    records: 96,
  },
  {
    balance: "refund_and_dispute_prefunding",
    mirror: "@stripe_test_refund_and_dispute_prefunding",
    currency: "EUR",
    exponent: 2,
    stripe: "250000",
    ledger: "250000",
    expected: "250000",
    stripe_difference: "0",
    ledger_difference: "0",
    verdict: "match",
    note: null,
    records: 2,
  },
  {
    balance: "issuing",
    mirror: "@stripe_test_issuing",
    currency: "CAD",
    exponent: 2,
    stripe: "48820",
    ledger: "46421",
    expected: "46421",
    stripe_difference: "0",
    ledger_difference: "0",
    verdict: "match",
    note: null,
    records: 5,
  },
  {
    balance: "issuing",
    mirror: "@stripe_test_issuing",
    currency: "GBP",
    exponent: 2,
    stripe: null,
    ledger: "0",
    expected: "0",
    stripe_difference: null,
    ledger_difference: "0",
    verdict: "not_compared",
    note: "Stripe reports no figure for this balance.",
    records: 0,
  },
];

/** What every line of a certificate says beside its balance. */
const COMPARED = {
  debits: ["0", "0"],
  credits: ["0", "0"],
  entries: 310,
  hours_agreed: 24,
  hours_differing: 0,
};

export const PROOF = {
  id: "01JD000000000000000000PROOF",
  run_id: RUN_ID,
  at: ago(4),
  verdict: "match",
  thinned: false,
  lines: PROOF_LINES.map((line) => ({ ...line, ...COMPARED })),
  causes: [] as object[],
  more_causes: false,
  explained: false,
  read_only: false,
  open_problems: 0,
  payouts: {
    zero: 127,
    members: 3_412,
    waiting: 2,
    older_to_come: true,
    unreadable: 0,
    more_remainders: 0,
    remainders: [
      {
        payout: "po_1SQ4kPD237Y5xGfXk7mRyZp2",
        currency: "USD",
        exponent: 2,
        net: "-1250",
        members: 31,
        at: "2025-11-20T06:00:10.000Z",
      },
    ],
  },
  previous: "5f1d0c5b2e9a47d8b6c3f0a1e2d4c6b8a9f7e5d3c1b0a2948f6e4d2c0b9a8f7e",
  hash: "9c3e1a7f5b2d4c6e8f0a1b3c5d7e9f1a2b4c6d8e0f2a4b6c8d0e1f3a5b7c9d1e",
};

/** Of which only its line is kept. */
export const PROOF_THINNED = { ...PROOF, run_id: null, thinned: true, lines: [], payouts: null };

export const PROOF_READ_ONLY = {
  ...PROOF,
  verdict: "inconclusive",
  read_only: true,
  lines: PROOF.lines.map((line) => ({
    ...line,
    ledger: "0",
    ledger_difference: line.expected,
    verdict: "not_compared",
    note: "Stripe's list adds up to its balance. Not posted: the app may not write to this ledger.",
  })),
};

export const PROOF_MISMATCH = {
  ...PROOF,
  verdict: "mismatch",
  lines: PROOF.lines.map((line) =>
    line.currency === "JPY"
      ? {
          ...line,
          ledger: "1839400",
          ledger_difference: "800",
          verdict: "mismatch",
          hours_differing: 2,
        }
      : line,
  ),
  causes: [
    {
      kind: "missing",
      mirror: "@stripe_test",
      currency: "JPY",
      exponent: 0,
      reference: "stripe:acct_1Mv0x9Lq8hT2c4K7:test:txn_3PqA9bLq8hT2c4K71hG5sD2f:amount",
      stripe_id: "txn_3PqA9bLq8hT2c4K71hG5sD2f",
      ledger_id: null,
      expected: "1300",
      found: null,
      at: ago(90),
      problem_id: "txn_3PqA9bLq8hT2c4K71hG5sD2f:amount",
    },
    {
      kind: "foreign",
      mirror: "@stripe_test",
      currency: "JPY",
      exponent: 0,
      reference: "manual-correction-2026-11-by-finance",
      stripe_id: null,
      ledger_id: "txn_0b0cfd0a-8f83-4f0a-9d0e-5b7f2a1c9e44",
      expected: null,
      found: "500",
      at: ago(60),
      problem_id: null,
    },
  ],
};

export const CERTIFICATES = [PROOF, PROOF_MISMATCH].map((proof, at) => ({
  id: `${proof.id.slice(0, -1)}${at}`,
  run_id: RUN_ID,
  at: proof.at,
  verdict: proof.verdict,
  currencies: ["EUR", "JPY", "KWD", "USD"],
  thinned: false,
  records: 1613,
  causes: proof.causes.length,
  explained: false,
  previous: proof.previous,
  hash: proof.hash,
}));

export const CERTIFICATE_THINNED = {
  ...CERTIFICATES[0],
  run_id: null,
  thinned: true,
  currencies: [],
  records: null,
};

export const PROOF_MOVING = {
  ...PROOF,
  verdict: "inconclusive",
  lines: PROOF.lines.map((line) =>
    line.currency === "USD"
      ? { ...line, stripe_difference: "-4200", verdict: "inconclusive", note: "Money moving" }
      : line,
  ),
};
