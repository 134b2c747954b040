/** The items of one state, by kind, with what can be done about each and about many at once. */

import { useState } from "preact/hooks";
import type { Overview, Problem, ProblemKinds } from "../../api/types";
import { Button } from "../../components/ui/button";
import layout from "../../components/ui/layout.module.css";
import { LoadMore } from "../../components/ui/load-more";
import text from "../../components/ui/text.module.css";
import { useApp } from "../../lib/app";
import { postingState } from "../../lib/permissions";
import { isComplete } from "../../lib/run";
import type { Page, Pages } from "../../lib/use-pages";
import { late } from "../../texts/late";
import { Dismiss } from "./dismiss";
import { EmptyList } from "./empty-list";
import type { Filter } from "./filter";
import { ProblemGroup } from "./problem-group";
import type { ProblemActions } from "./use-problem-actions";

interface ProblemListProps {
  pages: Pages<Page<Problem>>;
  filter: Filter;
  kinds: ProblemKinds | undefined;
  actions: ProblemActions;
  onChanged: () => void;
}

export function ProblemList({ pages, filter, kinds, actions, onChanged }: ProblemListProps) {
  const { overview } = useApp();
  const { items, next, more } = pages;
  const [dismissing, setDismissing] = useState<readonly Problem[]>([]);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const chosen = items.filter(({ id }) => selected.has(id));
  const open = items.length;
  return (
    <>
      {open === 0 && next === null ? (
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
      {groupsOf(items).map(([code, problems]) => (
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
      <LoadMore more={more} next={next} />
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
