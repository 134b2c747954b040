/**
 * Amounts travel as strings of minor units and are formatted as such: digits are placed, never computed with, so no
 * amount ever passes through a floating-point number.
 */

import { locale } from "../texts/locale";

const MINUS = "\u2212";

export interface Money {
  /** Minor units, for example "-123456". */
  minor: string;
  /** Upper-case ISO 4217 code. */
  currency: string;
  /** Digits after the decimal point (JPY 0, USD 2, KWD 3). */
  exponent: number;
}

/** Reads a string of minor units; undefined when it is not a plain integer. */
export function parseMinor(minor: string): bigint | undefined {
  return /^[+-]?\d+$/.test(minor) ? BigInt(minor) : undefined;
}

/**
 * The amount in major units with the locale's separators: ("-1234567", 2) is "−12,345.67".
 * `sign` "always" also marks a positive amount, as differences want it. Text that is no integer is given back as it
 * came: showing it is better than hiding it.
 */
export function formatAmount(
  minor: string,
  exponent: number,
  options: { locale?: string | undefined; sign?: "auto" | "always" } = {},
): string {
  const value = parseMinor(minor);
  if (value === undefined) return minor;
  const magnitude = value < 0n ? -value : value;
  const scale = 10n ** BigInt(exponent);
  const numbers = new Intl.NumberFormat(options.locale ?? locale(), { numberingSystem: "latn" });
  let text = numbers.format(magnitude / scale);
  if (exponent > 0) {
    const decimal =
      numbers.formatToParts(0.5).find((part) => part.type === "decimal")?.value ?? ".";
    text += decimal + String(magnitude % scale).padStart(exponent, "0");
  }
  if (value < 0n) return MINUS + text;
  return options.sign === "always" && value > 0n ? `+${text}` : text;
}

/** True for an amount of exactly nothing. */
export function isZero(minor: string): boolean {
  return parseMinor(minor) === 0n;
}

/** One amount less another of the same currency; undefined when either is not known. */
export function difference(minuend: string, subtrahend: string): string | undefined {
  const [a, b] = [parseMinor(minuend), parseMinor(subtrahend)];
  return a === undefined || b === undefined ? undefined : String(a - b);
}

/** The same amount with the other sign; text that is no integer as it came. */
export function negated(minor: string): string {
  const value = parseMinor(minor);
  return value === undefined ? minor : String(-value);
}

/** Amounts of one currency added up; text that is no integer counts as nothing. */
export function sumOf(amounts: readonly string[]): string {
  return String(amounts.reduce((sum, minor) => sum + (parseMinor(minor) ?? 0n), 0n));
}
