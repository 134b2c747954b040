/**
 * How far a first sync has come and how long it takes, from what is known: the preview has counted the movements. The check
 * at the end takes its share of the time, so it is part of both figures. A later sync does not know how much there is to
 * read: it has no percentage, and shows how many of its days are done.
 */

import type { RunSummary } from "../api/types";
import { isOpen } from "./run";

export interface Progress {
  /** Between 0 and 1; never 1 while the run is open. */
  share: number;
  leftMs: number;
}

/** What a preview found: the number of movements, and how long reading and posting them takes. */
export interface Expected {
  records: number;
  seconds: number | null;
}

/** The check takes about this much of the time that reading and posting takes. */
const CHECK = 0.7;
/** Below this many records the pace says nothing yet. */
const FEW = 50;
const MOST = 0.98;

export function progressOf(
  run: Pick<RunSummary, "state" | "scope" | "phase" | "records" | "started_at" | "waiting">,
  expected: Expected | undefined,
  nowMs: number,
): Progress | undefined {
  if (!expected || expected.records === 0 || run.started_at === null) return undefined;
  if (!isOpen(run) || run.scope === "preview" || run.waiting) return undefined;
  const spent = Math.max(1, nowMs - Date.parse(run.started_at));
  const left =
    run.phase === "proof" ? leftOfCheck(expected, spent) : leftOfAll(run.records, expected, spent);
  if (left === undefined || Number.isNaN(left)) return undefined;
  return { share: Math.min(MOST, spent / (spent + left)), leftMs: left };
}

/** The rest is read at the pace so far; the check follows. */
function leftOfAll(records: number, expected: Expected, spent: number): number | undefined {
  if (records < Math.min(FEW, expected.records)) return undefined;
  const each = spent / records;
  const unread = Math.max(0, expected.records - records);
  return each * unread + each * Math.max(expected.records, records) * CHECK;
}

/** The API does not report when reading ended, so the preview's estimate stands in for it. */
function leftOfCheck({ seconds }: Expected, spent: number): number {
  const reading = seconds === null ? spent / (1 + CHECK / 2) : Math.min(spent, seconds * 1000);
  return Math.max(3000, reading * (1 + CHECK) - spent);
}
