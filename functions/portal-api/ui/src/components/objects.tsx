/** What is not settled at Stripe: disputes with their deadlines, payouts that failed or are on their way, refunds. */

import type { OpenObject } from "../api/types";
import { useApp } from "../lib/app";
import { stripeLink } from "../lib/links";
import { useQuery } from "../lib/query";
import { Amount, Card, ErrorNote, Pill, When } from "./basics";

const KINDS: Record<OpenObject["kind"], string> = {
  payout: "Payout",
  dispute: "Dispute",
  refund: "Refund",
  charge: "Payment",
};

export function OpenObjects() {
  const { api, overview } = useApp();
  const objects = useQuery("objects", (signal) => api.objects(signal));
  if (objects.error) return <ErrorNote error={objects.error} retry={objects.reload} />;
  if (!objects.data || objects.data.objects.length === 0) return null;
  return (
    <Card title="Not settled at Stripe" class="object-card">
      <ul class="object-list">
        {objects.data.objects.map((object) => (
          <li key={object.id}>
            <div class="problem-head">
              <h3>
                {KINDS[object.kind]}{" "}
                <Pill tone={object.urgent ? "warn" : "quiet"} icon={object.urgent ? "problems" : "clock"}>
                  {object.status.replaceAll("_", " ")}
                </Pill>
              </h3>
              {object.amount !== null && object.currency !== null && (
                <Amount minor={object.amount} currency={object.currency} exponent={object.exponent} />
              )}
            </div>
            <p class="sub">
              {object.due_by !== null && !object.has_evidence && (
                <>
                  Evidence is due <When at={object.due_by} /> ·{" "}
                </>
              )}
              {object.arrival !== null && object.status !== "failed" && (
                <>
                  Arrives <When at={object.arrival} /> ·{" "}
                </>
              )}
              {object.reason !== null && <>{object.reason.replaceAll("_", " ")} · </>}
              <a
                href={stripeLink(object.id, overview.data?.stripe?.mode)}
                target="_blank"
                rel="noopener noreferrer"
              >
                <code>{object.id}</code>
              </a>
            </p>
          </li>
        ))}
      </ul>
      {objects.data.more && <p class="muted small">There are more; see Stripe's dashboard.</p>}
    </Card>
  );
}
