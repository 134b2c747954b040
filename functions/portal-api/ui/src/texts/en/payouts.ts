/** Payouts and what they settled. */

import type { EntryState, PayoutStatus, Reconciliation } from "../../api/types";
import { type Part, rich } from "../rich";
import { count } from "./plural";

const statuses = {
  pending: "Pending",
  in_transit: "On the way",
  paid: "Paid",
  failed: "Failed",
  canceled: "Cancelled",
} satisfies Record<PayoutStatus, string>;

const reconciliations = {
  reconciled: "Reconciled",
  remainder: "Remainder",
  pending: "Not checked yet",
  not_listed: "Not listed by Stripe",
  returned: "Returned",
} satisfies Record<Reconciliation, string>;

const notes = {
  reconciled: "Its charges, refunds and fees add up to the deposit.",
  remainder:
    "Its charges, refunds and fees do not add up to the deposit. Stripe may list one late.",
  pending: "One of the next syncs adds up its movements, once Stripe has completed it.",
  not_listed:
    "Stripe lists the movements of automatic payouts only. The amount itself is part of the check of the balance.",
  returned:
    "It failed or was cancelled, and the money came back. A later payout settles its movements.",
} satisfies Record<Reconciliation, string>;

const entries = {
  posted: "In the ledger",
  not_applied: "Not applied",
  missing: "Not in the ledger",
  before_start: "Before the start",
  no_movement: "Nothing to post",
} satisfies Record<EntryState, string>;

export const payoutPlace = {
  intro:
    "What each deposit in your bank account consists of. Days are UTC days, as on Stripe’s reports.",
  statuses,
  reconciliations,
  notes,
  entries,
  filters: {
    label: "Filter",
    month: "Month",
    anyMonth: "All months",
    status: "Status",
    anyStatus: "Every status",
    reconciliation: "Reconciliation",
    anyReconciliation: "All",
  },
  csv: "CSV",
  columns: {
    arrival: "Arrival",
    amount: "Amount",
    status: "Status",
    movements: "Movements",
    reconciliation: "Reconciliation",
  },
  caption: "Payouts, newest first",
  unknownDay: "Arrival not known",
  unknownAmount: "Amount not known",
  /** Its day is over, and Stripe has not said that it arrived. */
  wasDue: (day: string) => `was due ${day}`,
  arrivesOn: (day: string, span: string | undefined) =>
    span ? `arrives ${day} (${span})` : `arrives ${day}`,
  empty: "No payout here",
  emptyText: "Payouts are listed as syncs read them. Another month or filter may have some.",
  noneYet: "No more on this page. Load more to look further.",
  back: "← Payouts",
  title: (amount: Part) => rich`Payout of ${amount}`,
  titleNoAmount: "Payout",
  facts: {
    title: "The payout",
    id: "Payout",
    arrival: "Arrival",
    created: "Created",
    bank: "Destination",
    trace: "Bank’s trace id",
    descriptor: "On the bank statement",
    description: "Description",
    kind: "Kind",
    failure: "Failure",
    seen: "Statuses seen",
    left: "Money out",
    cameBack: "Money back",
    reversedBy: "Reversed by",
    reverses: "Reverses",
  },
  kinds: { automatic: "Automatic", manual: "Manual", instant: "Instant" },
  endingIn: (last4: string) => `ending in ${last4}`,
  settled: "How the deposit is made up",
  settledCaption: (currency: string) => `Movements by kind in ${currency}`,
  deposit: "Deposit",
  remainder: "Remainder",
  members: "Movements",
  membersCaption: "Movements that this payout settled",
  memberColumns: {
    movement: "Movement",
    gross: "Gross",
    fees: "Fees",
    net: "Net",
    ledger: "Ledger",
  },
  membersCount: (n: number) => count(n, { one: "movement", other: "movements" }),
  unreadable: (n: number) =>
    `${count(n, { one: "movement", other: "movements" })} in a form that cannot be read.`,
  noMembers: "No movements listed",
  atStripe: "See it at Stripe",
  entry: "Entry",
  inStripe: "Stripe",
  find: "Find",
};
