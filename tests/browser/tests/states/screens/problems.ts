/** Problems. */

import { expect } from "@playwright/test";
import * as data from "../../../mock/data.ts";
import { type State, stripeOf } from "./state.ts";

export const PROBLEMS: State[] = [
  { name: "problems", path: "/problems", shows: "unknown_type" },
  {
    name: "problems of one kind",
    path: "/problems&kind=validation",
    shows: "Retry all 2 of this kind",
  },
  { name: "dismissed problems", path: "/problems&state=dismissed", shows: "agreed with finance" },
  { name: "resolved problems", path: "/problems&state=resolved", shows: "a later sync" },
  {
    name: "dismissing a problem",
    path: "/problems",
    shows: "Dismiss this item?",
    act: (page) => page.getByRole("button", { name: "Dismiss…" }).first().click(),
  },
  {
    name: "problems in read-only mode",
    path: "/problems",
    shows: "Found while reading and comparing.",
    arrange: (portal) => {
      portal.overview.install.granted_permissions = ["data:read"];
    },
  },
  {
    name: "no problems",
    path: "/problems",
    shows: "Every record that was read has been posted.",
    arrange: (portal) => {
      portal.problems = [];
      portal.objects = [];
    },
  },
  {
    name: "no open problem, some dismissed",
    path: "/problems",
    shows: "Dismissed and left as they are: 1 item.",
    arrange: (portal) => {
      portal.problems = portal.problems.filter(({ state }) => state === "dismissed");
    },
  },
  {
    name: "no problems before the first sync",
    path: "/problems",
    shows: "What the first sync cannot post will be listed here.",
    arrange: (portal) => {
      portal.problems = [];
      portal.beforeFirstSync();
    },
  },
  {
    name: "no problems in read-only mode",
    path: "/problems",
    shows: "Every record that was read was understood.",
    arrange: (portal) => {
      portal.problems = [];
      portal.overview.install.granted_permissions = ["data:read"];
    },
  },
  {
    name: "no problem of a kind while others are open",
    path: "/problems&kind=record_gone",
    shows: "See 3 items of other kinds",
  },
  {
    name: "an entry that somebody else posted, with what reverses it",
    path: `/problems/${data.FOREIGN.id}`,
    shows: "It is not posted",
    arrange: (portal) => {
      portal.problems = [...portal.problems, data.FOREIGN];
    },
    act: async (page) => {
      await page.getByRole("button", { name: "Copy reversing entry" }).click();
      await expect(page.locator("textarea")).toBeVisible();
    },
  },
  {
    name: "one item by its address",
    path: "/problems/txn_9Z8x7C6v5B:amount",
    shows: "← All items",
  },
  {
    name: "a failed payout by its address",
    path: "/problems/po_1Q2w3E4r5T6y7U8i",
    shows: "failed",
  },
  {
    name: "an item that is gone",
    path: "/problems/txn_gone:amount",
    shows: "This item is no longer open",
  },
  {
    name: "a pause among what needs attention",
    path: "/problems",
    shows: "Replace the key",
    arrange: (portal) => {
      stripeOf(portal).paused = data.pause("stripe_key_refused", "Stripe does not accept the key.");
    },
  },
  {
    name: "a difference among what needs attention",
    path: "/problems",
    shows: "See the differences",
    arrange: (portal) => {
      portal.overview.last_proof = data.PROOF_MISMATCH;
    },
  },
];
