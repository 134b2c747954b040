/** The run that is open now. */

import type { RunDetail } from "../../api/types";
import { LiveRun } from "../../components/run/live-run";
import { useRun } from "../../components/run/use-run";
import { Card } from "../../components/ui/card";
import { ErrorNote } from "../../components/ui/error-note";
import { SkeletonLine } from "../../components/ui/skeleton";
import { useApp } from "../../lib/app";
import { href } from "../../lib/router";
import { isOpen } from "../../lib/run";
import { t } from "../../texts";

function titleOf(run: RunDetail | undefined): string {
  const titles = t.overview.run;
  if (run?.scope === "preview") return titles.preview;
  if (run?.waiting && isOpen(run)) return titles.waits;
  return run?.state === "paused" ? titles.paused : titles.syncing;
}

export function OpenRun({ id }: { id: string }) {
  const { overview } = useApp();
  const run = useRun(id, overview.reload);
  const details = <a href={href(`/runs/${id}`)}>{t.overview.run.details}</a>;
  const tone = run.data?.state === "paused" ? "warn" : "info";
  return (
    <Card title={titleOf(run.data)} tone={tone} testId="open-run" aside={details}>
      {run.data ? <LiveRun run={run.data} /> : <SkeletonLine />}
      {run.error && <ErrorNote error={run.error} retry={run.reload} />}
    </Card>
  );
}
