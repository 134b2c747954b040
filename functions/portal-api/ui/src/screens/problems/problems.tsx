/** What could not be posted, or was posted with a doubt: why, what to do about it, and the ways to do it. */

import { ErrorNote } from "../../components/ui/error-note";
import { Note } from "../../components/ui/note";
import { Skeleton } from "../../components/ui/skeleton";
import { useApp } from "../../lib/app";
import { useQuery } from "../../lib/query";
import { href, type Route } from "../../lib/router";
import { t } from "../../texts";
import { filterOf } from "./filter";
import { Filters } from "./filters";
import { OpenObjects } from "./open-objects";
import { ProblemList } from "./problem-list";

const ALERTS = "alerts:write";

export function ProblemsScreen({ route }: { route: Route }) {
  const { api, overview } = useApp();
  const filter = filterOf(route);
  const kinds = useQuery("problem-kinds", (signal) => api.problemKinds(signal));
  const page = useQuery(`problems/${filter.state}/${filter.code ?? ""}`, (signal) =>
    api.problems(filter, null, signal),
  );
  const reload = () => {
    page.reload();
    kinds.reload();
    overview.reload();
  };
  return (
    <>
      <h1 tabIndex={-1}>{t.frame.titles.problems}</h1>
      {overview.data && !overview.data.install.granted_permissions.includes(ALERTS) && <NoAlerts />}
      {kinds.data && <Filters kinds={kinds.data} filter={filter} />}
      {page.error && <ErrorNote error={page.error} retry={page.reload} />}
      {page.loading && <Skeleton lines={4} tall />}
      {page.data && (
        <ProblemList
          key={`${filter.state}/${filter.code}`}
          first={page.data}
          filter={filter}
          kinds={kinds.data}
          onChanged={reload}
        />
      )}
      <OpenObjects />
    </>
  );
}

function NoAlerts() {
  return (
    <Note tone="quiet" icon="info" title={t.problems.noAlerts}>
      <p>
        {t.problems.noAlertsText(<code>{ALERTS}</code>, (words) => (
          <a href={href("/access")}>{words}</a>
        ))}
      </p>
    </Note>
  );
}
