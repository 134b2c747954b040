/** The search for a movement from either side. */

import type { MovementState, PayoutState, SearchOutcome } from "../../api/types";
import { type Part, rich } from "../rich";
import { count } from "./plural";

const outcomes = {
  found: "Found",
  not_mirrored_yet: "At Stripe, and not in the ledger yet",
  before_the_start: "From before the start date",
  not_readable: "The Stripe key may not read this",
  not_found: "Neither Stripe nor the ledger knows this",
  too_many: "There is more than is shown",
} satisfies Record<SearchOutcome, string>;

const outcomeTexts = {
  found: "",
  not_mirrored_yet: "No sync has read it yet. The next sync posts it to the ledger.",
  before_the_start: "It is part of an opening entry and has no entry of its own.",
  not_readable: "Add the permission to the key, or connect another key.",
  not_found: "Check that the whole id was copied, and that it is of this account and mode.",
  too_many: "Search for something narrower, such as an id.",
} satisfies Record<SearchOutcome, string>;

const states = {
  posted: "In the ledger",
  partly_posted: "Partly in the ledger",
  not_posted: "Not in the ledger",
  not_mirrored_yet: "Not read yet",
  before_the_start: "Before the start",
  nothing_to_post: "Nothing to post",
} satisfies Record<MovementState, string>;

const payoutStates = {
  own: "This is the payout itself, or its reversal.",
  settled: "Settled by this payout.",
  not_available: "Pending",
  unknown:
    "Cannot be determined here: the payout is manual or not complete at Stripe, or it has more movements than a search reads.",
} satisfies Record<PayoutState, string>;

export const search = {
  label: "What to search for",
  intro:
    "Any Stripe id (ch_…, re_…, po_…, cus_…, txn_…), a reference or id of a ledger entry, an e-mail address, or an amount with its currency and days: 12.05 USD 2026-03-01 2026-03-31.",
  button: "Search",
  empty: "Find a charge, a payout, a customer or an amount",
  emptyText:
    "You see Stripe’s record, its ledger entries, its payout and its open item beside each other.",
  searching: "Asking Stripe and the ledger…",
  outcomes,
  outcomeTexts,
  invoice: "The app does not read invoices. Search for the payment (pi_… or ch_…) instead.",
  permission: "Permission",
  makeKey: "Create a key with it",
  states,
  payoutStates,
  /** Not paid out yet, by its day. */
  notAvailable: (day: string) => `Pending: its money becomes available on ${day} (UTC).`,
  movements: (n: number) => count(n, { one: "movement", other: "movements" }),
  facts: {
    movement: "Movement",
    kind: "Kind",
    gross: "Gross",
    fees: "Fees",
    net: "Net",
    created: "Created",
    available: "Available",
    source: "Source",
    customer: "Customer",
    payout: "Payout",
    problem: "Open item",
    status: "Status",
    amount: "Amount",
  },
  entries: "Ledger entries",
  noEntries: "No entry in the ledger.",
  entriesAlone: "Ledger entries without a Stripe record here",
  fromTo: (from: Part, to: Part) => rich`${from} → ${to}`,
  customerBalance: "Customer balance",
  posted: "Posted",
  notPosted: "Not posted",
  atStripe: "At Stripe",
  ofCustomer: "all movements",
  inBlnk: "In Blnk",
  object: "Stripe’s record",
  noMovement: "It has moved no money, so nothing is posted for it.",
};
