/** Real time: whether Stripe reports movements to this app as they happen, and what to do when it does not. */

import { useRef } from "preact/hooks";
import type { Overview, Realtime, StripeConnection } from "../../api/types";
import { Card } from "../../components/ui/card";
import { ErrorNote } from "../../components/ui/error-note";
import { Pill } from "../../components/ui/pill";
import { Skeleton } from "../../components/ui/skeleton";
import { useApp } from "../../lib/app";
import { lookUp } from "../../lib/labels";
import { postingState } from "../../lib/permissions";
import { type Query, useQuery } from "../../lib/query";
import { t } from "../../texts";
import { late } from "../../texts/late";
import { EndpointOff } from "./endpoint-off";
import { EndpointSetup } from "./endpoint-setup";
import { awaitsFirstEvent, EndpointWorking } from "./endpoint-working";

/** How often the time of the last event is read. */
const POLL_MS = 15_000;

export function RealtimeCard({ stripe }: { stripe: StripeConnection }) {
  const { overview } = useApp();
  const query = useRealtime(stripe);
  const data = query.data;
  if (!data) {
    return query.error ? (
      <ErrorNote error={query.error} retry={query.reload} />
    ) : (
      <Skeleton lines={3} />
    );
  }
  const off = offText(data);
  const missing = data.status === "missing";
  return (
    <Card title={late.webhooks.title} aside={<RealtimePill data={data} />}>
      {missing && <EndpointSetup data={data} query={query} mode={stripe.mode} />}
      {off && <EndpointOff data={data} query={query} mode={stripe.mode} title={off.title} />}
      {!missing && !off && (
        <EndpointWorking data={data} query={query} effect={effectText(stripe, overview.data)} />
      )}
    </Card>
  );
}

/** Stripe itself is asked when the card is opened, not each time the last event is read. */
function useRealtime(stripe: StripeConnection): Query<Realtime> {
  const { api } = useApp();
  const key = `realtime/${stripe.account_id}/${stripe.key_last4}`;
  const previous = useRef<{ key: string; endpoints: Realtime["endpoints"] }>(undefined);
  return useQuery(
    key,
    async (signal) => {
      const before = previous.current?.key === key ? previous.current : undefined;
      const data = await api.realtime(!before, signal);
      // The endpoints that were listed to choose from stay while a person reads them.
      const endpoints =
        data.endpoints.length > 0 || data.missing !== "limit"
          ? data.endpoints
          : (before?.endpoints ?? []);
      previous.current = { key, endpoints };
      return { ...data, endpoints };
    },
    () => POLL_MS,
  );
}

/** Why nothing is delivered although there was an endpoint. */
function offText(data: Realtime) {
  return data.status === "missing"
    ? undefined
    : lookUp(t.realtime.off, data.at_stripe?.standing ?? "");
}

function RealtimePill({ data }: { data: Realtime }) {
  const off = offText(data);
  if (data.status === "missing") {
    return (
      <Pill tone="warn" icon="pause">
        {t.realtime.notSetUp}
      </Pill>
    );
  }
  if (off) {
    return (
      <Pill tone="bad" icon="cross">
        {off.pill}
      </Pill>
    );
  }
  const waits = awaitsFirstEvent(data);
  return (
    <Pill tone={waits ? "info" : "ok"} icon={waits ? "clock" : "check"}>
      {waits ? late.webhooks.waiting : t.realtime.on}
    </Pill>
  );
}

/** What becomes of a movement that Stripe reports, as things are. */
function effectText(stripe: StripeConnection, overview: Overview | undefined): string {
  return late.webhooks.effects[stripe.paused ? "paused" : postingState(overview)];
}
