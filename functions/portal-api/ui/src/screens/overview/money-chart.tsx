/** Money by day as bars, with a slider that reads it day by day: by keys, by touch, and aloud. */

import { useMemo, useState } from "preact/hooks";
import type { SeriesOfCurrency, SeriesPart, SeriesPoint } from "../../api/types";
import { Amount } from "../../components/ui/amount";
import { Button } from "../../components/ui/button";
import { chartOf, PARTS } from "../../lib/chart";
import { formatAmount, sumOf } from "../../lib/money";
import { utcDay } from "../../lib/time";
import { late } from "../../texts/late";
import styles from "./money-pictures.module.css";

const HEIGHT = 100;
/** Of a column that is 1 wide. */
const GAP = 0.14;

interface MoneyChartProps {
  points: SeriesPoint[];
  shown: SeriesOfCurrency;
}

export function MoneyChart({ points, shown }: MoneyChartProps) {
  const [at, setAt] = useState<number | null>(null);
  const texts = late.figures.money;
  const chosen = at === null ? undefined : points[at];
  const [first = "", last = ""] = [points[0]?.at, points.at(-1)?.at].map((day) =>
    utcDay(day ?? ""),
  );
  const { currency, exponent } = shown;
  const net = (point: SeriesPoint) =>
    `${formatAmount(point.net, exponent, { sign: "always" })} ${currency}`;
  const slider = at ?? points.length - 1;
  const read = points[slider];
  return (
    <>
      <Plot points={points} chosen={at} label={texts.chart(currency, first, last)} choose={setAt} />
      <input
        class={styles.slider}
        type="range"
        min={0}
        max={points.length - 1}
        value={slider}
        aria-label={texts.day}
        aria-valuetext={read && texts.valueOf(utcDay(read.at), net(read))}
        onInput={(event) => setAt(Number(event.currentTarget.value))}
      />
      <div class={styles.head}>
        <h3>
          <time>{chosen ? texts.oneDay(utcDay(chosen.at)) : texts.whole(first, last)}</time>
        </h3>
        {chosen && (
          <Button small onClick={() => setAt(null)}>
            {texts.all}
          </Button>
        )}
      </div>
      <Values points={chosen ? [chosen] : points} shown={shown} />
    </>
  );
}

interface PlotProps {
  points: SeriesPoint[];
  chosen: number | null;
  label: string;
  choose: (at: number) => void;
}

function Plot({ points, chosen, label, choose }: PlotProps) {
  const { columns, zero } = useMemo(() => chartOf(points), [points]);
  const onPointer = (event: PointerEvent) => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const at = Math.floor(((event.clientX - box.left) / box.width) * points.length);
    choose(Math.min(points.length - 1, Math.max(0, at)));
  };
  return (
    <svg
      class={styles.plot}
      viewBox={`0 0 ${points.length} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
      onPointerDown={onPointer}
    >
      {chosen !== null && <rect class={styles.chosen} x={chosen} y={0} width={1} height={HEIGHT} />}
      {columns.map(({ at, bars }, column) => (
        <g key={at}>
          {bars.map(({ part, top, height }) => (
            <rect
              key={part}
              class={styles[part]}
              x={column + GAP / 2}
              y={top * HEIGHT}
              width={1 - GAP}
              height={height * HEIGHT}
            />
          ))}
        </g>
      ))}
      <path class={styles.line} d={`M0 ${zero * HEIGHT}h${points.length}`} />
    </svg>
  );
}

/** The parts with their sums: the legend and the reading of the chart in one. */
function Values({ points, shown }: MoneyChartProps) {
  const texts = late.figures.money;
  const { currency, exponent } = shown;
  const amount = (part: SeriesPart | "net") => (
    <Amount
      minor={sumOf(points.map((point) => point[part]))}
      currency={currency}
      exponent={exponent}
    />
  );
  return (
    <dl class={styles.values}>
      {PARTS.map((part) => (
        <div key={part}>
          <dt>
            <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
              <rect class={styles[part]} width="12" height="12" rx="3" />
            </svg>
            {texts.parts[part]}
          </dt>
          <dd>{amount(part)}</dd>
        </div>
      ))}
      <div class={styles.net}>
        <dt>{texts.net}</dt>
        <dd>{amount("net")}</dd>
      </div>
    </dl>
  );
}
