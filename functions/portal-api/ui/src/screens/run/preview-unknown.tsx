/** The movements of a preview that no rule covers. */

import type { Preview } from "../../api/types";
import { Amount } from "../../components/ui/amount";
import { Card } from "../../components/ui/card";
import { Count } from "../../components/ui/count";
import table from "../../components/ui/table.module.css";
import text from "../../components/ui/text.module.css";
import { t } from "../../texts";

export function PreviewUnknown({ preview }: { preview: Preview }) {
  const texts = t.preview.unknown;
  return (
    <Card title={texts.title}>
      <p class={text.muted}>{texts.text}</p>
      <div class={table.room}>
        <table class={table.table}>
          <caption class={text.visuallyHidden}>{texts.caption}</caption>
          <thead>
            <tr>
              <th scope="col">{texts.kind}</th>
              <th scope="col" class={table.number}>
                {t.common.movements}
              </th>
              <th scope="col" class={table.number}>
                {texts.sum}
              </th>
            </tr>
          </thead>
          <tbody>
            {preview.unknown.map(({ kind, records, amounts }) => (
              <tr key={kind}>
                <th scope="row">
                  <code>{kind}</code>
                </th>
                <td class={table.number} data-label={t.common.movements}>
                  <Count value={records} />
                </td>
                <td class={table.number} data-label={texts.sum}>
                  {amounts.map(({ currency, exponent, amount }) => (
                    <div key={currency}>
                      <Amount minor={amount} currency={currency} exponent={exponent} />
                    </div>
                  ))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {preview.unknown_left_out > 0 && (
        <p class={text.muted}>{texts.more(preview.unknown_left_out)}</p>
      )}
    </Card>
  );
}
