/** Periods of UTC days, as the API's figures have them: "2026-03-01" to "2026-03-31". */

import type { Period } from "../api/types";
import { locale } from "../texts/locale";

const DAY_MS = 24 * 60 * 60_000;

/** The longest period of days that the API answers. */
export const MOST_DAYS = 92;

const MONTH = /^\d{4}-(0[1-9]|1[0-2])$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** The first and the last day of a month, "2026-03"; undefined if it is not a month. */
export function monthPeriod(month: string): Period | undefined {
  if (!MONTH.test(month)) return undefined;
  const [year = 0, at = 0] = month.split("-").map(Number);
  return { from: `${month}-01`, to: day(Date.UTC(year, at, 0)) };
}

/** The last `days` days, today included. */
export function lastDays(days: number, nowMs: number): Period {
  return { from: day(nowMs - (days - 1) * DAY_MS), to: day(nowMs) };
}

/** The months up to now, newest first. */
export function months(howMany: number, nowMs: number): string[] {
  const now = new Date(nowMs);
  return Array.from({ length: howMany }, (_, back) =>
    day(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back, 1)).slice(0, 7),
  );
}

/** Every day of a period. */
export function daysOf({ from, to }: Period): string[] {
  const [first, last] = [Date.parse(from), Date.parse(to)];
  const count = Math.round((last - first) / DAY_MS) + 1;
  return Number.isNaN(count)
    ? []
    : Array.from({ length: count }, (_, at) => day(first + at * DAY_MS));
}

/** Two days that somebody typed; undefined when they are no period that can be shown. */
export function chosenPeriod(from: string, to: string): Period | undefined {
  if (!DAY.test(from) || !DAY.test(to) || from > to) return undefined;
  const count = daysOf({ from, to }).length;
  return count > 0 && count <= MOST_DAYS ? { from, to } : undefined;
}

/** "March 2026" for "2026-03". */
export function monthName(month: string): string {
  const ms = Date.parse(`${month}-01`);
  if (Number.isNaN(ms)) return month;
  const format = { year: "numeric", month: "long", timeZone: "UTC" } as const;
  return new Intl.DateTimeFormat(locale(), format).format(ms);
}
