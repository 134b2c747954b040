//! Currencies and amounts. Amounts are integers in a currency's minor unit: `i64` for one amount,
//! `i128` for sums. No floats.
//!
//! Stripe decides how many decimals a currency has, not ISO 4217: Stripe sends ISK and UGX with
//! two, MGA with none.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The shortest code accepted: ISO 4217.
const CODE_MIN: usize = 3;

/// The longest code accepted; Stripe names some digital currencies with four letters.
const CODE_MAX: usize = 8;

/// Currencies whose amounts Stripe sends in whole units.
const ZERO_DECIMAL: [&str; 15] = [
    "BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF",
    "XOF", "XPF",
];

/// Currencies whose amounts Stripe sends in thousandths.
const THREE_DECIMAL: [&str; 5] = ["BHD", "JOD", "KWD", "OMR", "TND"];

/// A currency code. Stripe writes it in lower case, the ledger in upper case (where `usd` would be
/// another currency than `USD`). It is parsed from either and always shown in upper case.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency {
    // Padded with zero bytes, so that the derived order is that of the codes.
    code: [u8; CODE_MAX],
}

/// The text is not a currency code of three to eight ASCII letters.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a currency code")]
pub struct InvalidCurrency;

impl Currency {
    /// The code in upper case, as the ledger expects it.
    pub fn as_str(&self) -> &str {
        let end = self.code.iter().position(|&byte| byte == 0).unwrap_or(CODE_MAX);
        // It only ever holds ASCII letters.
        self.code.get(..end).and_then(|code| std::str::from_utf8(code).ok()).unwrap_or_default()
    }

    /// The code in lower case, as Stripe writes it.
    pub fn to_stripe(self) -> String {
        self.as_str().to_ascii_lowercase()
    }

    /// The number of decimals of Stripe's minor unit: 0, 2 or 3. A code that is not in Stripe's
    /// special lists has 2.
    pub fn exponent(self) -> u32 {
        if ZERO_DECIMAL.contains(&self.as_str()) {
            0
        } else if THREE_DECIMAL.contains(&self.as_str()) {
            3
        } else {
            2
        }
    }

    /// The ledger's `precision`: minor units in one unit, ten to the power of the exponent.
    pub fn precision(self) -> u64 {
        10_u64.pow(self.exponent())
    }

    /// Formats minor units as a plain decimal number in whole units, such as `-12.05`, without
    /// grouping or symbol.
    pub fn format(self, minor: i128) -> String {
        let precision = u128::from(self.precision());
        let magnitude = minor.unsigned_abs();
        let sign = if minor < 0 { "-" } else { "" };
        let (units, rest) = (magnitude / precision, magnitude % precision);
        match self.exponent() {
            0 => format!("{sign}{units}"),
            decimals => format!("{sign}{units}.{rest:0width$}", width = decimals as usize),
        }
    }

    /// Parses a plain decimal number in whole units, as [`Currency::format`] writes it, to minor
    /// units. `None` for a sign, grouping, more decimals than the currency has, or a number that
    /// does not fit.
    pub fn minor_of(self, text: &str) -> Option<u64> {
        let (units, decimals) = text.split_once('.').unwrap_or((text, ""));
        let exponent = self.exponent() as usize;
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if units.is_empty()
            || text.ends_with('.')
            || decimals.len() > exponent
            || !digits(units)
            || !digits(decimals)
        {
            return None;
        }
        format!("{units}{decimals:0<exponent$}").parse().ok()
    }
}

impl FromStr for Currency {
    type Err = InvalidCurrency;

    fn from_str(text: &str) -> Result<Self, InvalidCurrency> {
        let bytes = text.as_bytes();
        if !(CODE_MIN..=CODE_MAX).contains(&bytes.len())
            || !bytes.iter().all(u8::is_ascii_alphabetic)
        {
            return Err(InvalidCurrency);
        }
        let mut code = [0; CODE_MAX];
        for (slot, byte) in code.iter_mut().zip(bytes) {
            *slot = byte.to_ascii_uppercase();
        }
        Ok(Self { code })
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn currency(code: &str) -> Currency {
        code.parse().expect("a currency")
    }

    /// Stripe's list, not ISO's: ISO gives MGA two decimals, ISK and UGX none.
    #[test]
    fn decimals_follow_stripe() {
        let expected = [
            ("jpy", 0),
            ("mga", 0),
            ("krw", 0),
            ("isk", 2),
            ("ugx", 2),
            ("huf", 2),
            ("twd", 2),
            ("usd", 2),
            ("kwd", 3),
            ("tnd", 3),
        ];
        for (code, exponent) in expected {
            assert_eq!(currency(code).exponent(), exponent, "{code}");
            assert_eq!(currency(code).precision(), 10_u64.pow(exponent), "{code}");
        }
        assert_eq!(currency("zzz").exponent(), 2, "a currency Stripe adds tomorrow");
    }

    #[test]
    fn amounts_are_written_without_a_float() {
        let shown = [
            ("usd", -5, "-0.05"),
            ("usd", 123_456, "1234.56"),
            ("jpy", -500, "-500"),
            ("kwd", 12_340, "12.340"),
            ("eur", 0, "0.00"),
        ];
        for (code, minor, text) in shown {
            assert_eq!(currency(code).format(minor), text);
        }
        assert_eq!(currency("usd").format(i128::MIN), "-1701411834604692317316873037158841057.28");
    }

    #[test]
    fn one_code_whatever_its_case_and_nothing_but_codes() {
        assert_eq!(currency("usd"), currency("USD"));
        assert_eq!(serde_json::to_string(&currency("usdc")).expect("json"), r#""USDC""#);
        assert_eq!(currency("EUR").to_stripe(), "eur");
        for bad in ["", "us", "u$d", "usd ", "12a", "ninelette", "ÜSD"] {
            assert_eq!(bad.parse::<Currency>(), Err(InvalidCurrency), "{bad:?}");
        }
        assert!(currency("aud") < currency("eur") && currency("usd") < currency("usdc"));
    }

    #[test]
    fn whole_units_are_read_as_they_are_written_and_nothing_else_is() {
        let minor = |code: &str, text: &str| code.parse::<Currency>().unwrap().minor_of(text);
        assert_eq!(
            (minor("EUR", "12.5"), minor("EUR", "12"), minor("JPY", "12"), minor("KWD", "0.012")),
            (Some(1250), Some(1200), Some(12), Some(12))
        );
        for (code, text) in [
            ("EUR", ""),
            ("EUR", "."),
            ("EUR", ".5"),
            ("EUR", "5."),
            ("EUR", "-5"),
            ("EUR", "+5"),
            ("EUR", "1,000"),
            ("EUR", "1.234"),
            ("JPY", "1.0"),
            ("EUR", "1e3"),
            ("EUR", "99999999999999999999"),
        ] {
            assert_eq!(minor(code, text), None, "{code} {text}");
        }
        for (code, amount) in [("EUR", 5_u64), ("JPY", 7), ("KWD", 1_234_567)] {
            let currency: Currency = code.parse().unwrap();
            assert_eq!(currency.minor_of(&currency.format(i128::from(amount))), Some(amount));
        }
    }
}

/// A signed sum of minor units, stored and shown as decimal text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Sum(pub i128);

impl Serialize for Sum {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Sum {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map(Self).map_err(serde::de::Error::custom)
    }
}

impl Sum {
    /// Adds minor units. Sums of 64-bit amounts fit in 128 bits.
    pub fn add(&mut self, minor: i64) {
        self.0 = self.0.saturating_add(i128::from(minor));
    }
}
