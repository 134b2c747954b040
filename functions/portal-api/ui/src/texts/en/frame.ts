/** The frame around all screens, and the pages without a session. */

const SESSION_END_ADVICE =
  "A running sync goes on without this page; launch Stripe Sync again from Blnk Cloud to continue here.";

export const frame = {
  skip: "Skip to the content",
  motto: "Posted means proven.",
  navigation: "Main",
  places: {
    overview: "Overview",
    syncs: "Syncs",
    problems: "Problems",
    stripe: "Stripe",
    settings: "Settings",
    access: "Access",
  },
  openProblems: " open",
  manyProblems: "99+",
  titles: {
    overview: "Overview",
    syncs: "Sync history",
    run: "Sync",
    certificates: "Certificates",
    certificate: "Certificate",
    problems: "Problems",
    stripe: "Stripe",
    settings: "Settings",
    access: "Access",
  },
  pageTitle: (screen: string) => `${screen} · Stripe Sync`,
  appearance: "Appearance",
  themes: { system: "System", light: "Light", dark: "Dark" },
  sessionEnds: {
    twoMinutes: `This session ends in less than two minutes. ${SESSION_END_ADVICE}`,
    oneMinute: `This session ends in less than one minute. ${SESSION_END_ADVICE}`,
  },
  opening: " Opening your session…",
  unreachable: "Stripe Sync cannot be reached",
};

const LAUNCH_AGAIN = "Launch Stripe Sync again from Blnk Cloud.";

/** Why there is no session, and what to do. */
export const sessionEnd = {
  reasons: {
    expired: {
      title: "This session is over",
      text: "Portal sessions are kept short on purpose. A sync that is running goes on without this page.",
      next: LAUNCH_AGAIN,
    },
    removed: {
      title: "This session is over",
      text: "Stripe Sync was uninstalled from this workspace, or installed anew, after this page was opened. This page no longer has access to anything.",
      next: "If the app is installed, launch it again from Blnk Cloud.",
    },
    link_expired: {
      title: "This launch link is used up",
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
      text: "This page has no session of its own. The app opens from your workspace’s apps.",
      next: "Go to Blnk Cloud, find Stripe Sync among the installed apps, and launch it.",
    },
  },
  dashboard: "Go to Blnk Cloud",
};
