/** The first screen: does the money match, as of when, and what can be done now. */

import { useState } from "preact/hooks";
import type { Overview, RunScope, StripeConnection } from "../../api/types";
import { ProofHero } from "../../components/proof/proof-hero";
import { ReadOnlyNote } from "../../components/sync/read-only-note";
import { Card } from "../../components/ui/card";
import { Empty } from "../../components/ui/empty";
import { ErrorNote } from "../../components/ui/error-note";
import layout from "../../components/ui/layout.module.css";
import { Skeleton } from "../../components/ui/skeleton";
import { announce } from "../../lib/announce";
import { useApp } from "../../lib/app";
import { isReadOnly, missingForSync, needsFirstSyncConfirmation } from "../../lib/permissions";
import { useAction } from "../../lib/query";
import { t } from "../../texts";
import { BeforeFirstSync } from "./before-first-sync";
import { ConfirmFirstSync } from "./confirm-first-sync";
import { ConnectionCard } from "./connection-card";
import { Freshness } from "./freshness";
import { MissingPermissions } from "./missing-permissions";
import { OpenRun } from "./open-run";
import { Paused } from "./paused";
import { type StartSync, SyncNow } from "./sync-now";
import { Welcome } from "./welcome";

export function OverviewScreen() {
  const { overview } = useApp();
  if (overview.data) return <Loaded data={overview.data} />;
  return (
    <>
      <h1 tabIndex={-1}>{t.frame.titles.overview}</h1>
      {overview.error ? (
        <ErrorNote error={overview.error} retry={overview.reload} />
      ) : (
        <>
          <Skeleton lines={7} tall />
          <div class={layout.evenColumns}>
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
  const [confirming, setConfirming] = useState(false);
  const startNow = async (scope: RunScope) => {
    const { run, created } = await api.startRun(scope);
    setConfirming(false);
    announce(created ? t.runs.started : t.runs.alreadyRunning);
    onRunStarted(run);
  };
  const start = useAction(startNow);
  const firstSync = useAction(() => startNow("new"));
  const unconfirmed = needsFirstSyncConfirmation(data);
  const missing = missingForSync(data.install.granted_permissions);
  const stripe = data.stripe;
  const sync: StartSync = {
    start: (scope) => (unconfirmed ? setConfirming(true) : void start.run(scope)),
    busy: start.busy,
    running: stripe != null && stripe.current_run !== null && stripe.paused === null,
    waiting: data.open_run?.waiting != null,
    blocked: missing.length > 0,
  };
  return (
    <>
      <div class={layout.pageHead}>
        <h1 tabIndex={-1}>{t.frame.titles.overview}</h1>
        {stripe && <SyncNow sync={sync} first={data.last_run === null} />}
      </div>
      {overview.error && <ErrorNote error={overview.error} retry={overview.reload} />}
      {start.error && <ErrorNote error={start.error} />}
      <ConfirmFirstSync
        open={confirming}
        lastPreview={data.last_preview}
        start={firstSync}
        onClose={() => setConfirming(false)}
      />
      {missing.length > 0 && <MissingPermissions missing={missing} />}
      {isReadOnly(data.install.granted_permissions) && <ReadOnlyNote />}
      {stripe?.paused && <Paused paused={stripe.paused} run={stripe.current_run} />}
      {stripe ? <Connected data={data} stripe={stripe} sync={sync} /> : <Welcome install={data.install} />}
    </>
  );
}

interface ConnectedProps {
  data: Overview;
  stripe: StripeConnection;
  sync: StartSync;
}

function Connected({ data, stripe, sync }: ConnectedProps) {
  const unproven = data.last_proof === null && stripe.current_run === null;
  return (
    <>
      {stripe.current_run !== null && <OpenRun id={stripe.current_run} />}
      {data.last_proof && <ProofHero proof={data.last_proof} />}
      {unproven && (
        <Card>
          {data.last_run === null ? (
            <BeforeFirstSync lastPreview={data.last_preview} />
          ) : (
            <Empty icon="wave" title={t.proof.none}>
              <p>{t.proof.noneText}</p>
            </Empty>
          )}
        </Card>
      )}
      <div class={layout.evenColumns}>
        <Freshness data={data} sync={sync} />
        <ConnectionCard stripe={stripe} />
      </div>
    </>
  );
}
