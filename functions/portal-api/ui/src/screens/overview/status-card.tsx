/** How old the last comparison and the last sync are, and what came of them. */

import type { ComponentChildren } from "preact";
import type { Overview, Realtime as RealtimeState, Settings } from "../../api/types";
import { stateSign } from "../../components/signs";
import { Card } from "../../components/ui/card";
import { type Fact, Facts } from "../../components/ui/facts";
import { Instant } from "../../components/ui/instant";
import { SignPill } from "../../components/ui/pill";
import { When } from "../../components/ui/when";
import { useApp } from "../../lib/app";
import { lookUp, scopeText } from "../../lib/labels";
import { useNow, useQuery } from "../../lib/query";
import { href } from "../../lib/router";
import { clock, dayTime } from "../../lib/time";
import { t } from "../../texts";
import { RecheckEverything, type StartSync } from "./sync-now";

const UPDATE_MS = 10_000;
const DAY_MS = 24 * 60 * 60 * 1000;

interface StatusCardProps {
  data: Overview;
  sync: StartSync;
  /** Loaded after everything else. */
  nextPayout: ComponentChildren;
}

export function StatusCard({ data, sync, nextPayout }: StatusCardProps) {
  const { situation } = useApp();
  const { standing } = situation;
  const count = situation.attention.data || standing?.count ? standing?.count : undefined;
  return (
    <Card title={t.overview.status.title}>
      <Facts
        items={[
          ...factsOf(data, count),
          ...useComing(data),
          [t.overview.status.nextPayout, nextPayout],
        ]}
      />
      {data.last_run && <RecheckEverything sync={sync} />}
    </Card>
  );
}

/** When syncs start by themselves: by the schedule, and as Stripe reports movements. */
function useComing({ next_sync_at: next }: Overview): Fact[] {
  const { api } = useApp();
  const settings = useQuery("status/settings", (signal) => api.settings(signal)).data;
  const realtime = useQuery("status/realtime", (signal) => api.realtime(false, signal)).data;
  const texts = t.overview.status;
  const facts: Fact[] = [];
  if (settings)
    facts.push([
      texts.schedule,
      <a key="schedule" href={href("/settings")}>
        {intervalText(settings)}
      </a>,
    ]);
  // The schedule wakes the app on time; when the sync then begins depends on what else goes on.
  if (next) facts.push([texts.nextSync, <NextSync key="next" at={next} />]);
  if (realtime) facts.push([texts.realtime, <Realtime key="realtime" data={realtime} />]);
  return facts;
}

function NextSync({ at }: { at: string }) {
  const now = useNow(UPDATE_MS);
  const soon = Date.parse(at) - now < DAY_MS;
  return <Instant at={at}>{t.overview.status.about(soon ? clock(at) : dayTime(at))}</Instant>;
}

function intervalText({ interval, minimum_minutes: minutes }: Settings): string {
  const texts = t.schedule;
  if (interval !== "quarter_hourly") return texts[interval];
  return minutes === 1 ? texts.everyMinute : texts.everyMinutes(minutes);
}

function Realtime({ data }: { data: RealtimeState }) {
  const off = lookUp(t.realtime.off, data.at_stripe?.standing ?? "")?.pill;
  const words = data.status === "missing" ? t.realtime.notSetUp : (off ?? t.realtime.on);
  return <a href={href("/stripe")}>{words}</a>;
}

function factsOf(
  { last_run: run, last_proof: proof }: Overview,
  count: number | undefined,
): Fact[] {
  const texts = t.overview.status;
  const facts: Fact[] = [
    [texts.lastCheck, proof ? <When key="check" at={proof.at} /> : texts.noneYet],
  ];
  if (run) {
    const when = <When at={run.finished_at ?? run.requested_at} />;
    facts.push([
      texts.lastSync,
      <span key="run">
        <a href={href(`/runs/${run.id}`)}>{texts.scopeAndTime(scopeText(run), when)}</a>{" "}
        <SignPill sign={stateSign(run)} />
      </span>,
    ]);
  }
  // The same figure as in the badge and in the sentence on top.
  facts.push([
    texts.attention,
    count === undefined || count === 0 ? (
      count === 0 ? (
        t.common.none
      ) : (
        "–"
      )
    ) : (
      <a key="attention" href={href("/problems")}>
        {t.nouns.items(count)}
      </a>
    ),
  ]);
  return facts;
}
