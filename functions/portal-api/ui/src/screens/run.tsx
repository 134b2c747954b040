/** One sync: where it is, what it did, what it found. */

import { useState } from "preact/hooks";
import type { RunDetail, RunTotal } from "../api/types";
import {
  Amount,
  Button,
  Card,
  Confirm,
  ErrorNote,
  Facts,
  Note,
  Pill,
  Skeleton,
  When,
} from "../components/basics";
import { Causes } from "../components/causes";
import { Icon } from "../components/icons";
import { RIGHT_MISSING, RightAdvice } from "../components/outside";
import { ProofTable } from "../components/proof";
import { Counters, Live, phaseText, StatePill, useRun } from "../components/run";
import { announce } from "../lib/announce";
import { useApp } from "../lib/app";
import { useAction } from "../lib/query";
import { href } from "../lib/router";
import { date, dateTime, utc } from "../lib/time";
import { asksConsent, balanceText, isOpen, plural, scopeText, triggerText, verdictSign } from "../lib/words";
import { Approve, PreviewFigures, ShadowNote } from "./preview";

export function RunScreen({ id }: { id: string }) {
  const { overview } = useApp();
  const run = useRun(id, overview.reload);
  return (
    <>
      <p class="back">
        <a href={href("/syncs")}>← Sync history</a>
      </p>
      {run.data ? <Loaded run={run.data} reload={run.reload} /> : <h1 tabIndex={-1}>Sync</h1>}
      {run.error && <ErrorNote error={run.error} retry={run.reload} />}
      {run.loading && <Skeleton lines={6} tall />}
    </>
  );
}

function Loaded({ run, reload }: { run: RunDetail; reload: () => void }) {
  const { overview } = useApp();
  const open = isOpen(run) || run.state === "paused";
  return (
    <>
      <div class="page-head">
        <div>
          <h1 tabIndex={-1}>{scopeText(run)}</h1>
          <p class="sub">
            {triggerText(run)}, <When at={run.requested_at} />
          </p>
        </div>
        <div class="actions">
          <StatePill run={run} />
          {open && <Stop run={run} reload={reload} />}
        </div>
      </div>
      {run.shadow && run.scope !== "preview" && <ShadowNote />}
      {run.error && (
        <Note tone={run.state === "paused" ? "warn" : "bad"} icon="problems" title={run.error.text} alert>
          <p class="small">
            Code <code>{run.error.code}</code>
          </p>
          <RightAdvice
            text={run.error.text}
            stripe={overview.data?.stripe}
            always={run.error.code === RIGHT_MISSING}
          />
          {run.state === "paused" && asksConsent(run.error.code) && (
            <Approve run={run.id} code={run.error.code} done={reload} />
          )}
        </Note>
      )}
      {run.problems > 0 && (
        <Note tone="warn" icon="problems" title={`${plural(run.problems, "problem")} found`}>
          <p>
            The sync went on past them. <a href={href("/problems")}>See the problems</a>
          </p>
        </Note>
      )}
      {open ? (
        <Card title={phaseText(run)} class="open-run">
          <Live run={run} />
        </Card>
      ) : run.scope === "preview" ? (
        run.preview && <PreviewFigures run={run} preview={run.preview} />
      ) : (
        <Card title="What it did">
          <Counters run={run} all />
        </Card>
      )}
      {run.proof && <ProofCard run={run} />}
      {run.totals.length > 0 && (
        <Card title="Totals by currency">
          <Totals totals={run.totals} />
        </Card>
      )}
      <Card title="Times">
        <Facts items={times(run)} />
      </Card>
    </>
  );
}

function times(run: RunDetail): [string, preact.ComponentChildren][] {
  const exact = (at: string | null) =>
    at === null ? (
      "–"
    ) : (
      <time dateTime={at} title={utc(at)}>
        {dateTime(at)}
      </time>
    );
  return [
    ["Requested", exact(run.requested_at)],
    ["Started", exact(run.started_at)],
    ["Finished", exact(run.finished_at)],
    ["Oldest record", run.oldest_reached === null ? "–" : date(run.oldest_reached)],
    ["Run id", <code key="id">{run.id}</code>],
  ];
}

function ProofCard({ run }: { run: RunDetail }) {
  if (!run.proof) return null;
  const sign = verdictSign(run.proof.verdict);
  return (
    <Card
      title="Proof"
      aside={
        <Pill tone={sign.tone} icon={sign.icon}>
          {sign.text}
        </Pill>
      }
    >
      <ProofTable proof={run.proof} />
      <Causes proof={run.proof} />
      <p class="more">
        <a href={href(`/certificates/${run.proof.id}`)}>The certificate</a>
      </p>
    </Card>
  );
}

const COLUMNS: { name: string; of: (total: RunTotal) => string }[] = [
  { name: "Gross", of: (total) => total.gross },
  { name: "Fees", of: (total) => total.fees },
  { name: "Net", of: (total) => total.net },
  { name: "Pay-ins", of: (total) => total.pay_ins },
  { name: "Payouts", of: (total) => total.payouts },
];

function Totals({ totals }: { totals: RunTotal[] }) {
  return (
    <div class="wide">
      <table class="table cards">
        <caption class="visually-hidden">Totals by balance and currency</caption>
        <thead>
          <tr>
            <th scope="col">Balance</th>
            {COLUMNS.map(({ name }) => (
              <th scope="col" class="num" key={name}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {totals.map((total) => (
            <tr key={`${total.balance} ${total.currency}`}>
              <th scope="row">
                <span class="balance-name">
                  {balanceText(total.balance)} <span class="currency-tag">{total.currency}</span>
                </span>
                <span class="sub">{plural(total.records, "record")}</span>
              </th>
              {COLUMNS.map(({ name, of }) => (
                <td class="num" data-label={name} key={name}>
                  <Amount minor={of(total)} currency={total.currency} exponent={total.exponent} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Stop({ run, reload }: { run: RunDetail; reload: () => void }) {
  const { api } = useApp();
  const [asking, setAsking] = useState(false);
  const stop = useAction(async () => {
    await api.stopRun(run.id);
    setAsking(false);
    announce("The sync stops after the page it is working on.");
    reload();
  });
  if (run.stop_requested) return <span class="muted">Stops after this page…</span>;
  return (
    <>
      <Button onClick={() => setAsking(true)}>
        <Icon name="stop" size={16} />
        Stop
      </Button>
      <Confirm
        open={asking}
        title={`Stop this ${run.scope === "preview" ? "preview" : "sync"}?`}
        confirm={`Stop the ${run.scope === "preview" ? "preview" : "sync"}`}
        busy={stop.busy}
        error={stop.error}
        onConfirm={() => void stop.run()}
        onClose={() => setAsking(false)}
      >
        <p>
          It ends after the page it is working on. What is posted stays; the next sync goes on from there and
          posts nothing twice.
        </p>
      </Confirm>
    </>
  );
}
