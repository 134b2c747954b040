/** What is not settled at Stripe: disputes with their deadlines, payouts that failed or are on their way, refunds. */

import type { ComponentChildren } from "preact";
import type { OpenObject, StripeConnection } from "../../api/types";
import { Amount } from "../../components/ui/amount";
import { Card } from "../../components/ui/card";
import { ErrorNote } from "../../components/ui/error-note";
import { Pill } from "../../components/ui/pill";
import text from "../../components/ui/text.module.css";
import { When } from "../../components/ui/when";
import { useApp } from "../../lib/app";
import { stripeLink } from "../../lib/links";
import { useQuery } from "../../lib/query";
import { t } from "../../texts";
import styles from "./open-objects.module.css";

export function OpenObjects() {
  const { api, overview } = useApp();
  const query = useQuery("objects", (signal) => api.objects(signal));
  if (query.error) return <ErrorNote error={query.error} retry={query.reload} />;
  if (!query.data || query.data.objects.length === 0) return null;
  return (
    <Card title={t.problems.openObjects}>
      <ul class={styles.list}>
        {query.data.objects.map((object) => (
          <ObjectRow key={object.id} object={object} mode={overview.data?.stripe?.mode} />
        ))}
      </ul>
      {query.data.more && <p class={text.mutedSmall}>{t.problems.moreObjects}</p>}
    </Card>
  );
}

interface ObjectRowProps {
  object: OpenObject;
  mode: StripeConnection["mode"] | undefined;
}

function ObjectRow({ object, mode }: ObjectRowProps) {
  const { id, kind, status, urgent, amount, currency, exponent, reason } = object;
  const { due_by: dueBy, has_evidence: hasEvidence, arrival } = object;
  return (
    <li>
      <div class={styles.head}>
        <h3>
          {t.problems.objects[kind]}{" "}
          <Pill tone={urgent ? "warn" : "quiet"} icon={urgent ? "problems" : "clock"}>
            {status.replaceAll("_", " ")}
          </Pill>
        </h3>
        {amount !== null && currency !== null && (
          <Amount minor={amount} currency={currency} exponent={exponent} />
        )}
      </div>
      <p class={text.sub}>
        {dueBy !== null && !hasEvidence && (
          <BeforeDot>{t.problems.evidenceDue(<When at={dueBy} />)}</BeforeDot>
        )}
        {arrival !== null && status !== "failed" && (
          <BeforeDot>{t.problems.arrives(<When at={arrival} />)}</BeforeDot>
        )}
        {reason !== null && <BeforeDot>{reason.replaceAll("_", " ")}</BeforeDot>}
        <a href={stripeLink(id, mode)} target="_blank" rel="noopener noreferrer">
          <code>{id}</code>
        </a>
      </p>
    </li>
  );
}

/** A fact that another one follows in the same line. */
function BeforeDot({ children }: { children: ComponentChildren }) {
  return <>{children} · </>;
}
