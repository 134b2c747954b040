//! How amounts are written.

use stripe_sync::model::money::{Currency, Sum};

/// An amount of minor units, as a decimal string.
pub(crate) fn minor(sum: Sum) -> String {
    sum.0.to_string()
}

/// How many decimal places a currency has; two for one that is not known.
pub(crate) fn exponent(currency: &str) -> u32 {
    currency.parse().map_or(2, Currency::exponent)
}
