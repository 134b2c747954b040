/** Before a write: what a sync would make of the history, and a person's consent. */

import { useState } from "preact/hooks";
import type { Preview, RunDetail } from "../api/types";
import { Amount, Button, Card, Confirm, Count, Empty, ErrorNote, Facts, Note } from "../components/basics";
import { Icon } from "../components/icons";
import { announce } from "../lib/announce";
import { useApp } from "../lib/app";
import { useAction } from "../lib/query";
import { href, navigate } from "../lib/router";
import { date, duration } from "../lib/time";
import { inShadow, plural } from "../lib/words";

/** Accounts shown before the rest is asked for. */
const ROWS_AT_FIRST = 24;

export function ShadowNote() {
  return (
    <Note tone="info" icon="eye" title="Shadow mode">
      <p>
        This install may read your ledger, but not write to it. Syncs read Stripe, compare both sides and show
        what they would post; nothing is ever written.{" "}
        <a href={href("/access")}>What a permission would add</a>
      </p>
    </Note>
  );
}

/** The first thing to do with a connected account: look, then start. */
export function BeforeFirst({ lastPreview }: { lastPreview: string | null }) {
  return (
    <Empty icon="eye" title="Look before anything is written">
      <p>
        A preview reads the whole history of this Stripe account and shows what a sync would make of it:
        entries, balances, customers, and what no rule knows. Nothing has been written yet.
      </p>
      <p class="actions center">
        <StartPreview primary={lastPreview === null} />
        {lastPreview !== null && (
          <a class="button primary" href={href(`/runs/${lastPreview}`)}>
            See the preview <Icon name="arrow" size={16} />
          </a>
        )}
      </p>
    </Empty>
  );
}

function StartPreview({ primary }: { primary: boolean }) {
  const { api, onRunStarted } = useApp();
  const start = useAction(async () => {
    const { run } = await api.startPreview();
    announce("The preview is being made.");
    onRunStarted(run);
    navigate(`/runs/${run.id}`);
  });
  return (
    <>
      <Button kind={primary ? "primary" : "plain"} busy={start.busy} onClick={() => void start.run()}>
        {primary ? "Preview" : "Preview again"}
      </Button>
      {start.error && <ErrorNote error={start.error} />}
    </>
  );
}

/** A consent to what a run waits for. */
export function Approve({ run, code, done }: { run: string; code: string; done: () => void }) {
  const { api } = useApp();
  const approve = useAction(async () => {
    await api.approveRun(run, code);
    announce("The sync goes on.");
    done();
  });
  return (
    <>
      {approve.error && <ErrorNote error={approve.error} />}
      <p>
        <Button kind="primary" busy={approve.busy} onClick={() => void approve.run()}>
          Continue
        </Button>
      </p>
    </>
  );
}

/** A number that may be an estimate. */
function about({ count, exact }: { count: number; exact: boolean }) {
  return (
    <>
      {!exact && "about "}
      <Count value={count} />
    </>
  );
}

export function PreviewFigures({ run, preview }: { run: RunDetail; preview: Preview }) {
  const done = run.state === "completed";
  return (
    <>
      {preview.conflicts.map((conflict) => (
        <Note
          key={`${conflict.currency}${conflict.transaction_id}`}
          tone="bad"
          icon="cross"
          title={`${conflict.currency} cannot be written`}
          alert
        >
          <p>{conflict.text}</p>
        </Note>
      ))}
      <Card title="What a sync would make" aside={done ? <StartSync preview={preview} /> : undefined}>
        <Summary run={run} preview={preview} />
      </Card>
      {preview.unknown.length > 0 && <UnknownCard preview={preview} />}
      {preview.accounts.length > 0 && <AccountsCard preview={preview} />}
    </>
  );
}

function Summary({ run, preview }: { run: RunDetail; preview: Preview }) {
  const currencies = Array.from(new Set(run.totals.map((total) => total.currency))).sort();
  const period =
    preview.first === null || preview.last === null ? "–" : `${date(preview.first)} – ${date(preview.last)}`;
  const items: [string, preact.ComponentChildren][] = [
    ["Movements", <Count key="movements" value={run.records} />],
    ["Entries", <Count key="entries" value={preview.entries} />],
    ...(preview.entries_there > 0
      ? ([["Already in the ledger", <Count key="there" value={preview.entries_there} />]] as [
          string,
          preact.JSX.Element,
        ][])
      : []),
    ...(preview.start !== null
      ? ([
          [
            "Before the start",
            `${plural(preview.records_before, "movement")} before ${preview.start}, in opening entries`,
          ],
        ] as [string, string][])
      : []),
    ["Currencies", currencies.join(", ") || "None"],
    ["Period", period],
    ...customerFacts(preview),
    ...(preview.unreadable > 0
      ? ([["Cannot be mirrored", plural(preview.unreadable, "movement")]] as [string, string][])
      : []),
    ...preview.findings.map(
      ({ code, records }) => [FINDINGS[code] ?? code, plural(records, "movement")] as [string, string],
    ),
    ["Time it takes", preview.seconds === null ? "–" : `about ${duration(preview.seconds * 1000)}`],
    ["Calls to Stripe", preview.stripe_calls === null ? "–" : <Count key="c" value={preview.stripe_calls} />],
  ];
  return <Facts items={items} />;
}

/** How many customers are made, and how many need not be. */
function customerFacts(preview: Preview): [string, preact.ComponentChildren][] {
  const { customers, customer_balances, customers_there, customers_matched, customers_open } = preview;
  const facts: [string, preact.ComponentChildren][] = [
    ["Customers to create", customers.count === 0 ? "None" : <span key="customers">{about(customers)}</span>],
  ];
  if (customers_there.count > 0)
    facts.push(["Customers there already", <span key="there">{about(customers_there)}</span>]);
  if (customers_matched.count > 0)
    facts.push([
      "Customers matched",
      <span key="matched">{about(customers_matched)}, by e-mail address, to identities that are there</span>,
    ]);
  if (customers_open.count > 0)
    facts.push([
      "Customers not known yet",
      <span key="open">
        {about(customers_open)}: the sync will show whether their e-mail address matches an identity
      </span>,
    ]);
  if (customer_balances.count > 0)
    facts.push(["Customer balances to create", <span key="balances">{about(customer_balances)}</span>]);
  return facts;
}

const FINDINGS: Record<string, string> = {
  does_not_add_up: "Does not add up at Stripe",
  foreign_fee: "Fee in another currency",
  customer_unknown: "Customer not told by Stripe",
};

function StartSync({ preview }: { preview: Preview }) {
  const { api, overview, onRunStarted } = useApp();
  const [asking, setAsking] = useState(false);
  const shadow = inShadow(overview.data?.install.granted_permissions ?? []);
  const start = useAction(async () => {
    const { run } = await api.startRun("new");
    setAsking(false);
    announce("Sync started.");
    onRunStarted(run);
    navigate(`/runs/${run.id}`);
  });
  const busy = overview.data?.stripe?.current_run != null;
  const posts = preview.entries - preview.entries_there;
  return (
    <>
      <Button kind="primary" disabled={busy || preview.conflicts.length > 0} onClick={() => setAsking(true)}>
        Start sync
      </Button>
      <Confirm
        open={asking}
        title="Start the sync?"
        confirm="Start sync"
        keep="Not now"
        tone="primary"
        busy={start.busy}
        error={start.error}
        onConfirm={() => void start.run()}
        onClose={() => setAsking(false)}
      >
        <p>
          {shadow
            ? "Both sides are read and compared. Nothing is posted, because this app may not write to the ledger."
            : `It posts ${plural(posts, "entry", "entries")} to your ledger and then proves that both sides agree. Entries in a ledger stay; from then on syncs may also start by schedule and by Stripe’s events.`}
        </p>
      </Confirm>
    </>
  );
}

function UnknownCard({ preview }: { preview: Preview }) {
  return (
    <Card title="What no rule knows">
      <p class="muted">These movements go to the suspense account, and each becomes a problem to look at.</p>
      <div class="wide">
        <table class="table cards">
          <caption class="visually-hidden">Movements that no rule knows</caption>
          <thead>
            <tr>
              <th scope="col">Kind</th>
              <th scope="col" class="num">
                Movements
              </th>
              <th scope="col" class="num">
                Sum
              </th>
            </tr>
          </thead>
          <tbody>
            {preview.unknown.map((unknown) => (
              <tr key={unknown.kind}>
                <th scope="row">
                  <code>{unknown.kind}</code>
                </th>
                <td class="num" data-label="Movements">
                  <Count value={unknown.records} />
                </td>
                <td class="num" data-label="Sum">
                  {unknown.amounts.map(({ currency, exponent, amount }) => (
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
        <p class="muted">and {plural(preview.unknown_left_out, "movement")} of further kinds</p>
      )}
    </Card>
  );
}

function AccountsCard({ preview }: { preview: Preview }) {
  const [all, setAll] = useState(false);
  const rows = all ? preview.accounts : preview.accounts.slice(0, ROWS_AT_FIRST);
  return (
    <Card title="Resulting balances">
      <div class="wide">
        <table class="table cards">
          <caption class="visually-hidden">Accounts of the ledger after the sync</caption>
          <thead>
            <tr>
              <th scope="col">Account</th>
              <th scope="col" class="num">
                Entries
              </th>
              <th scope="col" class="num">
                Debits
              </th>
              <th scope="col" class="num">
                Credits
              </th>
              <th scope="col" class="num">
                Balance
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={`${row.account} ${row.currency}`}>
                <th scope="row">
                  <span class="balance-name">
                    {row.account === "customers" ? "All customers" : <code>{row.account}</code>}{" "}
                    <span class="currency-tag">{row.currency}</span>
                  </span>
                </th>
                <td class="num" data-label="Entries">
                  <Count value={row.entries} />
                </td>
                {(["debits", "credits", "balance"] as const).map((name) => (
                  <td class="num" data-label={name.charAt(0).toUpperCase() + name.slice(1)} key={name}>
                    <Amount minor={row[name]} currency={row.currency} exponent={row.exponent} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="muted small">A mirror’s balance in the ledger is minus what Stripe holds.</p>
      {preview.accounts_left_out > 0 && (
        <p class="muted">
          {plural(preview.accounts_left_out, "side")} of entries are on further accounts, not listed.
        </p>
      )}
      {!all && preview.accounts.length > rows.length && (
        <Button onClick={() => setAll(true)}>Show all {preview.accounts.length}</Button>
      )}
    </Card>
  );
}
