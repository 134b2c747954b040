/** One payout: what the bank shows, how the deposit is made up, and every movement in it. */

import type { PayoutCurrency, PayoutDetail } from "../../api/types";
import { categoryText } from "../../components/figures/labels";
import { reconciliationSign, statusSign } from "../../components/signs-later";
import { Amount } from "../../components/ui/amount";
import { Card } from "../../components/ui/card";
import { Count } from "../../components/ui/count";
import { ErrorNote } from "../../components/ui/error-note";
import { type Fact, Facts } from "../../components/ui/facts";
import layout from "../../components/ui/layout.module.css";
import { Outside } from "../../components/ui/outside";
import { SignPill } from "../../components/ui/pill";
import { Skeleton } from "../../components/ui/skeleton";
import table from "../../components/ui/table.module.css";
import text from "../../components/ui/text.module.css";
import { useApp } from "../../lib/app";
import { stripeLink } from "../../lib/links";
import { formatAmount, isZero, negated } from "../../lib/money";
import { useQuery } from "../../lib/query";
import { href } from "../../lib/router";
import { utcDay } from "../../lib/time";
import { t } from "../../texts";
import { late } from "../../texts/late";
import { Members } from "./members";

export function PayoutScreen({ id }: { id: string }) {
  const { api } = useApp();
  const payout = useQuery(`payout/${id}`, (signal) => api.payout(id, signal));
  return (
    <>
      <p class={layout.back}>
        <a href={href("/payouts")}>{late.payoutPlace.back}</a>
      </p>
      {payout.data ? (
        <Loaded payout={payout.data} />
      ) : (
        <h1 tabIndex={-1}>{t.frame.titles.payout}</h1>
      )}
      {payout.error && <ErrorNote error={payout.error} retry={payout.reload} />}
      {payout.loading && <Skeleton lines={6} tall />}
    </>
  );
}

function Loaded({ payout }: { payout: PayoutDetail }) {
  const { overview } = useApp();
  const texts = late.payoutPlace;
  const { amount, currency, exponent, settled } = payout;
  const listed = payout.reconciliation !== "not_listed" && payout.reconciliation !== "returned";
  return (
    <>
      <div class={layout.pageHead}>
        <h1 tabIndex={-1}>
          {amount && currency
            ? texts.title(<Amount minor={amount} currency={currency} exponent={exponent} />)
            : texts.titleNoAmount}
        </h1>
        <div class={layout.actions}>
          <SignPill sign={statusSign(payout.status)} />
          <SignPill sign={reconciliationSign(payout.reconciliation)} />
          <Outside href={stripeLink(payout.id, overview.data?.stripe?.mode)}>
            {texts.atStripe}
          </Outside>
        </div>
      </div>
      <p class={text.lead}>{texts.notes[payout.reconciliation]}</p>
      {settled?.currencies.map((part) => (
        <Settled key={part.currency} part={part} />
      ))}
      <Card title={texts.facts.title}>
        <Facts items={factsOf(payout)} />
      </Card>
      {listed && <Members id={payout.id} />}
    </>
  );
}

/** The payout's own record is what the others add up to: the deposit. */
function isOwn({ category }: { category: string }): boolean {
  return category === "payout" || category === "payout_reversal";
}

function Settled({ part }: { part: PayoutCurrency }) {
  const texts = late.payoutPlace;
  const { currency, exponent, categories, remainder } = part;
  const columns = texts.memberColumns;
  const amount = (minor: string) => formatAmount(minor, exponent);
  return (
    <Card title={texts.settled}>
      <div class={table.room}>
        <table class={table.table}>
          <caption class={text.visuallyHidden}>{texts.settledCaption(currency)}</caption>
          <thead>
            <tr>
              <th scope="col">{late.figures.columns.activity}</th>
              <th scope="col" class={table.number}>
                {late.figures.columns.count}
              </th>
              <th scope="col" class={table.number}>
                {columns.gross}
              </th>
              <th scope="col" class={table.number}>
                {columns.fees}
              </th>
              <th scope="col" class={table.number}>
                {columns.net}
              </th>
            </tr>
          </thead>
          <tbody>
            {[...categories]
              .sort((a, b) => Number(isOwn(a)) - Number(isOwn(b)))
              .map((row) => (
                <tr key={row.category}>
                  <th scope="row">{isOwn(row) ? texts.deposit : categoryText(row.category)}</th>
                  <td class={table.number} data-label={late.figures.columns.count}>
                    <Count value={row.count} />
                  </td>
                  <td class={table.number} data-label={columns.gross}>
                    {amount(row.gross)}
                  </td>
                  <td class={table.number} data-label={columns.fees}>
                    {amount(negated(row.fee))}
                  </td>
                  <td class={table.number} data-label={columns.net}>
                    <strong>{amount(row.net)}</strong>
                  </td>
                </tr>
              ))}
          </tbody>
        </table>
      </div>
      {!isZero(remainder) && (
        <p>
          {texts.remainder}:{" "}
          <strong>
            <Amount minor={remainder} currency={currency} exponent={exponent} sign="always" />
          </strong>
        </p>
      )}
    </Card>
  );
}

function factsOf(payout: PayoutDetail): Fact[] {
  const { facts: names, kinds, statuses, endingIn } = late.payoutPlace;
  const known: Record<string, string> = statuses;
  const code = (value: string | null) => value && <code>{value}</code>;
  const day = (at: string | null) => at && <time dateTime={at}>{utcDay(at)}</time>;
  const link = (id: string | null) => id && <a href={href(`/payouts/${id}`)}>{code(id)}</a>;
  const seen = payout.changes
    .map(({ status, at }) => `${known[status] ?? status} · ${utcDay(at)}`)
    .join(", ");
  const kind =
    payout.method === "instant" ? kinds.instant : payout.automatic ? kinds.automatic : kinds.manual;
  const bank = payout.destination?.last4
    ? endingIn(payout.destination.last4)
    : code(payout.destination?.id ?? null);
  const all: [string, Fact[1] | null][] = [
    [names.arrival, day(payout.arrival)],
    [names.created, day(payout.created)],
    [names.bank, bank],
    [names.trace, code(payout.trace_id)],
    [names.descriptor, payout.statement_descriptor && <code>{payout.statement_descriptor}</code>],
    [names.description, payout.description && <code>{payout.description}</code>],
    [names.kind, kind],
    [
      names.failure,
      payout.failure_message ? (
        <span lang="en">{payout.failure_message}</span>
      ) : (
        code(payout.failure_code)
      ),
    ],
    [names.seen, seen && <time>{seen}</time>],
    [names.left, found(payout.balance_transaction)],
    [names.cameBack, found(payout.failure_balance_transaction)],
    [names.reversedBy, link(payout.reversed_by)],
    [names.reverses, link(payout.original_payout)],
    [names.id, code(payout.id)],
  ];
  return all.filter((fact): fact is Fact => Boolean(fact[1]));
}

/** A movement, which the search shows with its entries. */
function found(id: string | null) {
  return (
    id && (
      <a href={href("/search", { id })}>
        <code>{id}</code>
      </a>
    )
  );
}
