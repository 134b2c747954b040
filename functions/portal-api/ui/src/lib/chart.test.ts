import { expect, it } from "vitest";
import { chartOf, emptyPoint } from "./chart";

it("what came in stands above the line, what went out below it, in proportion", () => {
  const busy = { ...emptyPoint("2026-03-01"), pay_ins: "3000", fees: "-250", payouts: "-750" };
  const quiet = { ...emptyPoint("2026-03-02"), other: "1500" };
  const { columns, zero } = chartOf([busy, quiet]);
  expect(zero).toBe(0.75);
  expect(columns[0]?.bars).toEqual([
    { part: "pay_ins", top: 0, height: 0.75 },
    { part: "fees", top: 0.75, height: 0.0625 },
    { part: "payouts", top: 0.8125, height: 0.1875 },
  ]);
  expect(columns[1]?.bars).toEqual([{ part: "other", top: 0.375, height: 0.375 }]);
});

it("amounts beyond what a floating-point number holds have their bars, and no money has none", () => {
  const huge = {
    ...emptyPoint("2026-03-01"),
    pay_ins: "184467440737095516160",
    fees: "-184467440737095516160",
  };
  expect(chartOf([huge]).zero).toBe(0.5);
  expect(chartOf([emptyPoint("2026-03-01")]).columns[0]?.bars).toEqual([]);
});
