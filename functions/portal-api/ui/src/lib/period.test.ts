import { describe, expect, it } from "vitest";
import { chosenPeriod, daysOf, lastDays, monthName, monthPeriod, months } from "./period";

const NOW = Date.parse("2026-03-31T23:30:00Z");

describe("a period", () => {
  it("of a month ends with its last day, in leap years too", () => {
    expect(monthPeriod("2026-12")).toEqual({ from: "2026-12-01", to: "2026-12-31" });
    expect(monthPeriod("2028-02")?.to).toBe("2028-02-29");
    expect(monthPeriod("2026-13")).toBeUndefined();
  });

  it("of the last days ends today in UTC", () => {
    expect(lastDays(7, NOW)).toEqual({ from: "2026-03-25", to: "2026-03-31" });
    expect(daysOf(lastDays(90, NOW))).toHaveLength(90);
  });

  it("that is chosen has an order and an end", () => {
    expect(chosenPeriod("2026-01-01", "2026-04-02")).toEqual({
      from: "2026-01-01",
      to: "2026-04-02",
    });
    expect(chosenPeriod("2026-01-01", "2026-04-03")).toBeUndefined();
    expect(chosenPeriod("2026-02-01", "2026-01-01")).toBeUndefined();
    expect(chosenPeriod("2026-99-01", "2026-99-02")).toBeUndefined();
  });
});

it("months go back over the turn of a year, also from a 31st", () => {
  expect(months(5, NOW)).toEqual(["2026-03", "2026-02", "2026-01", "2025-12", "2025-11"]);
  expect(monthName("2026-03")).toBe("March 2026");
});
