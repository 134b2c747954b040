/** A journal summary: debits and credits by account, balanced in each currency. */

import { useState } from "preact/hooks";
import { withQuery } from "../../api/path";
import type { JournalLine, Period } from "../../api/types";
import { roleText } from "../../components/figures/labels";
import { StandingNote } from "../../components/figures/standing-note";
import { Card } from "../../components/ui/card";
import { useDownloads } from "../../components/ui/downloads";
import { Empty } from "../../components/ui/empty";
import { ErrorNote } from "../../components/ui/error-note";
import { Segments } from "../../components/ui/segments";
import { Skeleton } from "../../components/ui/skeleton";
import table from "../../components/ui/table.module.css";
import text from "../../components/ui/text.module.css";
import { useApp } from "../../lib/app";
import { formatAmount, isZero, sumOf } from "../../lib/money";
import { useQuery } from "../../lib/query";
import { utcDay } from "../../lib/time";
import { late } from "../../texts/late";
import { Toolbar } from "./toolbar";

const SPLITS = ["period", "day"] as const;

export function JournalView({ period }: { period: Period }) {
  const { api } = useApp();
  const [by, setBy] = useState<(typeof SPLITS)[number]>("period");
  const texts = late.figures;
  const journal = useQuery(`journal/${by}/${period.from}/${period.to}`, (signal) =>
    api.journal(period, by, signal),
  );
  const name = `journal-${period.from}-${period.to}`;
  const { buttons, result } = useDownloads([
    { label: texts.csv, path: withQuery("/journal.csv", { ...period, by }), name: `${name}.csv` },
    { label: texts.json, path: withQuery("/journal", { ...period, by }), name: `${name}.json` },
  ]);
  const { data } = journal;
  return (
    <>
      {journal.error && <ErrorNote error={journal.error} retry={journal.reload} />}
      {data && <StandingNote standing={data} />}
      <Toolbar>
        <Segments
          id="split"
          legend={texts.split.label}
          value={by}
          choices={SPLITS.map((value) => ({ value, name: texts.split[value] }))}
          onChoose={setBy}
        />
        {buttons}
      </Toolbar>
      {result}
      {journal.loading && <Skeleton lines={8} tall />}
      {data?.lines.length === 0 && (
        <Card>
          <Empty icon="statements" title={texts.journal.empty} />
        </Card>
      )}
      {data &&
        byCurrency(data.lines).map((lines) => (
          <JournalCard key={lines[0]?.currency} lines={lines} />
        ))}
    </>
  );
}

function byCurrency(lines: JournalLine[]): JournalLine[][] {
  const currencies = new Set(lines.map(({ currency }) => currency));
  return [...currencies].map((currency) => lines.filter((line) => line.currency === currency));
}

function JournalCard({ lines }: { lines: JournalLine[] }) {
  const texts = late.figures.journal;
  const { currency = "", exponent = 2 } = lines[0] ?? {};
  const debit = sumOf(lines.map((line) => line.debit));
  const credit = sumOf(lines.map((line) => line.credit));
  const dates = new Set(lines.map(({ date }) => date)).size > 1;
  const amount = (minor: string) => (isZero(minor) ? "–" : formatAmount(minor, exponent));
  return (
    <Card title={currency}>
      <div class={table.room}>
        <table class={table.table}>
          <caption class={text.visuallyHidden}>{texts.caption(currency)}</caption>
          <thead>
            <tr>
              <th scope="col">{texts.account}</th>
              <th scope="col" class={table.number}>
                {texts.debit}
              </th>
              <th scope="col" class={table.number}>
                {texts.credit}
              </th>
            </tr>
          </thead>
          <tbody>
            {lines.map((line) => (
              <tr key={`${line.date}/${line.role}/${line.account}`}>
                <th scope="row">
                  {roleText(line.role)}
                  <span class={text.sub}>
                    {dates && <time dateTime={line.date}>{utcDay(line.date)} </time>}
                    {line.account && <code>{line.account}</code>}
                  </span>
                </th>
                <td class={table.number} data-label={texts.debit}>
                  {amount(line.debit)}
                </td>
                <td class={table.number} data-label={texts.credit}>
                  {amount(line.credit)}
                </td>
              </tr>
            ))}
            <tr>
              <th scope="row">
                <strong>{texts.total}</strong>
              </th>
              <td class={table.number} data-label={texts.debit}>
                <strong>{formatAmount(debit, exponent)}</strong>
              </td>
              <td class={table.number} data-label={texts.credit}>
                <strong>{formatAmount(credit, exponent)}</strong>
              </td>
            </tr>
          </tbody>
        </table>
      </div>
      <p class={text.muted}>{debit === credit ? texts.balanced : texts.unbalanced}</p>
    </Card>
  );
}
