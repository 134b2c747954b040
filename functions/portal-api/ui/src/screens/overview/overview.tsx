/** The first screen: how things stand, what needs attention, whether the money matches, and what can be done now. */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Overview, RunScope, StripeConnection } from "../../api/types";
import { Balances } from "../../components/proof/balances";
import { StateHero } from "../../components/state/state-hero";
import { ReadOnlyNote } from "../../components/sync/read-only-note";
import { ErrorNote } from "../../components/ui/error-note";
import layout from "../../components/ui/layout.module.css";
import { Skeleton } from "../../components/ui/skeleton";
import { announce } from "../../lib/announce";
import { useApp } from "../../lib/app";
import { isReadOnly, missingForSync, needsFirstSyncConfirmation } from "../../lib/permissions";
import { useAction } from "../../lib/query";
import { needsApproval } from "../../lib/run";
import { t } from "../../texts";
import { ConfirmFirstSync } from "./confirm-first-sync";
import { ConnectionCard } from "./connection-card";
import { GettingStarted } from "./getting-started";
import { MissingPermissions } from "./missing-permissions";
import { NeedsAttention } from "./needs-attention";
import { OpenRun } from "./open-run";
import { StatusCard } from "./status-card";
import { type StartSync, SyncNow } from "./sync-now";

/** What is loaded after the rest of the screen. */
interface LaterParts {
  pictures: ComponentChildren;
  nextPayout: ComponentChildren;
}

export function OverviewScreen(later: LaterParts) {
  const { overview } = useApp();
  if (overview.data) return <Loaded data={overview.data} later={later} />;
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

/** Starting a sync, and what stands against it. */
function useStartSync(data: Overview) {
  const { api, onRunStarted } = useApp();
  const [confirming, setConfirming] = useState(false);
  const startNow = async (scope: RunScope) => {
    const { run, created } = await api.startRun(scope);
    setConfirming(false);
    announce(created ? t.runs.started : t.runs.alreadyRunning);
    onRunStarted(run);
  };
  const start = useAction(startNow);
  const first = useAction(() => startNow("new"));
  const { stripe } = data;
  const sync: StartSync = {
    start: (scope) =>
      needsFirstSyncConfirmation(data) ? setConfirming(true) : void start.run(scope),
    busy: start.busy,
    running: stripe != null && stripe.current_run !== null && stripe.paused === null,
    waiting: data.open_run?.waiting != null,
    paused: stripe?.paused ? (needsApproval(stripe.paused.code) ? "approval" : "paused") : "no",
    blocked: missingForSync(data.install.granted_permissions).length > 0,
  };
  return { sync, error: start.error, first, confirming, close: () => setConfirming(false) };
}

function Loaded({ data, later }: { data: Overview; later: LaterParts }) {
  const { sync, error, first, confirming, close } = useStartSync(data);
  const missing = missingForSync(data.install.granted_permissions);
  const { stripe } = data;
  const begun =
    stripe !== null && (data.last_run !== null || data.last_proof !== null || sync.running);
  return (
    <>
      <div class={layout.pageHead}>
        <h1 tabIndex={-1}>{t.frame.titles.overview}</h1>
        {begun && <SyncNow sync={sync} first={false} />}
      </div>
      {error && <ErrorNote error={error} />}
      <ConfirmFirstSync
        open={confirming}
        lastPreview={data.last_preview}
        start={first}
        onClose={close}
      />
      {missing.length > 0 && <MissingPermissions missing={missing} />}
      {isReadOnly(data.install.granted_permissions) && <ReadOnlyNote />}
      {stripe && begun && missing.length === 0 && <StateHero />}
      {stripe && <Connected data={data} stripe={stripe} sync={sync} later={later} />}
      {!stripe && <GettingStarted data={data} sync={sync} />}
    </>
  );
}

interface ConnectedProps {
  data: Overview;
  stripe: StripeConnection;
  sync: StartSync;
  later: LaterParts;
}

/** In these states the last comparison is not of now. */
const NOT_OF_NOW: string[] = ["paused", "approval", "out_of_date", "waiting", "syncing"];

function Connected({ data, stripe, sync, later }: ConnectedProps) {
  const base = useApp().situation.standing?.base;
  return (
    <>
      <NeedsAttention sync={sync} />
      {stripe.current_run !== null && <OpenRun id={stripe.current_run} />}
      {data.last_proof && (
        <Balances proof={data.last_proof} old={NOT_OF_NOW.includes(base ?? "")} />
      )}
      {data.last_proof === null && data.last_run === null && stripe.current_run === null && (
        <GettingStarted data={data} sync={sync} />
      )}
      {data.last_proof && later.pictures}
      <div class={layout.evenColumns}>
        <StatusCard data={data} sync={sync} nextPayout={later.nextPayout} />
        <ConnectionCard stripe={stripe} />
      </div>
    </>
  );
}
