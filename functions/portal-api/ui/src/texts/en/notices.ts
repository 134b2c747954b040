/** Notices to people who do not have the portal open. */

import type { NoticeChannel, NoticeKind, NoticeOutcome, NoticeState } from "../../api/types";

const kinds = {
  mismatch: "Stripe and the ledger differ",
  failed_payout: "A payout failed",
  dispute_deadline: "A dispute waits for an answer",
  stale: "The last comparison is out of date",
  approval_needed: "A sync waits for approval",
  paused: "Syncing is paused",
} satisfies Record<NoticeKind, string>;

/** What a message is about, by the API's type. */
const types: Record<string, string> = {
  "mismatch.found": kinds.mismatch,
  "payout.failed": kinds.failed_payout,
  "dispute.needs_answer": kinds.dispute_deadline,
  "proof.stale": kinds.stale,
  "approval.needed": kinds.approval_needed,
  "sync.paused": kinds.paused,
  "notice.test": "Test",
};

const outcomes = {
  accepted: "Accepted.",
  refused: "The receiver refused it.",
  redirected: "The receiver answered with a redirect. Redirects are not followed.",
  timed_out: "The receiver did not answer in time.",
  unreachable: "The receiver could not be reached, or its certificate is not valid.",
  not_public: "The receiver’s address is not public.",
  topic_failed: "The e-mail could not be sent.",
  not_ready: "It could not be sent at the moment.",
} satisfies Record<NoticeOutcome, string>;

export const notices = {
  intro:
    "Tell people who do not have this page open. Nothing is sent until you choose it. You get one message per issue and one when it is resolved.",
  kinds,
  types,
  webhook: "Webhook",
  webhookText: "A signed message to a URL of your own. Without a URL nothing is sent.",
  url: "URL",
  urlExample: "https://hooks.example.com/stripe-sync",
  urlNotKept: "The URL that you typed was not kept. Type it again.",
  webhookKinds: "What is sent to the webhook",
  email: "E-mail",
  emailText: "Sent to the address configured for this deployment.",
  emailKinds: "What is sent by e-mail",
  noEmail: "This deployment sends no e-mails.",
  saved: "Notices saved.",
  mayNot: "Changing notices needs the permission to post to your ledger.",
  secretOnce: "This secret is shown only now.",
  secretText: "Give it to your receiver: each message is signed with it.",
  secretSince: "Secret created",
  previousUntil: "Previous secret signs until",
  replace: "Replace the secret",
  replaceTitle: "Replace the secret?",
  replaceText: "For one day messages are signed with both, so that you can update your receiver.",
  replaced: "Secret replaced.",
  test: "Send a test",
  testing: "Sending…",
  testTaken: "The test was accepted.",
  testFailed: "The test was not accepted.",
  deliveries: "Last messages",
  caption: "Messages, newest first",
  columns: { what: "What", at: "When", channel: "Channel", state: "State", answer: "Answer" },
  channels: { webhook: "Webhook", email: "E-mail" } satisfies Record<NoticeChannel, string>,
  states: {
    pending: "Waiting",
    sent: "Sent",
    failed: "Failed",
    withdrawn: "Not needed",
  } satisfies Record<NoticeState, string>,
  outcomes,
  taken: outcomes.accepted,
  noAnswer: "Not tried yet.",
  withStatus: (outcome: string, status: string) => `${outcome} (${status})`,
  resolved: (title: string) => `Resolved: ${title}`,
  none: "No messages yet",
  noneText: "What is sent is listed here.",
};
