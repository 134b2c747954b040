/** The close of a period: what happened to each of Stripe's balances, or what each account of the ledger moved by. */

import type { Period } from "../../api/types";
import layout from "../../components/ui/layout.module.css";
import { Segments } from "../../components/ui/segments";
import text from "../../components/ui/text.module.css";
import { useApp } from "../../lib/app";
import { chosenPeriod, monthName, monthPeriod, months } from "../../lib/period";
import { choose, type Route } from "../../lib/router";
import { utcDay } from "../../lib/time";
import { t } from "../../texts";
import { late } from "../../texts/late";
import { JournalView } from "./journal-view";
import { PeriodChoice } from "./period-choice";
import { StatementView } from "./statement-view";
import styles from "./statements.module.css";

/** What the address of the place says; the last whole month where it says nothing that can be shown. */
function periodOf({ params }: Route): { period: Period; month: string | null } {
  const chosen = chosenPeriod(params.get("from") ?? "", params.get("to") ?? "");
  if (chosen) return { period: chosen, month: null };
  const named = params.get("month") ?? "";
  const last = months(2, Date.now())[1] ?? "";
  const month = monthPeriod(named) ? named : last;
  return { period: monthPeriod(month) ?? { from: month, to: month }, month };
}

const VIEWS = ["statement", "journal"] as const;

export function StatementsScreen({ route }: { route: Route }) {
  const { overview } = useApp();
  const { period, month } = periodOf(route);
  const view = VIEWS.find((name) => name === route.params.get("view")) ?? "statement";
  const texts = late.figures;
  const stripe = overview.data?.stripe;
  return (
    <>
      <div class={layout.pageHead}>
        <div>
          <h1 tabIndex={-1}>{t.frame.titles.statements}</h1>
          <p class={text.lead}>
            <time>
              {month === null
                ? texts.span(utcDay(period.from), utcDay(period.to))
                : monthName(month)}
            </time>
          </p>
          {stripe && <p class={styles.paper}>{stripe.display_name ?? stripe.account_id}</p>}
        </div>
        <div class={styles.choices}>
          <Segments
            id="view"
            legend={texts.views.label}
            value={view}
            choices={VIEWS.map((value) => ({ value, name: texts.views[value] }))}
            onChoose={(view) => choose({ view })}
          />
        </div>
      </div>
      <PeriodChoice key={`${period.from}/${period.to}`} period={period} month={month} />
      {view === "statement" ? <StatementView period={period} /> : <JournalView period={period} />}
    </>
  );
}
