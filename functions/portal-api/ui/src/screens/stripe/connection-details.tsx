/** The connected account, with the ways to replace its key and to disconnect it. */

import { useState } from "preact/hooks";
import type { StripeConnection } from "../../api/types";
import { PERMISSION_MISSING, PermissionAdvice } from "../../components/stripe/permission-advice";
import { StripeWarning } from "../../components/stripe/stripe-warning";
import { Button } from "../../components/ui/button";
import { Card } from "../../components/ui/card";
import { type Fact, Facts } from "../../components/ui/facts";
import { FromApi } from "../../components/ui/from-api";
import layout from "../../components/ui/layout.module.css";
import { Note } from "../../components/ui/note";
import { Outside } from "../../components/ui/outside";
import { Pill } from "../../components/ui/pill";
import text from "../../components/ui/text.module.css";
import { When } from "../../components/ui/when";
import { lookUp, modeText } from "../../lib/labels";
import { accountLink } from "../../lib/links";
import { t } from "../../texts";
import { Disconnect } from "./disconnect";
import { KeyForm } from "./key-form";

export function ConnectionDetails({ stripe }: { stripe: StripeConnection }) {
  const [replacing, setReplacing] = useState(stripe.paused?.code === "stripe_key_refused");
  const { paused } = stripe;
  const state = paused ? (
    <Pill tone="warn" icon="pause">
      {t.stripe.paused}
    </Pill>
  ) : (
    <Pill tone="ok" icon="check">
      {t.common.connected}
    </Pill>
  );
  return (
    <>
      <Card title={stripe.display_name ?? stripe.account_id} aside={state}>
        {paused && <PauseNote stripe={stripe} paused={paused} />}
        {stripe.warnings.map((warning) => (
          <StripeWarning key={warning.code} warning={warning} />
        ))}
        <Facts items={factsOf(stripe)} />
        <div class={layout.actions}>
          <Button expanded={replacing} onClick={() => setReplacing(!replacing)}>
            {t.stripe.replaceKey}
          </Button>
          <Disconnect stripe={stripe} />
        </div>
      </Card>
      {replacing && (
        <Card title={t.stripe.replaceTitle}>
          <p class={text.muted}>{t.stripe.replaceText}</p>
          <KeyForm action={t.stripe.replaceKey} />
        </Card>
      )}
    </>
  );
}

/** Why syncing is paused. A key that Stripe refuses is replaced right here. */
function PauseNote({
  stripe,
  paused,
}: {
  stripe: StripeConnection;
  paused: NonNullable<StripeConnection["paused"]>;
}) {
  const known = lookUp(t.pauses, paused.code);
  return (
    <Note tone="warn" icon="pause" title={known?.title ?? <FromApi text={paused.reason} />}>
      {known && <p>{known.text}</p>}
      <PermissionAdvice
        text={paused.reason}
        stripe={stripe}
        always={paused.code === PERMISSION_MISSING}
      />
    </Note>
  );
}

function factsOf(stripe: StripeConnection): Fact[] {
  const key = (
    <code>
      {stripe.key_prefix}…{stripe.key_last4}
    </code>
  );
  const kind = stripe.key_kind === "restricted" ? "restricted" : "secret";
  return [
    [
      t.common.account,
      <Outside key="account" href={accountLink(stripe.account_id, stripe.mode)}>
        <code>{stripe.account_id}</code>
      </Outside>,
    ],
    [t.common.mode, modeText(stripe.mode)],
    [t.stripe.key, <span key="key">{t.stripe.keyOfKind(key, kind)}</span>],
    [t.common.mirror, <code key="mirror">{stripe.mirror}</code>],
    [t.common.connected, <When key="connected" at={stripe.connected_at} />],
  ];
}
