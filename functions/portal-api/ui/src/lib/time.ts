/** Times as people read them. All functions take the clock as an argument. */

import { t } from "../texts";

const MINUTE_S = 60;
const HOUR_S = 60 * MINUTE_S;
const DAY_S = 24 * HOUR_S;

/** "just now", "4 minutes ago", "yesterday"; older than 30 days, the date itself. */
export function relative(at: string, nowMs: number): string {
  const seconds = Math.round((nowMs - Date.parse(at)) / 1000);
  if (Number.isNaN(seconds)) return at;
  if (Math.abs(seconds) < 30) return t.time.justNow;
  const spans = new Intl.RelativeTimeFormat(t.language, { numeric: "auto" });
  if (Math.abs(seconds) < HOUR_S) return spans.format(-Math.max(1, Math.round(seconds / MINUTE_S)), "minute");
  if (Math.abs(seconds) < DAY_S) return spans.format(-Math.round(seconds / HOUR_S), "hour");
  if (Math.abs(seconds) < 30 * DAY_S) return spans.format(-Math.round(seconds / DAY_S), "day");
  return date(at);
}

/** The day alone, in the reader's zone. */
export function date(at: string): string {
  return new Intl.DateTimeFormat(undefined, { dateStyle: "medium" }).format(Date.parse(at));
}

/** Day and time to the second, in the reader's zone. */
export function dateTime(at: string): string {
  return new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" }).format(
    Date.parse(at),
  );
}

/** The same instant in UTC, as ledgers and Stripe's own pages write it. */
export function utc(at: string): string {
  const ms = Date.parse(at);
  return Number.isNaN(ms) ? at : t.time.utc(new Date(ms).toISOString().slice(0, 19).replace("T", " "));
}

/** A span as "42 s", "3 min 05 s" or "2 h 07 min". */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < MINUTE_S) return t.time.seconds(seconds);
  const two = (value: number) => String(value).padStart(2, "0");
  if (seconds < HOUR_S) return t.time.minutes(Math.floor(seconds / MINUTE_S), two(seconds % MINUTE_S));
  return t.time.hours(Math.floor(seconds / HOUR_S), two(Math.floor((seconds % HOUR_S) / MINUTE_S)));
}

/** How long until an instant: "in 42 s", "in 3 min 05 s"; "now" once it has come. */
export function ahead(at: string, nowMs: number): string {
  const ms = Date.parse(at) - nowMs;
  if (Number.isNaN(ms)) return at;
  return ms < 1000 ? t.time.now : t.time.in(duration(ms));
}
