/** Settings and access. */

import * as data from "../../../mock/data.ts";
import { problem } from "../../../mock/portal.ts";
import type { State } from "./state.ts";

export const SETTINGS: State[] = [
  { name: "settings", path: "/settings", shows: "Every 15 minutes" },
  {
    name: "settings about to change",
    path: "/settings",
    shows: "What changes from now on",
    arrange: (portal) => {
      portal.differences = data.DIFFERENCES;
    },
    act: async (page) => {
      await page.getByText("Account names").click();
      await page.getByLabel("Payouts on their way").fill("@bank");
      await page.getByLabel("One account for all payments").check();
      await page.getByRole("button", { name: "Add a limit" }).click();
      await page.getByRole("button", { name: "Save changes" }).click();
    },
  },
  {
    name: "settings refused",
    path: "/settings",
    shows: "would be the account for both",
    arrange: (portal) =>
      void portal.replies.set(
        "PUT /settings",
        problem(422, "invalid_setting", "Not accepted", {
          detail: "@costs would be the account for both fees and tax.",
          field: "account_names",
        }),
      ),
    act: async (page) => {
      await page.getByLabel("Every day").check();
      await page.getByRole("button", { name: "Save changes" }).click();
    },
  },
  {
    name: "settings changed by somebody else",
    path: "/settings",
    shows: "Someone else changed the settings in the meantime.",
    arrange: (portal) =>
      void portal.replies.set(
        "PUT /settings",
        problem(409, "changed_meanwhile", "Changed meanwhile"),
      ),
    act: async (page) => {
      await page.getByLabel("Off", { exact: false }).first().check();
      await page.getByRole("button", { name: "Save changes" }).click();
    },
  },
  { name: "notices", path: "/notices", shows: "The receiver refused it. (500)" },
  {
    name: "notices off, without e-mail and messages",
    path: "/notices",
    shows: "This deployment sends no e-mails.",
    arrange: (portal) => {
      portal.reports.notices.webhook = null;
      portal.reports.notices.email = { available: false, kinds: [] };
      portal.reports.deliveries = [];
    },
  },
  {
    name: "notices with a new secret",
    path: "/notices",
    shows: data.NOTICE_SECRET,
    arrange: (portal) => {
      portal.reports.notices.webhook = null;
    },
    act: async (page) => {
      await page.getByLabel("URL").fill("https://hooks.example.com/");
      await page.getByLabel("A payout failed").first().check();
      await page.getByRole("button", { name: "Save changes" }).click();
    },
  },
  {
    name: "notices tested without success",
    path: "/notices",
    shows: "The test was not accepted.",
    arrange: (portal) => {
      const answer = { outcome: "timed_out", status: null, text: "Late." };
      const body = { ...data.TEST_TAKEN, state: "failed", sent_at: null, answer };
      portal.replies.set("POST /notices/test", { status: 200, body });
    },
    act: async (page) => {
      await page.getByRole("button", { name: "Send a test" }).first().click();
    },
  },
  {
    name: "notices refused",
    path: "/notices",
    shows: "The address is not a public one.",
    arrange: (portal) =>
      void portal.replies.set(
        "PUT /notices",
        problem(422, "invalid_setting", "Not accepted", {
          detail: "The address is not a public one.",
          field: "url",
        }),
      ),
    act: async (page) => {
      await page.getByLabel("URL").fill("https://10.0.0.1/");
      await page.getByRole("button", { name: "Save changes" }).click();
    },
  },
  {
    name: "account rule about to be saved",
    path: "/settings",
    shows: "They stay where they are.",
    act: async (page) => {
      await page.getByRole("button", { name: "Give an account" }).click();
      await page.getByLabel("Account in the ledger").fill("@stripe_test_grants");
      await page.getByRole("button", { name: "Show what changes" }).click();
    },
  },
  {
    name: "account rule refused",
    path: "/settings",
    shows: "This account holds entries of others.",
    arrange: (portal) => {
      const detail = "@stripe_test_grants holds 3 entries in EUR that are not this app’s.";
      portal.accountRulePreview.refusals = [{ code: "account_not_free", field: "account", detail }];
    },
    act: async (page) => {
      await page.getByRole("button", { name: "Give an account" }).click();
      await page.getByLabel("Account in the ledger").fill("@stripe_test_grants");
      await page.getByRole("button", { name: "Show what changes" }).click();
    },
  },
  { name: "access", path: "/access", shows: "Without it:" },
];
