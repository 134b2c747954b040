/** The first screen. */

import { countOf } from "../count";
import { type Part, rich, type Wrap } from "../rich";

const count = countOf("en");

export const overview = {
  syncNow: "Sync now",
  syncing: "Syncing…",
  waiting: "Waiting…",
  recheck: "Re-check everything",
  recheckText: "Reads the whole history of the Stripe account again and posts only what is missing.",

  /** `scopes` are the permissions that are missing, at least one. */
  syncingIsOff: (scopes: Part[]) =>
    rich`Syncing is off: this install was not granted ${scopes.flatMap((scope, at) => (at > 0 ? [" and ", scope] : [scope]))}.`,
  permissionsAreFixed: (link: Wrap) =>
    rich`Permissions cannot be changed after install. ${link("See what each one allows")}, and reinstall the app to grant more.`,
  waitsForConsent: "A sync waits for your consent",
  paused: "Syncing is paused",
  checkConnection: "Check the Stripe connection",

  run: {
    preview: "Making a preview",
    waits: "A sync waits",
    paused: "Paused sync",
    syncing: "Syncing now",
    details: "Details",
  },

  freshness: {
    title: "Freshness",
    longAgo: "Long ago",
    lastProof: "Last proof",
    lastSync: "Last sync",
    outcome: "Outcome",
    problems: "Problems",
    noneYet: "None yet",
    noneOpen: "None open",
    openProblems: (n: number) => count(n, { one: "open problem", other: "open problems" }),
    scopeAndTime: (scope: string, at: Part) => rich`${scope}, ${at}`,
    notFinished: "The last sync did not finish",
  },

  connection: {
    title: "Connection",
    manage: "Manage",
    account: "Stripe account",
  },

  welcome: {
    title: "Mirror Stripe into your ledger, and prove it.",
    text: "Every movement of your Stripe balance becomes entries in your Blnk ledger. After each sync the two are compared to the minor unit, and you see the result here.",
    installed: "Installed in Blnk Cloud",
    installedText: (at: Part, instance: Part) => rich`${at}, on instance ${instance}`,
    connect: "Connect Stripe",
    connectText: "With a restricted key that can only read.",
    sync: "Sync and see the proof",
    syncText: "Nothing is written to your ledger before you ask for it.",
  },
};
