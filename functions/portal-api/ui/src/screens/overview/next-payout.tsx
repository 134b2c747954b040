/** The payout that arrives next, of those that Stripe has announced. It comes after the rest of the overview. */

import type { Payout } from "../../api/types";
import { Amount } from "../../components/ui/amount";
import { useApp } from "../../lib/app";
import { nextPayout } from "../../lib/payout";
import { missingForSync } from "../../lib/permissions";
import { useQuery } from "../../lib/query";
import { href } from "../../lib/router";
import { relative, utcDay } from "../../lib/time";
import { t } from "../../texts";
import { late } from "../../texts/late";

/** How often it is read: a payout is announced days ahead. */
const POLL_MS = 5 * 60_000;

export function NextPayout() {
  const { api, overview } = useApp();
  const mayRead =
    overview.data && missingForSync(overview.data.install.granted_permissions).length === 0;
  const announced = useQuery(
    mayRead ? "overview/payouts" : null,
    async (signal) => {
      const pages = ["pending", "in_transit"].map((status) => api.payouts({ status }, signal));
      return (await Promise.all(pages)).flatMap(({ payouts }) => payouts);
    },
    () => POLL_MS,
  );
  if (!announced.data) return "–";
  const next = nextPayout(announced.data);
  return next ? <Announced payout={next} /> : t.common.none;
}

function Announced({ payout }: { payout: Payout }) {
  const { id, amount, currency, exponent, arrival } = payout;
  const texts = late.payoutPlace;
  const sum =
    amount === null || currency === null ? (
      texts.unknownAmount
    ) : (
      <Amount minor={amount} currency={currency} exponent={exponent} />
    );
  return (
    <>
      <a href={href(`/payouts/${id}`)}>{sum}</a>
      {", "}
      {arrival === null ? texts.unknownDay : arrivalText(arrival, Date.now())}
    </>
  );
}

const DAY_MS = 24 * 60 * 60_000;

/** Stripe means a day, at midnight UTC. */
function arrivalText(arrival: string, nowMs: number): string {
  const texts = late.payoutPlace;
  const day = utcDay(arrival.slice(0, 10));
  const left = Date.parse(arrival) - nowMs;
  if (left < -DAY_MS) return texts.wasDue(day);
  return texts.arrivesOn(day, left < 0 ? undefined : relative(arrival, nowMs));
}
