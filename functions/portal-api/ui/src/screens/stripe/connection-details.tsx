/** The connected account, with the ways to replace its key and to disconnect it. */

import { useState } from "preact/hooks";
import type { StripeConnection } from "../../api/types";
import { RIGHT_MISSING, RightAdvice } from "../../components/stripe/right-advice";
import { Button } from "../../components/ui/button";
import { Card } from "../../components/ui/card";
import { type Fact, Facts } from "../../components/ui/facts";
import layout from "../../components/ui/layout.module.css";
import { Note } from "../../components/ui/note";
import { Pill } from "../../components/ui/pill";
import text from "../../components/ui/text.module.css";
import { When } from "../../components/ui/when";
import { modeText } from "../../lib/labels";
import { t } from "../../texts";
import { Disconnect } from "./disconnect";
import { KeyForm } from "./key-form";

export function ConnectionDetails({ stripe }: { stripe: StripeConnection }) {
  const [replacing, setReplacing] = useState(false);
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
        {paused && (
          <Note tone="warn" icon="pause" title={paused.reason}>
            <RightAdvice text={paused.reason} stripe={stripe} always={paused.code === RIGHT_MISSING} />
          </Note>
        )}
        {stripe.warnings.map((warning) => (
          <Note key={warning.code} tone="warn" title={warning.text} />
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

function factsOf(stripe: StripeConnection): Fact[] {
  const key = (
    <code>
      {stripe.key_prefix}…{stripe.key_last4}
    </code>
  );
  const kind = stripe.key_kind === "restricted" ? "restricted" : "secret";
  return [
    [t.common.account, <code key="account">{stripe.account_id}</code>],
    [t.common.mode, modeText(stripe.mode)],
    [t.stripe.key, <span key="key">{t.stripe.keyOfKind(key, kind)}</span>],
    [t.common.mirror, <code key="mirror">{stripe.mirror}</code>],
    [t.common.connected, <When key="connected" at={stripe.connected_at} />],
  ];
}
