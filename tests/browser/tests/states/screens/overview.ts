/** The overview, and what stands above every screen. */

import * as data from "../../../mock/data.ts";
import { problem } from "../../../mock/portal.ts";
import { type State, stripeOf, waitsFor } from "./state.ts";

export const OVERVIEW: State[] = [
  { name: "proven", path: "/", shows: "Stripe and your ledger match to the cent" },
  {
    name: "proven with problems",
    path: "/",
    shows: "Completed – 3 items to review",
    arrange: (portal) => {
      const withProblems = data.RUNS.find((run) => run.state === "completed_with_problems");
      portal.overview = { ...portal.overview, last_run: withProblems ?? null, open_problems: 23 };
    },
  },
  {
    name: "loading",
    path: "/",
    shows: "Loading…",
    arrange: (portal) =>
      void portal.replies.set("GET /overview", { status: 200, body: {}, delayMs: 60_000 }),
  },
  {
    name: "no Stripe key",
    path: "/",
    shows: "Your Stripe movements, in your ledger, matched to the cent.",
    arrange: (portal) => {
      portal.overview = { ...portal.overview, stripe: null, last_run: null, last_proof: null };
    },
  },
  {
    name: "first run",
    path: "/",
    shows: "Preview before you post",
    arrange: (portal) => portal.beforeFirstSync(),
  },
  {
    name: "first run, asked to start",
    path: "/",
    shows: "Start the first sync?",
    arrange: (portal) => portal.beforeFirstSync(),
    act: (page) => page.getByRole("button", { name: "Sync now" }).click(),
  },
  {
    name: "first run, previewed",
    path: "/",
    shows: "See the preview",
    arrange: (portal) => {
      portal.beforeFirstSync();
      portal.overview.last_preview = data.RUN_ID;
    },
  },
  {
    name: "read-only mode",
    path: "/",
    shows: "Read-only mode: compared, nothing posted.",
    arrange: (portal) => {
      portal.overview.install.granted_permissions = ["data:read"];
      portal.overview.last_proof = data.PROOF_READ_ONLY;
      portal.overview.last_run = data.run({
        read_only: true,
        entries_posted: 0,
        verdict: "inconclusive",
      });
    },
  },
  {
    name: "waiting for Blnk",
    path: "/",
    shows: "A sync is waiting",
    arrange: (portal) => {
      stripeOf(portal).current_run = data.RUN_ID;
      portal.overview.open_run = data.run(data.WAITING);
      portal.detail = data.detail(data.WAITING);
    },
  },
  {
    name: "waiting for a consent",
    path: "/",
    shows: "Many more movements than usual",
    arrange: (portal) => {
      waitsFor(portal, "size");
    },
  },
  {
    name: "syncing",
    path: "/",
    shows: "records read",
    arrange: (portal) => {
      stripeOf(portal).current_run = data.RUN_ID;
      portal.detail = data.detail(data.RUNNING);
    },
  },
  {
    name: "drift",
    path: "/",
    shows: "Stripe and your ledger differ.",
    arrange: (portal) => {
      portal.overview.last_proof = data.PROOF_MISMATCH;
      portal.overview.open_problems = 120;
    },
  },
  {
    name: "money moving",
    path: "/",
    shows: "Money was moving during the check.",
    arrange: (portal) => {
      portal.overview.last_proof = data.PROOF_MOVING;
    },
  },
  {
    name: "paused, with a full secret key",
    path: "/",
    shows: "Syncing is paused",
    arrange: (portal) => {
      stripeOf(portal).paused = data.pause(
        "key_revoked",
        "Stripe no longer accepts the stored key.",
      );
      stripeOf(portal).warnings = [
        { code: "secret_key", text: "This is a full secret key. A restricted one is safer." },
      ];
    },
  },
  {
    name: "scope missing",
    path: "/",
    shows: "This app can’t sync: it wasn’t given permission to read your ledger.",
    arrange: (portal) => {
      portal.overview.install.granted_permissions = ["alerts:read"];
    },
  },
  {
    name: "out of order",
    path: "/",
    shows: "Request id",
    arrange: (portal) =>
      void portal.replies.set("GET /overview", problem(503, "unavailable", "The service is busy")),
  },
  {
    name: "session nearly over",
    path: "/",
    shows: "This session ends in less than two minutes",
    arrange: (portal) => {
      portal.sessionMs = 100_000;
    },
  },
  {
    name: "session over",
    path: "/",
    shows: "You’ve been signed out",
    arrange: (portal) =>
      void portal.replies.set("GET /overview", problem(401, "session_over", "Session over")),
  },
  {
    name: "paused because the key lacks a permission",
    path: "/",
    shows: "create a new key with all permissions",
    arrange: (portal) => {
      const reason =
        "the Stripe key lacks a permission (rak_payout_read). Add the permission to the key.";
      const paused = data.pause("stripe_right_missing", reason);
      portal.overview = {
        ...portal.overview,
        stripe: { ...data.STRIPE, paused } as typeof data.STRIPE,
      };
    },
  },
  {
    name: "an old proof",
    path: "/",
    shows: "Matched as of",
    arrange: (portal) => {
      portal.overview = { ...portal.overview, proof_age_seconds: 9_000, fresh: false };
    },
  },
  {
    name: "all is well",
    path: "/",
    shows: "1,618 records in 6 balances.",
    arrange: (portal) => {
      portal.objects = [];
    },
  },
  {
    name: "what needs attention cannot be read",
    path: "/",
    shows: "What needs attention could not be read.",
    arrange: (portal) => {
      portal.replies.set("GET /attention", problem(500, "internal", "Internal Server Error"));
    },
  },
  {
    name: "an approval of a new currency",
    path: "/",
    shows: "First movements in a new currency: EUR, JPY",
    arrange: (portal) => waitsFor(portal, "currency"),
  },
  {
    name: "an approval of large amounts, put off",
    path: "/",
    shows: "Decide now",
    arrange: (portal) => waitsFor(portal, "amount"),
    act: (page) => page.getByRole("button", { name: "Not now" }).click(),
  },
  {
    name: "a pause that ends by itself",
    path: "/",
    shows: "A new key has arrived",
    arrange: (portal) => {
      const reason = "Syncing resumes.";
      stripeOf(portal).paused = { ...data.pause("blnk_key_refused", reason), cause_gone: true };
    },
  },
  {
    name: "a dispute that the bank decides, and differences",
    path: "/",
    shows: "the bank decides",
    arrange: (portal) => {
      portal.objects = portal.objects
        .filter(({ kind }) => kind === "dispute")
        .map((object) => ({ ...object, status: "under_review" }));
      portal.overview.last_proof = data.PROOF_MISMATCH;
    },
  },
  {
    name: "self-hosted, without a dashboard to link to",
    path: "/",
    shows: "Reinstall Stripe Sync in Blnk Cloud",
    arrange: (portal) => {
      Object.assign(portal.overview.links, { dashboard_url: null });
      stripeOf(portal).paused = data.pause("blnk_key_refused", "Blnk Cloud refuses the key.");
    },
  },
  {
    name: "everything that needs attention at once",
    path: "/",
    shows: "Answer in Stripe",
    arrange: (portal) => {
      portal.overview.open_problems = 23;
      portal.overview.last_run = data.run({ state: "failed" });
      stripeOf(portal).warnings = [
        { code: "endpoint_off", text: "Stripe does not deliver events." },
      ];
    },
  },
  {
    name: "paused, since Blnk does not accept the key",
    path: "/",
    shows: "Reinstall Stripe Sync in Blnk Cloud",
    arrange: (portal) => {
      stripeOf(portal).paused = data.pause("blnk_key_refused", "Blnk Cloud refuses the key.");
    },
  },
  {
    name: "a first sync with its percentage",
    path: "/",
    shows: /\d+% · about \d+ min left/,
    arrange: (portal) => {
      const preview = "01JD000000000000000PREVIEW";
      portal.beforeFirstSync();
      Object.assign(stripeOf(portal), { current_run: data.RUN_ID, confirmed: true });
      Object.assign(portal.overview, { last_preview: preview, open_run: data.run(data.RUNNING) });
      portal.detail = data.detail(data.RUNNING);
      const body = data.detail({ ...data.PREVIEW, id: preview, records: 2000 });
      portal.replies.set(`GET /runs/${preview}`, { status: 200, body });
    },
  },
];
