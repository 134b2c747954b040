/** An endpoint that delivered once, and does not any more: one click recreates it. */

import type { Realtime, StripeConnection } from "../../api/types";
import { Button } from "../../components/ui/button";
import { type Fact, Facts } from "../../components/ui/facts";
import layout from "../../components/ui/layout.module.css";
import { Note } from "../../components/ui/note";
import { Outside } from "../../components/ui/outside";
import { When } from "../../components/ui/when";
import { announce } from "../../lib/announce";
import { useApp } from "../../lib/app";
import { endpointsPage } from "../../lib/key-permissions";
import { type Query, useAction } from "../../lib/query";
import { late } from "../../texts/late";
import { EndpointError } from "./endpoint-error";

interface EndpointOffProps {
  data: Realtime;
  query: Query<Realtime>;
  mode: StripeConnection["mode"];
  title: string;
}

export function EndpointOff({ data, query, mode, title }: EndpointOffProps) {
  const { api, overview } = useApp();
  const recreate = useAction(async () => {
    query.set(await api.renewWebhook());
    announce(late.webhooks.recreated);
    overview.reload();
  });
  return (
    <>
      <Note tone="bad" icon="cross" title={title} alert>
        <p>{late.webhooks.offText}</p>
      </Note>
      <Facts items={factsOf(data, mode)} />
      {recreate.error && <EndpointError error={recreate.error} mode={mode} />}
      <div class={layout.actions}>
        <Button kind="primary" busy={recreate.busy} onClick={() => void recreate.run()}>
          {late.webhooks.recreate}
        </Button>
      </div>
    </>
  );
}

function factsOf(data: Realtime, mode: StripeConnection["mode"]): Fact[] {
  const names = late.webhooks.facts;
  return [
    [
      names.endpoint,
      data.endpoint_id ? (
        <Outside key="endpoint" href={endpointsPage(mode, data.endpoint_id)}>
          <code>{data.endpoint_id}</code>
        </Outside>
      ) : (
        late.webhooks.byHand
      ),
    ],
    [
      names.lastEvent,
      data.last_event_at ? <When key="last" at={data.last_event_at} /> : late.webhooks.noneYet,
    ],
    [names.checked, data.at_stripe ? <When key="checked" at={data.at_stripe.checked_at} /> : "–"],
  ];
}
