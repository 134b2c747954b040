/** Words that many screens use. */

import { count } from "./plural";

export const common = {
  appName: "Stripe Sync",
  loading: "Loading…",
  loadMore: "Load more",
  tryAgain: "Try again",
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
  mirror: "Ledger account",
  unknown: "unknown",
  technicalDetails: "Technical details",
};

/** A number with its noun. */
export const nouns = {
  records: (n: number) => count(n, { one: "record", other: "records" }),
  entries: (n: number) => count(n, { one: "entry", other: "entries" }),
  items: (n: number) => count(n, { one: "item", other: "items" }),
  movements: (n: number) => count(n, { one: "movement", other: "movements" }),
  balances: (n: number) => count(n, { one: "balance", other: "balances" }),
  attempts: (n: number) => count(n, { one: "attempt", other: "attempts" }),
  hours: (n: number) => count(n, { one: "hour", other: "hours" }),
};

export const time = {
  justNow: "just now",
  now: "now",
  in: (span: string) => `in ${span}`,
  /** "4 minutes ago (10:30 UTC)" */
  when: (span: string, exact: string) => `${span} (${exact})`,
  /** Read out after a time that is shown in another zone. */
  also: (utc: string) => `, ${utc}`,
  lessThanAMinute: "less than a minute",
  aboutMinutes: (minutes: number) => `about ${minutes} min`,
  seconds: (seconds: number) => `${seconds} s`,
  /** `seconds` has two digits. */
  minutes: (minutes: number, seconds: string) => `${minutes} min ${seconds} s`,
  /** `minutes` has two digits. */
  hours: (hours: number, minutes: string) => `${hours} h ${minutes} min`,
  utc: (stamp: string) => `${stamp} UTC`,
};

/** Why a call failed: a title, and a text where there is more to say than the API does. */
export const errors = {
  titles: {
    timed_out: "The app did not answer in time",
    unreachable: "The app could not be reached",
    unreadable_answer: "The app’s answer could not be read",
    page_failed: "This page ran into an error",
    unexpected: "Something went wrong",
    unexpected_answer: "The app could not be reached",
    unavailable: "The app is busy",
    internal: "Something went wrong in the app",
    not_found: "Not found",
    bad_request: "The request was not accepted",
    changed_meanwhile: "Someone else made a change in the meantime",
    problem_changed: "This item has changed in the meantime",
    not_connected: "No Stripe account is connected",
    permission_missing: "The app lacks a permission",
    blnk_key_refused: "Blnk no longer accepts this app’s key",
    run_open: "A sync is in progress",
    inactive: "The app is no longer installed",
    invalid_setting: "This setting was not accepted",
    malformed_secret: "This is not a signing secret",
    webhook_refused: "Stripe did not accept the webhook endpoint",
    webhook_right_missing: "The key may not create webhook endpoints",
  },
  texts: {
    unavailable:
      "A service that it needs did not answer. Nothing was lost; please try again in a moment.",
    internal:
      "Nothing was lost. Please try again; if the problem persists, give the code below to the person who runs the app.",
    not_found: "The link may be outdated, or the item was removed.",
    bad_request: "Check what you entered and try again.",
    changed_meanwhile: "Reload to see the current state, then try again.",
    problem_changed: "Reload to see the current state, then try again.",
    permission_missing:
      "Permissions are set at install: reinstall the app in Blnk Cloud to grant more.",
    blnk_key_refused: "Reinstall Stripe Sync in Blnk Cloud, then open it again.",
    run_open: "You can start a preview when it has ended.",
    malformed_secret:
      "A signing secret begins with whsec_. Stripe shows it on the endpoint’s page.",
  },
  tooManyRequests: "Too many requests at the moment",
  /** For a refusal that this version of the page does not know. */
  refused: "The request was not accepted",
  forbidden: "That is not allowed",
  failed: "Something went wrong in the app",
  nothingLost: "Nothing was lost. Please try again in a moment.",
  code: (code: string) => `Code ${code}`,
  requestId: (id: string) => `Request id ${id}`,
};
