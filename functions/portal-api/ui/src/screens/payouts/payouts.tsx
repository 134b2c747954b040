/** All payouts, newest first, with what is known about what they settled. */

import { withQuery } from "../../api/path";
import type { Payout } from "../../api/types";
import { reconciliationSign, statusSign } from "../../components/signs-later";
import { Amount } from "../../components/ui/amount";
import { Card } from "../../components/ui/card";
import { Count } from "../../components/ui/count";
import { useDownloads } from "../../components/ui/downloads";
import { Empty } from "../../components/ui/empty";
import { ErrorNote } from "../../components/ui/error-note";
import layout from "../../components/ui/layout.module.css";
import { LoadMore } from "../../components/ui/load-more";
import { SignPill } from "../../components/ui/pill";
import { Skeleton } from "../../components/ui/skeleton";
import table from "../../components/ui/table.module.css";
import text from "../../components/ui/text.module.css";
import { useApp } from "../../lib/app";
import { href, type Route } from "../../lib/router";
import { utcDay } from "../../lib/time";
import { usePages } from "../../lib/use-pages";
import { t } from "../../texts";
import { late } from "../../texts/late";
import { type Filter, Filters, filterOf } from "./filters";

export function PayoutsScreen({ route }: { route: Route }) {
  const filter = filterOf(route.params);
  const { buttons, result } = useDownloads([
    {
      label: late.payoutPlace.csv,
      path: withQuery("/payouts.csv", { ...filter }),
      name: "payouts.csv",
      continues: "cursor",
    },
  ]);
  return (
    <>
      <div class={layout.pageHead}>
        <div>
          <h1 tabIndex={-1}>{t.frame.titles.payouts}</h1>
          <p class={text.lead}>{late.payoutPlace.intro}</p>
        </div>
        <div class={layout.actions}>{buttons}</div>
      </div>
      {result}
      <Filters filter={filter} />
      <List key={JSON.stringify(filter)} filter={filter} />
    </>
  );
}

function List({ filter }: { filter: Filter }) {
  const { api } = useApp();
  const { query, items, next, more } = usePages(
    `payouts/${JSON.stringify(filter)}`,
    async (cursor, signal) => {
      const page = await api.payouts({ ...filter, cursor }, signal);
      return { items: page.payouts, next: page.next };
    },
  );
  if (query.error) return <ErrorNote error={query.error} retry={query.reload} />;
  if (query.loading) return <Skeleton lines={6} tall />;
  return (
    <>
      <Card>
        {items.length === 0 ? <NoPayouts more={next !== null} /> : <PayoutTable payouts={items} />}
      </Card>
      <LoadMore more={more} next={next} />
    </>
  );
}

/** With a filter a page may hold nothing although others follow. */
function NoPayouts({ more }: { more: boolean }) {
  const texts = late.payoutPlace;
  return (
    <Empty icon="payouts" title={texts.empty}>
      <p>{more ? texts.noneYet : texts.emptyText}</p>
    </Empty>
  );
}

function PayoutTable({ payouts }: { payouts: Payout[] }) {
  const { columns, caption } = late.payoutPlace;
  return (
    <div class={table.room}>
      <table class={table.table}>
        <caption class={text.visuallyHidden}>{caption}</caption>
        <thead>
          <tr>
            <th scope="col">{columns.arrival}</th>
            <th scope="col" class={table.number}>
              {columns.amount}
            </th>
            <th scope="col">{columns.status}</th>
            <th scope="col" class={table.number}>
              {columns.movements}
            </th>
            <th scope="col">{columns.reconciliation}</th>
          </tr>
        </thead>
        <tbody>
          {payouts.map((payout) => (
            <PayoutRow key={payout.id} payout={payout} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function PayoutRow({ payout }: { payout: Payout }) {
  const { columns, unknownDay, unknownAmount } = late.payoutPlace;
  const { id, arrival, amount, currency, exponent, members } = payout;
  return (
    <tr>
      <th scope="row">
        <a href={href(`/payouts/${id}`)}>
          {arrival ? <time dateTime={arrival}>{utcDay(arrival)}</time> : unknownDay}
        </a>
        <span class={text.sub}>
          <code>{payout.trace_id ?? id}</code>
        </span>
      </th>
      <td class={table.number} data-label={columns.amount}>
        {amount && currency ? (
          <Amount minor={amount} currency={currency} exponent={exponent} />
        ) : (
          unknownAmount
        )}
      </td>
      <td data-label={columns.status}>
        <SignPill sign={statusSign(payout.status)} />
      </td>
      <td class={table.number} data-label={columns.movements}>
        {members === null ? "–" : <Count value={members} />}
      </td>
      <td data-label={columns.reconciliation}>
        <SignPill sign={reconciliationSign(payout.reconciliation)} />
      </td>
    </tr>
  );
}
