/** An empty list of problems means different things in different states. */

import type { Overview, ProblemKinds, ProblemState } from "../../api/types";
import { Card } from "../../components/ui/card";
import { Empty } from "../../components/ui/empty";
import { postingState } from "../../lib/permissions";
import { href } from "../../lib/router";
import { late } from "../../texts/late";
import { type Filter, paramsOf } from "./filter";

interface EmptyListProps {
  filter: Filter;
  kinds: ProblemKinds | undefined;
  overview: Overview | undefined;
}

export function EmptyList({ filter: { state, code }, kinds, overview }: EmptyListProps) {
  const count = (which: ProblemState) =>
    kinds?.kinds.reduce((sum, kind) => sum + kind[which], 0) ?? 0;
  if (code !== null) return <NoneOfKind state={state} others={count(state)} />;
  const posting = postingState(overview);
  const texts: Record<ProblemState, string> = {
    open: late.problemPlace.noneOpen[posting],
    dismissed: late.problemPlace.noneDismissed,
    resolved: late.problemPlace.noneResolved,
  };
  const dismissed = state === "open" && posting === "posting" ? count("dismissed") : 0;
  return (
    <Card>
      <Empty icon="check" title={late.problemPlace.empty[state]}>
        <p>
          {texts[state]}
          {dismissed > 0 && late.problemPlace.someDismissed(dismissed)}
        </p>
      </Empty>
    </Card>
  );
}

function NoneOfKind({ state, others }: { state: ProblemState; others: number }) {
  return (
    <Card>
      <Empty icon="check" title={late.problemPlace.noneOfKind}>
        <p>{late.problemPlace.noneOfKindText[state]}</p>
        {others > 0 && (
          <p>
            <a href={href("/problems", paramsOf({ state, code: null }))}>
              {late.problemPlace.otherKinds(others)}
            </a>
          </p>
        )}
      </Empty>
    </Card>
  );
}
