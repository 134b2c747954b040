//! The progress of the backfill of figures.

use serde::{Deserialize, Serialize};
use ulid::Ulid;

use crate::model::ledger::{SECONDS_PER_HOUR, hour_of};
use crate::model::run::progress::Walk;

/// The walk down the list that computes them, in steps after ordinary runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backfill {
    /// The reading of the last step.
    pub reading: Reading,
    /// Its position. Newer hours are done.
    #[serde(default)]
    pub walk: Walk,
    /// The figures of opening entries are complete.
    #[serde(default)]
    pub openings: bool,
    /// Pages of the list read so far.
    #[serde(default)]
    pub pages: u64,
    /// Pages of this run that timed out.
    #[serde(default)]
    pub late: u32,
}

/// A run between two of its walks, while no hour is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// The run.
    pub run: Ulid,
    /// Walks that it has begun.
    pub walks: u32,
}

impl Backfill {
    /// The step to continue from. After another walk, an hour that was read in part may have
    /// changed: that hour starts over.
    #[must_use]
    pub fn resume(stored: Option<Self>, reading: Reading) -> Self {
        let Some(stored) = stored else {
            let walk = Walk::new(None, i64::MAX);
            return Self { reading, walk, openings: false, pages: 0, late: 0 };
        };
        if stored.reading == reading {
            return stored;
        }
        let late = if stored.reading.run == reading.run { stored.late } else { 0 };
        Self { reading, late, ..stored.restart_hour() }
    }

    /// Starts the hour over that was read in part.
    #[must_use]
    pub fn restart_hour(self) -> Self {
        // The walk has completed all newer hours, and is within the hour of its last record.
        let upper = self.walk.last_created.map(|last| hour_of(last) + SECONDS_PER_HOUR);
        let walk = Walk { upper: upper.or(self.walk.upper), ..Walk::new(None, i64::MAX) };
        Self { walk, ..self }
    }

    /// The oldest hour with complete figures, Unix seconds. `None` before the first.
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

    /// After another walk, the partly read hour starts over; otherwise it continues.
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
