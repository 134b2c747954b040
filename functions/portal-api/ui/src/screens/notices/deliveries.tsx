/** The messages and how their deliveries stand. */

import type { NoticeDelivery } from "../../api/types";
import { Card } from "../../components/ui/card";
import { Empty } from "../../components/ui/empty";
import { ErrorNote } from "../../components/ui/error-note";
import type { IconName } from "../../components/ui/icon";
import { LoadMore } from "../../components/ui/load-more";
import { Pill } from "../../components/ui/pill";
import { Skeleton } from "../../components/ui/skeleton";
import table from "../../components/ui/table.module.css";
import text from "../../components/ui/text.module.css";
import type { Tone } from "../../components/ui/tone";
import { When } from "../../components/ui/when";
import { useApp } from "../../lib/app";
import { lookUp } from "../../lib/labels";
import { usePages } from "../../lib/use-pages";
import { late } from "../../texts/late";
import { answerText } from "./answer";

const SIGNS: Record<NoticeDelivery["state"], [Tone, IconName]> = {
  pending: ["info", "clock"],
  sent: ["ok", "check"],
  failed: ["bad", "cross"],
  withdrawn: ["info", "info"],
};

/** `tests` counts the tests that were sent: after each the list starts again. */
export function Deliveries({ tests }: { tests: number }) {
  const { api } = useApp();
  const texts = late.notices;
  const { query, items, next, more } = usePages(
    `notices/deliveries/${tests}`,
    async (before, signal) => {
      const page = await api.noticeDeliveries(before, signal);
      return { items: page.deliveries, next: page.next };
    },
  );
  return (
    <Card title={texts.deliveries}>
      {query.error && <ErrorNote error={query.error} retry={query.reload} />}
      {query.loading && <Skeleton lines={4} />}
      {query.data && items.length === 0 && (
        <Empty icon="clock" title={texts.none}>
          <p>{texts.noneText}</p>
        </Empty>
      )}
      {items.length > 0 && <DeliveryTable deliveries={items} />}
      <LoadMore more={more} next={next} />
    </Card>
  );
}

function DeliveryTable({ deliveries }: { deliveries: NoticeDelivery[] }) {
  const { columns, caption, channels, states } = late.notices;
  return (
    <div class={table.room}>
      <table class={table.table}>
        <caption class={text.visuallyHidden}>{caption}</caption>
        <thead>
          <tr>
            <th scope="col">{columns.what}</th>
            <th scope="col">{columns.at}</th>
            <th scope="col">{columns.channel}</th>
            <th scope="col">{columns.state}</th>
            <th scope="col">{columns.answer}</th>
          </tr>
        </thead>
        <tbody>
          {deliveries.map((delivery) => (
            <tr key={delivery.id}>
              <th scope="row">{titleOf(delivery)}</th>
              <td data-label={columns.at}>
                <When at={delivery.created_at} />
              </td>
              <td data-label={columns.channel}>{channels[delivery.channel]}</td>
              <td data-label={columns.state}>
                <Pill tone={SIGNS[delivery.state][0]} icon={SIGNS[delivery.state][1]}>
                  {states[delivery.state]}
                </Pill>
              </td>
              <td data-label={columns.answer}>
                {delivery.state === "sent" ? late.notices.taken : answerText(delivery)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function titleOf({ type, resolved, title }: NoticeDelivery) {
  const known = lookUp(late.notices.types, type);
  if (known === undefined) return <span lang="en">{title}</span>;
  return resolved ? late.notices.resolved(known) : known;
}
