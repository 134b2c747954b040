/** The days of the range, each with how it compares with the ledger: one square for each, weeks from top to bottom. */

import type { DayState, Series } from "../../api/types";
import { Card } from "../../components/ui/card";
import text from "../../components/ui/text.module.css";
import { daysOf } from "../../lib/period";
import { href } from "../../lib/router";
import { utcDay } from "../../lib/time";
import { t } from "../../texts";
import { late } from "../../texts/late";
import styles from "./calendar.module.css";

const WEEK = 7;
/** Of a square that is 10 wide. */
const SIZE = 8.6;
const STATES: readonly DayState[] = ["match", "differs", "open"];

/** Signs inside the squares, so that colour is never the only difference. */
const SIGNS: Partial<Record<DayState, string>> = {
  differs: "M2.4 2.4l3.8 3.8M6.2 2.4l-3.8 3.8",
  open: "M2.6 4.3h3.4",
};

export function Calendar({ series }: { series: Series }) {
  const texts = late.figures.calendar;
  const states = new Map(series.days.map(({ date, state }) => [date, state]));
  const count = (state: DayState) => series.days.filter((day) => day.state === state).length;
  const sentence = texts.counts(count("match"), count("differs"), count("open"));
  const differing = series.days.filter(({ state }) => state === "differs");
  return (
    <Card title={texts.title} testId="calendar">
      <Squares days={daysOf(series)} states={states} label={sentence} />
      <ul class={styles.legend}>
        {STATES.map((state) => (
          <li key={state}>
            <Square state={state} />
            {texts.days[state]}
          </li>
        ))}
        <li>
          <Square state={undefined} />
          {texts.none}
        </li>
      </ul>
      <p>{sentence}</p>
      {differing.length > 0 && (
        <p class={text.muted}>
          {texts.differing}: {differing.map(({ date }) => utcDay(date)).join(", ")}.{" "}
          <a href={href("/certificates")}>{t.frame.places.reconciliation}</a>
        </p>
      )}
    </Card>
  );
}

interface SquaresProps {
  days: string[];
  states: Map<string, DayState>;
  label: string;
}

function Squares({ days, states, label }: SquaresProps) {
  // A column for each week, which begins with a Monday.
  const lead = days[0] ? (new Date(days[0]).getUTCDay() + WEEK - 1) % WEEK : 0;
  const columns = Math.ceil((lead + days.length) / WEEK);
  return (
    <svg
      class={styles.squares}
      viewBox={`0 0 ${columns * 10} ${WEEK * 10}`}
      role="img"
      aria-label={label}
    >
      {days.map((day, at) => {
        const place = lead + at;
        const state = states.get(day);
        const x = Math.floor(place / WEEK) * 10;
        return (
          <g key={day} transform={`translate(${x} ${(place % WEEK) * 10})`}>
            <title>{`${utcDay(day)}: ${state ? late.figures.calendar.days[state] : late.figures.calendar.none}`}</title>
            <Cell state={state} />
          </g>
        );
      })}
    </svg>
  );
}

function Cell({ state }: { state: DayState | undefined }) {
  const sign = state && SIGNS[state];
  return (
    <>
      <rect class={styles[state ?? "none"]} width={SIZE} height={SIZE} rx={1.8} />
      {sign && <path class={styles.sign} d={sign} />}
    </>
  );
}

function Square({ state }: { state: DayState | undefined }) {
  return (
    <svg width="16" height="16" viewBox={`0 0 ${SIZE} ${SIZE}`} aria-hidden="true">
      <Cell state={state} />
    </svg>
  );
}
