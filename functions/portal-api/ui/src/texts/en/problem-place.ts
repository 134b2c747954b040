/** Records that need a decision, and what is open at Stripe. */

import type { OpenObject, ProblemAction, ProblemState } from "../../api/types";
import { type Part, rich, type Wrap } from "../rich";
import { nouns } from "./common";
import { count } from "./plural";

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
  contact: "Contact the operator",
} satisfies Record<ProblemAction, string>;

const objects = {
  payout: "Payout",
  dispute: "Dispute",
  refund: "Refund",
  charge: "Payment",
} satisfies Record<OpenObject["kind"], string>;

export const problemPlace = {
  states,
  actions,
  /** What to do, by the API's code. */
  advice: {
    validation:
      "Remove what the ledger objects to, then retry. The entry is posted once, however often you retry.",
    insufficient_funds:
      "Remove what the ledger objects to, then retry. The entry is posted once, however often you retry.",
    customer_refused:
      "Correct the customer at Stripe, or remove what the ledger objects to, then retry. The payment is posted once.",
    entry_differs:
      "Somebody posted another entry under this reference. Find out who, correct it with an entry of your own, then dismiss this.",
    foreign_entry:
      "Find out who posted it. Reverse it with an entry of your own: swap source and destination, same amount. Then dismiss both; entries can’t be deleted.",
    entry_unlisted:
      "Stripe deletes test data; nothing else should remove a record. Reverse the entry with one of your own and dismiss both, or ask Stripe about the record.",
    entry_changed:
      "Somebody changed the ledger, or posted under our reference. Correct the difference with an entry of your own, then dismiss both.",
    entry_missing: "Retry: the record is read again, and what is missing is posted once.",
    customer_unknown:
      "Give the Stripe key the permission to read customers, then retry. What was posted to the guests’ account stays there.",
    unknown_type:
      "Move the entry from the suspense account to where it belongs, then dismiss this.",
    before_the_start:
      "Look at Stripe’s records of that day. Set an earlier start date in the settings to have them posted, or dismiss this.",
    record_unreadable:
      "This version of the app can’t read the record. Tell the app’s operator; retry after an update.",
    does_not_add_up: "The balance is right. Dismiss this, or ask Stripe about the record.",
    foreign_fee: "The balance is right. Dismiss this, or ask Stripe about the record.",
    identity_refused:
      "No money is affected. Correct the customer at Stripe: it is copied again with its next change.",
    balance_doubled:
      "The oldest balance is used. Move what the others hold to it with entries of your own, then dismiss this.",
    record_gone: "Stripe deleted the record, as it does with test data. Dismiss this.",
    record_unrendered:
      "Every sync asks Stripe again and posts the record as soon as Stripe answers. If it stays for days, ask Stripe’s support.",
    page_unreadable:
      "Every sync asks Stripe again and posts the records as soon as Stripe answers. If it stays for days, ask Stripe’s support.",
    right_missing:
      "Give the Stripe key the permission, or connect another key. What could not be read is read again.",
    unknown_answer:
      "Something between this app and the service may be answering in its place. Check that the service works, or tell the app’s operator.",
    set_aside:
      "It is tried again by itself, at growing intervals. Give the request id to the other side’s support, or correct the record at Stripe, then retry.",
    identity_set_aside:
      "No money is affected. It is tried again by itself. Correct the customer at Stripe, or give the request id to Blnk, then retry.",
  },
  /** The headline of a movement in suspense; `kind` as "adjustment". */
  unrecognised: (kind: string, amount: Part) =>
    rich`Unrecognised Stripe ${kind} of ${amount}, held in suspense`,
  unrecognisedKind: "movement",

  intro: {
    unknown: "These records need a decision.",
    read_only:
      "Found while reading and comparing. Nothing was posted: this app may not post to the ledger.",
    not_started: "Found while reading. Nothing has been posted yet.",
    posting: (n: number) =>
      `Everything else was posted. ${n === 1 ? "This one needs" : "These need"} a decision.`,
  },
  noneOpen: {
    unknown: "No record needs a decision.",
    read_only:
      "Every record that was read was understood. Nothing was posted: this app may not post to the ledger.",
    not_started:
      "Nothing has been posted yet. What the first sync cannot post will be listed here.",
    posting: "Every record that was read has been posted.",
  },
  empty: {
    open: "No record to review",
    dismissed: "Nothing dismissed",
    resolved: "Nothing resolved recently",
  },
  noneDismissed: "An item that may stay as it is can be dismissed with a reason.",
  noneResolved: "An item is resolved when a later sync finds its cause gone.",
  someDismissed: (n: number) => ` Dismissed and left as they are: ${nouns.items(n)}.`,
  noneOfKind: "Nothing of this kind",
  noneOfKindText: {
    open: "No open item of this kind.",
    dismissed: "No dismissed item of this kind.",
    resolved: "No resolved item of this kind.",
  },
  otherKinds: (n: number) => `See ${nouns.items(n)} of other kinds`,

  noAlerts: "No alerts are raised in Blnk",
  noAlertsText: (scope: Part, link: Wrap) =>
    rich`This app was not given ${scope}, so problems are shown here only. ${link("See what each permission allows")}`,

  filterLabel: "Filter items by state",
  kind: "Kind",
  allKinds: "All kinds",
  orMore: "+",

  retry: "Retry",
  retryAll: (n: number) => `Retry all ${n} of this kind`,
  retried: (n: number) => `${nouns.items(n)} will be tried again.`,
  retriedSync: "See the sync that retries",
  retriedLater: "A sync is already running; the next one retries it.",
  retriedMore: " · There are more of this kind: retry again when it has ended.",
  willBeRetried: "Will be tried again",
  reopen: "Open again",
  reopened: "The item is open again.",
  dismiss: "Dismiss…",
  select: (what: string) => `Select: ${what}`,
  selectAll: (n: number) => `Select all ${n}`,
  dismissSelected: (n: number) => `Dismiss ${n} selected…`,
  dismissedFor: (reason: string) => `Dismissed: ${reason}`,
  dismissedAt: (at: Part, reason: string) => rich`Dismissed ${at}: ${reason}`,
  resolvedAt: (at: Part) => rich`Resolved ${at}`,
  resolvedBy: (at: Part, link: Wrap) => rich`Resolved ${at} by ${link("a later sync")}`,
  firstSeen: (at: Part) => rich`First seen ${at}`,
  lastSeen: (at: Part, syncs: number, link: Wrap) =>
    rich`last ${at}, in ${count(syncs, { one: "sync", other: "syncs" })} (${link("see the last one")})`,
  inStripe: "In Stripe",
  inBlnk: "In Blnk",
  ownPage: "Link to this item",
  backToList: "← All items",
  notFound: "This item is no longer open",
  notFoundText: "It may be resolved, or settled at Stripe.",

  /** The entry that a person posts to undo somebody else's. */
  reversing: {
    button: "Copy reversing entry",
    copied: "The reversing entry is copied",
    prepared: "The reversing entry is ready to copy",
    text: "It is not posted: post it to your ledger yourself, then dismiss both.",
    from: "From",
    to: "To",
    amount: "Amount",
    body: "The entry in the ledger’s format",
  },

  dismissTitle: (n: number) => (n === 1 ? "Dismiss this item?" : `Dismiss ${n} items?`),
  dismissText:
    "Dismissed items stay as they are and are no longer counted. Anything missing in the ledger stays missing, and the comparison keeps reporting it. If the cause changes, the item opens again.",
  dismissReason: "Reason, for later reference",
  dismissConfirm: "Dismiss",
  dismissed: (n: number) => `${nouns.items(n)} dismissed.`,

  urgentObjects: "Needs attention at Stripe",
  onTheWay: "On the way",
  objects,
  /** Stripe's words for the state of an object. */
  statuses: {
    needs_response: "Needs a response",
    warning_needs_response: "Inquiry, needs a response",
    under_review: "Under review by the bank",
    warning_under_review: "Inquiry under review by the bank",
    won: "Won",
    lost: "Lost",
    warning_closed: "Inquiry closed",
    failed: "Failed",
    canceled: "Cancelled",
    in_transit: "On its way",
    paid: "Paid",
    pending: "Pending",
    requires_action: "Action required",
  },
  evidenceOver: (at: Part) => rich`Under review by the bank. The evidence period ended ${at}.`,
  underReview: "Under review by the bank.",
  moreAtStripe: "There are more; see Stripe’s dashboard.",
  arrives: (at: Part) => rich`Arrives ${at}`,
  reason: (words: string) => `Reason: ${words}`,
};
