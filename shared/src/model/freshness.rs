//! How old the newest proof of a connection is, and from when it counts as stale.

use crate::model::connection::Connection;
use crate::model::time::Millis;

/// A proof older than this many intervals is stale.
pub(crate) const STALE_AFTER_INTERVALS: i64 = 2;

/// With the schedule off, a daily firing creates a proof unless one is younger than this. After a
/// skipped firing, the next proof comes with the firing a day later. So two proofs are never
/// further apart than a day plus this, and there are no more runs than firings.
pub(crate) const FRESH_WHEN_OFF_SECONDS: i64 = 3600;

/// The age of the newest proof of a connection that syncs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Freshness {
    /// Seconds since the newest proof was created, or since the account was connected if there is
    /// none.
    pub age_seconds: i64,
    /// Whether the age is at most twice the interval of the settings.
    pub fresh: bool,
}

impl Freshness {
    /// The freshness of a connection, from its newest proof. `None` while no sync has ever begun.
    #[must_use]
    pub fn of(
        connection: &Connection,
        newest_proof: Option<Millis>,
        minutes: u32,
        now: Millis,
    ) -> Option<Self> {
        let since = newest_proof.max(connection.watermark).unwrap_or(connection.connected_at);
        let age_seconds = (now.seconds() - since.seconds()).max(0);
        let fresh = age_seconds <= STALE_AFTER_INTERVALS * 60 * i64::from(minutes);
        connection.has_begun().then_some(Self { age_seconds, fresh })
    }
}
