/** What can be done about items: retry, open again; and what became of a retry. */

import { useState } from "preact/hooks";
import type { Problem } from "../../api/types";
import { announce } from "../../lib/announce";
import { useApp } from "../../lib/app";
import { useAction } from "../../lib/query";
import { late } from "../../texts/late";

export interface Retried {
  /** The sync that was made for it; null when the one after the open sync does it. */
  run: string | null;
  count: number;
  more: boolean;
}

type Retry = { ids: string[] } | { code: string };

export type ProblemActions = ReturnType<typeof useProblemActions>;

export function useProblemActions(onChanged: () => void) {
  const { api, overview, onRunStarted } = useApp();
  const [retried, setRetried] = useState<Retried | undefined>();
  const retry = useAction(async (which: Retry) => {
    const { run, created, changed, more } = await api.retryProblems(which);
    if (run) {
      onRunStarted(run);
      setRetried({ run: created ? run.id : null, count: changed, more });
      announce(late.problemPlace.retried(changed));
    }
    onChanged();
  });
  const reopen = useAction(async (problem: Problem) => {
    await api.reopenProblems([problem.id]);
    announce(late.problemPlace.reopened);
    onChanged();
  });
  const granted = overview.data?.install.granted_permissions ?? [];
  // A retry is a sync that posts: it is not the way to start the first one.
  const blocked =
    !granted.includes("data:read") ||
    !granted.includes("data:write") ||
    !overview.data?.stripe?.confirmed;
  return { retry, reopen, retried, blocked };
}
