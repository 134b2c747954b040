/** There is no endpoint: one click creates it, or a person registers it at Stripe. */

import type { Realtime, StripeConnection } from "../../api/types";
import { PermissionAdvice } from "../../components/stripe/permission-advice";
import { Button } from "../../components/ui/button";
import layout from "../../components/ui/layout.module.css";
import { Note } from "../../components/ui/note";
import { Outside } from "../../components/ui/outside";
import { announce } from "../../lib/announce";
import { useApp } from "../../lib/app";
import { endpointsPage, WEBHOOK_PERMISSION } from "../../lib/key-permissions";
import { type Query, useAction } from "../../lib/query";
import { late } from "../../texts/late";
import { EndpointError, EndpointLimit } from "./endpoint-error";
import styles from "./endpoint-setup.module.css";
import { SecretForm } from "./secret-form";

interface EndpointSetupProps {
  data: Realtime;
  query: Query<Realtime>;
  mode: StripeConnection["mode"];
}

export function EndpointSetup({ data, query, mode }: EndpointSetupProps) {
  const { api, overview } = useApp();
  const create = useAction(async () => {
    query.set(await api.renewWebhook());
    announce(late.webhooks.created);
    overview.reload();
  });
  return (
    <>
      {data.missing === "limit" ? (
        <EndpointLimit endpoints={data.endpoints ?? []} mode={mode} />
      ) : (
        <WhyMissing missing={data.missing} mode={mode} />
      )}
      {create.error && <EndpointError error={create.error} mode={mode} />}
      <div class={layout.actions}>
        <Button busy={create.busy} onClick={() => void create.run()}>
          {late.webhooks.create}
        </Button>
      </div>
      <Instructions data={data} mode={mode} />
      <SecretForm query={query} />
    </>
  );
}

function WhyMissing({
  missing,
  mode,
}: {
  missing: Realtime["missing"];
  mode: StripeConnection["mode"];
}) {
  const lacksPermission = missing === "right";
  return (
    <Note
      tone="info"
      title={missing ? late.webhooks.missing[missing] : late.webhooks.noneRegistered}
    >
      <p>{lacksPermission ? late.webhooks.addPermission : late.webhooks.createOrRegister}</p>
      {lacksPermission && <PermissionAdvice text={WEBHOOK_PERMISSION} stripe={{ mode }} />}
    </Note>
  );
}

/** How a person registers the endpoint at Stripe. */
function Instructions({ data, mode }: Pick<EndpointSetupProps, "data" | "mode">) {
  const steps = late.webhooks.steps;
  return (
    <ol class={styles.instructions}>
      <li>
        {steps.open(
          (words) => (
            <strong>{words}</strong>
          ),
          <code>{data.api_version}</code>,
        )}{" "}
        <Outside href={endpointsPage(mode)}>{steps.openLink}</Outside>
      </li>
      <li>
        {steps.url}
        <code class={styles.copyable}>{data.url}</code>
      </li>
      <li>
        <details>
          <summary>{steps.events(data.events.length)}</summary>
          <code class={styles.copyable}>{data.events.join(", ")}</code>
        </details>
      </li>
      <li>{steps.secret}</li>
    </ol>
  );
}
