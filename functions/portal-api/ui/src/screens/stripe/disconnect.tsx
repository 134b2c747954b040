/** Disconnects the Stripe account. */

import { useState } from "preact/hooks";
import type { StripeConnection } from "../../api/types";
import { Button } from "../../components/ui/button";
import { Confirm } from "../../components/ui/confirm";
import { announce } from "../../lib/announce";
import { useApp } from "../../lib/app";
import { useAction } from "../../lib/query";
import { navigate } from "../../lib/router";
import { t } from "../../texts";

export function Disconnect({ stripe }: { stripe: StripeConnection }) {
  const { api, overview } = useApp();
  const [asking, setAsking] = useState(false);
  const disconnect = useAction(async () => {
    await api.disconnectStripe();
    setAsking(false);
    announce(t.stripe.disconnected);
    if (overview.data) overview.set({ ...overview.data, stripe: null });
    overview.reload();
    navigate("/stripe");
  });
  return (
    <>
      <Button kind="danger" onClick={() => setAsking(true)}>
        {t.stripe.disconnect}
      </Button>
      <Confirm
        open={asking}
        title={t.stripe.disconnectTitle(stripe.display_name ?? stripe.account_id)}
        confirm={t.stripe.disconnect}
        busy={disconnect.busy}
        error={disconnect.error}
        onConfirm={() => void disconnect.run()}
        onClose={() => setAsking(false)}
      >
        <p>{t.stripe.disconnectText}</p>
      </Confirm>
    </>
  );
}
