/** Bars of money: amounts stay whole numbers; only the share of the height that each bar takes is a fraction. */

import type { SeriesPart, SeriesPoint } from "../api/types";
import { parseMinor } from "./money";

/** In the order in which they are stacked. */
export const PARTS: readonly SeriesPart[] = [
  "pay_ins",
  "refunds",
  "disputes",
  "fees",
  "payouts",
  "other",
];

export interface Bar {
  part: SeriesPart;
  /** Shares of the whole height, from the top. */
  top: number;
  height: number;
}

export interface Chart {
  columns: { at: string; bars: Bar[] }[];
  /** Where nothing is, as a share of the whole height from the top. */
  zero: number;
}

/** Finer than a pixel. */
const STEPS = 10_000n;

function sides(point: SeriesPoint): { up: bigint; down: bigint } {
  let [up, down] = [0n, 0n];
  for (const part of PARTS) {
    const value = parseMinor(point[part]) ?? 0n;
    if (value > 0n) up += value;
    else down -= value;
  }
  return { up, down };
}

function largest(values: bigint[]): bigint {
  let most = 0n;
  for (const value of values) if (value > most) most = value;
  return most;
}

/** What came in stands above the line, what went out below it; each part is stacked on the one before. */
export function chartOf(points: readonly SeriesPoint[]): Chart {
  const heights = points.map(sides);
  const up = largest(heights.map((one) => one.up));
  const all = up + largest(heights.map((one) => one.down));
  const share = (value: bigint): number =>
    all === 0n ? 0 : Number((value * STEPS) / all) / Number(STEPS);
  const zero = share(up);
  const columns = points.map((point) => {
    let [above, below] = [0n, 0n];
    const bars: Bar[] = [];
    for (const part of PARTS) {
      const value = parseMinor(point[part]) ?? 0n;
      if (value > 0n) {
        above += value;
        bars.push({ part, top: zero - share(above), height: share(value) });
      } else if (value < 0n) {
        bars.push({ part, top: zero + share(below), height: share(-value) });
        below -= value;
      }
    }
    return { at: point.at, bars };
  });
  return { columns, zero };
}

/** A point that stands for nothing, for the days on which nothing moved. */
export function emptyPoint(at: string): SeriesPoint {
  return {
    at,
    pay_ins: "0",
    refunds: "0",
    disputes: "0",
    fees: "0",
    payouts: "0",
    other: "0",
    net: "0",
  };
}
