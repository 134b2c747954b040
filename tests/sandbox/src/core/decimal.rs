//! Exact decimal numbers: what JSON numbers are read into where the ledger takes fractions.

use std::cmp::Ordering;
use std::fmt;

use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// Digits after the point that a division is carried to.
const DIVISION_DIGITS: usize = 16;

/// `mantissa` × 10^−`scale`, without trailing zeros in its fraction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Decimal {
    mantissa: i128,
    scale: u32,
}

impl Decimal {
    /// A whole number.
    pub fn whole(value: i128) -> Self {
        Self { mantissa: value, scale: 0 }
    }

    /// Reads a JSON number; `None` for anything else, and for numbers of more than 38 digits.
    pub fn parse(text: &str) -> Option<Self> {
        let (number, exponent) = match text.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let digits = whole.strip_prefix('-').unwrap_or(whole);
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if digits.is_empty() || !all_digits(digits) || !all_digits(fraction) {
            return None;
        }
        let mut mantissa: i128 = format!("{digits}{fraction}").parse().ok()?;
        if whole.starts_with('-') {
            mantissa = -mantissa;
        }
        let mut scale = i32::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
        while scale < 0 {
            mantissa = mantissa.checked_mul(10)?;
            scale += 1;
        }
        while scale > 0 && mantissa % 10 == 0 {
            mantissa /= 10;
            scale -= 1;
        }
        let scale = u32::try_from(scale).ok()?;
        Some(Self { mantissa, scale })
    }

    /// Below zero.
    pub fn is_negative(self) -> bool {
        self.mantissa < 0
    }

    /// Equal to zero.
    pub fn is_zero(self) -> bool {
        self.mantissa == 0
    }

    /// Its value, when it is a whole number.
    pub fn as_whole(self) -> Option<i128> {
        (self.scale == 0).then_some(self.mantissa)
    }

    /// How many digits are needed to write it without an exponent, leading zeros left out.
    pub fn significant_digits(self) -> usize {
        self.mantissa.unsigned_abs().to_string().len()
    }

    /// So many percent of a whole number, rounded down.
    pub fn of(self, total: i128) -> Option<i128> {
        let hundred_percent = 10_i128.checked_pow(self.scale)?.checked_mul(100)?;
        Some(self.mantissa.checked_mul(total)?.div_euclid(hundred_percent))
    }

    /// The sum of two.
    pub fn plus(self, other: Self) -> Option<Self> {
        let scale = self.scale.max(other.scale);
        let widen =
            |number: Self| number.mantissa.checked_mul(10_i128.checked_pow(scale - number.scale)?);
        let mut sum = Self { mantissa: widen(self)?.checked_add(widen(other)?)?, scale };
        while sum.scale > 0 && sum.mantissa % 10 == 0 {
            sum.mantissa /= 10;
            sum.scale -= 1;
        }
        Some(sum)
    }

    /// This × `factor`, rounded to a whole number, halves away from zero.
    pub fn times_rounded(self, factor: i128) -> Option<i128> {
        let product = self.mantissa.checked_mul(factor)?;
        let divisor = 10_i128.checked_pow(self.scale)?;
        let (quotient, rest) = (product / divisor, product % divisor);
        let half = rest.unsigned_abs() >= divisor.unsigned_abs().div_ceil(2) && rest != 0;
        Some(if half { quotient + rest.signum() } else { quotient })
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.mantissa.unsigned_abs().to_string();
        let width = self.scale as usize + 1;
        let digits = format!("{digits:0>width$}");
        let (whole, fraction) = digits.split_at(digits.len() - self.scale as usize);
        let sign = if self.mantissa < 0 { "-" } else { "" };
        let point = if fraction.is_empty() { "" } else { "." };
        write!(f, "{sign}{whole}{point}{fraction}")
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let scale = self.scale.max(other.scale);
        let widen = |number: &Self| {
            let factor = 10_i128.checked_pow(scale - number.scale)?;
            number.mantissa.checked_mul(factor)
        };
        match (widen(self), widen(other)) {
            (Some(own), Some(others)) => own.cmp(&others),
            // One of them has more digits than fit: the whole parts then differ by orders of
            // magnitude.
            (None, _) => self.mantissa.signum().cmp(&0).then(Ordering::Greater),
            (_, None) => 0.cmp(&other.mantissa.signum()).then(Ordering::Less),
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A number from its raw text, so that no digit is lost; `null` reads as zero, as in Go.
impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        if raw.get() == "null" {
            return Ok(Self::default());
        }
        Self::parse(raw.get()).ok_or_else(|| D::Error::custom("expected a number"))
    }
}

/// `amount` minor units in major units: an exact decimal, or 16 digits of it where `precision` is
/// no power of ten.
pub fn major_text(amount: i128, precision: i64) -> String {
    let precision = u128::from(precision.unsigned_abs()).max(1);
    let sign = if amount < 0 { "-" } else { "" };
    let mut whole = amount.unsigned_abs() / precision;
    let mut rest = amount.unsigned_abs() % precision;
    let mut digits = Vec::with_capacity(DIVISION_DIGITS);
    while rest != 0 && digits.len() < DIVISION_DIGITS {
        rest *= 10;
        digits.push(u8::try_from(rest / precision).unwrap_or(9));
        rest %= precision;
    }
    if rest * 2 >= precision && rest != 0 {
        round_up(&mut digits, &mut whole);
    }
    while digits.last() == Some(&0) {
        digits.pop();
    }
    if digits.is_empty() {
        return format!("{sign}{whole}");
    }
    let fraction: String = digits.iter().map(|digit| char::from(b'0' + digit)).collect();
    format!("{sign}{whole}.{fraction}")
}

fn round_up(digits: &mut [u8], whole: &mut u128) {
    for digit in digits.iter_mut().rev() {
        if *digit < 9 {
            *digit += 1;
            return;
        }
        *digit = 0;
    }
    *whole += 1;
}

/// `amount` minor units in major units with exactly two digits, as a bulk's error text has it.
pub fn major_two_digits(amount: i128, precision: i64) -> String {
    let major = Decimal::parse(&major_text(amount, precision)).unwrap_or_default();
    let cents = major.times_rounded(100).unwrap_or(amount);
    let sign = if cents < 0 { "-" } else { "" };
    let cents = cents.unsigned_abs();
    format!("{sign}{}.{:02}", cents / 100, cents % 100)
}

#[cfg(test)]
mod tests {
    use super::{Decimal, major_text, major_two_digits};

    #[test]
    fn major_units_are_exact_for_every_power_of_ten() {
        assert_eq!(major_text(1050, 100), "10.5");
        assert_eq!(major_text(-1, 1000), "-0.001");
        assert_eq!(major_text(9_007_199_254_740_993, 100), "90071992547409.93");
        assert_eq!(major_text(500, 1), "500");
        assert_eq!(major_text(2, 3), "0.6666666666666667");
        assert_eq!(major_two_digits(1050, 100), "10.50");
        assert_eq!(major_two_digits(1999, 1000), "2.00");
    }

    #[test]
    fn decimals_are_read_and_compared_exactly() {
        let parse = |text| Decimal::parse(text).unwrap();
        assert_eq!(parse("1e3").as_whole(), Some(1000));
        assert_eq!(parse("100.0").as_whole(), Some(100));
        assert_eq!(parse("10.5").as_whole(), None);
        assert_eq!(parse("1.005").times_rounded(100), Some(101));
        assert_eq!(parse("-1.005").times_rounded(100), Some(-101));
        assert!(parse("10.49") < parse("10.5"));
        assert!(parse("-3") < parse("2.9"));
        assert_eq!(Decimal::parse("\"5\""), None);
        assert_eq!(Decimal::parse("1."), Some(parse("1")));
    }
}
