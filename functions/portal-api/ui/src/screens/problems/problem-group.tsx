/** The items of one kind: a few of them at first, and what can be done about all of them. */

import { useState } from "preact/hooks";
import type { Problem, ProblemKind } from "../../api/types";
import { Button } from "../../components/ui/button";
import { CardList } from "../../components/ui/card";
import { Count } from "../../components/ui/count";
import layout from "../../components/ui/layout.module.css";
import text from "../../components/ui/text.module.css";
import { useApp } from "../../lib/app";
import { problemKindText } from "../../lib/labels";
import { t } from "../../texts";
import { late } from "../../texts/late";
import type { Filter } from "./filter";
import styles from "./problem-group.module.css";
import { ProblemRow } from "./problem-row";
import type { ProblemActions } from "./use-problem-actions";

/** Forty equal items are one thing to read, not forty. */
const AT_FIRST = 5;

interface ProblemGroupProps {
  code: string;
  problems: readonly Problem[];
  filter: Filter;
  kind: ProblemKind | undefined;
  actions: ProblemActions;
  selected: ReadonlySet<string>;
  onSelect: (selected: ReadonlySet<string>) => void;
  onDismiss: (problems: readonly Problem[]) => void;
}

export function ProblemGroup(props: ProblemGroupProps) {
  const { code, problems, filter, kind, actions, selected, onSelect, onDismiss } = props;
  const { overview } = useApp();
  const [all, setAll] = useState(false);
  const shown = all ? problems : problems.slice(0, AT_FIRST);
  const several = filter.state === "open" && problems.length > 1;
  const retryable = filter.state === "open" && kind && kind.open > 1 && canRetry(kind.action);
  const name = problemKindText(code);
  const select = (ids: string[], on: boolean) => {
    const next = new Set(selected);
    for (const id of ids) on ? next.add(id) : next.delete(id);
    onSelect(next);
  };
  const everything = problems.every(({ id }) => selected.has(id));
  return (
    <section class={styles.group}>
      <div class={layout.pageHead}>
        <h2>
          {name}{" "}
          <span class={text.muted}>
            <Count value={kind?.[filter.state] ?? problems.length} />
          </span>
        </h2>
        <div class={layout.actions}>
          {several && (
            <label class={styles.select}>
              <input
                type="checkbox"
                checked={everything}
                onChange={(event) =>
                  select(
                    problems.map(({ id }) => id),
                    event.currentTarget.checked,
                  )
                }
              />
              {late.problemPlace.selectAll(problems.length)}
            </label>
          )}
          {retryable && (
            <Button
              busy={actions.retry.busy}
              disabled={actions.blocked}
              onClick={() => void actions.retry.run({ code })}
            >
              {late.problemPlace.retryAll(kind.open)}
            </Button>
          )}
        </div>
      </div>
      <CardList label={name}>
        {shown.map((problem) => (
          <ProblemRow
            key={problem.id}
            problem={problem}
            overview={overview.data}
            blocked={actions.blocked}
            retry={actions.retry}
            reopen={actions.reopen}
            onDismiss={() => onDismiss([problem])}
            {...(several && {
              selection: {
                selected: selected.has(problem.id),
                onSelect: (on: boolean) => select([problem.id], on),
              },
            })}
          />
        ))}
      </CardList>
      {shown.length < problems.length && (
        <p>
          <Button small onClick={() => setAll(true)}>
            {t.preview.accounts.showAll(problems.length)}
          </Button>
        </p>
      )}
    </section>
  );
}

function canRetry(action: Problem["action"]): boolean {
  return action === "retry" || action === "fix_in_stripe" || action === "contact";
}
