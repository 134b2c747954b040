/** The Stripe connection: paste a key, see what is connected, replace the key, disconnect. */

import type { Overview, StripeConnection } from "../../api/types";
import { SettingsTabs } from "../../components/frame/settings-tabs";
import { Card } from "../../components/ui/card";
import { ErrorNote } from "../../components/ui/error-note";
import layout from "../../components/ui/layout.module.css";
import { Note } from "../../components/ui/note";
import { Skeleton } from "../../components/ui/skeleton";
import { useApp } from "../../lib/app";
import { missingForSync } from "../../lib/permissions";
import { href } from "../../lib/router";
import { t } from "../../texts";
import { ConnectionDetails } from "./connection-details";
import { KeyForm } from "./key-form";
import { NextStep } from "./next-step";
import { PermissionsCard } from "./permissions-card";
import { RealtimeCard } from "./realtime";

export function StripeScreen() {
  const { overview } = useApp();
  const data = overview.data;
  return (
    <>
      <h1 tabIndex={-1}>{t.frame.titles.stripe}</h1>
      <SettingsTabs current="stripe" />
      {!data && !overview.error && <Skeleton lines={5} tall />}
      {!data && overview.error && <ErrorNote error={overview.error} retry={overview.reload} />}
      {data?.stripe && <Connected data={data} stripe={data.stripe} />}
      {data && !data.stripe && <ToConnect data={data} />}
    </>
  );
}

/** A key is asked for only where the app may use it. */
function ToConnect({ data }: { data: Overview }) {
  if (missingForSync(data.install.granted_permissions).length > 0)
    return (
      <Note tone="warn" icon="access" title={t.state.notAllowed}>
        <p>
          {t.overview.permissionsAreFixed((words) => (
            <a href={href("/access")}>{words}</a>
          ))}
        </p>
      </Note>
    );
  return (
    <div class={layout.columns}>
      <Card title={t.stripe.connectTitle}>
        <KeyForm action={t.stripe.connect} />
      </Card>
      <PermissionsCard />
    </div>
  );
}

function Connected({ data, stripe }: { data: Overview; stripe: StripeConnection }) {
  const begun = data.last_run !== null || data.last_proof !== null || data.last_preview !== null;
  return (
    <>
      {!begun && stripe.current_run === null && <NextStep />}
      <div class={layout.evenColumns}>
        <div class={layout.stack}>
          <ConnectionDetails stripe={stripe} />
        </div>
        <RealtimeCard stripe={stripe} />
      </div>
    </>
  );
}
