/** Chooses which payouts are listed. */

import { Choice, FilterGroup } from "../../components/ui/filters";
import { monthName, monthPeriod, months } from "../../lib/period";
import { choose } from "../../lib/router";
import { late } from "../../texts/late";

const STATUSES = ["pending", "in_transit", "paid", "failed", "canceled"] as const;
const RECONCILIATIONS = ["reconciled", "remainder", "pending", "not_listed", "returned"] as const;
const MONTHS = 25;

export interface Filter {
  month: string | null;
  status: string | null;
  reconciled: string | null;
}

/** What a place's address names, as far as it can be asked for. */
export function filterOf(params: URLSearchParams): Filter {
  const month = params.get("month");
  return {
    month: month && monthPeriod(month) ? month : null,
    status: STATUSES.find((one) => one === params.get("status")) ?? null,
    reconciled: RECONCILIATIONS.find((one) => one === params.get("reconciled")) ?? null,
  };
}

export function Filters({ filter }: { filter: Filter }) {
  const { filters, statuses, reconciliations } = late.payoutPlace;
  return (
    <FilterGroup label={filters.label}>
      <Choice
        label={filters.month}
        any={filters.anyMonth}
        value={filter.month}
        choices={months(MONTHS, Date.now()).map((month) => [month, monthName(month)])}
        onChoose={(month) => choose({ month })}
      />
      <Choice
        label={filters.status}
        any={filters.anyStatus}
        value={filter.status}
        choices={STATUSES.map((status) => [status, statuses[status]])}
        onChoose={(status) => choose({ status })}
      />
      <Choice
        label={filters.reconciliation}
        any={filters.anyReconciliation}
        value={filter.reconciled}
        choices={RECONCILIATIONS.map((code) => [code, reconciliations[code]])}
        onChoose={(reconciled) => choose({ reconciled })}
      />
    </FilterGroup>
  );
}
