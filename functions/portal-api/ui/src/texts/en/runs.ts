/** Syncs and previews: their states, their progress, their list. */

import type { Party, RunScope, RunState, Trigger } from "../../api/types";
import { type Part, rich, type Wrap } from "../rich";
import { nouns } from "./common";

const states = {
  queued: "Queued",
  running: "In progress",
  completed: "Completed",
  completed_with_problems: "Completed",
  failed: "Failed",
  cancelled: "Stopped",
  paused: "Paused",
} satisfies Record<RunState, string>;

const parties = {
  stripe: "Waiting for Stripe",
  blnk: "Waiting for Blnk",
  aws: "Waiting for this app’s own services",
  app: "Waiting for the app itself",
} satisfies Record<Party, string>;

const triggers = {
  manual: "Started by hand",
  schedule: "Started by the schedule",
  webhook: "Started by an event at Stripe",
} satisfies Record<Trigger, string>;

const scopes = {
  preview: "Preview",
  everything: "Full re-check",
  new: "Sync",
} satisfies Record<RunScope | "preview", string>;

export const runs = {
  states,
  completedWith: (n: number) => `Completed – ${nouns.items(n)} to review`,
  stopping: "Stopping",
  waiting: "Waiting",
  parties,
  partyWithStatus: (party: string, status: number) => `${party} (error ${status})`,
  triggers,
  scopes,
  phases: {
    paused: "Paused",
    queued: "Waiting to start",
    preview: "Counting movements",
    proof: "Comparing both sides",
    mirror: "Posting movements",
  },
  steps: { queued: "Queued", movements: "Movements", proof: "Check", done: "Done" },
  progress: { preview: "Progress of the preview", sync: "Progress of the sync" },
  progressBar: "Progress",
  /** `share` as "43%", `left` as "about 2 min". */
  shareAndLeft: (share: string, left: string) => `${share} · ${left} left`,
  days: {
    reading: (done: number, all: number) => `${done} of ${all} days read`,
    checking: (done: number, all: number) => `${done} of ${all} days checked`,
  },
  spokenProgress: (phase: string, records: number, posted: number) =>
    `${phase}: ${nouns.records(records)} read, ${posted} posted.`,
  spokenEnd: (kind: "preview" | "sync", state: string) =>
    `${kind === "preview" ? "Preview" : "Sync"} ended: ${state}.`,
  recordsRead: (figure: Part) => rich`${figure} records read`,
  recordsReadOf: (figure: Part, all: Part) => rich`${figure} of ${all} records read`,
  reachedBack: (date: string) => ` · reached back to ${date}`,

  waitingFacts: {
    answer: "Answer",
    call: "Call",
    request: "Request",
    since: "Since",
    nextAttempt: "Next attempt",
  },
  waitingTitle: (party: string, next: string) => `${party}. Next attempt ${next}.`,
  waitingSince: (at: Part, attempts: number) => rich`${at}, ${nouns.attempts(attempts)}`,
  goesOnByItself: "The sync continues by itself. Nothing is lost, and nothing is posted twice.",
  tryNow: "Try now",
  askedToGoOn: "The sync was asked to continue.",
  stalled: "Nothing has changed for a while",
  stalledText:
    "Stripe or the ledger may be slow. Nothing is lost, and trying again posts nothing twice.",
  askAgain: "Retry now",

  counters: {
    records: "Records read",
    posted: "Entries posted",
    there: "Already there",
    problems: "To review",
    problemsSoFar: "To review so far",
    time: "Time",
    customersCreated: "Customer balances created",
    customersUpdated: "Customers updated",
    pages: "Pages read",
    stripeCalls: "Calls to Stripe",
    ledgerCalls: "Calls to the ledger",
  },
  posted: (n: number) => `${nouns.entries(n)} posted`,
  readOnly: "read-only mode",
  proofPrefix: "Result: ",

  back: "← Sync history",
  found: (n: number) => `${nouns.items(n)} to review`,
  wentOn: (link: Wrap) => rich`All other records were posted. ${link("Review")}`,
  wentOnReadOnly: (link: Wrap) =>
    rich`Found while comparing; nothing was posted. ${link("Review")}`,
  endedEarly: (link: Wrap) =>
    rich`The sync ended early; the next one continues where it stopped. ${link("Review")}`,
  foundInPreview: "They will need a decision. The sync posts all other records.",
  whatItDid: "What it did",
  proof: "Comparison",
  matches: "Everything matches.",
  toOverview: "Go to Overview",
  totals: "Totals by currency",
  totalsCaption: "Totals by balance and currency",
  totalColumns: {
    payIns: "Pay-ins",
    other: "Refunds, disputes, other",
    fees: "Fees",
    payouts: "Payouts",
    net: "Net change",
  },
  times: "Times",
  timeFacts: {
    requested: "Requested",
    started: "Started",
    finished: "Finished",
    oldest: "Oldest record",
    id: "Sync id",
  },

  stop: "Stop",
  stops: "Stops after this page…",
  spokenStop: "The sync stops after the page it is working on.",
  stopTitle: { preview: "Stop this preview?", sync: "Stop this sync?" },
  stopConfirm: { preview: "Stop the preview", sync: "Stop the sync" },
  stopText:
    "It ends after the page it is working on. What is posted stays; the next sync continues from there and posts nothing twice.",

  started: "Sync started.",
  alreadyRunning: "A sync is already running.",
  goesOn: "The sync continues.",
};
