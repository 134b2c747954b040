/** The first screen: is the money in agreement, since when, and what can be done now. */

import { useState } from "preact/hooks";
import type { Overview, RunDetail, RunScope, StripeConnection } from "../api/types";
import { Button, Card, Empty, ErrorNote, Facts, Note, Pill, Skeleton, When } from "../components/basics";
import { Icon } from "../components/icons";
import { RIGHT_MISSING, RightAdvice } from "../components/outside";
import { ProofHero } from "../components/proof";
import { Live, StatePill, useRun } from "../components/run";
import { announce } from "../lib/announce";
import { useApp } from "../lib/app";
import { useAction } from "../lib/query";
import { href } from "../lib/router";
import { asksConsent, inShadow, isOpen, missingForSync, plural, scopeText } from "../lib/words";
import { asksFirst, ConfirmFirst } from "./first";
import { Approve, BeforeFirst, ShadowNote } from "./preview";

export function OverviewScreen() {
  const { overview } = useApp();
  if (overview.data) return <Loaded data={overview.data} />;
  return (
    <>
      <h1 tabIndex={-1}>Overview</h1>
      {overview.error ? (
        <ErrorNote error={overview.error} retry={overview.reload} />
      ) : (
        <>
          <Skeleton lines={7} tall />
          <div class="columns even">
            <Skeleton lines={4} />
            <Skeleton lines={4} />
          </div>
        </>
      )}
    </>
  );
}

function Loaded({ data }: { data: Overview }) {
  const { api, overview, onRunStarted } = useApp();
  const [asking, setAsking] = useState(false);
  const begin = async (scope: RunScope) => {
    const { run, created } = await api.startRun(scope);
    setAsking(false);
    announce(created ? "Sync started." : "A sync is already running.");
    onRunStarted(run);
  };
  const start = useAction(begin);
  const first = useAction(() => begin("new"));
  const unasked = asksFirst(data);
  const missing = missingForSync(data.install.granted_permissions);
  const stripe = data.stripe;
  const sync = {
    start: (scope: RunScope) => (unasked ? setAsking(true) : void start.run(scope)),
    busy: start.busy,
    running: stripe != null && stripe.current_run !== null && stripe.paused === null,
    waits: data.open_run?.waiting != null,
    blocked: missing.length > 0,
  };
  return (
    <>
      <div class="page-head">
        <h1 tabIndex={-1}>Overview</h1>
        {stripe && <SyncNow {...sync} first={data.last_run === null} />}
      </div>
      {overview.error && <ErrorNote error={overview.error} retry={overview.reload} />}
      {start.error && <ErrorNote error={start.error} />}
      <ConfirmFirst
        open={asking}
        lastPreview={data.last_preview}
        start={first}
        onClose={() => setAsking(false)}
      />
      {missing.length > 0 && <MissingScopes missing={missing} />}
      {inShadow(data.install.granted_permissions) && <ShadowNote />}
      {stripe?.paused && <Paused paused={stripe.paused} run={stripe.current_run} />}
      {stripe ? <Connected data={data} stripe={stripe} sync={sync} /> : <FirstSteps data={data} />}
    </>
  );
}

interface SyncProps {
  /** Starts a sync; the first that may write is asked for once more. */
  start: (scope: RunScope) => void;
  busy: boolean;
  /** A run is open. */
  running: boolean;
  /** The open run stands still: what to do about it is said beside it. */
  waits: boolean;
  /** True when a permission is missing. */
  blocked: boolean;
}

function SyncNow({ start, busy, running, waits, blocked, first }: SyncProps & { first: boolean }) {
  return (
    <Button
      kind={first ? "plain" : "primary"}
      busy={busy}
      disabled={blocked || running}
      onClick={() => start("new")}
    >
      <Icon name="syncs" size={16} />
      {running ? (waits ? "Waiting…" : "Syncing…") : "Sync now"}
    </Button>
  );
}

function RecheckEverything({ start, running, blocked }: SyncProps) {
  return (
    <div class="recheck">
      <p class="muted small" id="recheck-words">
        Reads the whole history of the Stripe account again and posts only what is missing.
      </p>
      <Button disabled={blocked || running} describedBy="recheck-words" onClick={() => start("everything")}>
        Re-check everything
      </Button>
    </div>
  );
}

function MissingScopes({ missing }: { missing: string[] }) {
  return (
    <Note
      tone="warn"
      icon="access"
      title={
        <>
          Syncing is off: this install was not granted{" "}
          {missing.map((scope, index) => (
            <>
              {index > 0 && " and "}
              <code>{scope}</code>
            </>
          ))}
          .
        </>
      }
    >
      <p>
        Permissions cannot be changed after install. <a href={href("/access")}>See what each one allows</a>,
        and reinstall the app to grant more.
      </p>
    </Note>
  );
}

function Paused({ paused, run }: { paused: { code: string; reason: string }; run: string | null }) {
  const { overview } = useApp();
  if (run !== null && asksConsent(paused.code)) {
    return (
      <Note tone="warn" icon="pause" title="A sync waits for your consent" alert>
        <p>{paused.reason}</p>
        <Approve run={run} code={paused.code} done={overview.reload} />
      </Note>
    );
  }
  return (
    <Note tone="warn" icon="pause" title="Syncing is paused" alert>
      <p>{paused.reason}</p>
      <RightAdvice
        text={paused.reason}
        stripe={overview.data?.stripe}
        always={paused.code === RIGHT_MISSING}
      />
      <p>
        <a href={href("/stripe")}>Check the Stripe connection</a>
      </p>
    </Note>
  );
}

function Connected({ data, stripe, sync }: { data: Overview; stripe: StripeConnection; sync: SyncProps }) {
  const first = data.last_proof === null && stripe.current_run === null;
  return (
    <>
      {stripe.current_run !== null && <OpenRun id={stripe.current_run} />}
      {data.last_proof && <ProofHero proof={data.last_proof} />}
      {first && <NothingYet data={data} />}
      <div class="columns even">
        <Freshness data={data} sync={sync} />
        <ConnectionCard stripe={stripe} />
      </div>
    </>
  );
}

function NothingYet({ data }: { data: Overview }) {
  return (
    <section class="card">
      {data.last_run === null ? (
        <BeforeFirst lastPreview={data.last_preview} />
      ) : (
        <Empty icon="wave" title="No proof yet">
          <p>
            The last sync ended before the two sides were compared. The next one goes on where it stopped.
          </p>
        </Empty>
      )}
    </section>
  );
}

function openTitle(run: RunDetail | undefined): string {
  if (run?.scope === "preview") return "Making a preview";
  if (run?.waiting && isOpen(run)) return "A sync waits";
  return run?.state === "paused" ? "Paused sync" : "Syncing now";
}

function OpenRun({ id }: { id: string }) {
  const { overview } = useApp();
  const run = useRun(id, overview.reload);
  return (
    <Card title={openTitle(run.data)} class="open-run" aside={<a href={href(`/runs/${id}`)}>Details</a>}>
      {run.data ? <Live run={run.data} /> : <span class="bone" />}
      {run.error && <ErrorNote error={run.error} retry={run.reload} />}
    </Card>
  );
}

function Freshness({ data, sync }: { data: Overview; sync: SyncProps }) {
  const { last_run: run, last_proof: proof } = data;
  const stale = data.fresh === false;
  return (
    <Card
      title="Freshness"
      aside={
        stale ? (
          <Pill tone="warn" icon="clock">
            Long ago
          </Pill>
        ) : undefined
      }
    >
      <Facts
        items={[
          ["Last proof", proof ? <When at={proof.at} /> : "None yet"],
          [
            "Last sync",
            run ? (
              <a href={href(`/runs/${run.id}`)}>
                {scopeText(run)}, <When at={run.finished_at ?? run.requested_at} />
              </a>
            ) : (
              "None yet"
            ),
          ],
          ...(run
            ? ([["Outcome", <StatePill key="state" run={run} />]] as [string, preact.JSX.Element][])
            : []),
          [
            "Problems",
            data.open_problems === 0 ? (
              "None open"
            ) : (
              <a href={href("/problems")}>{plural(data.open_problems, "open problem")}</a>
            ),
          ],
        ]}
      />
      {run?.error && (
        <Note tone="bad" icon="problems" title="The last sync did not finish">
          <p>{run.error.text}</p>
        </Note>
      )}
      {run && <RecheckEverything {...sync} />}
    </Card>
  );
}

function ConnectionCard({ stripe }: { stripe: StripeConnection }) {
  return (
    <Card title="Connection" aside={<a href={href("/stripe")}>Manage</a>}>
      <Facts
        items={[
          ["Stripe account", stripe.display_name ?? <code>{stripe.account_id}</code>],
          ["Mode", stripe.mode === "test" ? "Test" : "Live"],
          ["Mirrored in", <code key="mirror">{stripe.mirror}</code>],
          ["Connected", <When key="connected" at={stripe.connected_at} />],
        ]}
      />
      {stripe.warnings.map((warning) => (
        <Note key={warning.code} tone="warn" title={warning.text} />
      ))}
    </Card>
  );
}

function FirstSteps({ data }: { data: Overview }) {
  return (
    <section class="card welcome">
      <div class="welcome-words">
        <h2>Mirror Stripe into your ledger, and prove it.</h2>
        <p class="lead">
          Every movement of your Stripe balance becomes entries in your Blnk ledger. After each sync the two
          are compared to the minor unit, and you see the result here.
        </p>
      </div>
      <ol class="first-steps">
        <li class="past">
          <span class="dot">
            <Icon name="check" size={14} />
          </span>
          <div>
            <h3>Installed in Blnk Cloud</h3>
            <p class="muted">
              <When at={data.install.installed_at} />, on instance <code>{data.install.instance_id}</code>
            </p>
          </div>
        </li>
        <li class="here">
          <span class="dot">2</span>
          <div>
            <h3>Connect Stripe</h3>
            <p class="muted">With a restricted key that can only read.</p>
            <p>
              <a class="button primary" href={href("/stripe")}>
                Connect Stripe <Icon name="arrow" size={16} />
              </a>
            </p>
          </div>
        </li>
        <li class="ahead">
          <span class="dot">3</span>
          <div>
            <h3>Sync and see the proof</h3>
            <p class="muted">Nothing is written to your ledger before you ask for it.</p>
          </div>
        </li>
      </ol>
    </section>
  );
}
