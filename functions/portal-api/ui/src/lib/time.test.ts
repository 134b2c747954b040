import { afterEach, describe, expect, it } from "vitest";
import { chooseLocale } from "../texts/locale";
import { ahead, clock, dateTime, relative, roughly, utc, utcDay, when } from "./time";
import { chooseZone } from "./zone";

const AT = "2026-11-24T10:30:00.000Z";
const later = (ms: number) => Date.parse(AT) + ms;

afterEach(() => chooseLocale(["en-US"], "en"));

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

it("a past time is shown in its largest unit, and as a date when it is long ago", () => {
  const ago = (ms: number) => relative(AT, later(ms));
  expect([ago(0), ago(240_000), ago(7_200_000), ago(86_400_000), ago(40 * 86_400_000)]).toEqual([
    "just now",
    "4 minutes ago",
    "2 hours ago",
    "yesterday",
    undefined,
  ]);
  expect([ago(-40_000), ago(-6 * 86_400_000)]).toEqual(["in 1 minute", "in 6 days"]);
  expect(utc(AT)).toBe("2026-11-24 10:30:00 UTC");
});

it("an estimate is shown without seconds", () => {
  expect([roughly(20_000), roughly(100_000), roughly(3_000_000)]).toEqual([
    "less than a minute",
    "about 2 min",
    "about 50 min",
  ]);
});

describe("a time", () => {
  it("always has its zone, and the exact time beside the words", () => {
    chooseLocale(["en-GB"], "en");
    chooseZone("local");
    expect(when(AT, later(240_000))).toMatch(/^4 minutes ago \(\d\d:\d\d .+\)$/);
    expect(when(AT, later(3 * 86_400_000))).toMatch(
      /^3 days ago \(2[45] Nov 2026, \d\d:\d\d .+\)$/,
    );
    chooseZone("utc");
    expect(when(AT, later(240_000))).toBe("4 minutes ago (2026-11-24 10:30:00 UTC)");
    expect(when(AT, later(3 * 86_400_000))).toBe("3 days ago (2026-11-24 10:30:00 UTC)");
    expect(when(AT, later(60 * 86_400_000))).toBe("24 Nov 2026, 10:30 UTC");
    expect(dateTime(AT)).toBe("24 Nov 2026, 10:30:00 UTC");
    expect(when(AT, later(-7_200_000))).toBe("in 2 hours (2026-11-24 10:30:00 UTC)");
    expect(when("soon", 0)).toBe("soon");
    expect(utcDay("2026-03-01")).toBe("1 Mar 2026");
  });

  it("is written by one system: the language's, in the reader's region, with Latin digits", () => {
    chooseZone("utc");
    chooseLocale(["ar-EG", "de-AT"], "de");
    expect(clock(AT)).toBe("10:30 UTC");
    expect(dateTime(AT)).toMatch(/^24\. Nov\.? 2026, 10:30:00 UTC$/);
    chooseLocale(["ar-EG"], "en");
    expect(dateTime(AT)).toMatch(/^[\x20-\x7e\u202f]+$/);
    chooseLocale(["en-u-nu-arab"], "en");
    expect(clock(AT)).toMatch(/10:30/);
  });
});
