//! Instants in milliseconds, UTC.

use serde::{Deserialize, Serialize};
use ulid::Ulid;

/// An instant: milliseconds since the Unix epoch, UTC. Stored as a number, so that conditions can
/// compare it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Millis(pub i64);

impl Millis {
    /// Converts a Unix time in seconds (Stripe's unit).
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// Whole seconds since the epoch, rounded down.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// This instant moved by some seconds.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1000)))
    }

    /// RFC 3339 in UTC with milliseconds: the format of every time in a response.
    #[must_use]
    pub fn rfc3339(self) -> String {
        jiff::Timestamp::from_millisecond(self.0)
            .map_or_else(|_| String::new(), |t| format!("{t:.3}"))
    }

    /// Parses RFC 3339 with a zone.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>().ok().map(|t| Self(t.as_millisecond()))
    }
}

/// The time at which a ULID was created.
#[must_use]
pub fn ulid_time(id: Ulid) -> Millis {
    Millis(i64::try_from(id.timestamp_ms()).unwrap_or(i64::MAX))
}
