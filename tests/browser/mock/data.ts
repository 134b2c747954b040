/** Answers of the portal's API for the states that the UI must show. Amounts are strings of minor units. */

export * from "./data/account-rules.ts";
export * from "./data/connection.ts";
export * from "./data/notices.ts";
export * from "./data/overview.ts";
export * from "./data/payouts.ts";
export * from "./data/previews.ts";
export * from "./data/problems.ts";
export * from "./data/proofs.ts";
export * from "./data/reports.ts";
export * from "./data/runs.ts";
export * from "./data/settings.ts";
export * from "./data/time.ts";
