/** Settings and permissions. */

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
