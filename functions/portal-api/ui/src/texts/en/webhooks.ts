/** Real time: the webhook endpoint at Stripe. */

import type { Realtime } from "../../api/types";
import { type Part, rich, type Wrap } from "../rich";
import { count } from "./plural";

const missing = {
  right: "This key may not create webhook endpoints.",
  refused: "Stripe did not accept the endpoint.",
  limit: "This Stripe account has as many webhook endpoints as Stripe allows.",
  unreachable: "Stripe did not answer when the endpoint was being created.",
} satisfies Record<NonNullable<Realtime["missing"]>, string>;

export const webhooks = {
  title: "Real time",
  waiting: "Waiting for the first event",
  missing,
  /** What becomes of a movement that Stripe reports. */
  effects: {
    paused: "Syncing is paused: what happens now is read when it continues.",
    posting: "It is in your ledger seconds later.",
    read_only:
      "It is read and compared seconds later. Nothing is posted: this app may not post to the ledger.",
    not_started: "From the first sync on it is in your ledger seconds later.",
    unknown: "",
  },
  noEventYet: (effect: string) =>
    `No event signed with this secret has arrived yet. Stripe should report every movement to this app. ${effect}`,
  working: (effect: string) => `Stripe reports every movement to this app. ${effect}`,
  facts: {
    endpoint: "Endpoint",
    lastEvent: "Last event",
    secret: "Signing secret",
    checked: "Seen at Stripe",
  },
  byHand: "registered by hand",
  noneYet: "none yet",
  previousUntil: (at: Part) => rich`The previous secret is accepted until ${at}.`,
  pasteSecret: "Paste a new secret",

  offText:
    "Movements still arrive with the scheduled syncs, only later. A new endpoint gets a new secret automatically, and a sync catches up on what was missed.",
  recreate: "Create a new endpoint",
  recreated: "A new webhook endpoint was created.",

  limitText: (link: Wrap) =>
    rich`Delete one that is no longer needed on ${link("Stripe’s webhooks page")}, then create the endpoint here.`,
  endpoints: (n: number) =>
    `${count(n, { one: "endpoint", other: "endpoints" })}, the least useful first`,
  made: (at: Part) => rich` · created ${at}`,

  noneRegistered: "No webhook endpoint is registered yet.",
  addPermission:
    "Add the “Webhook Endpoints: Write” permission to your key and try again, or set it up by hand:",
  createOrRegister: "Create it now, or set it up by hand:",
  create: "Create the endpoint",
  created: "The webhook endpoint was created.",
  steps: {
    open: (strong: Wrap, version: Part) =>
      rich`In Stripe, open ${strong("Developers → Webhooks → Add destination")}, choose “Your account” and snapshot events, API version ${version}.`,
    openLink: "Open Stripe’s webhooks",
    url: "Register this URL:",
    events: (n: number) => `Select these ${n} events`,
    secret: "Reveal the endpoint’s signing secret and paste it here:",
  },
  secret: "Signing secret",
  secretExample: "whsec_…",
  save: "Save",
  saved: "The signing secret was saved.",

  roll: "Roll the secret",
  rollTitle: "Roll the signing secret?",
  rollConfirm: "Roll",
  rollText:
    "A new endpoint with a new secret takes the old one’s place. Nothing is lost: the old secret is accepted for one more day, and a sync catches up on what was in transit.",
  rolled: "The signing secret was rolled.",
};
