/** An endpoint that delivers: its state, and the ways to change its secret. */

import { useState } from "preact/hooks";
import type { Realtime } from "../../api/types";
import { Button } from "../../components/ui/button";
import { type Fact, Facts } from "../../components/ui/facts";
import layout from "../../components/ui/layout.module.css";
import { Note } from "../../components/ui/note";
import text from "../../components/ui/text.module.css";
import { When } from "../../components/ui/when";
import type { Query } from "../../lib/query";
import { t } from "../../texts";
import { late } from "../../texts/late";
import { RollSecret } from "./roll-secret";
import { SecretForm } from "./secret-form";

/** The first event that it signs proves a pasted secret: until then nobody knows whether it is the right one. */
export function awaitsFirstEvent({ status, since, last_event_at: last }: Realtime): boolean {
  if (status !== "registered") return false;
  return last === null || (since !== null && Date.parse(last) < Date.parse(since));
}

interface EndpointWorkingProps {
  data: Realtime;
  query: Query<Realtime>;
  /** What becomes of a movement that Stripe reports. */
  effect: string;
}

export function EndpointWorking({ data, query, effect }: EndpointWorkingProps) {
  const [pasting, setPasting] = useState(false);
  const ours = data.status === "active";
  return (
    <>
      <p class={text.muted}>
        {awaitsFirstEvent(data) ? late.webhooks.noEventYet(effect) : late.webhooks.working(effect)}
      </p>
      <Facts items={factsOf(data)} />
      {data.previous_until && (
        <Note tone="info" title={late.webhooks.previousUntil(<When at={data.previous_until} />)} />
      )}
      <div class={layout.actions}>
        {ours && <RollSecret query={query} />}
        <Button expanded={pasting} onClick={() => setPasting(!pasting)}>
          {late.webhooks.pasteSecret}
        </Button>
      </div>
      {pasting && <SecretForm query={query} onSaved={() => setPasting(false)} />}
    </>
  );
}

function factsOf(data: Realtime): Fact[] {
  const names = late.webhooks.facts;
  const ours = data.status === "active";
  return [
    [
      names.endpoint,
      ours ? (
        <code key="endpoint">{data.endpoint_id}</code>
      ) : (
        <span key="endpoint">{late.webhooks.byHand}</span>
      ),
    ],
    [
      names.lastEvent,
      data.last_event_at ? <When key="last" at={data.last_event_at} /> : late.webhooks.noneYet,
    ],
    [names.secret, data.since ? <When key="since" at={data.since} /> : t.common.unknown],
  ];
}
