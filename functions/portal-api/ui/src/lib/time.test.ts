import { expect, it } from "vitest";
import { ahead, relative, utc } from "./time";

const AT = "2026-11-24T10:30:00.000Z";

it("the time until an instant counts down", () => {
  const left = (ms: number) => ahead(AT, Date.parse(AT) - ms);
  expect([left(42_000), left(185_000), left(7_620_000), left(900), left(-5_000)]).toEqual([
    "in 42 s",
    "in 3 min 05 s",
    "in 2 h 07 min",
    "now",
    "now",
  ]);
  expect(ahead("soon", 0)).toBe("soon");
});

it("a time that has passed is told in its largest unit", () => {
  const ago = (ms: number) => relative(AT, Date.parse(AT) + ms);
  expect([ago(0), ago(240_000), ago(7_200_000), ago(86_400_000)]).toEqual([
    "just now",
    "4 minutes ago",
    "2 hours ago",
    "yesterday",
  ]);
  expect(utc(AT)).toBe("2026-11-24 10:30:00 UTC");
});
