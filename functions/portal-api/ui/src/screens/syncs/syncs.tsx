/** All syncs, newest first, filtered by the tiles on top, by who started them and by day. */

import { useEffect, useState } from "preact/hooks";
import { withQuery } from "../../api/path";
import type { RunPage, RunSummary } from "../../api/types";
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
import { useAction, useQuery } from "../../lib/query";
import { href, type Route } from "../../lib/router";
import { isOpen } from "../../lib/run";
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
  const page = useQuery(
    `runs/${key}`,
    (signal) => api.runs(filter, null, signal),
    (data) => (data.runs.some(isOpen) ? POLL_OPEN_MS : POLL_MS),
  );
  const { buttons, result } = useDownloads([
    {
      label: late.syncs.csv,
      path: withQuery("/runs.csv", filter),
      name: "syncs.csv",
      continues: "before",
    },
  ]);
  const tallies = page.data?.tallies ?? overview.data?.tallies;
  return (
    <>
      <div class={layout.pageHead}>
        <h1 tabIndex={-1}>{t.frame.titles.syncs}</h1>
        <div class={layout.actions}>{buttons}</div>
      </div>
      {result}
      <Tiles tallies={isNarrowed(filter) ? undefined : tallies} filter={filter} />
      <Filters filter={filter} />
      {page.error && <ErrorNote error={page.error} retry={page.reload} />}
      {page.loading && <Skeleton lines={6} tall />}
      {page.data && <Runs key={key} filter={filter} first={page.data} />}
    </>
  );
}

/** The first page is read again and again; pages loaded after it are kept behind it. */
function Runs({ filter, first }: { filter: Filter; first: RunPage }) {
  const { api } = useApp();
  const [older, setOlder] = useState<{ runs: RunSummary[]; next: string | null } | undefined>();
  const next = older ? older.next : first.next;
  const more = useAction(async () => {
    const page = await api.runs(filter, next);
    setOlder((old) => ({ runs: [...(old?.runs ?? []), ...page.runs], next: page.next }));
  });
  const newest = useKeptRuns(first.runs);
  const shown = [
    ...newest,
    ...(older?.runs ?? []).filter((run) => !newest.some(({ id }) => id === run.id)),
  ];
  if (shown.length === 0 && next === null) return <NoRuns filter={filter} />;
  return (
    <>
      <p class={styles.heads} aria-hidden="true">
        <span>{late.syncs.columns.sync}</span>
        <span>{late.syncs.columns.figures}</span>
        <span>{late.syncs.columns.state}</span>
      </p>
      {shown.length > 0 && (
        <CardList label={late.syncs.list}>
          {shown.map((run) => (
            <RunRow key={run.id} run={run} />
          ))}
        </CardList>
      )}
      {shown.length === 0 && <p class={text.muted}>{late.syncs.noneYet}</p>}
      <LoadMore more={more} next={next} />
    </>
  );
}

/** Every run that was on the first page since the screen opened: new ones push old ones off that page, not away. */
function useKeptRuns(runs: RunSummary[]): RunSummary[] {
  const [kept, setKept] = useState(runs);
  useEffect(() => {
    setKept((old) => [
      ...runs,
      ...old.filter((run) => !runs.some(({ id }) => id === run.id) && !isOpen(run)),
    ]);
  }, [runs]);
  return kept;
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
