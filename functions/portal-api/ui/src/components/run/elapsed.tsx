/** How long a run has taken so far, or took. */

import type { RunSummary } from "../../api/types";
import { useNow } from "../../lib/query";
import { duration } from "../../lib/time";

export function Elapsed({ run }: { run: RunSummary }) {
  const now = useNow(1000);
  if (run.started_at === null) return <>–</>;
  const end = run.finished_at === null ? now : Date.parse(run.finished_at);
  return <>{duration(end - Date.parse(run.started_at))}</>;
}
