/** When syncs start by themselves, and whether Stripe reports movements at once. */

export const schedule = {
  title: "Schedule",
  intro: "How often a sync starts by itself. The first one always waits for you.",
  everyMinute: "Every minute",
  everyMinutes: (minutes: number) => `Every ${minutes} minutes`,
  everyMinutesText: "The ledger follows Stripe closely.",
  hourly: "Every hour",
  daily: "Every day",
  off: "Off",
  offText: "Manual and real-time only. A daily check still runs.",
};

export const realtime = {
  notSetUp: "Not set up",
  on: "On",
  /** Why nothing is delivered although there was an endpoint. */
  off: {
    disabled: {
      pill: "Disabled at Stripe",
      title: "Stripe has switched this endpoint off, and delivers no events to it.",
    },
    gone: { pill: "Deleted at Stripe", title: "Stripe does not have this endpoint any more." },
    elsewhere: {
      pill: "Delivers elsewhere",
      title:
        "This endpoint delivers to another address than this app’s: one of the two was changed.",
    },
  },
};
