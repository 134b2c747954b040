/** What could not be posted, and what is not settled at Stripe. */

import type { OpenObject, ProblemAction, ProblemState } from "../../api/types";
import { countOf } from "../count";
import { type Part, rich, type Wrap } from "../rich";
import { nouns } from "./common";

const count = countOf("en");

const states = { open: "Open", dismissed: "Dismissed", resolved: "Resolved" } satisfies Record<
  ProblemState,
  string
>;

const actions = {
  retry: "Retry",
  fix_in_ledger: "Fix in the ledger",
  fix_in_stripe: "Fix in Stripe",
  review: "Review",
  nothing: "Nothing to do",
  contact: "Tell the operator",
} satisfies Record<ProblemAction, string>;

const objects = {
  payout: "Payout",
  dispute: "Dispute",
  refund: "Refund",
  charge: "Payment",
} satisfies Record<OpenObject["kind"], string>;

export const problems = {
  states,
  actions,
  /** By the API's code. */
  kinds: {
    validation: "Refused by the ledger: not valid",
    insufficient_funds: "Refused by the ledger: not enough funds",
    not_found: "Refused by the ledger: something is missing there",
    unrecognized: "Refused by the ledger",
    customer_refused: "Customer refused by the ledger",
    set_aside: "Set aside: its calls fail",
    identity_set_aside: "Customer's identity set aside",
    entry_differs: "Another entry under our reference",
    foreign_entry: "Entries that are not ours",
    entry_unlisted: "Entries without a record at Stripe",
    entry_changed: "Entries that differ from their record",
    entry_missing: "Entries that are not there any more",
    unknown_type: "Kind of movement not known",
    does_not_add_up: "Record does not add up",
    foreign_fee: "Fee in another currency",
    customer_unknown: "Payer not known",
    record_unreadable: "Record not readable",
    right_missing: "The Stripe key lacks a right",
    record_unrendered: "Record incomplete at Stripe",
    page_unreadable: "Part of Stripe's list not readable",
    record_gone: "Record gone at Stripe",
    balance_doubled: "Two balances for one customer",
    unknown_answer: "Answers that are none",
  },

  intro: {
    unknown: "A sync goes on past a record that it cannot handle.",
    read_only:
      "Met while reading and comparing. Nothing was posted, with a problem or without: this app may not write to the ledger.",
    not_started: "Met while reading. Nothing has been posted yet.",
    posting:
      "A sync goes on past a record it cannot post. Every record it read that has no problem was posted.",
  },
  noneOpen: {
    unknown: "No problem is open.",
    read_only:
      "Every record that was read was understood. Nothing was posted: this app may not write to the ledger.",
    not_started: "Nothing has been posted yet. What the first sync cannot post will be named here.",
    posting: "Every record that was read has been posted.",
  },
  empty: {
    open: "Nothing to look at",
    dismissed: "Nothing dismissed",
    resolved: "Nothing resolved lately",
  },
  noneDismissed: "A problem that may stay as it is can be dismissed with a reason.",
  noneResolved: "A problem is resolved when a later sync finds its cause gone.",
  someDismissed: (n: number) => ` What was dismissed stays as it is: ${nouns.problems(n)}.`,
  noneOfKind: "Nothing of this kind",
  noneOfKindText: {
    open: "No problem of this kind is open.",
    dismissed: "No problem of this kind is dismissed.",
    resolved: "No problem of this kind is resolved.",
  },
  otherKinds: (n: number) => `See ${nouns.problems(n)} of other kinds`,

  noAlerts: "No alerts are raised in Blnk",
  noAlertsText: (scope: Part, link: Wrap) =>
    rich`This install was not granted ${scope}. What is wrong shows here only. ${link("See what each permission allows")}`,

  filterLabel: "Filter problems by state",
  kind: "Kind",
  allKinds: "All kinds",
  orMore: "+",

  list: "Problems",
  retry: "Retry",
  retryAll: (n: number) => `Retry all ${n} of this kind`,
  retried: (n: number) => `${nouns.problems(n)} will be tried again.`,
  retriedSync: "See the sync that does it",
  retriedLater: "A sync is open already; the one after it does it.",
  retriedMore: " · There are more of this kind: retry once more when it has ended.",
  willBeRetried: "Will be tried again",
  reopen: "Open again",
  reopened: "The problem is open again.",
  dismiss: "Dismiss…",
  dismissedFor: (reason: string) => `Dismissed: ${reason}`,
  dismissedAt: (at: Part, reason: string) => rich`Dismissed ${at}: ${reason}`,
  resolvedAt: (at: Part) => rich`Resolved ${at}`,
  resolvedBy: (at: Part, link: Wrap) => rich`Resolved ${at} by ${link("a later sync")}`,
  seen: (first: Part, last: Part, syncs: number, link: Wrap) =>
    rich`First seen ${first}, last ${last} · in ${count(syncs, { one: "sync", other: "syncs" })} · ${link("the last of them")}`,
  inStripe: "In Stripe",
  inBlnk: "In Blnk",

  dismissTitle: "Dismiss this problem?",
  dismissText:
    "It is left as it is and not counted any more. If something is missing in the ledger, it stays missing, and the proof goes on saying so. If its cause changes, it is open again.",
  dismissReason: "Reason, for whoever looks later",
  dismissConfirm: "Dismiss",
  dismissed: "The problem was dismissed.",

  openObjects: "Not settled at Stripe",
  objects,
  evidenceDue: (at: Part) => rich`Evidence is due ${at}`,
  arrives: (at: Part) => rich`Arrives ${at}`,
  moreObjects: "There are more; see Stripe's dashboard.",
};
