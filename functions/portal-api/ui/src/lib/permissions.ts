/** What this install may do, and what its syncs therefore do with what they read. */

import type { Overview, Scope } from "../api/types";

/** No sync runs without these. Without data:write a sync reads and compares only. */
const NEEDED_TO_SYNC: readonly Scope[] = ["data:read"];

export function missingForSync(granted: readonly string[]): Scope[] {
  return NEEDED_TO_SYNC.filter((scope) => !granted.includes(scope));
}

/** True when syncs may read and compare, but not write. */
export function isReadOnly(granted: readonly string[]): boolean {
  return granted.includes("data:read") && !granted.includes("data:write");
}

/** Whether syncs post what they read. */
export type PostingState = "unknown" | "read_only" | "not_started" | "posting";

/** Nothing is posted before a person confirmed the first sync, or without the permission to write. */
export function postingState(overview: Overview | undefined): PostingState {
  if (!overview) return "unknown";
  if (isReadOnly(overview.install.granted_permissions)) return "read_only";
  const begun = overview.last_run !== null || overview.last_proof !== null;
  return overview.stripe?.confirmed && begun ? "posting" : "not_started";
}

/** True when a sync started now would be the first that may write: it needs a confirmation. */
export function needsFirstSyncConfirmation(overview: Overview): boolean {
  return (
    overview.stripe !== null &&
    !overview.stripe.confirmed &&
    !isReadOnly(overview.install.granted_permissions)
  );
}
