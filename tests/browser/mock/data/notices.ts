/** Notices: what is told, and the messages. */

import { ago } from "./time.ts";

export const NOTICES = {
  webhook: {
    url: "https://hooks.example.com/stripe-sync",
    kinds: ["mismatch", "failed_payout", "paused"],
    secret_since: ago(60 * 24),
    previous_secret_until: null as string | null,
  } as {
    url: string;
    kinds: string[];
    secret_since: string;
    previous_secret_until: string | null;
  } | null,
  email: { available: true, kinds: ["approval_needed"] },
};

/** A secret as it is shown once. */
export const NOTICE_SECRET = `nsec_${"07".repeat(32)}`;

const message = (minutes: number, type: string, more: object) => ({
  id: `01JD0000000000000000MSG${minutes}`,
  notice: "01JD0000000000000000NOTICE",
  type,
  channel: "webhook",
  resolved: false,
  title: "A payout failed",
  text: "A payout of 500.00 USD failed (account_closed).",
  created_at: ago(minutes),
  state: "sent",
  attempts: 1,
  next_attempt_at: null,
  sent_at: ago(minutes),
  answer: { outcome: "accepted", status: 204, text: "Accepted." },
  ...more,
});

export const DELIVERIES = [
  message(5, "payout.failed", {
    state: "pending",
    sent_at: null,
    next_attempt_at: ago(-5),
    answer: { outcome: "refused", status: 500, text: "The receiver refused it." },
  }),
  message(70, "sync.paused", { resolved: true }),
  message(90, "sync.paused", { channel: "email" }),
  message(200, "proof.stale", {
    state: "failed",
    attempts: 8,
    sent_at: null,
    answer: {
      outcome: "not_public",
      status: null,
      text: "The receiver’s address is not public.",
    },
  }),
  message(300, "mismatch.found", { state: "withdrawn", attempts: 0, sent_at: null, answer: null }),
];

export const TEST_TAKEN = message(0, "notice.test", { title: "A test from Stripe Sync" });
