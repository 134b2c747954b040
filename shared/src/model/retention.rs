//! How long ended items and the audit trail are kept.

use std::num::ParseIntError;
use std::str::FromStr;

use crate::model::time::Millis;

const SECONDS_PER_DAY: i64 = 86_400;

/// A retention. It is configured in days, and computed in seconds once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    seconds: i64,
}

impl Retention {
    /// A retention of this many days.
    #[must_use]
    pub const fn days(days: i64) -> Self {
        Self { seconds: days.saturating_mul(SECONDS_PER_DAY) }
    }

    /// The retention in seconds.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.seconds
    }

    /// When an item of this time may be removed, in Unix seconds.
    #[must_use]
    pub const fn expiry(self, at: Millis) -> i64 {
        at.seconds().saturating_add(self.seconds)
    }
}

impl Default for Retention {
    fn default() -> Self {
        Self::days(90)
    }
}

/// Reads a number of days.
impl FromStr for Retention {
    type Err = ParseIntError;

    fn from_str(days: &str) -> Result<Self, ParseIntError> {
        days.parse().map(Self::days)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_become_seconds_once_and_never_overflow() {
        let month: Retention = "30".parse().unwrap();
        assert_eq!((month, month.seconds()), (Retention::days(30), 2_592_000));
        assert_eq!(month.expiry(Millis(1_760_000_000_000)), 1_762_592_000);
        assert_eq!(Retention::days(i64::MAX).expiry(Millis(i64::MAX)), i64::MAX);
        assert!("a month".parse::<Retention>().is_err());
    }
}
