/** The frame around all screens, and the pages without a session. */

import { count } from "./plural";

const SESSION_END_ADVICE =
  "A running sync continues without this page; launch Stripe Sync again from Blnk Cloud to continue here.";

export const frame = {
  skip: "Skip to the content",
  navigation: "Main",
  settingsNavigation: "Settings",
  places: {
    overview: "Overview",
    syncs: "Syncs",
    payouts: "Payouts",
    statements: "Statements",
    search: "Search",
    attention: "Needs attention",
    reconciliation: "Reconciliation",
    settings: "Settings",
  },
  settingsPlaces: {
    settings: "General",
    notices: "Notices",
    stripe: "Stripe account",
    access: "Access",
    activity: "Activity",
  },
  openItems: (n: number) => ` (${count(n, { one: "open item", other: "open items" })})`,
  manyItems: "99+",
  titles: {
    overview: "Overview",
    syncs: "Sync history",
    run: "Sync",
    payouts: "Payouts",
    payout: "Payout",
    statements: "Statements",
    search: "Search",
    certificates: "Reconciliation",
    certificate: "Certificate",
    problems: "Needs attention",
    problem: "Item",
    stripe: "Stripe account",
    settings: "Settings",
    notices: "Notices",
    access: "Access",
    activity: "Activity",
  },
  searchFor: "Search an id, e-mail or amount",
  pageTitle: (screen: string) => `${screen} · Stripe Sync`,
  appearance: "Appearance",
  themes: { system: "System", light: "Light", dark: "Dark" },
  zone: "Time zone",
  /** `local` is the reader's own zone, as "GMT+1". */
  zones: { utc: "UTC", local: (zone: string) => `Local (${zone})` },
  sessionEnds: {
    twoMinutes: `This session ends in less than two minutes. ${SESSION_END_ADVICE}`,
    oneMinute: `This session ends in less than one minute. ${SESSION_END_ADVICE}`,
    saveFirst: " Save your changes first: not all of them are kept.",
  },
  opening: " Opening your session…",
  unreachable: "Stripe Sync cannot be reached",
  offlineText: "It retries automatically. You see the last known state.",
};

const LAUNCH_AGAIN = "Launch Stripe Sync again from Blnk Cloud.";

/** Why there is no session, and what to do. */
export const sessionEnd = {
  reasons: {
    expired: {
      title: "You’ve been signed out",
      text: "Sessions are short to keep your data safe. A running sync continues without this page.",
      next: LAUNCH_AGAIN,
    },
    removed: {
      title: "You’ve been signed out",
      text: "Stripe Sync was uninstalled from this workspace, or reinstalled, after this page was opened. This page no longer has access to anything.",
      next: "If the app is installed, launch it again from Blnk Cloud.",
    },
    link_expired: {
      title: "This launch link has expired",
      text: "A launch link works for a few minutes and a few times only.",
      next: LAUNCH_AGAIN,
    },
    link_invalid: {
      title: "This launch link does not work",
      text: "The link is damaged or was made for something else.",
      next: LAUNCH_AGAIN,
    },
    missing: {
      title: "Open Stripe Sync from Blnk Cloud",
      text: "The app opens from your workspace’s apps.",
      next: "Go to Blnk Cloud, find Stripe Sync among the installed apps, and launch it.",
    },
  },
  dashboard: "Go to Blnk Cloud",
};
