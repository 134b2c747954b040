/** Answers of the portal's API for the states that the UI must show. Amounts are strings of minor units. */

export const NOW = Date.parse("2026-11-24T10:30:00Z");

export function ago(minutes: number): string {
  return new Date(NOW - minutes * 60_000).toISOString();
}

export const RUN_ID = "01JD0000000000000000000RUN";

export const TALLIES = { all: 48, completed: 44, in_progress: 1, failed: 3 };

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
  lines: PROOF_LINES.map((line) => ({ ...line, ...COMPARED })),
  causes: [] as object[],
  more_causes: false,
  explained: false,
  shadow: false,
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

export const PROOF_SHADOW = {
  ...PROOF,
  verdict: "inconclusive",
  shadow: true,
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
      ? { ...line, ledger: "1839400", ledger_difference: "800", verdict: "mismatch", hours_differing: 2 }
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
  records: 1613,
  causes: proof.causes.length,
  explained: false,
  hash: proof.hash,
}));

export const PROOF_MOVING = {
  ...PROOF,
  verdict: "inconclusive",
  lines: PROOF.lines.map((line) =>
    line.currency === "USD"
      ? { ...line, stripe_difference: "-4200", verdict: "inconclusive", note: "Money moving" }
      : line,
  ),
};

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
    waiting: null,
    stop_requested: false,
    shadow: false,
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
      { account: "customers", ...USD, entries: 1100, debits: "0", credits: "99000", balance: "99000" },
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
    answer: "the database did not answer; try again",
    call: null,
    status: null,
    request_id: null,
    attempts: 1,
  },
};

export const RUNS: Run[] = [
  run({ id: "01JD00000000000000000RUN09", ...RUNNING }),
  run({ id: "01JD00000000000000000RUN08", requested_at: ago(64), started_at: ago(64), finished_at: ago(63) }),
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
  run({ id: "01JD00000000000000000RUN05", state: "cancelled", verdict: null, requested_at: ago(2900) }),
];

export const STRIPE = {
  account_id: "acct_1SandboxExample",
  display_name: "Northwind Traders Ltd",
  mode: "test",
  key_kind: "restricted",
  key_last4: "x9Qz",
  key_prefix: "rk_test_",
  connected_at: ago(60 * 24 * 9),
  mirror: "@stripe_test",
  paused: null as null | { code: string; reason: string },
  warnings: [] as { code: string; text: string }[],
  confirmed: true,
  current_run: null as null | string,
};

/** Stripe tells of movements through an endpoint that the app made. */
export const REALTIME = {
  status: "active",
  url: "https://app.example.com/api/stripe/instapp_6f1c2b7e90",
  events: ["charge.succeeded", "payout.paid", "refund.created"],
  api_version: "2026-07-29.dahlia",
  endpoint_id: "we_1SandboxExample" as null | string,
  missing: null as null | string,
  since: ago(60 * 24 * 9) as null | string,
  previous_until: null as null | string,
  last_event_at: ago(4) as null | string,
  at_stripe: { standing: "enabled", checked_at: ago(1) } as null | { standing: string; checked_at: string },
  endpoints: [] as { id: string; url: string; status: string; created: null | string }[],
};

/** Endpoints of an account that is full of them. */
export const ENDPOINTS = Array.from({ length: 16 }, (_, at) => ({
  id: `we_1Other${String(at).padStart(2, "0")}`,
  url: `https://hooks.example.com/${"a-long-path/".repeat(at % 4)}stripe/${at}`,
  status: at < 2 ? "disabled" : "enabled",
  created: ago(60 * 24 * (400 - at)),
}));

export const OVERVIEW = {
  install: {
    installed_app_id: "instapp_6f1c2b7e90",
    instance_id: "inst_sandbox",
    organization_id: "org_41",
    granted_permissions: ["data:read", "data:write", "alerts:read", "alerts:write"],
    installed_at: ago(60 * 24 * 10),
  },
  session: { expires_at: new Date(NOW + 15 * 60_000).toISOString() },
  links: { dashboard_url: "http://localhost:4000" },
  stripe: STRIPE as null | typeof STRIPE,
  tallies: TALLIES,
  open_run: null as null | Run,
  last_run: run() as null | Run,
  last_proof: PROOF as null | typeof PROOF,
  last_preview: null as null | string,
  open_problems: 0,
  proof_age_seconds: 240 as number | null,
  fresh: true as boolean | null,
};

export const SETTINGS = {
  revision: 3,
  interval: "hourly",
  interval_minutes: 60,
  minimum_minutes: 15,
  pay_ins: "customers",
  accounts: ["guests", "payouts", "disputes", "fees", "tax", "suspense"].map((account) => ({
    account,
    purpose: { payouts: "Payouts on their way", fees: "Stripe’s fees" }[account] ?? account,
    name: account === "fees" ? "@costs" : `@stripe_test_${account}`,
    default_name: `@stripe_test_${account}`,
  })),
  account_names: { fees: "@costs" } as Record<string, string>,
  start_date: "2026-03-01" as string | null,
  posted_from: "2026-03-01" as string | null,
  match_by_email: false,
  personal_data: { name: true, email: true, phone: false, address: true },
  ceilings: { EUR: "12500.00", JPY: "5000000" } as Record<string, string>,
  posted: true,
};

/** What a change of the settings may make different. */
export const DIFFERENCES = [
  {
    code: "account",
    subject: "payouts",
    before: "@stripe_test_payouts",
    after: "@bank",
    movements: null,
    text: "Payouts on their way: new entries go to @bank. @stripe_test_payouts keeps what it holds.",
  },
  {
    code: "start_date",
    subject: null,
    before: "2026-03-01",
    after: "2026-01-01",
    movements: 4_812,
    text: "4812 movements from 2026-01-01 to before 2026-03-01 will be posted too, each with its entries, and the opening entry is corrected by the same amount.",
  },
] as object[];

export const PERMISSIONS = {
  permissions: [
    {
      scope: "data:read",
      granted: true,
      allows: "Read balances and transactions of your ledger, to compare them with Stripe.",
      without_it: "No sync and no proof: the app cannot see whether an entry exists.",
    },
    {
      scope: "data:write",
      granted: true,
      allows: "Write transactions, balances and identities into your ledger.",
      without_it: "No sync: nothing can be posted.",
    },
    {
      scope: "alerts:read",
      granted: true,
      allows: "Read the alerts this app raised.",
      without_it: "Alerts that are cured cannot be found again.",
    },
    {
      scope: "alerts:write",
      granted: false,
      allows: "Raise an alert in Blnk Cloud when a proof fails.",
      without_it: "Differences are shown here only.",
    },
  ],
  note: "Permissions cannot be changed after install; reinstall to change them.",
};

function problemOf(more: object) {
  return {
    kind: "record",
    action: "retry",
    advice: "Remove what the ledger complains of, then retry. The entry is posted once.",
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
    cause: "No rule knows this movement (type “reserve_twist”). It was posted to the suspense account.",
    action: "review",
    advice: "Look at the entry on the suspense account and move it to where it belongs, then dismiss this.",
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
    advice: "Somebody posted another entry under this reference.",
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
    exponent: 2,
    currency: "USD",
    created: ago(5000),
    arrival: null,
    due_by: null,
    has_evidence: false,
    reason: null,
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
