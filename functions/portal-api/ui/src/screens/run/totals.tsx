/** What a run read, summed by balance and currency. */

import type { RunTotal } from "../../api/types";
import { Amount } from "../../components/ui/amount";
import { NameWithCurrency } from "../../components/ui/name-with-currency";
import table from "../../components/ui/table.module.css";
import text from "../../components/ui/text.module.css";
import { balanceText } from "../../lib/labels";
import { type Texts, t } from "../../texts";

const COLUMNS: { name: keyof Texts["runs"]["columns"]; of: (total: RunTotal) => string }[] = [
  { name: "gross", of: (total) => total.gross },
  { name: "fees", of: (total) => total.fees },
  { name: "net", of: (total) => total.net },
  { name: "payIns", of: (total) => total.pay_ins },
  { name: "payouts", of: (total) => total.payouts },
];

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
                {t.runs.columns[name]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {totals.map((total) => (
            <tr key={`${total.balance}/${total.currency}`}>
              <th scope="row">
                <NameWithCurrency currency={total.currency}>{balanceText(total.balance)}</NameWithCurrency>
                <span class={text.sub}>{t.nouns.records(total.records)}</span>
              </th>
              {COLUMNS.map(({ name, of }) => (
                <td class={table.number} data-label={t.runs.columns[name]} key={name}>
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
