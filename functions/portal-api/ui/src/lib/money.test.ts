import { describe, expect, it } from "vitest";
import { difference, formatAmount, isZero, parseMinor } from "./money";

const en = { locale: "en-US" };

describe("an amount of minor units", () => {
  it("is written with its currency's own number of decimals", () => {
    expect(formatAmount("123456", 2, en)).toBe("1,234.56");
    expect(formatAmount("123456", 0, en)).toBe("123,456");
    expect(formatAmount("123456", 3, en)).toBe("123.456");
    expect(formatAmount("5", 2, en)).toBe("0.05");
    expect(formatAmount("5", 3, en)).toBe("0.005");
  });

  it("keeps every digit far beyond what a floating-point number holds", () => {
    expect(formatAmount("9007199254740993", 2, en)).toBe("90,071,992,547,409.93");
    expect(formatAmount("170141183460469231731687303715884105727", 2, en)).toBe(
      "1,701,411,834,604,692,317,316,873,037,158,841,057.27",
    );
  });

  it("says its sign, also below one unit, and marks a positive difference when asked", () => {
    expect(formatAmount("-5", 2, en)).toBe("−0.05");
    expect(formatAmount("-123456", 2, en)).toBe("−1,234.56");
    expect(formatAmount("7", 2, { ...en, sign: "always" })).toBe("+0.07");
    expect(formatAmount("0", 2, { ...en, sign: "always" })).toBe("0.00");
    expect(formatAmount("-0", 2, { ...en, sign: "always" })).toBe("0.00");
  });

  it("uses the reader's separators and Latin digits", () => {
    expect(formatAmount("123456789", 2, { locale: "de-DE" })).toBe("1.234.567,89");
    expect(formatAmount("1234567890", 2, { locale: "en-IN" })).toBe("1,23,45,678.90");
    expect(formatAmount("123456", 2, { locale: "ar-EG" })).toMatch(/^[\d.,]+$/);
  });

  it("is shown as it came when it is no integer, and is not taken for zero", () => {
    for (const text of ["", "12.5", "1e3", "0x10", "NaN", " 1"]) {
      expect(parseMinor(text)).toBeUndefined();
      expect(formatAmount(text, 2, en)).toBe(text);
      expect(isZero(text)).toBe(false);
    }
    expect(isZero("0")).toBe(true);
    expect(isZero("-00")).toBe(true);
  });

  it("is subtracted exactly, and not at all when one side has no figure", () => {
    expect(difference("9007199254740993", "9007199254740992")).toBe("1");
    expect(difference("-5", "7")).toBe("-12");
    expect(difference("", "7")).toBeUndefined();
    expect(difference("7", "none")).toBeUndefined();
  });

  it("can be read back: no digit is added or lost for any exponent", () => {
    for (let round = 0; round < 500; round += 1) {
      const digits = 1 + (round % 30);
      const minor = Array.from(
        { length: digits },
        (_, place) => (place * 7 + round * 13 + 1) % 10,
      ).join("");
      for (const exponent of [0, 2, 3]) {
        const text = formatAmount(`-${minor}`, exponent, en);
        expect(BigInt(text.replace(/[−.,]/g, ""))).toBe(BigInt(minor));
        expect(text.split(".")[1]?.length ?? 0).toBe(exponent);
      }
    }
  });
});
