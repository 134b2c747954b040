/** The first screen. */

import { type Part, rich, type Wrap } from "../rich";

export const overview = {
  syncNow: "Sync now",
  syncing: "Syncing…",
  waiting: "Waiting…",
  recheck: "Re-check everything",
  recheckText:
    "Reads the whole history of the Stripe account again and posts only what is missing.",

  /** `scopes` are the permissions that are missing, at least one. */
  missingPermission: (scopes: Part[]) =>
    rich`Missing permission: ${scopes.flatMap((scope, at) => (at > 0 ? [", ", scope] : [scope]))}.`,
  permissionsAreFixed: (link: Wrap) =>
    rich`Permissions are set at install. Reinstall the app to grant more, or ${link("see what each one allows")}.`,

  run: {
    preview: "Making a preview",
    waits: "A sync is waiting",
    paused: "Paused sync",
    syncing: "Syncing now",
    details: "Details",
  },

  status: {
    title: "Status",
    lastCheck: "Last checked",
    lastSync: "Last sync",
    schedule: "Schedule",
    nextSync: "Next sync",
    about: (time: string) => `About ${time}`,
    nextPayout: "Next payout",
    realtime: "Real time",
    attention: "Needs attention",
    noneYet: "None yet",
    scopeAndTime: (scope: string, at: Part) => rich`${scope}, ${at}`,
  },

  connection: {
    title: "Stripe account",
    manage: "Manage",
    account: "Account",
  },

  welcome: {
    title: "Your Stripe movements, in your ledger, matched to the cent.",
    text: "Every movement of your Stripe balance becomes entries in your Blnk ledger. After each sync both sides are compared, and you see the result here.",
    connect: "Connect Stripe",
  },

  /** The way from a fresh install to the first match. */
  steps: {
    label: "Getting started",
    connect: "Connect Stripe",
    connectText: "With a restricted key that can only read.",
    connected: (account: string) => `${account} is connected`,
    preview: "Preview before you post",
    previewText: "See what a sync will post. Nothing is written to your ledger.",
    previewing: "The preview is being made.",
    sync: "Start the first sync",
    syncText: "Check the preview, then start. Nothing is posted before that.",
    match: "Everything matches",
    matchText: "After the sync both sides are compared.",
  },
};
