/** The Stripe connection: paste a key, see what is connected, replace the key, disconnect. */

import { Card } from "../../components/ui/card";
import { ErrorNote } from "../../components/ui/error-note";
import layout from "../../components/ui/layout.module.css";
import { Skeleton } from "../../components/ui/skeleton";
import { useApp } from "../../lib/app";
import { t } from "../../texts";
import { ConnectionDetails } from "./connection-details";
import { KeyForm } from "./key-form";
import { RealtimeCard } from "./realtime";
import { RightsCard } from "./rights-card";

export function StripeScreen() {
  const { overview } = useApp();
  const data = overview.data;
  return (
    <>
      <h1 tabIndex={-1}>{t.frame.titles.stripe}</h1>
      {!data && !overview.error && <Skeleton lines={5} tall />}
      {!data && overview.error && <ErrorNote error={overview.error} retry={overview.reload} />}
      {data && (
        <div class={layout.columns}>
          {data.stripe ? (
            <div class={layout.stack}>
              <ConnectionDetails stripe={data.stripe} />
              <RealtimeCard stripe={data.stripe} />
            </div>
          ) : (
            <Card title={t.stripe.connectTitle}>
              <KeyForm action={t.stripe.connect} />
            </Card>
          )}
          <RightsCard />
        </div>
      )}
    </>
  );
}
