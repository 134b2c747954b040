/** Numbers in sentences: grouped as the reader groups digits, with the form of the noun that the language asks for. */

import { locale } from "./locale";

/** The forms of a noun by plural category. English has `one` and `other`; other languages have more. */
export type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };

export function formatCount(value: number): string {
  return new Intl.NumberFormat(locale()).format(value);
}

/** A share between 0 and 1 as the language writes it: "43%", "43 %". */
export function formatPercent(share: number): string {
  return new Intl.NumberFormat(locale(), { style: "percent", maximumFractionDigits: 0 }).format(
    share,
  );
}

/** Picks a form of a word by a number, without writing the number. */
export function formsOf(language: string): (count: number, forms: Forms) => string {
  const rules = new Intl.PluralRules(language);
  return (count, forms) => forms[rules.select(count)] ?? forms.other;
}

/** Writes a number with its noun: "1,234 records". */
export function countOf(language: string): (count: number, forms: Forms) => string {
  const form = formsOf(language);
  return (count, forms) => `${formatCount(count)} ${form(count, forms)}`;
}
