/** From one statement to Stripe's own balance summary of the same days: what that counts otherwise, and its rows. */

import type { ReconcilingItem, Statement } from "../../api/types";
import { Note } from "../../components/ui/note";
import text from "../../components/ui/text.module.css";
import { balanceText } from "../../lib/labels";
import { formatAmount, isZero } from "../../lib/money";
import { late } from "../../texts/late";
import table from "./statement-view.module.css";

type Reconciliation = NonNullable<Statement["reconciliation"]>;

/** Whether Stripe's summary has the same figures: nothing in reserves, and no payout on its way. */
function isSame(of: Reconciliation): boolean {
  const amounts = [of.reserved_at_start, of.reserved_at_end];
  const transit = [of.payouts_in_transit_at_start, of.payouts_in_transit_at_end];
  return (
    amounts.every(isZero) && transit.every(({ count, amount }) => count === 0 && isZero(amount))
  );
}

export function ToStripe({ statement }: { statement: Statement }) {
  const { reconciliation: of, exponent } = statement;
  const texts = late.figures.toStripe;
  if (of === null) return <Note tone="info" light title={texts.unknown} />;
  if (isSame(of)) return <p class={text.sub}>{texts.same}</p>;
  const summary = of.balance_summary;
  const row = (name: string, minor: string, under?: string, sum = false) => (
    <tr class={sum ? table.sum : undefined}>
      <th scope="row">
        {name}
        {under && <span class={text.sub}>{under}</span>}
      </th>
      <td class={table.net}>{formatAmount(minor, exponent)}</td>
    </tr>
  );
  const transit = (name: string, { count, amount }: ReconcilingItem) =>
    row(name, amount, count > 0 ? texts.count(count) : undefined);
  return (
    <>
      <h3>{texts.title}</h3>
      <p class={text.sub}>{texts.text}</p>
      <table class={table.table}>
        <caption class={text.visuallyHidden}>
          {texts.caption(balanceText(statement.balance), statement.currency)}
        </caption>
        <thead>
          <tr>
            <th scope="col">{late.figures.reconciling.item}</th>
            <th scope="col">{late.figures.reconciling.amount}</th>
          </tr>
        </thead>
        <tbody>
          {row(texts.reservedAtStart, of.reserved_at_start)}
          {row(texts.reservedAtEnd, of.reserved_at_end)}
          {transit(late.figures.reconciling.inTransitAtStart, of.payouts_in_transit_at_start)}
          {transit(late.figures.reconciling.inTransitAtEnd, of.payouts_in_transit_at_end)}
        </tbody>
        <tbody>
          {row(texts.starting, summary.starting_balance, undefined, true)}
          {row(texts.activity, summary.activity)}
          {row(texts.payouts, summary.payouts)}
          {!isZero(summary.opening) &&
            row(late.figures.opening, summary.opening, texts.openingText)}
          {row(texts.ending, summary.ending_balance, undefined, true)}
        </tbody>
      </table>
    </>
  );
}
