/** What a sync would do with the history, counted before anything is written. */

import type { Preview, RunDetail } from "../../api/types";
import { Card } from "../../components/ui/card";
import { Count } from "../../components/ui/count";
import { type Fact, Facts } from "../../components/ui/facts";
import { Note } from "../../components/ui/note";
import { lookUp } from "../../lib/labels";
import { date, duration } from "../../lib/time";
import { t } from "../../texts";
import type { Part } from "../../texts/rich";
import { PreviewAccounts } from "./preview-accounts";
import { PreviewUnknown } from "./preview-unknown";
import { StartSync } from "./start-sync";

interface PreviewProps {
  run: RunDetail;
  preview: Preview;
}

export function PreviewFigures({ run, preview }: PreviewProps) {
  const done = run.state === "completed";
  return (
    <>
      {preview.conflicts.map(({ currency, transaction_id, text }) => (
        <Note
          key={`${currency}/${transaction_id}`}
          tone="bad"
          icon="cross"
          title={t.preview.conflict(currency)}
          alert
        >
          <p>{text}</p>
        </Note>
      ))}
      <Card title={t.preview.title} aside={done ? <StartSync preview={preview} /> : undefined}>
        <Facts items={factsOf(run, preview)} />
      </Card>
      {preview.unknown.length > 0 && <PreviewUnknown preview={preview} />}
      {preview.accounts.length > 0 && <PreviewAccounts preview={preview} />}
    </>
  );
}

function factsOf(run: RunDetail, preview: Preview): Fact[] {
  const names = t.preview.facts;
  const currencies = Array.from(new Set(run.totals.map((total) => total.currency))).sort();
  const { first, last, seconds, stripe_calls: calls } = preview;
  const facts: Fact[] = [
    [t.common.movements, <Count key="movements" value={run.records} />],
    [t.common.entries, <Count key="entries" value={preview.entries} />],
  ];
  if (preview.entries_there > 0)
    facts.push([names.there, <Count key="there" value={preview.entries_there} />]);
  if (preview.start !== null)
    facts.push([names.beforeStart, t.preview.beforeStart(preview.records_before, preview.start)]);
  facts.push(
    [names.currencies, currencies.join(", ") || t.common.none],
    [names.period, first === null || last === null ? "–" : t.preview.period(date(first), date(last))],
    ...customerFacts(preview),
  );
  if (preview.unreadable > 0) facts.push([names.unreadable, t.nouns.movements(preview.unreadable)]);
  for (const { code, records } of preview.findings)
    facts.push([lookUp(t.preview.findings, code) ?? code, t.nouns.movements(records)]);
  facts.push(
    [names.time, seconds === null ? "–" : t.preview.about(duration(seconds * 1000))],
    [names.stripeCalls, calls === null ? "–" : <Count key="calls" value={calls} />],
  );
  return facts;
}

interface Estimate {
  count: number;
  exact: boolean;
}

function estimated({ count, exact }: Estimate): Part {
  const figure = <Count value={count} />;
  return exact ? figure : t.preview.about(figure);
}

/** How many customers are created, and how many need not be. */
function customerFacts(preview: Preview): Fact[] {
  const names = t.preview.facts;
  const { customers, customer_balances, customers_there, customers_matched, customers_open } = preview;
  const optional: [name: string, estimate: Estimate, words: (figure: Part) => Part][] = [
    [names.customersThere, customers_there, (figure) => figure],
    [names.customersMatched, customers_matched, t.preview.matchedByEmail],
    [names.customersOpen, customers_open, t.preview.notKnownYet],
    [names.customerBalances, customer_balances, (figure) => figure],
  ];
  return [
    [names.customers, customers.count === 0 ? t.common.none : <span>{estimated(customers)}</span>],
    ...optional
      .filter(([, { count }]) => count > 0)
      .map(([name, estimate, words]): Fact => [name, <span key={name}>{words(estimated(estimate))}</span>]),
  ];
}
