//! How far figures were made for what was mirrored before there were figures.

use serde::{Deserialize, Serialize};
use ulid::Ulid;

use crate::model::ledger::{SECONDS_PER_HOUR, hour_of};
use crate::model::run::progress::Walk;

/// The walk down the list that makes them, in steps beside ordinary runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backfill {
    /// What the last step belongs to.
    pub reading: Reading,
    /// Where it is. Hours above its place are done.
    #[serde(default)]
    pub walk: Walk,
    /// The figures of opening entries are made.
    #[serde(default)]
    pub openings: bool,
    /// Pages of the list read so far.
    #[serde(default)]
    pub pages: u64,
}

/// A run between two of its walks: meanwhile nobody writes an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// The run.
    pub run: Ulid,
    /// Walks that it has begun.
    pub walks: u32,
}

impl Backfill {
    /// The step to go on from. After another walk, an hour that was read in part may have changed:
    /// that hour is begun again.
    #[must_use]
    pub fn resume(stored: Option<Self>, reading: Reading) -> Self {
        let Some(stored) = stored else {
            let walk = Walk::new(None, i64::MAX);
            return Self { reading, walk, openings: false, pages: 0 };
        };
        if stored.reading == reading {
            return stored;
        }
        // The walk has passed whole hours, and is inside the one of its last record.
        let upper = stored.walk.last_created.map(|last| hour_of(last) + SECONDS_PER_HOUR);
        let walk = Walk { upper: upper.or(stored.walk.upper), ..Walk::new(None, i64::MAX) };
        Self { reading, walk, ..stored }
    }

    /// The oldest hour whose figures are made, Unix seconds. `None` before the first.
    #[must_use]
    pub fn made_from(&self) -> Option<i64> {
        let inside = self.walk.last_created.map(|last| hour_of(last) + SECONDS_PER_HOUR);
        inside.or(self.walk.upper)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(walks: u32) -> Reading {
        Reading { run: Ulid::from_parts(1, 1), walks }
    }

    /// Another walk begins the hour again that was read in part; without one it goes on inside it.
    #[test]
    fn after_another_walk_an_hour_that_was_read_in_part_is_begun_again() {
        let (run, next) = (reading(1), reading(2));
        let mut step = Backfill::resume(None, run);
        assert_eq!((step.made_from(), step.walk.upper), (None, None));
        step.walk.last_created = Some(7_300);
        step.walk.cursor = Some("txn_1".to_owned());
        assert_eq!(Backfill::resume(Some(step.clone()), run), step);
        let again = Backfill::resume(Some(step), next);
        assert_eq!((again.walk.upper, again.walk.cursor.as_deref()), (Some(10_800), None));
        assert_eq!(again.made_from(), Some(10_800));
        // Nothing was read since: the place stays.
        let later = Backfill::resume(Some(again), run);
        assert_eq!(later.walk.upper, Some(10_800));
    }
}
