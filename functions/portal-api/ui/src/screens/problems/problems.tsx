/** Everything that needs attention: syncing itself, what is open at Stripe, and the records that need a decision. */

import { AttentionRow } from "../../components/state/attention-row";
import { KeyReplaced } from "../../components/state/paused";
import { CardList } from "../../components/ui/card";
import { ErrorNote } from "../../components/ui/error-note";
import { Note } from "../../components/ui/note";
import { Skeleton } from "../../components/ui/skeleton";
import { useApp } from "../../lib/app";
import { useQuery } from "../../lib/query";
import { href, type Route } from "../../lib/router";
import { isOver } from "../../lib/run";
import { usePages } from "../../lib/use-pages";
import { t } from "../../texts";
import { late } from "../../texts/late";
import { ActionResults } from "./action-results";
import { filterOf } from "./filter";
import { Filters } from "./filters";
import { OpenObjects } from "./open-objects";
import styles from "./open-objects.module.css";
import { ProblemList } from "./problem-list";
import { useProblemActions } from "./use-problem-actions";

const ALERTS = "alerts:write";
/** What has a place of its own further down. */
const SHOWN_BELOW = ["failed_payout", "dispute", "suspense", "problems"];

export function ProblemsScreen({ route }: { route: Route }) {
  const { api, overview, situation } = useApp();
  const filter = filterOf(route);
  const kinds = useQuery("problem-kinds", (signal) => api.problemKinds(signal));
  const key = `${filter.state}/${filter.code ?? ""}`;
  // What is solved or dismissed leaves the list, on whichever page it stood.
  const pages = usePages(
    `problems/${key}`,
    async (before, signal) => {
      const page = await api.problems(filter, before, signal);
      return { items: page.problems, next: page.next };
    },
    { whole: true },
  );
  const { query } = pages;
  const objects = useQuery("objects", (signal) => api.objects(signal));
  const reload = () => {
    query.reload();
    kinds.reload();
    situation.attention.reload();
    overview.reload();
  };
  const actions = useProblemActions(reload);
  return (
    <>
      <h1 tabIndex={-1}>{t.frame.titles.problems}</h1>
      <OfSyncing />
      <OpenObjects objects={objects} urgent />
      {kinds.data && <Filters kinds={kinds.data} filter={filter} />}
      <ActionResults actions={actions} />
      {query.error && <ErrorNote error={query.error} retry={query.reload} />}
      {query.loading && <Skeleton lines={4} tall />}
      {query.data && (
        <ProblemList
          key={key}
          pages={pages}
          filter={filter}
          kinds={kinds.data}
          actions={actions}
          onChanged={reload}
        />
      )}
      <OpenObjects objects={objects} urgent={false} />
      {overview.data && !overview.data.install.granted_permissions.includes(ALERTS) && <NoAlerts />}
    </>
  );
}

/** A pause, a difference, a failed sync, an old comparison. */
function OfSyncing() {
  const { overview, situation } = useApp();
  const { standing, attention } = situation;
  const items = standing?.items.filter(({ kind }) => !SHOWN_BELOW.includes(kind)) ?? [];
  const keyReplaced = isOver(overview.data?.stripe?.paused);
  if (items.length === 0 && !attention.error && !keyReplaced) return null;
  return (
    <section class={styles.part}>
      <h2>{t.attention.ofSyncing}</h2>
      {attention.error && <ErrorNote error={attention.error} retry={attention.reload} />}
      {keyReplaced && <KeyReplaced />}
      {items.length > 0 && (
        <CardList label={t.attention.ofSyncing}>
          {items.map((item) => (
            <AttentionRow
              key={item.key}
              item={item}
              syncNow={<a href={href("/")}>{t.attention.outOfDateAction}</a>}
            />
          ))}
        </CardList>
      )}
    </section>
  );
}

function NoAlerts() {
  return (
    <Note tone="quiet" icon="info" title={late.problemPlace.noAlerts}>
      <p>
        {late.problemPlace.noAlertsText(<code>{ALERTS}</code>, (words) => (
          <a href={href("/access")}>{words}</a>
        ))}
      </p>
    </Note>
  );
}
