/** Stripe did not accept an endpoint: what to do about it, where that is known. */

import type { ApiError } from "../../api/error";
import type { EndpointAtStripe, StripeConnection } from "../../api/types";
import { PermissionAdvice } from "../../components/stripe/permission-advice";
import { ErrorNote } from "../../components/ui/error-note";
import { Note } from "../../components/ui/note";
import { Outside } from "../../components/ui/outside";
import { Pill } from "../../components/ui/pill";
import text from "../../components/ui/text.module.css";
import { When } from "../../components/ui/when";
import { endpointsPage } from "../../lib/key-permissions";
import { t } from "../../texts";
import { late } from "../../texts/late";
import styles from "./endpoint-error.module.css";

type Mode = StripeConnection["mode"];

export function EndpointError({ error, mode }: { error: ApiError; mode: Mode }) {
  const { endpoints, limit } = error.problem ?? {};
  if (limit) return <EndpointLimit endpoints={endpoints ?? []} mode={mode} alert />;
  return (
    <>
      <ErrorNote error={error} />
      <PermissionAdvice text={error.detail} stripe={{ mode }} />
    </>
  );
}

interface EndpointLimitProps {
  endpoints: EndpointAtStripe[];
  mode: Mode;
  alert?: boolean;
}

/** The account has no room for another endpoint: which there are, and where one of them is deleted. */
export function EndpointLimit({ endpoints, mode, alert = false }: EndpointLimitProps) {
  return (
    <Note tone="warn" icon="problems" title={late.webhooks.missing.limit} alert={alert}>
      <p>
        {late.webhooks.limitText((words) => (
          <Outside href={endpointsPage(mode)}>{words}</Outside>
        ))}
      </p>
      {endpoints.length > 0 && (
        <details open>
          <summary>{late.webhooks.endpoints(endpoints.length)}</summary>
          <ul class={styles.endpoints}>
            {endpoints.map((endpoint) => (
              <EndpointRow key={endpoint.id} endpoint={endpoint} mode={mode} />
            ))}
          </ul>
        </details>
      )}
    </Note>
  );
}

function EndpointRow({ endpoint, mode }: { endpoint: EndpointAtStripe; mode: Mode }) {
  const { id, url, status, created } = endpoint;
  const enabled = status === "enabled";
  return (
    <li>
      <code>{url}</code>{" "}
      <Pill tone={enabled ? "quiet" : "warn"} icon={enabled ? "check" : "pause"}>
        {status || t.common.unknown}
      </Pill>
      <p class={text.sub}>
        <Outside href={endpointsPage(mode, id)}>
          <code>{id}</code>
        </Outside>
        {created && late.webhooks.made(<When at={created} />)}
      </p>
    </li>
  );
}
