/** An empty list of problems means different things in different states. */

import type { Overview, ProblemKinds, ProblemState } from "../../api/types";
import { Card } from "../../components/ui/card";
import { Empty } from "../../components/ui/empty";
import { postingState } from "../../lib/permissions";
import { href } from "../../lib/router";
import { t } from "../../texts";
import { type Filter, paramsOf } from "./filter";

interface EmptyListProps {
  filter: Filter;
  kinds: ProblemKinds | undefined;
  overview: Overview | undefined;
}

export function EmptyList({ filter: { state, code }, kinds, overview }: EmptyListProps) {
  const count = (which: ProblemState) => kinds?.kinds.reduce((sum, kind) => sum + kind[which], 0) ?? 0;
  if (code !== null) return <NoneOfKind state={state} others={count(state)} />;
  const posting = postingState(overview);
  const texts: Record<ProblemState, string> = {
    open: t.problems.noneOpen[posting],
    dismissed: t.problems.noneDismissed,
    resolved: t.problems.noneResolved,
  };
  const dismissed = state === "open" && posting === "posting" ? count("dismissed") : 0;
  return (
    <Card>
      <Empty icon="check" title={t.problems.empty[state]}>
        <p>
          {texts[state]}
          {dismissed > 0 && t.problems.someDismissed(dismissed)}
        </p>
      </Empty>
    </Card>
  );
}

function NoneOfKind({ state, others }: { state: ProblemState; others: number }) {
  return (
    <Card>
      <Empty icon="check" title={t.problems.noneOfKind}>
        <p>{t.problems.noneOfKindText[state]}</p>
        {others > 0 && (
          <p>
            <a href={href("/problems", paramsOf({ state, code: null }))}>{t.problems.otherKinds(others)}</a>
          </p>
        )}
      </Empty>
    </Card>
  );
}
