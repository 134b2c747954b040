/** What is open at Stripe: what needs attention (a failed payout, a dispute with its deadline), and what is on the way. */

import type { OpenObject, OpenObjectsList, StripeConnection } from "../../api/types";
import { objectTitle, reasonText } from "../../components/state/object-text";
import { Amount } from "../../components/ui/amount";
import { CardList } from "../../components/ui/card";
import { ErrorNote } from "../../components/ui/error-note";
import { Outside } from "../../components/ui/outside";
import { Pill } from "../../components/ui/pill";
import text from "../../components/ui/text.module.css";
import { When } from "../../components/ui/when";
import { useApp } from "../../lib/app";
import { lookUp } from "../../lib/labels";
import { stripeLink } from "../../lib/links";
import { type Query, useNow } from "../../lib/query";
import { href } from "../../lib/router";
import { t } from "../../texts";
import { late } from "../../texts/late";
import styles from "./open-objects.module.css";

const MINUTE_MS = 60_000;

interface OpenObjectsProps {
  objects: Query<OpenObjectsList>;
  urgent: boolean;
}

export function OpenObjects({ objects: { data, error, reload }, urgent }: OpenObjectsProps) {
  const { overview } = useApp();
  if (error && !data) return urgent ? <ErrorNote error={error} retry={reload} /> : null;
  const objects = (data?.objects ?? []).filter((object) => object.urgent === urgent);
  if (objects.length === 0) return null;
  const title = urgent ? late.problemPlace.urgentObjects : late.problemPlace.onTheWay;
  return (
    <section class={styles.part}>
      <h2>{title}</h2>
      <CardList label={title}>
        {objects.map((object) => (
          <ObjectRow key={object.id} object={object} mode={overview.data?.stripe?.mode} />
        ))}
      </CardList>
      {urgent && data?.more && <p class={text.mutedSmall}>{late.problemPlace.moreAtStripe}</p>}
    </section>
  );
}

interface ObjectRowProps {
  object: OpenObject;
  mode: StripeConnection["mode"] | undefined;
  /** Of its title. */
  level?: "h2" | "h3";
}

export function ObjectRow({ object, mode, level: Title = "h3" }: ObjectRowProps) {
  const now = useNow(MINUTE_MS);
  const { id, kind, status, urgent, amount, currency, exponent, reason, arrival } = object;
  return (
    <li class={styles.row}>
      <div class={styles.head}>
        <Title>
          {urgent ? objectTitle(kind === "dispute", object) : late.problemPlace.objects[kind]}{" "}
          <Pill tone={urgent ? "bad" : "quiet"} icon={urgent ? "problems" : "clock"}>
            {statusText(status)}
          </Pill>
        </Title>
        {!urgent && amount !== null && currency !== null && (
          <Amount minor={amount} currency={currency} exponent={exponent} />
        )}
      </div>
      <p class={text.sub}>
        <Deadline object={object} nowMs={now} />
        {arrival !== null && status !== "failed" && (
          <>{late.problemPlace.arrives(<When at={arrival} />)} </>
        )}
        {reason !== null && late.problemPlace.reason(reasonText(reason))}
      </p>
      <p class={text.sub}>
        {kind === "payout" && (
          <>
            <a href={href(`/payouts/${id}`)}>{t.attention.seePayout}</a> ·{" "}
          </>
        )}
        <Outside href={stripeLink(id, mode)}>{t.attention.openInStripe}</Outside> ·{" "}
        <code>{id}</code>
      </p>
    </li>
  );
}

function statusText(status: string): string {
  return lookUp(late.problemPlace.statuses, status) ?? status.replaceAll("_", " ");
}

/** Until when evidence is taken, or that the bank decides now. */
function Deadline({ object, nowMs }: { object: OpenObject; nowMs: number }) {
  const { kind, due_by: due, has_evidence: given, status } = object;
  if (kind !== "dispute") return null;
  const { underReview, evidenceOver } = late.problemPlace;
  const review = given || status.endsWith("under_review");
  if (due === null) return review ? <>{underReview} </> : null;
  const over = Date.parse(due) < nowMs;
  if (over) return <>{evidenceOver(<When at={due} />)} </>;
  return <>{review ? underReview : t.attention.evidenceDue(<When at={due} />)} </>;
}
