/** The connection to Stripe. */

import { expect } from "@playwright/test";
import * as data from "../../../mock/data.ts";
import { problem } from "../../../mock/portal.ts";
import { type State, stripeOf } from "./state.ts";

export const CONNECTION: State[] = [
  {
    name: "connect under a prefix",
    path: "/stripe",
    shows: "Prefix of the account names",
    arrange: (portal) => {
      portal.overview.stripe = null;
      portal.replies.set(
        "POST /stripe",
        problem(409, "other_prefix", "Conflict", { detail: "Already mirrored under @stripe_eu." }),
      );
    },
    act: async (page) => {
      await page.getByLabel("Restricted key").fill("rk_test_0123456789abcdef");
      await page.getByText("Advanced").click();
      await page.getByLabel("Prefix of the account names").fill("@stripe_us");
      await page.getByRole("button", { name: "Connect Stripe" }).click();
      await expect(page.getByText("connected under another prefix already")).toBeVisible();
    },
  },
  {
    name: "connect",
    path: "/stripe",
    shows: "What the key needs",
    arrange: (portal) => {
      portal.overview.stripe = null;
    },
    act: async (page) => {
      await page.getByLabel("Restricted key").fill(`sk_live_${"x".repeat(90)}`);
      await expect(page.getByText("A full secret key can move money.")).toBeVisible();
    },
  },
  {
    name: "key refused",
    path: "/stripe",
    shows: "Add these read permissions to the key in Stripe",
    arrange: (portal) => {
      portal.overview.stripe = null;
      portal.replies.set(
        "POST /stripe",
        problem(422, "missing_rights", "Permissions are missing", {
          missing: [
            { right: "payout_read", resource: "Payouts" },
            { right: "balance_transaction_source_read", resource: "Balance transaction sources" },
          ],
        }),
      );
    },
    act: async (page) => {
      await page.getByLabel("Restricted key").fill("rk_test_0123456789abcdef");
      await page.getByRole("button", { name: "Connect Stripe" }).click();
    },
  },
  {
    name: "connected, asked to disconnect",
    path: "/stripe",
    shows: "Disconnect Northwind Traders Ltd?",
    act: (page) => page.getByRole("button", { name: "Disconnect" }).click(),
  },
  {
    name: "real time, asked to roll",
    path: "/stripe",
    shows: "Roll the signing secret?",
    act: (page) => page.getByRole("button", { name: "Roll the secret" }).click(),
  },
  {
    name: "real time, switched off at Stripe and no room for another endpoint",
    path: "/stripe",
    shows: "This Stripe account has as many webhook endpoints as Stripe allows.",
    arrange: (portal) => {
      portal.realtime = {
        ...data.REALTIME,
        at_stripe: { standing: "disabled", checked_at: data.ago(0) },
      };
      const full = { limit: true, endpoints: data.ENDPOINTS };
      portal.replies.set("POST /stripe/webhook", problem(422, "webhook_refused", "Refused", full));
    },
    act: (page) => page.getByRole("button", { name: "Create a new endpoint" }).click(),
  },
  {
    name: "real time, an account full of endpoints from the start",
    path: "/stripe",
    shows: "16 endpoints, the least useful first",
    arrange: (portal) => {
      const none = {
        status: "missing",
        missing: "limit",
        endpoint_id: null,
        since: null,
        at_stripe: null,
      };
      Object.assign(portal.realtime, none, { last_event_at: null, endpoints: data.ENDPOINTS });
    },
  },
  {
    name: "real time, to be set up by hand",
    path: "/stripe",
    shows: "This key may not create webhook endpoints.",
    arrange: (portal) => {
      Object.assign(portal.realtime, {
        status: "missing",
        missing: "right",
        endpoint_id: null,
        since: null,
        last_event_at: null,
      });
    },
    act: (page) => page.getByText("Select these 3 events").click(),
  },
  {
    name: "real time before the first sync",
    path: "/stripe",
    shows: "From the first sync on it is in your ledger seconds later.",
    arrange: (portal) => portal.beforeFirstSync(),
  },
  {
    name: "real time while paused",
    path: "/stripe",
    shows: "what happens now is read when it continues",
    arrange: (portal) => {
      stripeOf(portal).paused = data.pause(
        "key_revoked",
        "Stripe no longer accepts the stored key.",
      );
    },
  },
  {
    name: "real time in read-only mode",
    path: "/stripe",
    shows: "It is read and compared seconds later.",
    arrange: (portal) => {
      portal.overview.install.granted_permissions = ["data:read"];
    },
  },
  {
    name: "real time by a pasted secret that nothing has proven",
    path: "/stripe",
    shows: "Waiting for the first event",
    arrange: (portal) => {
      Object.assign(portal.realtime, {
        status: "registered",
        endpoint_id: null,
        last_event_at: null,
      });
    },
  },
];
