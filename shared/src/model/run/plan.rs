//! How far back a run reads. Pure.
//!
//! Records become visible some time after their `created`, and test clocks date them into the past
//! or the future. So the watermark is the time of the read, never a time that was read. Every run
//! re-reads an overlap: an hour always, two days once a day, fifteen days once a week.

use crate::model::connection::Connection;
use crate::model::ledger::hour_of;
use crate::model::run::request::{Depth, Scope};
use crate::model::time::Millis;

const HOUR: i64 = 3600;

const DAY: i64 = 24 * HOUR;

/// The overlap of every run.
pub(crate) const OVERLAP: i64 = HOUR;

/// The overlap once a day.
const DAILY_OVERLAP: i64 = 2 * DAY;

/// The overlap once a week. Every closed day is read again after seven days, whenever in the week
/// the run happens.
const WEEKLY_OVERLAP: i64 = 15 * DAY;

const WEEK: i64 = 7 * DAY;

/// The proof looks at least this far back for records that arrived meanwhile.
const PROOF_WINDOW: i64 = HOUR;

/// The depth and the lower bound of a run created now.
#[must_use]
pub(crate) fn range(connection: &Connection, scope: Scope, now: Millis) -> (Depth, Option<i64>) {
    let Some(watermark) = connection.watermark.filter(|_| scope == Scope::New) else {
        return (Depth::Everything, None);
    };
    let due =
        |last: Option<Millis>, every: i64| last.is_none_or(|at| now >= at.plus_seconds(every));
    let (depth, overlap) = if due(connection.weekly_reread_at, WEEK) {
        (Depth::Fortnight, WEEKLY_OVERLAP)
    } else if due(connection.daily_reread_at, DAY) {
        (Depth::TwoDays, DAILY_OVERLAP)
    } else {
        (Depth::Hour, OVERLAP)
    };
    let lower = hour_of(watermark.seconds() - overlap);
    match connection.reread_from {
        Some(i64::MIN) => (Depth::Everything, None),
        Some(earlier) => (depth, Some(lower.min(hour_of(earlier)))),
        None => (depth, Some(lower)),
    }
}

/// The lower bound of what the proof compares, fixed when the walk begins.
#[must_use]
pub(crate) fn proof_bound(read_began_at: Millis) -> i64 {
    hour_of(read_began_at.seconds() - PROOF_WINDOW)
}

/// The stored form of a lower bound: the beginning of time for the whole history.
#[must_use]
pub(crate) fn reread_from(lower: Option<i64>, earlier: Option<i64>) -> i64 {
    let lower = lower.unwrap_or(i64::MIN);
    earlier.map_or(lower, |earlier| earlier.min(lower))
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::model::connection::tests::connection;

    #[test]
    fn every_run_overlaps_what_was_read_before_and_none_leaves_a_gap() {
        let now = Millis(1_760_000_000_000);
        let mut stored = connection();
        assert_eq!(
            range(&stored, Scope::New, now),
            (Depth::Everything, None),
            "a first run reads the whole history"
        );
        stored.watermark = Some(now.plus_seconds(-600));
        stored.weekly_reread_at = Some(now.plus_seconds(-WEEK + 1));
        stored.daily_reread_at = Some(now.plus_seconds(-DAY + 1));
        let (depth, lower) = range(&stored, Scope::New, now);
        assert_eq!(depth, Depth::Hour);
        let lower = lower.unwrap();
        assert!(
            lower % HOUR == 0
                && lower <= now.seconds() - 600 - HOUR
                && lower > now.seconds() - 600 - 2 * HOUR
        );
        assert_eq!(
            range(&stored, Scope::New, now.plus_seconds(1)).0,
            Depth::Fortnight,
            "weekly before daily"
        );
        stored.weekly_reread_at = Some(now);
        assert_eq!(range(&stored, Scope::New, now.plus_seconds(1)).0, Depth::TwoDays);
        stored.reread_from = Some(5 * HOUR + 7);
        assert_eq!(
            range(&stored, Scope::New, now).1,
            Some(5 * HOUR),
            "what an earlier run left unread"
        );
        stored.reread_from = Some(i64::MIN);
        assert_eq!(range(&stored, Scope::New, now), (Depth::Everything, None));
        assert_eq!(range(&stored, Scope::Everything, now), (Depth::Everything, None));
        assert_eq!(reread_from(Some(7), Some(9)), 7);
        assert_eq!(reread_from(None, Some(9)), i64::MIN);
        assert_eq!(proof_bound(Millis(now.0)) % HOUR, 0);
    }
}
