/** Syncs and previews: their states, their progress, their list. */

import type { Party, RunFilter, RunScope, RunState, Trigger } from "../../api/types";
import { type Part, rich, type Wrap } from "../rich";
import { nouns } from "./common";

const states = {
  queued: "Queued",
  running: "In progress",
  completed: "Completed",
  completed_with_problems: "Completed with problems",
  failed: "Failed",
  cancelled: "Stopped",
  paused: "Paused",
} satisfies Record<RunState, string>;

const parties = {
  stripe: "Waiting for Stripe",
  blnk: "Waiting for Blnk",
  aws: "Waiting for this app’s own services at AWS",
  app: "Waiting for the app itself",
} satisfies Record<Party, string>;

const triggers = {
  manual: "Started by hand",
  schedule: "Started by the schedule",
  webhook: "Started by an event in Stripe",
} satisfies Record<Trigger, string>;

const scopes = {
  preview: "Preview of a sync",
  everything: "Re-check of everything",
  new: "Sync of new movements",
} satisfies Record<RunScope | "preview", string>;

const filters = {
  all: "All",
  completed: "Completed",
  in_progress: "In progress",
  failed: "Failed",
} satisfies Record<RunFilter, string>;

export const runs = {
  states,
  stopping: "Stopping",
  waiting: "Waiting",
  parties,
  triggers,
  scopes,
  filters,
  phases: {
    paused: "Paused",
    queued: "Waiting to start",
    preview: "Counting movements",
    proof: "Comparing both sides",
    mirror: "Mirroring movements",
  },
  steps: { queued: "Queued", movements: "Movements", proof: "Proof", done: "Done" },
  progress: { preview: "Progress of the preview", sync: "Progress of the sync" },
  spokenProgress: (phase: string, records: number, posted: number) =>
    `${phase}: ${nouns.records(records)} read, ${posted} posted.`,
  spokenEnd: (kind: "preview" | "sync", state: string) =>
    `${kind === "preview" ? "Preview" : "Sync"} ended: ${state}.`,
  recordsRead: (figure: Part) => rich`${figure} records read`,
  reachedBack: (date: string) => ` · reached back to ${date}`,

  waitingFacts: {
    answer: "Answer",
    call: "Call",
    status: "Status",
    request: "Request",
    since: "Since",
    nextAttempt: "Next attempt",
  },
  waitingSince: (at: Part, attempts: number) => rich`${at}, ${nouns.attempts(attempts)}`,
  goesOnByItself: "The sync goes on by itself. Nothing is lost, and nothing is posted twice.",
  tryNow: "Try now",
  askedToGoOn: "The sync was asked to go on.",
  stalled: "Nothing has moved for a while",
  stalledText: "Stripe or the ledger may be slow. Nothing is lost, and asking again posts nothing twice.",
  askAgain: "Ask again",

  counters: {
    records: "Records",
    posted: "Entries posted",
    there: "Already there",
    problems: "Problems",
    time: "Time",
    customersCreated: "Customers created",
    customersUpdated: "Customers updated",
    pages: "Pages",
    stripeCalls: "Stripe calls",
    ledgerCalls: "Ledger calls",
  },
  posted: (n: number) => `${nouns.entries(n)} posted`,
  readOnly: "shadow mode",
  proofPrefix: "Proof: ",

  list: "Syncs",
  filterLabel: "Filter syncs",
  empty: "No sync yet",
  emptyText: (overview: Wrap) => rich`Start the first one from the ${overview("overview")}.`,
  noneFailed: "No sync has failed",
  nothingHere: "Nothing here",
  showAll: "Show all syncs",

  back: "← Sync history",
  code: "Code",
  found: (n: number) => `${nouns.problems(n)} found`,
  wentOn: (link: Wrap) => rich`The sync went on past them. ${link("See the problems")}`,
  whatItDid: "What it did",
  proof: "Proof",
  totals: "Totals by currency",
  totalsCaption: "Totals by balance and currency",
  columns: { gross: "Gross", fees: "Fees", net: "Net", payIns: "Pay-ins", payouts: "Payouts" },
  times: "Times",
  timeFacts: {
    requested: "Requested",
    started: "Started",
    finished: "Finished",
    oldest: "Oldest record",
    id: "Run id",
  },

  stop: "Stop",
  stops: "Stops after this page…",
  spokenStop: "The sync stops after the page it is working on.",
  stopTitle: { preview: "Stop this preview?", sync: "Stop this sync?" },
  stopConfirm: { preview: "Stop the preview", sync: "Stop the sync" },
  stopText:
    "It ends after the page it is working on. What is posted stays; the next sync goes on from there and posts nothing twice.",

  started: "Sync started.",
  alreadyRunning: "A sync is already running.",
  goesOn: "The sync goes on.",
  approve: "Continue",
};
