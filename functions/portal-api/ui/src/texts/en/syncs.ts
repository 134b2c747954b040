/** The list of syncs and its filters. */

import type { RunFilter, Trigger } from "../../api/types";
import { rich, type Wrap } from "../rich";

const filters = {
  all: "All",
  completed: "Completed",
  in_progress: "In progress",
  needs_attention: "Needs attention",
  failed: "Failed",
} satisfies Record<RunFilter, string>;

/** Where the list of a tile is empty. */
const none = {
  all: "No sync yet",
  completed: "No sync has completed",
  in_progress: "No sync is in progress",
  needs_attention: "No sync needs attention",
  failed: "No sync has failed",
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
  none,
  triggers,
  trigger: "Started by",
  anyTrigger: "Anyone",
  result: "Result",
  anyResult: "Any",
  differs: "Differs",
  csv: "CSV",
  from: "From day (UTC)",
  to: "To day (UTC)",
  emptyText: (overview: Wrap) => rich`Start the first one from the ${overview("overview")}.`,
  nothingHere: "Nothing here",
  noneYet: "None among the syncs loaded so far. Load more to look further.",
  showAll: "Show all syncs",
};
