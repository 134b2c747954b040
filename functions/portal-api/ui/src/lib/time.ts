/** Times as people read them. All functions take the clock as an argument; the zone is the one that the reader chose. */

import { t } from "../texts";
import { locale } from "../texts/locale";
import { zone } from "./zone";

const MINUTE_S = 60;
const HOUR_S = 60 * MINUTE_S;
const DAY_S = 24 * HOUR_S;

const DAY = { year: "numeric", month: "short", day: "numeric" } as const;
const CLOCK = { hour: "numeric", minute: "2-digit", timeZoneName: "short" } as const;

function format(at: string, options: Intl.DateTimeFormatOptions): string {
  const ms = Date.parse(at);
  if (Number.isNaN(ms)) return at;
  const timeZone = zone() === "utc" ? { timeZone: "UTC" } : {};
  return new Intl.DateTimeFormat(locale(), { ...options, ...timeZone }).format(ms);
}

/** "just now", "4 minutes ago", "in 6 days"; nothing for what is further away than the words help. */
export function relative(at: string, nowMs: number): string | undefined {
  const seconds = Math.round((nowMs - Date.parse(at)) / 1000);
  if (Number.isNaN(seconds)) return undefined;
  const away = Math.abs(seconds);
  if (away < 30) return t.time.justNow;
  const spans = new Intl.RelativeTimeFormat(locale(), { numeric: "auto" });
  if (away < HOUR_S) return spans.format(-nonZero(seconds / MINUTE_S), "minute");
  if (away < DAY_S) return spans.format(-Math.round(seconds / HOUR_S), "hour");
  if (away < 30 * DAY_S) return spans.format(-Math.round(seconds / DAY_S), "day");
  return undefined;
}

function nonZero(value: number): number {
  return Math.round(value) || Math.sign(value);
}

/** A time that a person reads at a glance: how long ago, and when exactly, with the zone. */
export function when(at: string, nowMs: number): string {
  const span = relative(at, nowMs);
  if (span === undefined) return dayTime(at);
  // Who asks for UTC compares with Stripe or a ledger: the whole instant, as those write it.
  if (zone() === "utc") return t.time.when(span, utc(at));
  const passed = nowMs - Date.parse(at);
  // What comes, and what is a day old, is of another day.
  const today = passed >= 0 && passed < DAY_S * 1000;
  return t.time.when(span, today ? clock(at) : dayTime(at));
}

/** Hour and minute with the zone. */
export function clock(at: string): string {
  return format(at, CLOCK);
}

/** The day alone. */
export function date(at: string): string {
  return format(at, DAY);
}

/** A day that is meant in UTC, from its date: "2026-03-01". */
export function utcDay(day: string): string {
  const ms = Date.parse(day);
  return Number.isNaN(ms)
    ? day
    : new Intl.DateTimeFormat(locale(), { ...DAY, timeZone: "UTC" }).format(ms);
}

/** Day, hour and minute with the zone. */
export function dayTime(at: string): string {
  return format(at, { ...DAY, ...CLOCK });
}

/** Day and time to the second, with the zone. */
export function dateTime(at: string): string {
  return format(at, { ...DAY, ...CLOCK, second: "2-digit" });
}

/** The same instant in UTC, as ledgers and Stripe's own pages write it. */
export function utc(at: string): string {
  const ms = Date.parse(at);
  return Number.isNaN(ms)
    ? at
    : t.time.utc(new Date(ms).toISOString().slice(0, 19).replace("T", " "));
}

/** A span as "42 s", "3 min 05 s" or "2 h 07 min". */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < MINUTE_S) return t.time.seconds(seconds);
  const two = (value: number) => String(value).padStart(2, "0");
  if (seconds < HOUR_S)
    return t.time.minutes(Math.floor(seconds / MINUTE_S), two(seconds % MINUTE_S));
  return t.time.hours(Math.floor(seconds / HOUR_S), two(Math.floor((seconds % HOUR_S) / MINUTE_S)));
}

/** A span that is only about right: "less than a minute", "about 4 min". */
export function roughly(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  return minutes < 1 ? t.time.lessThanAMinute : t.time.aboutMinutes(minutes);
}

/** How long until an instant: "in 42 s", "in 3 min 05 s"; "now" once it has come. */
export function ahead(at: string, nowMs: number): string {
  const ms = Date.parse(at) - nowMs;
  if (Number.isNaN(ms)) return at;
  return ms < 1000 ? t.time.now : t.time.in(duration(ms));
}

/** The short name of the reader's own zone, as "CET" or "GMT+1". */
export function localZoneName(nowMs: number): string {
  const parts = new Intl.DateTimeFormat(locale(), { timeZoneName: "short" }).formatToParts(nowMs);
  return parts.find(({ type }) => type === "timeZoneName")?.value ?? "";
}
