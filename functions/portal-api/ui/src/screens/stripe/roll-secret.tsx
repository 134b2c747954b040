/** Replaces the signing secret of the app's own endpoint. */

import { useState } from "preact/hooks";
import type { Realtime } from "../../api/types";
import { Button } from "../../components/ui/button";
import { Confirm } from "../../components/ui/confirm";
import { announce } from "../../lib/announce";
import { useApp } from "../../lib/app";
import { type Query, useAction } from "../../lib/query";
import { t } from "../../texts";

export function RollSecret({ query }: { query: Query<Realtime> }) {
  const { api } = useApp();
  const [asking, setAsking] = useState(false);
  const roll = useAction(async () => {
    query.set(await api.renewWebhook());
    setAsking(false);
    announce(t.webhooks.rolled);
  });
  return (
    <>
      <Button onClick={() => setAsking(true)}>{t.webhooks.roll}</Button>
      <Confirm
        open={asking}
        title={t.webhooks.rollTitle}
        confirm={t.webhooks.rollConfirm}
        busy={roll.busy}
        error={roll.error}
        onConfirm={() => void roll.run()}
        onClose={() => setAsking(false)}
      >
        <p>{t.webhooks.rollText}</p>
      </Confirm>
    </>
  );
}
