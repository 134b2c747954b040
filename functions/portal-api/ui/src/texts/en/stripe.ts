/** The connection to Stripe: the key, its permissions, and what may be wrong with it. */

import { type Part, rich, type Wrap } from "../rich";
import { nouns } from "./common";

export const stripe = {
  connectTitle: "Connect with a restricted key",
  connect: "Connect Stripe",
  connectedTo: (account: string) => `Connected to ${account}.`,
  replaced: "Key replaced.",

  /** What comes after connecting. */
  next: "Next: preview before you post",
  nextText:
    "The preview reads your Stripe history and shows what a sync will post. Nothing is written to your ledger.",

  /** The name of a new key on Stripe's own page. */
  keyName: "Stripe Sync for Blnk",
  permissionsTitle: "What the key needs",
  /** Names as on Stripe's own page. */
  permissions: {
    balance: { name: "Balance", why: "The figure that the ledger is compared with." },
    movements: {
      name: "Balance transaction sources",
      why: "Every movement, its fees and where it came from.",
    },
    charges: { name: "Charges and refunds", why: "Which customer a payment or refund belongs to." },
    customers: { name: "Customers", why: "Names for the identities in your ledger." },
    disputes: { name: "Disputes", why: "Disputed amounts and reversals." },
    payouts: { name: "Payouts", why: "What went to your bank, and what came back." },
    account: {
      name: "Accounts (under Connect)",
      why: "Confirms which Stripe account this is.",
    },
    webhooks: {
      name: "Webhook Endpoints",
      why: "Lets the app set up webhooks for real-time updates. You can also do that yourself.",
    },
  },
  read: "Read",
  writeOptional: "Write (optional)",
  permissionsNote:
    "Everything else stays at “None”. The key is checked with Stripe first, then stored encrypted for this install alone; it is never shown again.",
  addPermission: (keysPage: Wrap, newKey: Wrap) =>
    rich`${keysPage("Add the permission to the key")}, or ${newKey("create a new key with all permissions")} and replace it here.`,

  form: {
    intro: (strong: Wrap) =>
      rich`Stripe’s page of a new restricted key opens with its name and all its permissions filled in: press ${strong("Create key")} there, and paste the key below.`,
    create: { live: "Create a live key", test: "Create a test key" },
    key: "Restricted key",
    keyExample: "rk_live_… or rk_test_…",
    show: "Show",
    hide: "Hide",
    advanced: "Advanced",
    prefix: "Prefix of the account names",
    prefixExample: "@stripe_eu",
    prefixHint: (usual: Part, usualInTest: Part) =>
      rich`For a second Stripe account on the same ledger: it gets account names of its own and is compared on its own. Empty means ${usual}, or ${usualInTest} for test mode; an account that was connected before keeps its names.`,
    checking: "Checking with Stripe…",
  },
  keyHints: {
    restricted: { live: "A restricted key in live mode.", test: "A restricted key in test mode." },
    secret:
      "A full secret key can move money. It works, but a restricted key that only reads is safer.",
    publishable: "That is a publishable key. It cannot read your account.",
    signingSecret: "That is a webhook signing secret, not an API key.",
    other: "A restricted key begins with rk_live_ or rk_test_.",
  },

  /** By the API's code: what is wrong, and what to do where there is more to say. */
  refusals: {
    publishable_key:
      "That is a publishable key. It is made for web pages and cannot read your account.",
    malformed_key: "That does not look like a Stripe key. Copy the whole key, starting with rk_.",
    invalid_key: "Stripe does not accept this key. It may be mistyped, expired or deleted.",
    missing_rights: "The key works, but it may not read everything that is needed.",
    other_account_connected: "Another Stripe account is connected to this ledger already.",
    ledger_owned_by_other: "This ledger already holds another Stripe account.",
    invalid_prefix: "A prefix is @ and letters, digits or underscores.",
    prefix_overlaps: "These account names belong to another Stripe account.",
    other_prefix: "This Stripe account is connected under another prefix already.",
    accounts_not_free: "The ledger accounts for this already hold entries that are not ours.",
  },
  nothingStored: "Nothing was stored.",
  accountEntries: (account: Part, currency: string, entries: number) =>
    rich`${account} ${currency}: ${nouns.entries(entries)}`,
  addPermissions: "Add these read permissions to the key in Stripe, then try again:",
  accountNotTold:
    "Stripe did not say which account the key belongs to, and without that nothing is connected.",
  changeKey: (keysPage: Wrap, newKey: Wrap) =>
    rich`${keysPage("Change this key")}, or ${newKey("create a new one with all permissions")}.`,

  paused: "Paused",
  key: "Key",
  keyOfKind: (key: Part, kind: "restricted" | "secret") =>
    rich`${key} (${kind === "restricted" ? "restricted" : "full secret key"})`,
  replaceKey: "Replace key",
  replaceTitle: "Replace the key",
  replaceText:
    "The new key must belong to the same account and mode. A running sync continues with it; nothing is posted twice.",
  disconnect: "Disconnect",
  disconnectTitle: (account: string) => `Disconnect ${account}?`,
  disconnectText:
    "A running sync stops. The app’s webhook endpoint is removed at Stripe and then the key is deleted: at once, or within a day while Stripe cannot be reached. What is in your ledger stays there untouched. Connecting the same account again continues without posting anything twice.",
  disconnected: "Stripe is disconnected.",
};
