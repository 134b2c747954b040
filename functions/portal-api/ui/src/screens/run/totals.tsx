/** What a run read, summed by balance and currency as an accountant sums it: each row adds up to its net change. */

import type { RunTotal } from "../../api/types";
import { Amount } from "../../components/ui/amount";
import { NameWithCurrency } from "../../components/ui/name-with-currency";
import table from "../../components/ui/table.module.css";
import text from "../../components/ui/text.module.css";
import { balanceText } from "../../lib/labels";
import { difference, negated } from "../../lib/money";
import { type Texts, t } from "../../texts";

const COLUMNS: { name: keyof Texts["runs"]["totalColumns"]; of: (total: RunTotal) => string }[] = [
  { name: "payIns", of: (total) => total.pay_ins },
  { name: "other", of: othersOf },
  { name: "fees", of: (total) => negated(total.fees) },
  { name: "payouts", of: (total) => total.payouts },
  { name: "net", of: (total) => total.net },
];

/** The API's gross sum is of all movements; what is neither a pay-in nor a payout is the rest of it. */
function othersOf(total: RunTotal): string {
  const besides = difference(total.gross, total.pay_ins);
  return (besides && difference(besides, total.payouts)) ?? total.gross;
}

export function Totals({ totals }: { totals: RunTotal[] }) {
  return (
    <div class={table.room}>
      <table class={table.table}>
        <caption class={text.visuallyHidden}>{t.runs.totalsCaption}</caption>
        <thead>
          <tr>
            <th scope="col">{t.common.balance}</th>
            {COLUMNS.map(({ name }) => (
              <th scope="col" class={table.number} key={name}>
                {t.runs.totalColumns[name]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {totals.map((total) => (
            <tr key={`${total.balance}/${total.currency}`}>
              <th scope="row">
                <NameWithCurrency currency={total.currency}>
                  {balanceText(total.balance)}
                </NameWithCurrency>
                <span class={text.sub}>{t.nouns.records(total.records)}</span>
              </th>
              {COLUMNS.map(({ name, of }) => (
                <td class={table.number} data-label={t.runs.totalColumns[name]} key={name}>
                  <Amount minor={of(total)} currency={total.currency} exponent={total.exponent} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
