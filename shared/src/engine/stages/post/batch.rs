//! How many entries a bulk holds: as many as the ledger posts in a few seconds.

use std::time::Duration;

/// The initial number of entries in a bulk.
pub(crate) const FIRST_BATCH: usize = 500;

/// The smallest number of entries in a bulk, however slow the ledger is.
pub(super) const SMALLEST_BATCH: usize = 50;

/// After a bulk that took longer than this, the next one is smaller.
const SLOW: Duration = Duration::from_secs(3);

/// After a bulk that took less than this, the next one is larger, up to [`FIRST_BATCH`].
const QUICK: Duration = Duration::from_secs(1);

/// The maximum number of entries in a bulk that must be answered within this time: a full bulk
/// takes no more than about [`SLOW`] because its size adapts. An aborted bulk leaves locks in Blnk
/// Core, which block these balances for minutes.
pub(super) fn entries_in(left: Duration, batch: usize) -> usize {
    let (left, full) = (left.as_millis(), SLOW.as_millis());
    let batch = u128::try_from(batch).unwrap_or_default();
    usize::try_from(left.saturating_mul(batch) / full).unwrap_or(usize::MAX)
}

/// The size of the next bulk.
pub(super) fn next_batch(batch: usize, sent: usize, took: Duration) -> usize {
    if took > SLOW {
        (batch / 2).max(SMALLEST_BATCH)
    } else if took < QUICK && sent == batch {
        (batch * 2).min(FIRST_BATCH)
    } else {
        batch
    }
}
