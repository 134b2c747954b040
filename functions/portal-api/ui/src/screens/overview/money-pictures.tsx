/** The overview's pictures: money by day, and the days that match. */

import { useState } from "preact/hooks";
import type { Series, SeriesOfCurrency } from "../../api/types";
import { Button } from "../../components/ui/button";
import { Card } from "../../components/ui/card";
import { ErrorNote } from "../../components/ui/error-note";
import form from "../../components/ui/form.module.css";
import layout from "../../components/ui/layout.module.css";
import { Segments } from "../../components/ui/segments";
import { Skeleton } from "../../components/ui/skeleton";
import text from "../../components/ui/text.module.css";
import { useApp } from "../../lib/app";
import { emptyPoint } from "../../lib/chart";
import { daysOf, lastDays } from "../../lib/period";
import { useQuery } from "../../lib/query";
import { savedValue, saveValue } from "../../lib/storage";
import { late } from "../../texts/late";
import { Calendar } from "./calendar";
import { MoneyChart } from "./money-chart";
import styles from "./money-pictures.module.css";
import { MoneyTable } from "./money-table";

const RANGES = ["7", "30", "90"] as const;
type Range = (typeof RANGES)[number];
const POLL_MS = 60_000;

export function MoneyPictures() {
  const { api, overview } = useApp();
  const [range, setRange] = useState<Range>(
    () => RANGES.find((one) => one === savedValue("range")) ?? "30",
  );
  const period = lastDays(Number(range), Date.now());
  // A sync that ended has other figures.
  const run = overview.data?.last_run?.id ?? "";
  const series = useQuery(
    `series/${range}/${run}`,
    (signal) => api.series(period, signal),
    () => POLL_MS,
  );
  const [asTable, setAsTable] = useState(false);
  const choose = (next: Range) => {
    saveValue("range", next);
    setRange(next);
  };
  const { data } = series;
  return (
    <>
      {series.error && <ErrorNote error={series.error} retry={series.reload} />}
      {series.loading && <Skeleton lines={6} tall />}
      {data && (
        <div class={asTable ? layout.stack : layout.columns}>
          <Money
            series={data}
            range={range}
            choose={choose}
            asTable={asTable}
            setAsTable={setAsTable}
          />
          <Calendar series={data} />
        </div>
      )}
    </>
  );
}

/** Every day of the range has a point, also those without money. */
function everyDay(series: Series, { points }: SeriesOfCurrency) {
  if (series.step === "month") return points;
  const known = new Map(points.map((point) => [point.at, point]));
  return daysOf(series).map((day) => known.get(day) ?? emptyPoint(day));
}

interface MoneyProps {
  series: Series;
  range: Range;
  choose: (range: Range) => void;
  /** A table needs the whole width. */
  asTable: boolean;
  setAsTable: (asTable: boolean) => void;
}

function Money({ series, range, choose, asTable, setAsTable }: MoneyProps) {
  const texts = late.figures.money;
  const [wanted, setWanted] = useState(savedValue("currency") ?? "");
  const { currencies } = series;
  const shown = currencies.find(({ currency }) => currency === wanted) ?? currencies[0];
  const pick = (currency: string) => {
    saveValue("currency", currency);
    setWanted(currency);
  };
  return (
    <Card title={texts.title} testId="money">
      <div class={styles.choices}>
        <Segments
          id="range"
          legend={texts.range}
          value={range}
          choices={RANGES.map((value) => ({ value, name: texts.ranges[value] }))}
          onChoose={choose}
        />
        {currencies.length > 1 && (
          <select
            class={form.choice}
            aria-label={texts.currency}
            value={shown?.currency}
            onChange={(event) => pick(event.currentTarget.value)}
          >
            {currencies.map(({ currency }) => (
              <option key={currency} value={currency}>
                {currency}
              </option>
            ))}
          </select>
        )}
        {shown && (
          <Button small onClick={() => setAsTable(!asTable)}>
            {asTable ? texts.asChart : texts.asTable}
          </Button>
        )}
      </div>
      {series.state === "preparing" && <p class={text.muted}>{texts.preparing}</p>}
      {!shown && <p class={text.muted}>{texts.empty}</p>}
      {shown && asTable && <MoneyTable series={series} shown={shown} />}
      {shown && !asTable && (
        <MoneyChart
          key={`${range}/${shown.currency}`}
          points={everyDay(series, shown)}
          shown={shown}
        />
      )}
    </Card>
  );
}
