/** Replaces the signing secret of the app's own endpoint. */

import { useState } from "preact/hooks";
import type { Realtime } from "../../api/types";
import { Button } from "../../components/ui/button";
import { Confirm } from "../../components/ui/confirm";
import { announce } from "../../lib/announce";
import { useApp } from "../../lib/app";
import { type Query, useAction } from "../../lib/query";
import { late } from "../../texts/late";

export function RollSecret({ query }: { query: Query<Realtime> }) {
  const { api } = useApp();
  const [asking, setAsking] = useState(false);
  const roll = useAction(async () => {
    query.set(await api.renewWebhook());
    setAsking(false);
    announce(late.webhooks.rolled);
  });
  return (
    <>
      <Button onClick={() => setAsking(true)}>{late.webhooks.roll}</Button>
      <Confirm
        open={asking}
        title={late.webhooks.rollTitle}
        confirm={late.webhooks.rollConfirm}
        busy={roll.busy}
        error={roll.error}
        onConfirm={() => void roll.run()}
        onClose={() => setAsking(false)}
      >
        <p>{late.webhooks.rollText}</p>
      </Confirm>
    </>
  );
}
