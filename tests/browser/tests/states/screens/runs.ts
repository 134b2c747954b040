/** Syncs and previews. */

import * as data from "../../../mock/data.ts";
import type { State } from "./state.ts";

export const RUNS: State[] = [
  {
    name: "preview, under way",
    path: `/runs/${data.RUN_ID}`,
    shows: "Counting movements",
    arrange: (portal) => {
      portal.detail = data.detail({ ...data.RUNNING, scope: "preview" });
    },
  },
  {
    name: "preview",
    path: `/runs/${data.RUN_ID}`,
    shows: "What this sync will post",
    arrange: (portal) => {
      portal.detail = data.detail(data.PREVIEW);
    },
  },
  {
    name: "preview, asked to start",
    path: `/runs/${data.RUN_ID}`,
    shows: "Start the sync?",
    arrange: (portal) => {
      portal.detail = data.detail(data.PREVIEW);
    },
    act: (page) => page.getByRole("button", { name: "Start sync" }).click(),
  },
  {
    name: "preview of a ledger in another unit",
    path: `/runs/${data.RUN_ID}`,
    shows: "JPY cannot be posted to this ledger",
    arrange: (portal) => {
      const preview = { ...data.PREVIEW.preview, conflicts: [data.CONFLICT] };
      portal.detail = data.detail({ ...data.PREVIEW, preview });
    },
  },
  {
    name: "run in read-only mode",
    path: `/runs/${data.RUN_ID}`,
    shows: "Read-only mode",
    arrange: (portal) => {
      portal.detail = data.detail({
        read_only: true,
        entries_posted: 0,
        proof: data.PROOF_READ_ONLY,
      });
    },
  },
  {
    name: "run that waits for Blnk",
    path: `/runs/${data.RUN_ID}`,
    shows: "The ledger is not available",
    arrange: (portal) => {
      portal.detail = data.detail(data.WAITING);
    },
  },
  {
    name: "run that waits for AWS",
    path: `/runs/${data.RUN_ID}`,
    shows: "Waiting for this app’s own services",
    arrange: (portal) => {
      portal.detail = data.detail(data.WAITING_FOR_AWS);
    },
  },
  {
    name: "preview that waits",
    path: `/runs/${data.RUN_ID}`,
    shows: "Try now",
    arrange: (portal) => {
      portal.detail = data.detail({ ...data.WAITING, scope: "preview" });
    },
  },
  { name: "history", path: "/syncs", shows: "Load more" },
  {
    name: "history with a paused sync, of those that differ",
    path: "/syncs&verdict=mismatch",
    shows: "Paused",
    arrange: (portal) => {
      portal.runs[0] = data.run({
        ...data.paused(),
        id: "01JD00000000000000000RUN09",
        verdict: "mismatch",
      });
    },
  },
  {
    name: "history, empty",
    path: "/syncs",
    shows: "No sync yet",
    arrange: (portal) => {
      portal.runs = [];
    },
  },
  { name: "run, done", path: `/runs/${data.RUN_ID}`, shows: "Totals by currency" },
  { name: "run, customers who changed", path: `/runs/${data.RUN_ID}`, shows: "Customers updated" },
  {
    name: "run, failed",
    path: `/runs/${data.RUN_ID}`,
    shows: "Stripe did not answer",
    arrange: (portal) => {
      portal.detail = data.detail({
        state: "failed",
        phase: "movements",
        verdict: null,
        proof: null,
        problems: 2,
        error: { code: "stripe_unavailable", text: "Stripe did not answer for a long time." },
      });
    },
  },
  {
    name: "preview that a sync has followed",
    path: `/runs/${data.RUN_ID}`,
    shows: "A later sync has posted this.",
    arrange: (portal) => {
      portal.detail = data.detail({ ...data.PREVIEW, requested_at: data.ago(60) });
    },
  },
];
