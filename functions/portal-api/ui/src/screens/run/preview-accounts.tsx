/** The ledger's accounts as a sync would leave them. */

import { useState } from "preact/hooks";
import type { Preview } from "../../api/types";
import { Amount } from "../../components/ui/amount";
import { Button } from "../../components/ui/button";
import { Card } from "../../components/ui/card";
import { Count } from "../../components/ui/count";
import { NameWithCurrency } from "../../components/ui/name-with-currency";
import table from "../../components/ui/table.module.css";
import text from "../../components/ui/text.module.css";
import { t } from "../../texts";

/** Accounts shown before the rest is asked for. */
const ROWS_AT_FIRST = 24;

const COLUMNS = ["debits", "credits", "balance"] as const;

function columnText(column: (typeof COLUMNS)[number]): string {
  return column === "balance" ? t.common.balance : t.preview.accounts[column];
}

export function PreviewAccounts({ preview }: { preview: Preview }) {
  const [all, setAll] = useState(false);
  const texts = t.preview.accounts;
  const rows = all ? preview.accounts : preview.accounts.slice(0, ROWS_AT_FIRST);
  return (
    <Card title={texts.title}>
      <div class={table.room}>
        <table class={table.table}>
          <caption class={text.visuallyHidden}>{texts.caption}</caption>
          <thead>
            <tr>
              <th scope="col">{t.common.account}</th>
              <th scope="col" class={table.number}>
                {t.common.entries}
              </th>
              {COLUMNS.map((column) => (
                <th scope="col" class={table.number} key={column}>
                  {columnText(column)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={`${row.account}/${row.currency}`}>
                <th scope="row">
                  <NameWithCurrency currency={row.currency}>
                    {row.account === "customers" ? texts.allCustomers : <code>{row.account}</code>}
                  </NameWithCurrency>
                </th>
                <td class={table.number} data-label={t.common.entries}>
                  <Count value={row.entries} />
                </td>
                {COLUMNS.map((column) => (
                  <td class={table.number} data-label={columnText(column)} key={column}>
                    <Amount minor={row[column]} currency={row.currency} exponent={row.exponent} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class={text.mutedSmall}>{texts.sign}</p>
      {preview.accounts_left_out > 0 && (
        <p class={text.muted}>{texts.more(preview.accounts_left_out)}</p>
      )}
      {!all && preview.accounts.length > rows.length && (
        <Button onClick={() => setAll(true)}>{texts.showAll(preview.accounts.length)}</Button>
      )}
    </Card>
  );
}
