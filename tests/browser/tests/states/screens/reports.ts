/** Statements, journals, payouts, the search and the activity. */

import { expect } from "@playwright/test";
import * as data from "../../../mock/data.ts";
import type { State } from "./state.ts";

const PAYOUT = `/payouts/${data.PAYOUT_DETAIL.id}`;
const SEARCH = "/search&id=ch_1Found00000000000";

export const REPORTS: State[] = [
  {
    name: "statements, final",
    path: "/statements&month=2026-10",
    shows: "Balance change from activity",
  },
  {
    name: "statements, open",
    path: "/statements&month=2026-10",
    shows: "It closes on Dec 2, 2026.",
    arrange: ({ reports }) => {
      reports.statements = structuredClone(data.STATEMENTS_OPEN);
    },
  },
  {
    name: "statements, being prepared",
    path: "/statements&month=2026-10",
    shows: "Figures are complete from Oct 12, 2026 on.",
    arrange: ({ reports }) => {
      reports.statements = structuredClone(data.STATEMENTS_PREPARING);
    },
  },
  {
    name: "statements of chosen days",
    path: "/statements&from=2026-10-01&to=2026-10-09",
    shows: "Last day",
  },
  {
    name: "statements, nothing yet",
    path: "/statements",
    shows: "No movement up to the end of this period",
    arrange: ({ reports }) => {
      reports.statements.statements = [];
    },
  },
  { name: "journal", path: "/statements&view=journal", shows: "Debits equal credits." },
  {
    name: "journal day by day",
    path: "/statements&view=journal",
    shows: "Oct 2, 2026",
    act: async (page) => {
      await page.getByRole("radio", { name: "Day by day" }).check();
      await expect(page.getByText("Oct 2, 2026").first()).toBeVisible();
    },
  },
  {
    name: "money by day as a table",
    path: "/",
    shows: "Change of the balance",
    act: async (page) => page.getByRole("button", { name: "Show as a table" }).click(),
  },
  { name: "payouts", path: "/payouts", shows: "Not listed by Stripe" },
  {
    name: "no payout",
    path: "/payouts&status=canceled",
    shows: "No payout here",
  },
  {
    name: "payout",
    path: PAYOUT,
    shows: "How the deposit is made up",
    arrange: ({ reports }) => {
      reports.membersPerPage = 12;
    },
  },
  {
    name: "payout that failed",
    path: "/payouts/po_1Failed000000000",
    shows: "The bank account has been closed.",
    arrange: ({ reports }) => {
      reports.payout = structuredClone(data.PAYOUT_FAILED);
    },
  },
  { name: "search", path: "/search", shows: "Find a charge, a payout, a customer or an amount" },
  { name: "search that finds", path: SEARCH, shows: "Open item" },
  {
    name: "search of what no sync has read",
    path: SEARCH,
    shows: "At Stripe, and not in the ledger yet",
    arrange: ({ reports }) => {
      reports.found = structuredClone(data.NOT_MIRRORED);
    },
  },
  {
    name: "search that finds nothing",
    path: SEARCH,
    shows: "Neither Stripe nor the ledger knows this",
    arrange: ({ reports }) => {
      reports.found = structuredClone(data.NOT_FOUND);
    },
  },
  {
    name: "search that the key may not make",
    path: SEARCH,
    shows: "rak_customer_read",
    arrange: ({ reports }) => {
      reports.found = structuredClone(data.NOT_READABLE);
    },
  },
  { name: "activity", path: "/activity", shows: "Stripe account connected" },
  { name: "no activity of a kind", path: "/activity&kind=fuse_approved", shows: "Nothing here" },
];
