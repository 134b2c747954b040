/** All syncs, newest first, filtered by the tiles on top, by who started them and by day. */

import { withQuery } from "../../api/path";
import type { RunSummary } from "../../api/types";
import { RunRow } from "../../components/run/run-row";
import { Card, CardList } from "../../components/ui/card";
import { useDownloads } from "../../components/ui/downloads";
import { Empty } from "../../components/ui/empty";
import { ErrorNote } from "../../components/ui/error-note";
import layout from "../../components/ui/layout.module.css";
import { LoadMore } from "../../components/ui/load-more";
import { Skeleton } from "../../components/ui/skeleton";
import text from "../../components/ui/text.module.css";
import { useApp } from "../../lib/app";
import { href, type Route } from "../../lib/router";
import { isOpen } from "../../lib/run";
import { usePages } from "../../lib/use-pages";
import { t } from "../../texts";
import { late } from "../../texts/late";
import { type Filter, filterOf, isNarrowed } from "./filter";
import { Filters } from "./filters";
import styles from "./syncs.module.css";
import { Tiles } from "./tiles";

/** How often the list is read while a run is open, and while none is. */
const POLL_OPEN_MS = 3000;
const POLL_MS = 20_000;

export function SyncsScreen({ route }: { route: Route }) {
  const { api, overview } = useApp();
  const filter = filterOf(route.params);
  const key = JSON.stringify(filter);
  const { query, items, next, more } = usePages(
    `runs/${key}`,
    async (before, signal) => {
      const page = await api.runs(filter, before, signal);
      return { items: page.runs, next: page.next, tallies: page.tallies };
    },
    { everyMs: ({ items }) => (items.some(isOpen) ? POLL_OPEN_MS : POLL_MS) },
  );
  const { buttons, result } = useDownloads([
    {
      label: late.syncs.csv,
      path: withQuery("/runs.csv", filter),
      name: "syncs.csv",
      continues: "before",
    },
  ]);
  const tallies = query.data?.first.tallies ?? overview.data?.tallies;
  return (
    <>
      <div class={layout.pageHead}>
        <h1 tabIndex={-1}>{t.frame.titles.syncs}</h1>
        <div class={layout.actions}>{buttons}</div>
      </div>
      {result}
      <Tiles tallies={isNarrowed(filter) ? undefined : tallies} filter={filter} />
      <Filters filter={filter} />
      {query.error && <ErrorNote error={query.error} retry={query.reload} />}
      {query.loading && <Skeleton lines={6} tall />}
      {query.data && <Runs filter={filter} runs={items} ended={next === null} />}
      <LoadMore key={key} more={more} next={next} />
    </>
  );
}

interface RunsProps {
  filter: Filter;
  runs: RunSummary[];
  /** Whether all that there are have been looked through. */
  ended: boolean;
}

function Runs({ filter, runs, ended }: RunsProps) {
  if (runs.length === 0 && ended) return <NoRuns filter={filter} />;
  return (
    <>
      <p class={styles.heads} aria-hidden="true">
        <span>{late.syncs.columns.sync}</span>
        <span>{late.syncs.columns.figures}</span>
        <span>{late.syncs.columns.state}</span>
      </p>
      {runs.length > 0 && (
        <CardList label={late.syncs.list}>
          {runs.map((run) => (
            <RunRow key={run.id} run={run} />
          ))}
        </CardList>
      )}
      {runs.length === 0 && <p class={text.muted}>{late.syncs.noneYet}</p>}
    </>
  );
}

function NoRuns({ filter }: { filter: Filter }) {
  if (filter.filter === "all" && !isNarrowed(filter)) {
    return (
      <Card>
        <Empty icon="syncs" title={late.syncs.none.all}>
          <p>
            {late.syncs.emptyText((words) => (
              <a href={href("/")}>{words}</a>
            ))}
          </p>
        </Empty>
      </Card>
    );
  }
  return (
    <Card>
      <Empty
        icon="check"
        title={isNarrowed(filter) ? late.syncs.nothingHere : late.syncs.none[filter.filter]}
      >
        <p>
          <a href={href("/syncs")}>{late.syncs.showAll}</a>
        </p>
      </Empty>
    </Card>
  );
}
