/** The connection to Stripe and its endpoint. */

import { ago } from "./time.ts";

interface Pause {
  code: string;
  reason: string;
  cause_gone: boolean;
}

/** A pause that lasts until a person acts. */
export function pause(code: string, reason: string): Pause {
  return { code, reason, cause_gone: false };
}

export const STRIPE = {
  account_id: "acct_1SandboxExample",
  display_name: "Northwind Traders Ltd",
  mode: "test",
  key_kind: "restricted",
  key_last4: "x9Qz",
  key_prefix: "rk_test_",
  connected_at: ago(60 * 24 * 9),
  mirror: "@stripe_test",
  paused: null as null | Pause,
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
  at_stripe: { standing: "enabled", checked_at: ago(1) } as null | {
    standing: string;
    checked_at: string;
  },
  endpoints: [] as { id: string; url: string; status: string; created: null | string }[],
};

/** Endpoints of an account that is full of them. */
export const ENDPOINTS = Array.from({ length: 16 }, (_, at) => ({
  id: `we_1Other${String(at).padStart(2, "0")}`,
  url: `https://hooks.example.com/${"a-long-path/".repeat(at % 4)}stripe/${at}`,
  status: at < 2 ? "disabled" : "enabled",
  created: ago(60 * 24 * (400 - at)),
}));
