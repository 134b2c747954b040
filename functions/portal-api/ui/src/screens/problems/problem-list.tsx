/** A list of problems of one state, with what can be done about them. */

import { useEffect, useState } from "preact/hooks";
import type { Problem, ProblemKinds, ProblemPage } from "../../api/types";
import { Button } from "../../components/ui/button";
import { CardList } from "../../components/ui/card";
import { ErrorNote } from "../../components/ui/error-note";
import layout from "../../components/ui/layout.module.css";
import { LoadMore } from "../../components/ui/load-more";
import { Note } from "../../components/ui/note";
import text from "../../components/ui/text.module.css";
import { announce } from "../../lib/announce";
import { useApp } from "../../lib/app";
import { postingState } from "../../lib/permissions";
import { useAction } from "../../lib/query";
import { href } from "../../lib/router";
import { t } from "../../texts";
import { Dismiss } from "./dismiss";
import { EmptyList } from "./empty-list";
import type { Filter } from "./filter";
import { ProblemRow } from "./problem-row";

interface Retried {
  /** The sync that was made for it; null when the one after the open sync does it. */
  run: string | null;
  count: number;
  more: boolean;
}

type Retry = { ids: string[] } | { code: string };

interface ProblemListProps {
  first: ProblemPage;
  filter: Filter;
  kinds: ProblemKinds | undefined;
  onChanged: () => void;
}

export function ProblemList({ first, filter, kinds, onChanged }: ProblemListProps) {
  const { api, overview, onRunStarted } = useApp();
  const [page, setPage] = useState(first);
  const [dismissing, setDismissing] = useState<Problem | undefined>();
  const [retried, setRetried] = useState<Retried | undefined>();
  useEffect(() => setPage(first), [first]);
  const more = useAction(async () => {
    const next = await api.problems(filter, page.next);
    setPage({ problems: [...page.problems, ...next.problems], next: next.next });
  });
  const retry = useAction(async (which: Retry) => {
    const { run, created, changed, more } = await api.retryProblems(which);
    if (run) {
      onRunStarted(run);
      setRetried({ run: created ? run.id : null, count: changed, more });
      announce(t.problems.retried(changed));
    }
    onChanged();
  });
  const reopen = useAction(async (problem: Problem) => {
    await api.reopenProblems([problem.id]);
    announce(t.problems.reopened);
    onChanged();
  });
  const granted = overview.data?.install.granted_permissions ?? [];
  // A retry is a sync that writes: it is not the way to start the first one.
  const blocked =
    !granted.includes("data:read") || !granted.includes("data:write") || !overview.data?.stripe?.confirmed;
  const retryable = retryableKind(filter, kinds);
  return (
    <>
      {retried && <RetriedNote retried={retried} />}
      {retry.error && <ErrorNote error={retry.error} />}
      {reopen.error && <ErrorNote error={reopen.error} />}
      {page.problems.length === 0 && page.next === null ? (
        <EmptyList filter={filter} kinds={kinds} overview={overview.data} />
      ) : (
        <>
          {filter.state === "open" && (
            <p class={text.lead}>{t.problems.intro[postingState(overview.data)]}</p>
          )}
          {retryable && (
            <div class={layout.actions}>
              <Button
                busy={retry.busy}
                disabled={blocked}
                onClick={() => void retry.run({ code: retryable.code })}
              >
                {t.problems.retryAll(retryable.open)}
              </Button>
            </div>
          )}
          <CardList label={t.problems.list}>
            {page.problems.map((problem) => (
              <ProblemRow
                key={problem.id}
                problem={problem}
                overview={overview.data}
                blocked={blocked}
                retry={retry}
                reopen={reopen}
                onDismiss={() => setDismissing(problem)}
              />
            ))}
          </CardList>
        </>
      )}
      <LoadMore more={more} next={page.next} />
      {dismissing && (
        <Dismiss
          problem={dismissing}
          onClose={() => setDismissing(undefined)}
          onDone={() => {
            setDismissing(undefined);
            onChanged();
          }}
        />
      )}
    </>
  );
}

/** The kind that is shown, if several of its problems can be retried at once. */
function retryableKind({ state, code }: Filter, kinds: ProblemKinds | undefined) {
  const kind = kinds?.kinds.find((kind) => kind.code === code);
  return state === "open" && kind && kind.open > 1 && canRetry(kind.action) ? kind : undefined;
}

function canRetry(action: Problem["action"]): boolean {
  return action === "retry" || action === "fix_in_stripe" || action === "contact";
}

function RetriedNote({ retried: { run, count, more } }: { retried: Retried }) {
  return (
    <Note tone="info" icon="syncs" title={t.problems.retried(count)}>
      <p>
        {run === null ? t.problems.retriedLater : <a href={href(`/runs/${run}`)}>{t.problems.retriedSync}</a>}
        {more && t.problems.retriedMore}
      </p>
    </Note>
  );
}
