/** Chooses a month, or some days. */

import { useState } from "preact/hooks";
import type { Period } from "../../api/types";
import { Button } from "../../components/ui/button";
import form from "../../components/ui/form.module.css";
import { chosenPeriod, monthName, months } from "../../lib/period";
import { choose } from "../../lib/router";
import { late } from "../../texts/late";
import styles from "./statements.module.css";

/** Three years and the current month. */
const MONTHS = 37;
const DAYS = "days";

interface PeriodChoiceProps {
  period: Period;
  /** Absent when days are chosen. */
  month: string | null;
}

export function PeriodChoice({ period, month }: PeriodChoiceProps) {
  const [byDays, setByDays] = useState(month === null);
  const texts = late.figures;
  const listed = months(MONTHS, Date.now());
  const all = month === null || listed.includes(month) ? listed : [...listed, month];
  const onChoose = (value: string) => {
    if (value === DAYS) setByDays(true);
    else choose({ month: value, from: null, to: null });
  };
  return (
    <div class={styles.choices}>
      <label>
        {texts.period}
        <select
          class={form.choice}
          value={byDays ? DAYS : (month ?? DAYS)}
          onChange={(event) => onChoose(event.currentTarget.value)}
        >
          {all.map((one) => (
            <option key={one} value={one}>
              {monthName(one)}
            </option>
          ))}
          <option value={DAYS}>{texts.chosenDays}</option>
        </select>
      </label>
      {byDays && <Days period={period} />}
    </div>
  );
}

function Days({ period }: { period: Period }) {
  const [from, setFrom] = useState(period.from);
  const [to, setTo] = useState(period.to);
  const texts = late.figures;
  const chosen = chosenPeriod(from, to);
  const show = (event: SubmitEvent) => {
    event.preventDefault();
    if (chosen) choose({ ...chosen, month: null });
  };
  return (
    <form class={styles.choices} onSubmit={show}>
      <label>
        {texts.from}
        <input
          class={form.field}
          type="date"
          value={from}
          onInput={(event) => setFrom(event.currentTarget.value)}
        />
      </label>
      <label>
        {texts.to}
        <input
          class={form.field}
          type="date"
          value={to}
          onInput={(event) => setTo(event.currentTarget.value)}
        />
      </label>
      <Button submit disabled={!chosen}>
        {texts.show}
      </Button>
      {!chosen && <p role="alert">{texts.wrongDays}</p>}
    </form>
  );
}
