/** Words that many screens use. */

import { countOf } from "../count";

const count = countOf("en");

export const common = {
  appName: "Stripe Sync",
  loading: "Loading…",
  loadMore: "Load more",
  tryAgain: "Try again",
  keepAsItIs: "Keep it as it is",
  notNow: "Not now",
  cancel: "Cancel",
  none: "None",
  newTab: " (opens a new tab)",
  test: "Test",
  live: "Live",
  balance: "Balance",
  entries: "Entries",
  movements: "Movements",
  account: "Account",
  connected: "Connected",
  mode: "Mode",
  mirror: "Mirrored in",
  unknown: "unknown",
};

/** A number with its noun. */
export const nouns = {
  records: (n: number) => count(n, { one: "record", other: "records" }),
  entries: (n: number) => count(n, { one: "entry", other: "entries" }),
  problems: (n: number) => count(n, { one: "problem", other: "problems" }),
  movements: (n: number) => count(n, { one: "movement", other: "movements" }),
  balances: (n: number) => count(n, { one: "balance", other: "balances" }),
  attempts: (n: number) => count(n, { one: "attempt", other: "attempts" }),
  hours: (n: number) => count(n, { one: "hour", other: "hours" }),
};

export const time = {
  justNow: "just now",
  now: "now",
  in: (span: string) => `in ${span}`,
  seconds: (seconds: number) => `${seconds} s`,
  /** `seconds` has two digits. */
  minutes: (minutes: number, seconds: string) => `${minutes} min ${seconds} s`,
  /** `minutes` has two digits. */
  hours: (hours: number, minutes: string) => `${hours} h ${minutes} min`,
  utc: (stamp: string) => `${stamp} UTC`,
  withUtc: (local: string, utc: string) => `${local} (${utc})`,
};

/** Failures that the page itself notices; the API names the others. */
export const errors = {
  titles: {
    timed_out: "The app did not answer in time",
    unreachable: "The app could not be reached",
    unreadable_answer: "The app’s answer could not be read",
    page_failed: "This page ran into a fault",
    unexpected: "Something went wrong",
  },
  tooManyRequests: "Too many requests just now",
  answered: (status: number) => `The service answered ${status}`,
  nothingLost: "Nothing was lost. Please try again in a moment.",
  requestId: "Request id",
};
