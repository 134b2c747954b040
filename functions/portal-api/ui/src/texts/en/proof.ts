/** The comparison of both sides: its result, the entries that differ, payouts and certificates. */

import type { LineVerdict, ProofCause, Verdict } from "../../api/types";
import { type Part, rich, type Wrap } from "../rich";
import { nouns } from "./common";
import { count, form } from "./plural";

const verdicts = {
  match: "Match",
  mismatch: "Differs",
  inconclusive: "Not decided",
  not_compared: "Not compared",
} satisfies Record<LineVerdict, string>;

const statements = {
  match: "Stripe and your ledger match to the cent.",
  mismatch: "Stripe and your ledger differ.",
  inconclusive: "Money was moving during the check.",
} satisfies Record<Verdict, string>;

const causes = {
  missing: {
    name: "Missing",
    meaning: "Stripe lists this record; the ledger has no entry for it.",
  },
  different: {
    name: "Changed",
    meaning: "The ledger’s entry differs from what this record requires.",
  },
  foreign: {
    name: "Not made by Stripe Sync",
    meaning: "Somebody else posted this entry to the account.",
  },
  unlisted: {
    name: "Not at Stripe",
    meaning: "The ledger has this entry; Stripe lists no record for it.",
  },
  before_start: {
    name: "Before the start",
    meaning: "Stripe’s records of this day have changed since the opening entry was posted.",
  },
} satisfies Record<ProofCause["kind"], { name: string; meaning: string }>;

export const proof = {
  verdicts,
  statements,
  readOnlyVerdict: "Read-only",
  readOnlyStatements: {
    mismatch: "Stripe’s own figures differ from each other.",
    inconclusive: "Read-only mode: compared, nothing posted.",
  },
  readOnlySummaries: {
    stripeAgrees:
      "Stripe’s list adds up to its balance. “Not posted” shows what is not in your ledger, because this app may not post to it.",
    stripeDiffers:
      "Stripe’s list and balance differ for now; the next sync compares again. Nothing is posted in read-only mode.",
  },
  /** `compared` of `all` balances; the rest has no figure at Stripe. */
  matchSummary: (compared: number, all: number, records: number) =>
    `${nouns.records(records)} in ${nouns.balances(all)}. ${
      compared === all
        ? "Every balance matches."
        : `${compared} compared, and every one matches; ${all - compared} without a figure at Stripe.`
    }`,
  mismatchSummary: (wrong: number, of: number, names: string) =>
    `${nouns.balances(wrong)} of ${of} ${form(wrong, { one: "differs", other: "differ" })}: ${names}.`,
  inconclusiveSummary:
    "No result yet, and no cause for concern: a comparison only counts when no money moves during it. The next sync compares again.",
  certificate: "The certificate",
  allCertificates: "All certificates",
  noneText:
    "The last sync ended before both sides were compared. The next one continues where it stopped.",

  /** Stripe's balances, by the API's word. */
  balances: {
    payments: "Payments",
    issuing: "Issuing",
    refund_and_dispute_prefunding: "Refund and dispute prefunding",
    risk_reserved: "Risk reserve",
    connect_reserved: "Reserve for connected accounts",
  },
  caption: "Comparison by balance and currency",
  stripe: "Stripe",
  ledger: "Ledger",
  stripeDifference: "Unexplained at Stripe",
  ledgerDifference: "Missing or extra in the ledger",
  notPosted: "Not posted",
  verdict: "Result",
  howToRead: "How we check",
  howToReadText: (strong: Wrap) =>
    rich`${strong("Unexplained at Stripe")} is Stripe’s balance minus the sum of Stripe’s own records. It is Stripe’s side alone and is never posted. ${strong("Missing or extra in the ledger")} is what the ledger should hold according to those records, minus what it holds. A match requires both to be zero, with no money moving while both sides are read.`,
  minorUnits: "Show minor units",
  noFigure: "no figure",
  notKnown: "not known",
  /** A figure of Stripe's that does not count what is pending: "488.20 − pending 23.99 = 464.21". */
  pending: (stripe: Part, pending: Part, ledger: Part) =>
    rich`Stripe ${stripe} − pending ${pending} = ${ledger}`,
  zeroBalances: (n: number) =>
    `Show ${count(n, { one: "empty balance", other: "empty balances" })}`,
  hideZeroBalances: "Hide empty balances",
  /** The notes of the API on a line, by how they begin. */
  notes: {
    noFigure: "Stripe gives no figure for this balance.",
    moving: "Money was moving during the check.",
    notPosted:
      "Stripe’s list adds up to its balance. Not posted: the app may not post to this ledger.",
    information: "For information: what Stripe holds for connected accounts.",
  },

  causes,
  causesLabel: "What makes both sides differ",
  atFault: (n: number) => `${count(n, { one: "entry causes", other: "entries cause" })} it`,
  firstAtFault: (n: number) => `The first ${nouns.entries(n)} that cause it`,
  allProblems: " All of them are listed under Needs attention.",
  isProblem: "See it under Needs attention",
  /** What an entry should be and is: "1,300 JPY expected, nothing found". */
  nothing: "nothing",
  expectedAndFound: (expected: Part, found: Part) => rich`${expected} expected, ${found} found`,
  onAccount: (account: Part, currency: string) => rich`on ${account} ${currency}`,
  inBlnk: "See the entry in Blnk",
  inStripe: "See the record at Stripe",
  at: (at: Part) => rich`dated ${at}`,
  reference: "Reference",
  ledgerId: "Entry",
};

export const payouts = {
  title: "Payouts",
  settled: (n: number) =>
    `${count(n, { one: "payout", other: "payouts" })} fully reconciled to ${form(n, { one: "its", other: "their" })} charges`,
  settledButNot: (settled: string, others: number) =>
    `${settled}, ${others} ${form(others, { one: "is", other: "are" })} not`,
  sentence: (settled: string) => `${settled}.`,
  sentenceWithMembers: (settled: string, members: number) =>
    `${settled} (${nouns.records(members)} counted).`,
  olderRemainders: (n: number) =>
    `${count(n, { one: "older one", other: "older ones" })} with a remainder not shown.`,
  unreadable: (n: number) =>
    `${count(n, { one: "payout", other: "payouts" })} with a record that this version cannot read.`,
  waiting: (n: number) =>
    `${count(n, { one: "payout is", other: "payouts are" })} still being checked.`,
  olderToCome: "Payouts from before the first sync are added daily.",
  remainder: "Remainder",
  left: (amount: Part, members: number) => rich`${amount} left of ${nouns.records(members)}`,
  remainderMeaning:
    " · Its charges, refunds and fees do not add up to it. The balances above do not depend on this.",
};

export const certificates = {
  intro:
    "After every sync a certificate says what was compared, when, and the result. Each contains the previous one’s fingerprint.",
  empty: "No certificate yet",
  emptyText: "Every sync ends with one.",
  noBalance: "No balance",
  thinnedSummary: "The figures of this comparison are no longer kept.",
  allExplained: ", all explained",
  back: "← Reconciliation",
  compared: (at: Part) => rich`Compared ${at}`,
  balances: "Balances",
  showBalances: "Show the balances",
  hideBalances: "Hide the balances",
  card: "The certificate",
  facts: {
    compared: "Compared",
    entries: "Entries",
    sync: "Sync",
    fingerprint: "Fingerprint",
    previous: "Previous certificate",
  },
  entriesCompared: (entries: number, hours: number) =>
    `${nouns.entries(entries)}, compared one by one in ${nouns.hours(hours)}`,
  seeSync: "See the sync",
  noPrevious: "none: this is the first",
  formats: { document: "JSON", table: "CSV" },
  file: {
    partly: "More rows follow. Narrow the list by days to save those.",
    ready: (name: string) => `${name} is ready`,
    save: (name: string) => `Save ${name}`,
    open: "Open it in a new tab",
    copy: "Nothing was saved? Copy its text",
    content: (name: string) => `Text of ${name}`,
  },
};
