/** What no statement shows by itself, in each currency: disputes without a decision, and payouts on their way. */

import type { Period, ReconcilingItem, ReconcilingItems } from "../../api/types";
import { Card } from "../../components/ui/card";
import { ErrorNote } from "../../components/ui/error-note";
import { Note } from "../../components/ui/note";
import text from "../../components/ui/text.module.css";
import { useApp } from "../../lib/app";
import { formatAmount } from "../../lib/money";
import { useQuery } from "../../lib/query";
import { late } from "../../texts/late";
import table from "./statement-view.module.css";

interface ReconcilingProps {
  period: Period;
  /** With payouts on their way, which a statement otherwise shows itself. */
  transit: boolean;
}

export function Reconciling({ period, transit }: ReconcilingProps) {
  const { api } = useApp();
  const items = useQuery(`reconciling/${period.from}/${period.to}`, (signal) =>
    api.reconcilingItems(period, signal),
  );
  const texts = late.figures.reconciling;
  if (items.error) return <ErrorNote error={items.error} retry={items.reload} />;
  if (!items.data || items.data.currencies.length === 0) return null;
  return (
    <Card title={transit ? texts.title : texts.unsettled}>
      <p>{transit ? texts.text : texts.unsettledText}</p>
      <table class={table.table}>
        <caption class={text.visuallyHidden}>{transit ? texts.title : texts.unsettled}</caption>
        <thead>
          <tr>
            <th scope="col">{texts.item}</th>
            <th scope="col" class={table.net}>
              {texts.amount}
            </th>
          </tr>
        </thead>
        {items.data.currencies.map((of) => (
          <Currency key={of.currency} of={of} transit={transit} />
        ))}
      </table>
      {items.data.more && <Note tone="info" title={texts.more} />}
    </Card>
  );
}

/** A row for each kind, so that the table fits the narrowest pane. */
function Currency({ of, transit }: { of: ReconcilingItems; transit: boolean }) {
  const texts = late.figures.reconciling;
  const row = (name: string, { amount }: ReconcilingItem) => (
    <tr>
      <th scope="row">{`${of.currency} · ${name}`}</th>
      <td class={table.net}>{formatAmount(amount, of.exponent)}</td>
    </tr>
  );
  return (
    <tbody>
      {transit && row(texts.inTransitAtStart, of.payouts_in_transit_at_start)}
      {transit && row(texts.inTransitAtEnd, of.payouts_in_transit_at_end)}
      {row(texts.unsettledDisputes, of.unsettled_disputes)}
    </tbody>
  );
}
