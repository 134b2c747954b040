/** Which Stripe account is connected. */

import type { StripeConnection } from "../../api/types";
import { StripeWarning } from "../../components/stripe/stripe-warning";
import { Card } from "../../components/ui/card";
import { Facts } from "../../components/ui/facts";
import { When } from "../../components/ui/when";
import { modeText } from "../../lib/labels";
import { href } from "../../lib/router";
import { t } from "../../texts";

export function ConnectionCard({ stripe }: { stripe: StripeConnection }) {
  const texts = t.overview.connection;
  return (
    <Card title={texts.title} aside={<a href={href("/stripe")}>{texts.manage}</a>}>
      <Facts
        items={[
          [texts.account, stripe.display_name ?? <code>{stripe.account_id}</code>],
          [t.common.mode, modeText(stripe.mode)],
          [t.common.mirror, <code key="mirror">{stripe.mirror}</code>],
          [t.common.connected, <When key="connected" at={stripe.connected_at} />],
        ]}
      />
      {stripe.warnings
        .filter(({ code }) => code !== "endpoint_off")
        .map((warning) => (
          <StripeWarning key={warning.code} warning={warning} />
        ))}
    </Card>
  );
}
