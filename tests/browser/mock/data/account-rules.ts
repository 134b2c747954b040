/** Movements that the app has no rule for, and the accounts that a person gave to some. */

import { ago } from "./time.ts";

const MINUTES_PER_DAY = 24 * 60;

export const GRANT = {
  reporting_category: "grant",
  type: "grant_received",
  movements: 14,
  open: 12,
  amounts: [
    { currency: "EUR", exponent: 2, movements: 13, amount: "1204550" },
    { currency: "JPY", exponent: 0, movements: 1, amount: "-9800" },
  ],
  first_seen_at: ago(12 * MINUTES_PER_DAY),
  last_seen_at: ago(40),
  rule_id: null as string | null,
};

export const PRIZE_RULE = {
  id: "01JD0000000000000000RULE01",
  reporting_category: null as string | null,
  type: "prize_paid" as string | null,
  account: "@stripe_test_prizes",
  state: "in_force",
  saved_at: ago(3 * MINUTES_PER_DAY),
  starts_at: ago(3 * MINUTES_PER_DAY - 20),
  ends_at: null as string | null,
};

export const ACCOUNT_RULES = {
  revision: 3,
  rules: [PRIZE_RULE],
  maximum: 50,
  account_prefix: "@stripe_test_",
  delay_minutes: 20,
  unrecognised: [
    GRANT,
    {
      ...GRANT,
      reporting_category: "",
      type: "prize_paid",
      movements: 1,
      open: 0,
      amounts: [{ currency: "EUR", exponent: 2, movements: 1, amount: "500" }],
      rule_id: PRIZE_RULE.id as string | null,
    },
  ],
  complete: true,
};

export const ACCOUNT_RULE_PREVIEW = {
  starts_at: ago(-20),
  present_account: "@stripe_test_suspense",
  movements: GRANT.movements,
  open: GRANT.open,
  amounts: GRANT.amounts,
  complete: true,
  refusals: [] as { code: string; field: string | null; detail: string }[],
};
