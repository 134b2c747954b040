/** Narrows the list by who started a sync, by what its comparison found and by its days. */

import { Choice, DayRange, FilterGroup } from "../../components/ui/filters";
import { choose } from "../../lib/router";
import { late } from "../../texts/late";
import { type Filter, TRIGGERS } from "./filter";

export function Filters({ filter }: { filter: Filter }) {
  const texts = late.syncs;
  return (
    <FilterGroup label={texts.filterLabel}>
      <Choice
        label={texts.trigger}
        any={texts.anyTrigger}
        value={filter.trigger}
        choices={TRIGGERS.map((trigger) => [trigger, texts.triggers[trigger]])}
        onChoose={(trigger) => choose({ trigger })}
      />
      <Choice
        label={texts.result}
        any={texts.anyResult}
        value={filter.verdict}
        choices={[["mismatch", texts.differs]]}
        onChoose={(verdict) => choose({ verdict })}
      />
      <DayRange labels={texts} value={filter} onChoose={choose} />
    </FilterGroup>
  );
}
