/** Statements, journal summaries, and the pictures of money by day. */

import type { DayState, OpenReason, SeriesPart } from "../../api/types";
import { type Part, rich } from "../rich";
import { count } from "./plural";

const reasons = {
  period_not_over: "The period is not over yet.",
  late_records: "Stripe may still list late records.",
  not_compared: "No sync has compared this period since late records were due. Start a sync.",
  ledger_differs: "The ledger differs on a day of this period. The certificate names the entries.",
  reopened: "A late record arrived. The next sync closes the period again.",
  being_prepared:
    "Figures for earlier records are still being prepared. Come back in a few minutes.",
} satisfies Record<OpenReason, string>;

/** Stripe's reporting categories. */
const categories: Record<string, string> = {
  charge: "Charges",
  charge_failure: "Failed charges",
  partial_capture_reversal: "Released part of charges",
  refund: "Refunds",
  refund_failure: "Failed refunds",
  dispute: "Disputes",
  dispute_reversal: "Dispute reversals",
  fee: "Stripe fees",
  network_cost: "Network costs",
  tax: "Tax on fees",
  payout: "Payouts",
  payout_reversal: "Returned payouts",
  topup: "Top-ups",
  topup_reversal: "Returned top-ups",
  transfer: "Transfers",
  transfer_reversal: "Transfer reversals",
  platform_earning: "Platform earnings",
  platform_earning_refund: "Refunded platform earnings",
  risk_reserved_funds: "Risk reserve",
  connect_reserved_funds: "Reserve for connected accounts",
  issuing_authorization_hold: "Card authorizations",
  issuing_authorization_release: "Released card authorizations",
  issuing_transaction: "Card spending",
  issuing_dispute: "Card disputes",
  contribution: "Climate contributions",
  other_adjustment: "Other adjustments",
};

/** What an account of the ledger is used for. */
const roles: Record<string, string> = {
  stripe_balance: "Stripe balance",
  customer_balances: "Customer balances",
  customers: "Customers",
  guests: "Customers without an account",
  payouts: "Payouts on the way to the bank",
  disputes: "Disputes",
  fees: "Stripe fees",
  tax: "Tax on fees",
  connect: "Connected accounts",
  platform: "Platform earnings",
  reserves: "Reserves",
  connect_reserved: "Reserve for connected accounts",
  payout_minimum: "Minimum balance",
  advances: "Advances",
  issuing_spend: "Card spending",
  climate: "Climate contributions",
  unclaimed: "Unclaimed funds",
  suspense: "Suspense",
  opening: "Opening balance",
  custom: "Accounts you gave to unrecognised movements",
  other: "Other accounts",
};

const parts = {
  pay_ins: "Pay-ins",
  refunds: "Refunds",
  disputes: "Disputes",
  fees: "Fees",
  payouts: "Payouts",
  other: "Other",
} satisfies Record<SeriesPart, string>;

const days = {
  match: "Match",
  differs: "Differs",
  open: "Not compared yet",
} satisfies Record<DayState, string>;

export const figures = {
  categories,
  roles,
  standing: { final: "Final", open: "Open", preparing: "Being prepared" },
  finalText:
    "Every day has been compared with the ledger and is closed. These figures no longer change.",
  reasons,
  closesOn: (day: string) => `It closes on ${day}.`,
  preparedFrom: (day: string) => `Figures are complete from ${day} on.`,
  utc: "All days are UTC days, as on Stripe’s reports.",
  ofStripe: "These are Stripe’s records only: not everything is posted to the ledger.",
  startsAt: (day: string) =>
    `Records from ${day} on are mirrored; the opening entry covers those before.`,
  openItems: (n: number) =>
    `${count(n, { one: "open item", other: "open items" })} under Needs attention`,
  certificate: "Certificate",
  seeCertificate: "See the certificate",

  period: "Period",
  chosenDays: "Chosen days",
  from: "First day",
  to: "Last day",
  show: "Show",
  wrongDays: "The last day must not be before the first, and at most 92 days can be shown at once.",
  span: (from: string, to: string) => `${from} – ${to}`,

  views: { label: "What is shown", statement: "Balance statement", journal: "Journal summary" },
  print: "Print or save as PDF",
  json: "JSON",
  csv: "CSV",

  statementTitle: (balance: string, currency: string) => `${balance} · ${currency}`,
  columns: { activity: "Activity", count: "Count", gross: "Gross", fees: "Fees", net: "Net" },
  starting: "Starting balance",
  total: "Balance change from activity",
  payouts: "Payouts",
  opening: "Opening entry",
  ending: "Ending balance",
  openingDatedLater: "Of the opening entry, dated later in the ledger",
  openingDatedLaterText:
    "The start was moved back after it was posted: the ledger’s balance at the end of these days lacks this.",
  reserved: "Moved into reserves",
  reservedText: "Stripe’s own report still counts these in the balance.",
  reconciling: {
    title: "Between this and Stripe’s report",
    text: "Stripe’s report counts a payout when it arrives, this statement when it left the balance.",
    item: "Item",
    amount: "Amount",
    inTransitAtStart: "Payouts in transit at the start",
    inTransitAtEnd: "Payouts in transit at the end",
    unsettledDisputes: "Disputes without a decision",
    unsettled: "Disputes without a decision",
    unsettledText: "Opened in this period and not decided yet. Their final cost is not known.",
    more: "There are more than are added up here.",
  },
  toStripe: {
    title: "To Stripe’s own balance summary",
    caption: (balance: string, currency: string) =>
      `To Stripe’s own balance summary: ${balance} in ${currency}`,
    text: "Stripe’s summary counts a payout when it arrives, and money in reserves as part of the balance.",
    same: "Stripe’s own balance summary of these days has the same figures: nothing was in reserves, and no payout was on its way.",
    unknown:
      "Stripe’s own balance summary is not shown: not all payouts that were on their way have been read.",
    count: (n: number) => count(n, { one: "payout", other: "payouts" }),
    reservedAtStart: "In reserves at the start",
    reservedAtEnd: "In reserves at the end",
    starting: "Stripe’s starting balance",
    activity: "Stripe’s balance change from activity",
    payouts: "Payouts that arrived",
    openingText: "Stripe’s report has no such row.",
    ending: "Stripe’s ending balance",
  },
  suspense: (amount: Part) => rich`${amount} of it are unrecognised movements, held in suspense.`,
  unposted: "Not all of it is in the ledger: the app may not post, or a record needs a decision.",
  /** Below the name of a row where there is no room for columns. */
  narrow: (count: string, gross: Part, fees: Part) =>
    rich`${count} · gross ${gross} · fees ${fees}`,
  noStatement: "No movement up to the end of this period",
  noStatementText: "Choose a later month, or start a sync.",

  split: { label: "Lines", period: "Whole period", day: "Day by day" },
  journal: {
    caption: (currency: string) => `Journal summary in ${currency}`,
    date: "Day",
    account: "Account",
    debit: "Debit",
    credit: "Credit",
    total: "Total",
    balanced: "Debits equal credits.",
    unbalanced: "Debits and credits differ.",
    empty: "No entry in this period",
  },

  money: {
    title: "Money by day",
    monthly: "Money by month",
    range: "Range",
    ranges: { 7: "7 days", 30: "30 days", 90: "90 days" },
    currency: "Currency",
    parts,
    net: "Change of the balance",
    whole: (from: string, to: string) => `${from} – ${to}, UTC`,
    oneDay: (day: string) => `${day}, UTC`,
    day: "Day",
    valueOf: (day: string, net: string) => `${day}: ${net}`,
    all: "Show the whole range",
    asTable: "Show as a table",
    asChart: "Show as a chart",
    chart: (currency: string, from: string, to: string) =>
      `Bar chart of money by day in ${currency}, ${from} to ${to}. The slider below reads it day by day.`,
    empty: "No money moved in these days.",
    preparing: "Figures for earlier days are still being prepared.",
  },
  calendar: {
    title: "Days that match",
    days,
    none: "No records",
    counts: (match: number, differs: number, open: number) =>
      `${count(match, { one: "day matches", other: "days match" })}, ${count(differs, { one: "differs", other: "differ" })}, ${count(open, { one: "is", other: "are" })} not compared yet.`,
    differing: "Days that differ",
    column: "Comparison",
  },
};
