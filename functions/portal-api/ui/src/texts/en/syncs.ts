/** The list of syncs and its filters. */

import type { RunFilter, Trigger } from "../../api/types";
import { rich, type Wrap } from "../rich";

const filters = {
  all: "All",
  completed: "Completed",
  in_progress: "In progress",
  failed: "Failed",
} satisfies Record<RunFilter, string>;

const triggers = {
  manual: "A person",
  schedule: "The schedule",
  webhook: "An event at Stripe",
} satisfies Record<Trigger, string>;

export const syncs = {
  list: "Syncs",
  columns: { sync: "Sync", figures: "Records and entries", state: "State" },
  filterLabel: "Filter syncs",
  filters,
  triggers,
  trigger: "Started by",
  anyTrigger: "Anyone",
  from: "From day (UTC)",
  to: "To day (UTC)",
  empty: "No sync yet",
  emptyText: (overview: Wrap) => rich`Start the first one from the ${overview("overview")}.`,
  noneFailed: "No sync has failed",
  nothingHere: "Nothing here",
  noneYet: "None among the syncs that were looked through. Load more to look further.",
  showAll: "Show all syncs",
};
