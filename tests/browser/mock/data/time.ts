/** The one instant of the mock, times before it, and the run that is shown. */

export const NOW = Date.parse("2026-11-24T10:30:00Z");

export function ago(minutes: number): string {
  return new Date(NOW - minutes * 60_000).toISOString();
}

export const RUN_ID = "01JD0000000000000000000RUN";
