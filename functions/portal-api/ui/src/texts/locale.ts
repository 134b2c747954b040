/** One system for numbers, dates and digits: that of the page's language, in the reader's region, with Latin digits. */

let current = "en-u-nu-latn";

/** The tag that every number and date is written by. */
export function locale(): string {
  return current;
}

/** Takes the reader's region where it is one of the page's language: "de-AT" for German, "en-GB" for English. */
export function chooseLocale(preferred: readonly string[], language: string): void {
  const base = language.split("-")[0] ?? language;
  const regional = preferred.find((tag) => tag.split("-")[0]?.toLowerCase() === base);
  current = latinDigits(regional ?? base) ?? latinDigits(base) ?? "en-u-nu-latn";
}

function latinDigits(tag: string): string | undefined {
  try {
    return new Intl.Locale(tag, { numberingSystem: "latn" }).toString();
  } catch {
    return undefined;
  }
}
