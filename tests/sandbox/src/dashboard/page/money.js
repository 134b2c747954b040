/** Amounts. They come as texts of whole minor units and stay texts or BigInt: no digit is lost on the way to the eye. */

const WHOLE = /^-?\d+$/;

/** A whole number with its thousands apart and a real minus sign. */
export function grouped(text) {
  if (!WHOLE.test(text)) return text;
  const [sign, digits] = text.startsWith("-") ? ["−", text.slice(1)] : ["", text];
  return sign + digits.replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

/** How many decimal places a precision (minor units in one major unit) stands for; `null` when it is no power of ten. */
function places(precision) {
  return /^10*$/.test(precision) ? precision.length - 1 : null;
}

/** An amount in major units, exactly: `12 345.67`; where the precision is no power of ten, as a fraction. */
export function major(minor, precision) {
  if (!WHOLE.test(minor)) return minor;
  const digits = places(precision);
  if (digits === null) return `${grouped(minor)} ⁄ ${grouped(precision)}`;
  if (digits === 0) return grouped(minor);
  const negative = minor.startsWith("-");
  const text = (negative ? minor.slice(1) : minor).padStart(digits + 1, "0");
  const whole = grouped(text.slice(0, -digits));
  return `${negative ? "−" : ""}${whole}.${text.slice(-digits)}`;
}
