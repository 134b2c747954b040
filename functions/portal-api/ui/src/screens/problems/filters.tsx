/** Chooses the state and the kind of the problems that are shown. */

import type { ProblemKinds, ProblemState } from "../../api/types";
import { Count } from "../../components/ui/count";
import form from "../../components/ui/form.module.css";
import { problemKindText } from "../../lib/labels";
import { choose, href } from "../../lib/router";
import { late } from "../../texts/late";
import { type Filter, paramsOf, STATES } from "./filter";
import styles from "./filters.module.css";

interface FiltersProps {
  kinds: ProblemKinds;
  filter: Filter;
}

export function Filters({ kinds, filter }: FiltersProps) {
  const total = (state: ProblemState) => kinds.kinds.reduce((sum, kind) => sum + kind[state], 0);
  return (
    <div class={styles.filters}>
      <nav class={styles.tabs} aria-label={late.problemPlace.filterLabel}>
        {STATES.map((state) => (
          <a
            key={state}
            class={styles.tab}
            href={href("/problems", paramsOf({ ...filter, state }))}
            aria-current={state === filter.state ? "true" : undefined}
          >
            {late.problemPlace.states[state]}{" "}
            <span class={styles.count}>
              <Count value={total(state)} />
              {kinds.complete ? "" : late.problemPlace.orMore}
            </span>
          </a>
        ))}
      </nav>
      {(kinds.kinds.length > 1 || filter.code !== null) && (
        <KindChoice kinds={kinds} filter={filter} />
      )}
    </div>
  );
}

function KindChoice({ kinds, filter }: FiltersProps) {
  const listed = kinds.kinds.some(({ code }) => code === filter.code);
  return (
    <label class={styles.kind}>
      <span>{late.problemPlace.kind}</span>
      <select
        class={form.choice}
        value={filter.code ?? ""}
        onChange={(event) => choose({ kind: event.currentTarget.value || null })}
      >
        <option value="">{late.problemPlace.allKinds}</option>
        {kinds.kinds.map(({ code }) => (
          <option key={code} value={code}>
            {problemKindText(code)}
          </option>
        ))}
        {filter.code !== null && !listed && (
          <option value={filter.code}>{problemKindText(filter.code)}</option>
        )}
      </select>
    </label>
  );
}
