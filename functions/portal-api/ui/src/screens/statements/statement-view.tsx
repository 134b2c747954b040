/** One table for each balance and currency, with the rows of Stripe's own balance report. */

import { withQuery } from "../../api/path";
import type { Period, Statement } from "../../api/types";
import { categoryText } from "../../components/figures/labels";
import { StandingNote } from "../../components/figures/standing-note";
import { Amount } from "../../components/ui/amount";
import { Card } from "../../components/ui/card";
import { Count } from "../../components/ui/count";
import { useDownloads } from "../../components/ui/downloads";
import { Empty } from "../../components/ui/empty";
import { ErrorNote } from "../../components/ui/error-note";
import { Note } from "../../components/ui/note";
import { Skeleton } from "../../components/ui/skeleton";
import text from "../../components/ui/text.module.css";
import { useApp } from "../../lib/app";
import { balanceText } from "../../lib/labels";
import { formatAmount, isZero, negated } from "../../lib/money";
import { useQuery } from "../../lib/query";
import { late } from "../../texts/late";
import { Reconciling } from "./reconciling";
import table from "./statement-view.module.css";
import { ToStripe } from "./to-stripe";
import { Toolbar } from "./toolbar";

/** While earlier figures are being made, what is shown grows. */
const PREPARING_POLL_MS = 15_000;

export function StatementView({ period }: { period: Period }) {
  const { api } = useApp();
  const statements = useQuery(
    `statements/${period.from}/${period.to}`,
    (signal) => api.statements(period, signal),
    ({ state }) => (state === "preparing" ? PREPARING_POLL_MS : null),
  );
  const name = `statement-${period.from}-${period.to}`;
  const { buttons, result } = useDownloads([
    {
      label: late.figures.csv,
      path: withQuery("/statements.csv", { ...period }),
      name: `${name}.csv`,
    },
    {
      label: late.figures.json,
      path: withQuery("/statements", { ...period }),
      name: `${name}.json`,
    },
  ]);
  const { data } = statements;
  return (
    <>
      {statements.error && <ErrorNote error={statements.error} retry={statements.reload} />}
      {statements.loading && <Skeleton lines={8} tall />}
      {data && (
        <>
          <StandingNote standing={data} />
          <Toolbar>{buttons}</Toolbar>
          {result}
          {data.statements.length === 0 && (
            <Card>
              <Empty icon="statements" title={late.figures.noStatement}>
                <p>{late.figures.noStatementText}</p>
              </Empty>
            </Card>
          )}
          {data.statements.map((statement) => (
            <StatementCard
              key={`${statement.balance}/${statement.currency}`}
              statement={statement}
            />
          ))}
          <Reconciling period={period} transit={data.statements.some(isWithoutTransit)} />
        </>
      )}
    </>
  );
}

/** Its payouts on their way are not known one by one: only their sum up to where they were read. */
function isWithoutTransit({ reconciliation }: Statement): boolean {
  return reconciliation === null;
}

function StatementCard({ statement }: { statement: Statement }) {
  const texts = late.figures;
  const { currency, exponent } = statement;
  const title = texts.statementTitle(balanceText(statement.balance), currency);
  const only = (minor: string) => <td class={table.net}>{formatAmount(minor, exponent)}</td>;
  return (
    <Card title={title}>
      <table class={table.table}>
        <caption class={text.visuallyHidden}>{title}</caption>
        <thead>
          <tr>
            <th scope="col">{texts.columns.activity}</th>
            <th scope="col">{texts.columns.count}</th>
            <th scope="col">{texts.columns.gross}</th>
            <th scope="col">{texts.columns.fees}</th>
            <th scope="col">{texts.columns.net}</th>
          </tr>
        </thead>
        <tbody>
          <tr class={table.sum}>
            <th scope="row">{texts.starting}</th>
            <NoDetails />
            {only(statement.starting_balance)}
          </tr>
          {statement.activity.map((row) => (
            <Row
              key={row.category}
              row={row}
              exponent={exponent}
              name={categoryText(row.category)}
            />
          ))}
          <Row row={statement.activity_total} exponent={exponent} name={texts.total} sum />
          <Row row={statement.payouts} exponent={exponent} name={texts.payouts} />
          {!isZero(statement.opening) && (
            <tr>
              <th scope="row">{texts.opening}</th>
              <NoDetails />
              {only(statement.opening)}
            </tr>
          )}
          <tr class={table.sum}>
            <th scope="row">{texts.ending}</th>
            <NoDetails />
            {only(statement.ending_balance)}
          </tr>
          {!isZero(statement.opening_dated_later) && (
            <tr>
              <th scope="row">
                {texts.openingDatedLater}
                <span class={text.sub}>{texts.openingDatedLaterText}</span>
              </th>
              <NoDetails />
              {only(statement.opening_dated_later)}
            </tr>
          )}
          {statement.reconciliation === null && !isZero(statement.reserved) && (
            <tr>
              <th scope="row">
                {texts.reserved}
                <span class={text.sub}>{texts.reservedText}</span>
              </th>
              <NoDetails />
              {only(statement.reserved)}
            </tr>
          )}
        </tbody>
      </table>
      <Remarks statement={statement} />
      <ToStripe statement={statement} />
    </Card>
  );
}

/** The columns that a balance has nothing for. */
function NoDetails() {
  return <td class={table.details} colSpan={3} />;
}

interface RowProps {
  row: Statement["payouts"];
  exponent: number;
  name: string;
  sum?: boolean;
}

function Row({ row, exponent, name, sum = false }: RowProps) {
  const gross = formatAmount(row.gross, exponent);
  const fees = formatAmount(negated(row.fee), exponent);
  return (
    <tr class={sum ? table.sum : undefined}>
      <th scope="row">
        {name}
        <span class={table.narrow} aria-hidden="true">
          {late.figures.narrow(late.payoutPlace.membersCount(row.count), gross, fees)}
        </span>
      </th>
      <td class={table.details}>
        <Count value={row.count} />
      </td>
      <td class={table.details}>{gross}</td>
      <td class={table.details}>{fees}</td>
      <td class={table.net}>{formatAmount(row.net, exponent)}</td>
    </tr>
  );
}

function Remarks({ statement }: { statement: Statement }) {
  const { suspense, currency, exponent, unposted } = statement;
  if (isZero(suspense) && !unposted) return null;
  const amount = <Amount minor={suspense} currency={currency} exponent={exponent} />;
  return (
    <>
      {!isZero(suspense) && (
        <Note tone="warn" icon="problems" light title={late.figures.suspense(amount)} />
      )}
      {unposted && <Note tone="info" title={late.figures.unposted} />}
    </>
  );
}
