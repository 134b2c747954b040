/** The items of one state, by kind, with what can be done about each and about many at once. */

import { useEffect, useState } from "preact/hooks";
import type { Overview, Problem, ProblemKinds, ProblemPage } from "../../api/types";
import { Button } from "../../components/ui/button";
import { ErrorNote } from "../../components/ui/error-note";
import layout from "../../components/ui/layout.module.css";
import { LoadMore } from "../../components/ui/load-more";
import { Note } from "../../components/ui/note";
import text from "../../components/ui/text.module.css";
import { useApp } from "../../lib/app";
import { postingState } from "../../lib/permissions";
import { useAction } from "../../lib/query";
import { href } from "../../lib/router";
import { isComplete } from "../../lib/run";
import { late } from "../../texts/late";
import { Dismiss } from "./dismiss";
import { EmptyList } from "./empty-list";
import type { Filter } from "./filter";
import { ProblemGroup } from "./problem-group";
import { type Retried, useProblemActions } from "./use-problem-actions";

interface ProblemListProps {
  first: ProblemPage;
  filter: Filter;
  kinds: ProblemKinds | undefined;
  onChanged: () => void;
}

export function ProblemList({ first, filter, kinds, onChanged }: ProblemListProps) {
  const { api, overview } = useApp();
  const [page, setPage] = useState(first);
  const [dismissing, setDismissing] = useState<readonly Problem[]>([]);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  useEffect(() => setPage(first), [first]);
  const more = useAction(async () => {
    const next = await api.problems(filter, page.next);
    setPage({ problems: [...page.problems, ...next.problems], next: next.next });
  });
  const actions = useProblemActions(onChanged);
  const chosen = page.problems.filter(({ id }) => selected.has(id));
  const open = page.problems.length;
  return (
    <>
      {actions.retried && <RetriedNote retried={actions.retried} />}
      {actions.retry.error && <ErrorNote error={actions.retry.error} />}
      {actions.reopen.error && <ErrorNote error={actions.reopen.error} />}
      {open === 0 && page.next === null ? (
        <EmptyList filter={filter} kinds={kinds} overview={overview.data} />
      ) : (
        filter.state === "open" && <p class={text.lead}>{introText(overview.data, open)}</p>
      )}
      {chosen.length > 0 && (
        <div class={layout.actions}>
          <Button kind="danger" onClick={() => setDismissing(chosen)}>
            {late.problemPlace.dismissSelected(chosen.length)}
          </Button>
        </div>
      )}
      {groupsOf(page.problems).map(([code, problems]) => (
        <ProblemGroup
          key={code}
          code={code}
          problems={problems}
          filter={filter}
          kind={kinds?.kinds.find((kind) => kind.code === code)}
          actions={actions}
          selected={selected}
          onSelect={setSelected}
          onDismiss={setDismissing}
        />
      ))}
      <LoadMore more={more} next={page.next} />
      {dismissing.length > 0 && (
        <Dismiss
          problems={dismissing}
          onClose={() => setDismissing([])}
          onDone={() => {
            setDismissing([]);
            setSelected(new Set());
            onChanged();
          }}
        />
      )}
    </>
  );
}

function introText(overview: Overview | undefined, open: number): string {
  const posting = postingState(overview);
  // A sync that ended early has not posted everything else.
  if (posting === "posting" && !isComplete(overview?.last_run))
    return late.problemPlace.intro.unknown;
  return posting === "posting"
    ? late.problemPlace.intro.posting(open)
    : late.problemPlace.intro[posting];
}

/** By kind, in the order in which the kinds first come. */
function groupsOf(problems: readonly Problem[]): [code: string, problems: Problem[]][] {
  const groups = new Map<string, Problem[]>();
  for (const problem of problems)
    groups.set(problem.code, [...(groups.get(problem.code) ?? []), problem]);
  return [...groups];
}

function RetriedNote({ retried: { run, count, more } }: { retried: Retried }) {
  return (
    <Note tone="info" icon="syncs" title={late.problemPlace.retried(count)}>
      <p>
        {run === null ? (
          late.problemPlace.retriedLater
        ) : (
          <a href={href(`/runs/${run}`)}>{late.problemPlace.retriedSync}</a>
        )}
        {more && late.problemPlace.retriedMore}
      </p>
    </Note>
  );
}
