/** What became of a retry or of opening again: it outlives a change of the filter, and of the list. */

import { ErrorNote } from "../../components/ui/error-note";
import { Note } from "../../components/ui/note";
import { href } from "../../lib/router";
import { late } from "../../texts/late";
import type { ProblemActions, Retried } from "./use-problem-actions";

export function ActionResults({ actions }: { actions: ProblemActions }) {
  const { retried, retry, reopen } = actions;
  return (
    <>
      {retried && <RetriedNote retried={retried} />}
      {retry.error && <ErrorNote error={retry.error} />}
      {reopen.error && <ErrorNote error={reopen.error} />}
    </>
  );
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
