/** What the chart shows, as a table: the days on which money moved or that were compared, newest first. */

import type { Series, SeriesOfCurrency } from "../../api/types";
import table from "../../components/ui/table.module.css";
import text from "../../components/ui/text.module.css";
import { PARTS } from "../../lib/chart";
import { formatAmount } from "../../lib/money";
import { utcDay } from "../../lib/time";
import { late } from "../../texts/late";

export function MoneyTable({ series, shown }: { series: Series; shown: SeriesOfCurrency }) {
  const { money, calendar } = late.figures;
  const { currency, exponent, points } = shown;
  const states = new Map(series.days.map(({ date, state }) => [date, state]));
  const title = `${money.title} · ${currency}`;
  return (
    <div class={table.room}>
      <table class={table.table}>
        <caption class={text.visuallyHidden}>{title}</caption>
        <thead>
          <tr>
            <th scope="col">{money.day}</th>
            {PARTS.map((part) => (
              <th key={part} scope="col" class={table.number}>
                {money.parts[part]}
              </th>
            ))}
            <th scope="col" class={table.number}>
              {money.net}
            </th>
            <th scope="col">{calendar.column}</th>
          </tr>
        </thead>
        <tbody>
          {[...points].reverse().map((point) => {
            const state = states.get(point.at);
            return (
              <tr key={point.at}>
                <th scope="row">
                  <time dateTime={point.at}>{utcDay(point.at)}</time>
                </th>
                {PARTS.map((part) => (
                  <td key={part} class={table.number} data-label={money.parts[part]}>
                    {formatAmount(point[part], exponent)}
                  </td>
                ))}
                <td class={table.number} data-label={money.net}>
                  <strong>{formatAmount(point.net, exponent)}</strong>
                </td>
                <td data-label={calendar.column}>{state ? calendar.days[state] : calendar.none}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
