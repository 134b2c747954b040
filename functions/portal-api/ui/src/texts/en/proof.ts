/** The comparison of both sides: proofs, the entries at fault, payouts and certificates. */

import type { LineVerdict, ProofCause, Verdict } from "../../api/types";
import { countOf, formsOf } from "../count";
import { type Part, rich, type Wrap } from "../rich";
import { nouns } from "./common";

const count = countOf("en");
const form = formsOf("en");

const verdicts = {
  match: "Match",
  mismatch: "Mismatch",
  inconclusive: "Inconclusive",
  not_compared: "Not compared",
} satisfies Record<LineVerdict, string>;

const statements = {
  match: "Stripe and your ledger agree, to the minor unit.",
  mismatch: "Stripe and your ledger disagree.",
  inconclusive: "Money was moving while we compared.",
} satisfies Record<Verdict, string>;

const causes = {
  missing: { name: "Missing", meaning: "Stripe lists this record; the ledger has no entry for it." },
  different: { name: "Different", meaning: "The ledger's entry is not what this record should have made." },
  foreign: { name: "Foreign", meaning: "Somebody else posted this entry to the mirror." },
  unlisted: {
    name: "Not at Stripe",
    meaning: "The ledger has this entry; Stripe lists no record for it.",
  },
  before_start: {
    name: "Before the start",
    meaning: "Stripe lists this day otherwise than when the opening entry was made.",
  },
} satisfies Record<ProofCause["kind"], { name: string; meaning: string }>;

export const proof = {
  verdicts,
  statements,
  readOnlyStatements: {
    mismatch: "Stripe’s own figures do not agree.",
    inconclusive: "Shadow mode: compared, nothing posted.",
  },
  readOnlySummaries: {
    stripeAgrees:
      "Stripe’s list adds up to its balance. D2 shows what is not in your ledger, because this app may not write to it.",
    stripeDiffers:
      "Stripe’s list and balance differ for now; the next sync compares again. Nothing is posted in shadow mode.",
  },
  matchSummary: (balances: number, records: number) =>
    `${nouns.balances(balances)} compared, made of ${nouns.records(records)}. Every one matches.`,
  mismatchSummary: (wrong: number, of: number, names: string) =>
    `${nouns.balances(wrong)} of ${of} ${form(wrong, { one: "differs", other: "differ" })}: ${names}.`,
  inconclusiveSummary:
    "No conclusion yet, and no alarm: a comparison only counts when nothing moves during it. The next sync compares again.",
  last: (at: Part) => rich`Last proof · ${at}`,
  certificate: "The certificate",
  allCertificates: "All certificates",
  none: "No proof yet",
  noneText: "The last sync ended before the two sides were compared. The next one goes on where it stopped.",

  caption: "Proof by balance and currency",
  stripe: "Stripe",
  ledger: "Ledger",
  stripeDifference: "D1",
  stripeDifferenceMeaning: "Stripe's balance minus the sum of Stripe's own records",
  ledgerDifference: "D2",
  ledgerDifferenceMeaning: "What Stripe's records should have made, minus the ledger",
  verdict: "Verdict",
  howToRead: "How to read this",
  howToReadText: (strong: Wrap) =>
    rich`${strong("D1")} is Stripe's balance minus the sum of Stripe's own list of records. It is Stripe's side alone and is never posted away. ${strong("D2")} is what those records should have made in the ledger, minus what the ledger holds. It is our side alone. A match needs both to be zero, with nothing moving while the two were read.`,
  minorUnits: "Show minor units",
  noFigure: "no figure",
  notKnown: "not known",
  pending: (amount: Part) => rich`Stripe’s figure does not count ${amount} that is still pending.`,

  causes,
  causesLabel: "What makes both sides differ",
  atFault: (n: number) => `${nouns.entries(n)} at fault`,
  firstAtFault: (n: number) => `The first ${nouns.entries(n)} at fault`,
  allProblems: " All of them stand as problems.",
  isProblem: "It stands as a problem.",
  nothing: "nothing",
  expectedAndFound: (expected: Part, found: Part, account: Part, currency: string) =>
    rich`${expected} expected, ${found} found on ${account} ${currency}`,
};

export const payouts = {
  title: "Automatic payouts",
  settled: (n: number) =>
    `${count(n, { one: "automatic payout", other: "automatic payouts" })} ${form(n, { one: "adds", other: "add" })} up to zero`,
  settledButNot: (settled: string, others: number) =>
    `${settled}, ${others} ${form(others, { one: "does", other: "do" })} not`,
  sentence: (settled: string) => `${settled}.`,
  sentenceWithMembers: (settled: string, members: number) =>
    `${settled} (${nouns.records(members)} counted).`,
  olderRemainders: (n: number) =>
    `${count(n, { one: "older one", other: "older ones" })} with a remainder not shown.`,
  unreadable: (n: number) =>
    `${count(n, { one: "payout", other: "payouts" })} with a record that this version cannot read: not told.`,
  stillToCome: (parts: string[]) => `Still to come: ${parts.join("; ")}.`,
  waiting: (n: number) =>
    `${count(n, { one: "payout", other: "payouts" })} not yet: Stripe is not done, or others come first`,
  olderToCome: "those of before the first sync follow, some each day",
  remainder: "Remainder",
  left: (amount: Part, members: number) => rich`${amount} left of ${nouns.records(members)}`,
  remainderMeaning: " · What it settled does not add up to it. The balances above do not rest on this.",
};

export const certificates = {
  intro:
    "Each says what was compared, when, and what came of it, and holds the fingerprint of the one before.",
  empty: "No certificate yet",
  emptyText: "Every sync ends with one.",
  noBalance: "No balance",
  allExplained: ", all explained",
  back: "← Certificates",
  compared: (at: Part) => rich`Compared ${at}`,
  balances: "Balances",
  card: "The certificate",
  facts: {
    compared: "Compared",
    entries: "Entries",
    sync: "Sync",
    fingerprint: "Fingerprint",
    previous: "The one before",
  },
  entriesCompared: (entries: number, hours: number) =>
    `${nouns.entries(entries)}, compared one by one in ${nouns.hours(hours)}`,
  noPrevious: "none: this is the first",
  formats: { document: "JSON", table: "CSV" },
  file: {
    ready: (name: string) => `${name} is ready`,
    save: (name: string) => `Save ${name}`,
    open: "Open it in a new tab",
    copy: "Nothing was saved? Copy its text",
    content: (name: string) => `Text of ${name}`,
  },
};
