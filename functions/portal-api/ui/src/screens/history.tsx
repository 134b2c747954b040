/** All syncs, newest first, filtered by the tiles on top. */

import { useEffect, useState } from "preact/hooks";
import type { RunFilter, RunPage, RunSummary, Tallies } from "../api/types";
import { Button, Count, Empty, ErrorNote, Skeleton } from "../components/basics";
import { Icon, type IconName } from "../components/icons";
import { RunRow } from "../components/run";
import { useApp } from "../lib/app";
import { useAction, useQuery } from "../lib/query";
import { href, type Route } from "../lib/router";
import { isOpen } from "../lib/words";

const TILES: { filter: RunFilter; name: string; icon: IconName; tone: string }[] = [
  { filter: "all", name: "All", icon: "overview", tone: "quiet" },
  { filter: "completed", name: "Completed", icon: "check", tone: "ok" },
  { filter: "in_progress", name: "In progress", icon: "syncs", tone: "info" },
  { filter: "failed", name: "Failed", icon: "cross", tone: "bad" },
];

function filterOf(route: Route): RunFilter {
  return TILES.find(({ filter }) => filter === route.params.get("filter"))?.filter ?? "all";
}

export function HistoryScreen({ route }: { route: Route }) {
  const { api, overview } = useApp();
  const filter = filterOf(route);
  const page = useQuery(
    `runs ${filter}`,
    (signal) => api.runs(filter, null, signal),
    (data) => (data.runs.some(isOpen) ? 3000 : 20_000),
  );
  const tallies = page.data?.tallies ?? overview.data?.tallies;
  return (
    <>
      <h1 tabIndex={-1}>Sync history</h1>
      <Tiles tallies={tallies} current={filter} />
      {page.error && <ErrorNote error={page.error} retry={page.reload} />}
      {page.loading && <Skeleton lines={6} tall />}
      {page.data && <Runs key={filter} filter={filter} first={page.data} />}
    </>
  );
}

function Tiles({ tallies, current }: { tallies: Tallies | undefined; current: RunFilter }) {
  return (
    <nav class="tiles" aria-label="Filter syncs">
      {TILES.map(({ filter, name, icon, tone }) => (
        <a
          key={filter}
          class={`tile tone-${tone}`}
          href={href("/syncs", filter === "all" ? {} : { filter })}
          aria-current={filter === current ? "true" : undefined}
        >
          <span class="tile-name">
            <Icon name={icon} size={16} />
            {name}
          </span>
          <span class="tile-count">{tallies ? <Count value={tallies[filter]} /> : "–"}</span>
        </a>
      ))}
    </nav>
  );
}

/** The first page renews itself; pages loaded after it are kept behind it. */
function Runs({ filter, first }: { filter: RunFilter; first: RunPage }) {
  const { api } = useApp();
  const [older, setOlder] = useState<{ runs: RunSummary[]; next: string | null } | undefined>();
  const next = older ? older.next : first.next;
  const more = useAction(async () => {
    const page = await api.runs(filter, next);
    setOlder((old) => ({ runs: [...(old?.runs ?? []), ...page.runs], next: page.next }));
  });
  const seen = useSeen(first.runs);
  const shown = [...seen, ...(older?.runs ?? []).filter((run) => !seen.some(({ id }) => id === run.id))];
  if (shown.length === 0) return <NoRuns filter={filter} />;
  return (
    <>
      <ul class="card run-list" aria-label="Syncs">
        {shown.map((run) => (
          <RunRow key={run.id} run={run} />
        ))}
      </ul>
      {more.error && <ErrorNote error={more.error} />}
      {next !== null && (
        <div class="actions center">
          <Button busy={more.busy} onClick={() => void more.run()}>
            Load more
          </Button>
        </div>
      )}
    </>
  );
}

/** Every run that was on the first page since the screen opened: new ones push old ones off that page, not away. */
function useSeen(runs: RunSummary[]): RunSummary[] {
  const [seen, setSeen] = useState(runs);
  useEffect(() => {
    setSeen((old) => [
      ...runs,
      ...old.filter((run) => !runs.some(({ id }) => id === run.id) && !isOpen(run)),
    ]);
  }, [runs]);
  return seen;
}

function NoRuns({ filter }: { filter: RunFilter }) {
  return (
    <section class="card">
      {filter === "all" ? (
        <Empty icon="syncs" title="No sync yet">
          <p>
            Start the first one from the <a href={href("/")}>overview</a>.
          </p>
        </Empty>
      ) : (
        <Empty icon="check" title={filter === "failed" ? "No sync has failed" : "Nothing here"}>
          <p>
            <a href={href("/syncs")}>Show all syncs</a>
          </p>
        </Empty>
      )}
    </section>
  );
}
