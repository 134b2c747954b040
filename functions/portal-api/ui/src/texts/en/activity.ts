/** The audit trail. */

/** What happened, by the API's kind. */
const kinds: Record<string, string> = {
  launched: "Opened from Blnk Cloud",
  redeemed: "Signed in to the portal",
  blnk_key_replaced: "Key of Blnk Cloud replaced",
  stripe_connected: "Stripe account connected",
  stripe_disconnected: "Stripe account disconnected",
  webhook_changed: "Real-time updates changed",
  settings_changed: "Settings changed",
  account_rule_added: "Account rule saved",
  account_rule_ended: "Account rule ended",
  run_requested: "Sync started",
  run_stop_requested: "Sync stopped",
  problem_retried: "Retry of an item started",
  problem_dismissed: "Item dismissed",
  problem_reopened: "Item reopened",
  fuse_approved: "Sync approved",
  notices_changed: "Notices changed",
  notice_secret_replaced: "Secret of notices replaced",
  notice_tested: "Test notice sent",
};

export const activity = {
  intro: (days: string) => `Who did what in this app. Entries are kept for ${days} days.`,
  since: "The activity of earlier installations is not shown.",
  kinds,
  filterLabel: "Filter the activity",
  kind: "Kind",
  allKinds: "Everything",
  from: "First day (UTC)",
  to: "Last day (UTC)",
  csv: "CSV",
  caption: "Activity, newest first",
  columns: { at: "When", what: "What", subject: "Subject", who: "By launch" },
  /** `number` counts the changes of settings. */
  revision: (number: string) => `Revision ${number}`,
  automatic: "the app or Blnk Cloud",
  empty: "Nothing here",
  emptyText: "Nothing of this kind happened in these days.",
};
