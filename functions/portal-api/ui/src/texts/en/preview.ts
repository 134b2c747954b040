/** Before the first write: the preview of a sync, and the confirmation that starts it. */

import { countOf } from "../count";
import { type Part, rich, type Wrap } from "../rich";
import { nouns } from "./common";

const count = countOf("en");

export const preview = {
  readOnly: "Shadow mode",
  readOnlyText: (link: Wrap) =>
    rich`This install may read your ledger, but not write to it. Syncs read Stripe, compare both sides and show what they would post; nothing is ever written. ${link("What a permission would add")}`,
  first: "Look before anything is written",
  firstText:
    "A preview reads the whole history of this Stripe account and shows what a sync would make of it: entries, balances, customers, and what no rule knows. Nothing has been written yet.",
  start: "Preview",
  startAgain: "Preview again",
  see: "See the preview",
  isBeingMade: "The preview is being made.",

  title: "What a sync would make",
  about: (figure: Part) => rich`about ${figure}`,
  facts: {
    there: "Already in the ledger",
    beforeStart: "Before the start",
    currencies: "Currencies",
    period: "Period",
    unreadable: "Cannot be mirrored",
    time: "Time it takes",
    stripeCalls: "Calls to Stripe",
    customers: "Customers to create",
    customersThere: "Customers there already",
    customersMatched: "Customers matched",
    customersOpen: "Customers not known yet",
    customerBalances: "Customer balances to create",
  },
  beforeStart: (movements: number, date: string) =>
    `${nouns.movements(movements)} before ${date}, in opening entries`,
  period: (first: string, last: string) => `${first} – ${last}`,
  matchedByEmail: (figure: Part) => rich`${figure}, by e-mail address, to identities that are there`,
  notKnownYet: (figure: Part) =>
    rich`${figure}: the sync will show whether their e-mail address matches an identity`,
  findings: {
    does_not_add_up: "Does not add up at Stripe",
    foreign_fee: "Fee in another currency",
    customer_unknown: "Customer not told by Stripe",
  },
  conflict: (currency: string) => `${currency} cannot be written`,

  startSync: "Start sync",
  startTitle: "Start the sync?",
  startReadOnly:
    "Both sides are read and compared. Nothing is posted, because this app may not write to the ledger.",
  startText: (entries: number) =>
    `It posts ${nouns.entries(entries)} to your ledger and then proves that both sides agree. Entries in a ledger stay; from then on syncs may also start by schedule and by Stripe’s events.`,

  firstSyncTitle: "Start the first sync?",
  firstSyncText:
    "It reads the whole history of this Stripe account, posts it to your ledger, from the start date on if the settings name one, and then proves that both sides agree. Entries in a ledger stay; from then on syncs may also start by schedule and by Stripe’s events.",
  seeFirst: (link: Wrap) => rich`${link("See the preview first")}: what it would post, with nothing written.`,
  previewFirst: "Preview first",
  previewFirstText: "A preview shows before what it would post, and writes nothing.",

  unknown: {
    title: "What no rule knows",
    text: "These movements go to the suspense account, and each becomes a problem to look at.",
    caption: "Movements that no rule knows",
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
    sign: "A mirror’s balance in the ledger is minus what Stripe holds.",
    more: (n: number) =>
      `${count(n, { one: "side", other: "sides" })} of entries are on further accounts, not listed.`,
    showAll: (n: number) => `Show all ${n}`,
  },
};
