/** What a sync would do with the history, counted before anything is written. */

import type { Preview, RunDetail } from "../../api/types";
import { Card } from "../../components/ui/card";
import { Count } from "../../components/ui/count";
import { type Fact, Facts } from "../../components/ui/facts";
import { FromApi } from "../../components/ui/from-api";
import { Note } from "../../components/ui/note";
import text from "../../components/ui/text.module.css";
import { useApp } from "../../lib/app";
import { lookUp } from "../../lib/labels";
import { href } from "../../lib/router";
import { date, duration, utcDay } from "../../lib/time";
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
  const next = useNext(run, preview);
  return (
    <>
      {preview.conflicts.map((conflict) => (
        <ConflictNote key={`${conflict.currency}/${conflict.transaction_id}`} conflict={conflict} />
      ))}
      <Card
        title={next === "start" ? t.preview.title : t.preview.titleFollowed}
        aside={next === "start" ? <StartSync preview={preview} /> : undefined}
      >
        {preview.conflicts.length > 0 && <p class={text.muted}>{t.preview.blockedReason}</p>}
        {next === "followed" && <Followed />}
        {next === "under_way" && <UnderWay />}
        <Facts items={factsOf(run, preview)} />
      </Card>
      {preview.unknown.length > 0 && <PreviewUnknown preview={preview} />}
      {preview.accounts.length > 0 && <PreviewAccounts preview={preview} />}
    </>
  );
}

/** What comes after a preview: what a sync has done since is not offered again. */
function useNext(
  run: RunDetail,
  preview: Preview,
): "start" | "blocked" | "followed" | "under_way" | "none" {
  const { overview } = useApp();
  const { stripe, last_run: last } = overview.data ?? {};
  if (run.state !== "completed" || !stripe) return "none";
  if (preview.conflicts.length > 0) return "blocked";
  if (stripe.current_run !== null) return "under_way";
  if (last && Date.parse(last.requested_at) > Date.parse(run.requested_at)) return "followed";
  return "start";
}

function Followed() {
  const last = useApp().overview.data?.last_run?.id;
  return (
    <p>
      {t.preview.followed((words) => (
        <a href={href(`/runs/${last}`)}>{words}</a>
      ))}
    </p>
  );
}

function UnderWay() {
  const current = useApp().overview.data?.stripe?.current_run;
  return (
    <p>
      {t.preview.underWay((words) => (
        <a href={href(`/runs/${current}`)}>{words}</a>
      ))}
    </p>
  );
}

function ConflictNote({ conflict }: { conflict: Preview["conflicts"][number] }) {
  const { currency, ours, theirs, transaction_id: entry, text: words } = conflict;
  const reason =
    theirs === null ? (
      <FromApi text={words} />
    ) : (
      t.preview.conflictText(currency, String(ours), String(theirs))
    );
  return (
    <Note tone="bad" icon="cross" title={t.preview.conflict(currency)} alert>
      <p>{reason}</p>
      <p>{t.preview.conflictAdvice}</p>
      {entry && <p class={text.mutedSmall}>{t.preview.conflictEntry(<code>{entry}</code>)}</p>}
    </Note>
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
    facts.push([
      names.beforeStart,
      t.preview.beforeStart(preview.records_before, utcDay(preview.start)),
    ]);
  facts.push(
    [names.currencies, currencies.join(", ") || t.common.none],
    [
      names.period,
      first === null || last === null ? "–" : t.preview.period(date(first), date(last)),
    ],
    ...customerFacts(preview),
  );
  if (preview.unreadable > 0) facts.push([names.unreadable, t.nouns.movements(preview.unreadable)]);
  for (const { code, records } of preview.findings)
    facts.push([lookUp(t.preview.findings, code) ?? code, t.nouns.movements(records)]);
  facts.push(
    [names.time, seconds === null ? "–" : t.preview.timeWithCheck(duration(seconds * 1000))],
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
  const { customers, customer_balances, customers_there, customers_matched, customers_open } =
    preview;
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
      .map(
        ([name, estimate, words]): Fact => [
          name,
          <span key={name}>{words(estimated(estimate))}</span>,
        ],
      ),
  ];
}
