//! How old the newest proof of a connection is, and from when it counts as stale.

use crate::model::connection::Connection;
use crate::model::time::Millis;

/// A proof older than so many intervals is stale.
pub(crate) const STALE_AFTER_INTERVALS: i64 = 2;

/// With the schedule off, a daily firing makes a proof unless one is younger than this. One that is skipped leaves the next proof to the
/// firing a day later, so that two are never further apart than a day and this; and there are no more runs than firings.
pub(crate) const FRESH_WHEN_OFF_SECONDS: i64 = 3600;

/// The age of the newest proof of a connection that syncs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Freshness {
    /// Seconds since the newest proof was made, or since the account was connected while there is none.
    pub age_seconds: i64,
    /// Whether that is at most twice the interval of the settings.
    pub fresh: bool,
}

impl Freshness {
    /// Of a connection, by its newest proof; nothing while no sync was ever begun.
    #[must_use]
    pub fn of(connection: &Connection, newest_proof: Option<Millis>, minutes: u32, now: Millis) -> Option<Self> {
        let since = newest_proof.max(connection.watermark).unwrap_or(connection.connected_at);
        let age_seconds = (now.seconds() - since.seconds()).max(0);
        let fresh = age_seconds <= STALE_AFTER_INTERVALS * 60 * i64::from(minutes);
        connection.has_begun().then_some(Self { age_seconds, fresh })
    }
}
