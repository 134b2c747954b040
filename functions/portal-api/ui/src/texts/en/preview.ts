/** Before the first posting: the preview of a sync, and the confirmation that starts it. */

import { type Part, rich, type Wrap } from "../rich";
import { nouns } from "./common";
import { count } from "./plural";

export const preview = {
  readOnly: "Read-only mode",
  readOnlyText: (link: Wrap) =>
    rich`This app may read your ledger, but not post to it. Syncs read Stripe, compare both sides and show what they would post. ${link("What a permission would add")}`,
  start: "Preview",
  startAgain: "Preview again",
  see: "See the preview",
  isBeingMade: "The preview is being made.",

  title: "What this sync will post",
  titleFollowed: "What this preview found",
  about: (figure: Part) => rich`about ${figure}`,
  timeWithCheck: (figure: Part) => rich`about ${figure}, then the check`,
  facts: {
    there: "Already in the ledger",
    beforeStart: "Before the start",
    currencies: "Currencies",
    period: "Period",
    unreadable: "Cannot be posted",
    time: "Estimated time",
    stripeCalls: "Calls to Stripe",
    customers: "Customers to create",
    customersThere: "Existing customers",
    customersMatched: "Customers matched",
    customersOpen: "Customers not known yet",
    customerBalances: "Customer balances to create",
  },
  beforeStart: (movements: number, date: string) =>
    `${nouns.movements(movements)} before ${date}, in opening entries`,
  period: (first: string, last: string) => `${first} – ${last}`,
  matchedByEmail: (figure: Part) => rich`${figure}, by e-mail address, to existing identities`,
  notKnownYet: (figure: Part) =>
    rich`${figure}: the sync will show whether their e-mail address matches an identity`,
  findings: {
    does_not_add_up: "Does not add up at Stripe",
    foreign_fee: "Fee in another currency",
    customer_unknown: "Customer not named by Stripe",
  },

  blocked: "Blocked",
  conflict: (currency: string) => `${currency} cannot be posted to this ledger`,
  conflictText: (currency: string, ours: string, theirs: string) =>
    `Your ledger counts ${currency} with precision ${theirs}, Stripe with precision ${ours}.`,
  conflictEntry: (entry: Part) => rich`Found in entry ${entry}.`,
  conflictAdvice:
    "Use another Blnk instance for this Stripe account, or ask your Blnk administrator to move these entries to the usual precision.",
  blockedReason: "The sync can’t start while a currency can’t be posted.",
  followed: (link: Wrap) => rich`A later sync has posted this. ${link("See the last sync")}`,
  underWay: (link: Wrap) => rich`A sync is in progress. ${link("See its progress")}`,

  startSync: "Start sync",
  startTitle: "Start the sync?",
  startReadOnly:
    "Both sides are read and compared. Nothing is posted, because this app may not post to the ledger.",
  startText: (entries: number) =>
    `It posts ${nouns.entries(entries)} to your ledger, then compares both sides. Ledger entries can’t be deleted. From then on syncs also start by schedule and by Stripe’s events.`,

  firstSyncTitle: "Start the first sync?",
  firstSyncText:
    "It reads the whole history of this Stripe account and posts it to your ledger, from the start date on if the settings name one. Then both sides are compared. Ledger entries can’t be deleted. From then on syncs also start by schedule and by Stripe’s events.",
  seeFirst: (link: Wrap) =>
    rich`${link("See the preview first")}: what it would post, with nothing written.`,
  previewFirst: "Preview first",
  previewFirstText: "A preview shows what it would post, and writes nothing.",

  unknown: {
    title: "Unrecognised movements",
    text: "These movements are held in the suspense account, and each one is listed under Needs attention.",
    caption: "Unrecognised movements by kind",
    kind: "Kind",
    sum: "Sum",
    more: (n: number) => `and ${nouns.movements(n)} of further kinds`,
  },
  accounts: {
    title: "Resulting balances",
    caption: "Accounts of the ledger after the sync",
    debits: "Debits",
    credits: "Credits",
    allCustomers: "All customers",
    sign: "In your ledger these accounts carry the opposite sign of Stripe’s balance.",
    more: (n: number) =>
      `${count(n, { one: "side", other: "sides" })} of entries are on further accounts, not listed.`,
    showAll: (n: number) => `Show all ${n}`,
  },
};
