/** How things stand, in one sentence; what needs attention; and why syncing is paused or a sync failed. */

import { type Part, rich, type Wrap } from "../rich";
import { count } from "./plural";

export const state = {
  matches: "Stripe and your ledger match to the cent.",
  outOfDate: (at: Part) => rich`Matched as of ${at}. Out of date since.`,
  differs: "Stripe and your ledger differ.",
  stripeDiffers: "Stripe’s own figures differ from each other.",
  moving: "Money was moving during the check. The next sync checks again.",
  readOnly: "Read-only mode: compared, nothing posted.",
  paused: "Syncing is paused.",
  approval: "Approval needed: a sync is waiting for you.",
  notAllowed: "This app can’t sync: it wasn’t given permission to read your ledger.",
  notConnected: "No Stripe account is connected yet.",
  notStarted: "Nothing has been posted yet.",
  unchecked: "The last sync ended before both sides were compared.",
  syncing: "Syncing.",
  /** `share` as "43%", `left` as "about 2 min". */
  syncingWith: (share: string, left: string) => `Syncing: ${share}, ${left} left.`,
  previewing: "Making a preview. Nothing is posted.",
  waiting: (party: string) => `${party}.`,
  attention: (n: number) => `${count(n, { one: "item needs", other: "items need" })} attention.`,
  lastMatch: (at: Part) => rich`Last match: ${at}`,
  asOf: (at: Part) => rich`As of ${at}`,
  lastCheck: (at: Part) => rich`Last checked ${at}`,
};

export const attention = {
  title: "Needs attention",
  ofSyncing: "Syncing",
  seeAll: "See all",
  payoutFailed: (amount: Part) => rich`Payout of ${amount} failed`,
  payoutFailedNoAmount: "A payout failed",
  dispute: (amount: Part) => rich`Dispute over ${amount}`,
  disputeNoAmount: "A dispute is open",
  reason: (words: string) => `Reason: ${words}.`,
  evidenceDue: (at: Part) => rich`Evidence is due ${at}.`,
  answerWanted: "Stripe is waiting for your answer.",
  bankDecides: "No answer is required any more: the bank decides.",
  answerAtStripe: "Answer in Stripe",
  openInStripe: "Open in Stripe",
  seePayout: "See the payout",
  suspense: (n: number, amount: Part) => {
    const held = count(n, { one: "unrecognised movement", other: "unrecognised movements" });
    return amount ? rich`${held} held in suspense: ${amount}` : `${held} held in suspense`;
  },
  suspenseText: "Move each from the suspense account to where it belongs.",
  suspenseAction: "Sort them",
  records: (n: number) => `${count(n, { one: "record needs", other: "records need" })} a decision`,
  recordsText: "All other records were posted.",
  recordsTextUnposted: "Nothing has been posted yet.",
  recordsAction: "Review",
  ledgerDifference: (amount: Part, balance: string) =>
    rich`${amount} missing or extra in the ledger (${balance})`,
  entriesDiffer: (balance: string) => `Entries differ, although their sum is right (${balance})`,
  stripeDifference: (amount: Part, balance: string) =>
    rich`${amount} unexplained at Stripe (${balance})`,
  differsText: "The certificate names the entries that cause it.",
  differsAction: "See the differences",
  failedRun: "The last sync did not finish",
  failedRunAction: "See the sync",
  outOfDate: (at: Part) => rich`Last checked ${at}`,
  outOfDateText: "Newer movements are not compared yet.",
  outOfDateAction: "Sync now",
  webhookOff: "Stripe no longer delivers events to this app",
  webhookOffText: "Movements arrive with the scheduled syncs only.",
  webhookOffAction: "Set up real time again",
  secretKey: "The connected key can do more than this app needs",
  secretKeyText: "Replace the full secret key with a restricted key that can only read.",
  replaceKey: "Replace the key",
  reinstall: "Go to Blnk Cloud",
  checkConnection: "Check the Stripe account",
  unread: "What needs attention could not be read.",
};

/** Why syncing is paused, by the API's code; a code that is not here is told in the API's words. */
export const pauses = {
  stripe_key_refused: {
    title: "Stripe no longer accepts the key",
    text: "It was revoked or has expired. Connect a new key: syncing continues where it stopped, and nothing is posted twice.",
  },
  stripe_right_missing: {
    title: "The Stripe key lacks a permission",
    text: "Add the permission to the key, or connect a new key.",
  },
  blnk_key_refused: {
    title: "Blnk no longer accepts this app’s key",
    text: "Reinstall Stripe Sync in Blnk Cloud, then open it again. Your ledger and your settings stay as they are.",
  },
  blnk_permission_missing: {
    title: "Blnk refused access to your ledger",
    text: "A permission was taken away. Reinstall Stripe Sync in Blnk Cloud and grant it again.",
  },
  key_unreadable: {
    title: "The stored key can no longer be read",
    text: "Reinstall Stripe Sync in Blnk Cloud, then open it again.",
  },
};

/** Why a sync failed, by the API's code. */
export const failures = {
  stripe_answer: "Stripe’s answer could not be used",
  ledger_answer: "Blnk’s answer could not be used",
  ledger_refused: "Blnk permanently refused an entry",
  precision_mismatch: "Your ledger counts a currency in another unit",
  ledger_owned_by_other: "This ledger is connected to another Stripe account",
  prefix_overlaps: "These account names belong to another Stripe account",
  other_prefix: "This Stripe account uses other account names already",
  accounts_not_free: "Ledger accounts hold entries that are not ours",
  account_names: "Two account names are the same",
};

export const approvals = {
  fuse_size: "Many more movements than usual",
  fuse_currency: "First movements in a new currency",
  fuse_amount: "An amount above its limit",
  title: "Approval needed",
  nothingPosted: "None of this has been posted yet.",
  approve: "Approve and continue",
  decide: "Decide now",
  moreThan: (n: number) => `more than ${count(n, { one: "new movement", other: "new movements" })}`,
  facts: {
    found: "In this sync",
    usual: "Usual in a sync",
    allows: "Approving allows up to",
    /** `currency` as "USD". */
    amount: (currency: string) => `Largest amount in ${currency}`,
    record: "For example",
    read: "Read so far",
    posted: "Posted so far",
  },
  keyReplaced: "A new key has arrived",
  keyReplacedText: "Syncing continues with the next sync. “Sync now” starts it at once.",
  withPermission: (permission: Part) => rich`The permission is ${permission}.`,
  seeRun: (link: Wrap) => rich`${link("See what the sync has read so far")}`,
};
