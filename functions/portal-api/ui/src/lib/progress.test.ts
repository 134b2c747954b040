import { expect, it } from "vitest";
import type { RunSummary } from "../api/types";
import { progressOf } from "./progress";

const START = "2026-11-24T10:00:00Z";
const at = (seconds: number) => Date.parse(START) + seconds * 1000;
const EXPECTED = { records: 20_000, seconds: 150 };

function run(over: Partial<RunSummary> = {}): RunSummary {
  const open = {
    state: "running",
    scope: "new",
    phase: "movements",
    records: 10_000,
    started_at: START,
  };
  return { ...open, waiting: null, ...over } as RunSummary;
}

it("half of the movements are a bit less than a third of the way, since the check is part of it", () => {
  const progress = progressOf(run(), EXPECTED, at(75));
  expect(progress?.share).toBeCloseTo(0.294, 2);
  expect(progress?.leftMs).toBeCloseTo(180_000, -3);
});

it("the check continues from where reading ended, and is not shown as done before it is", () => {
  const began = progressOf(run({ phase: "proof", records: 20_000 }), EXPECTED, at(150));
  expect(began?.share).toBeCloseTo(0.588, 2);
  expect(progressOf(run({ phase: "proof", records: 20_000 }), EXPECTED, at(4000))?.share).toBe(
    0.98,
  );
});

it("the share never falls while a sync continues at its pace", () => {
  const shares = [10, 40, 80, 120, 150].map(
    (seconds) =>
      progressOf(run({ records: (seconds * 20_000) / 150 }), EXPECTED, at(seconds))?.share ?? 0,
  );
  expect([...shares].sort((a, b) => a - b)).toEqual(shares);
});

it("nothing is said where nothing is known", () => {
  expect(progressOf(run(), undefined, at(75))).toBeUndefined();
  expect(progressOf(run({ records: 3 }), EXPECTED, at(1))).toBeUndefined();
  expect(progressOf(run({ scope: "preview" }), EXPECTED, at(75))).toBeUndefined();
  expect(progressOf(run({ state: "completed" }), EXPECTED, at(75))).toBeUndefined();
  expect(progressOf(run({ started_at: null }), EXPECTED, at(75))).toBeUndefined();
});
