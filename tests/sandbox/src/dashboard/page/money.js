/** Amounts. They come as texts of whole minor units and stay texts or BigInt: no digit is lost on the way to the eye. */

const WHOLE = /^-?\d+$/;
const MINUS = "\u2212";

/** The languages that the portal of the app speaks. */
const LANGUAGES = ["en", "de"];

const base = (tag) => tag.split("-")[0].toLowerCase();

/** Numbers as the portal in its panel writes them: in its language, of the reader's region, with Latin digits. */
export function numbersOf(preferred) {
  const spoken = preferred.map(base).find((language) => LANGUAGES.includes(language)) ?? "en";
  const tags = [preferred.find((tag) => base(tag) === spoken), spoken].filter(Boolean);
  for (const tag of tags) {
    try {
      return new Intl.NumberFormat(tag, { numberingSystem: "latn" });
    } catch {
      // A tag that is none: the language alone.
    }
  }
  return new Intl.NumberFormat("en");
}

const numbers = numbersOf(navigator.languages);
const DECIMAL = numbers.formatToParts(0.5).find(({ type }) => type === "decimal")?.value ?? ".";

/** A whole number with its thousands apart and a real minus sign. */
export function grouped(text) {
  if (!WHOLE.test(text)) return text;
  return text.startsWith("-") ? MINUS + numbers.format(BigInt(text.slice(1))) : numbers.format(BigInt(text));
}

/** How many decimal places a precision (minor units in one major unit) stands for; `null` when it is no power of ten. */
function places(precision) {
  return /^10*$/.test(precision) ? precision.length - 1 : null;
}

/** An amount in major units, exactly: `12,345.67`; where the precision is no power of ten, as a fraction. */
export function major(minor, precision) {
  if (!WHOLE.test(minor)) return minor;
  const digits = places(precision);
  if (digits === null) return `${grouped(minor)} ⁄ ${grouped(precision)}`;
  if (digits === 0) return grouped(minor);
  const negative = minor.startsWith("-");
  const text = (negative ? minor.slice(1) : minor).padStart(digits + 1, "0");
  const whole = grouped(text.slice(0, -digits));
  return `${negative ? MINUS : ""}${whole}${DECIMAL}${text.slice(-digits)}`;
}
