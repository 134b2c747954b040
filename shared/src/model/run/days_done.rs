//! How many days of an open run are done, where both numbers are known.

use crate::model::ledger::{SECONDS_PER_DAY, day_from};
use crate::model::run::progress::{Phase, Progress};
use crate::model::run::proof_progress::DaySums;
use crate::model::run::{Run, RunState};

/// The work on the days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DayWork {
    /// Stripe's list is read, from now back to where the run ends.
    Reading,
    /// Both sides are compared, from the first day that is not closed up to today.
    Checking,
}

/// UTC days that are done, of all days of the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DaysDone {
    /// The work on them.
    pub work: DayWork,
    /// Completely done.
    pub done: i64,
    /// All of them.
    pub all: i64,
}

impl DaysDone {
    /// The days of a run that is in progress. `None` while a number is unknown: while the whole
    /// history is read or compared, and while a run looks for new records.
    #[must_use]
    pub fn of(run: &Run) -> Option<Self> {
        if run.state != RunState::Running {
            return None;
        }
        let progress = &run.progress;
        let last = progress.read_began_at?.seconds().div_euclid(SECONDS_PER_DAY);
        let (work, first, done) = match progress.phase {
            Phase::Movements => reading(progress, last)?,
            Phase::Proof => checking(progress.adding.as_ref()?)?,
            Phase::Done => return None,
        };
        let all = last - first + 1;
        (all > 0).then(|| Self { work, done: done.clamp(0, all), all })
    }
}

/// The walk starts at the newest record: a day is done when the walk has reached an earlier day.
fn reading(progress: &Progress, last: i64) -> Option<(DayWork, i64, i64)> {
    if progress.walks > 1 {
        return None;
    }
    let first = progress.walk.lower?.div_euclid(SECONDS_PER_DAY);
    let reached = progress.walk.last_created.map(|at| at.div_euclid(SECONDS_PER_DAY));
    let done = if progress.walk.done { last - first + 1 } else { last - reached.unwrap_or(last) };
    Some((DayWork::Reading, first, done))
}

/// Days are added up from the closed ones on: a day is done when a later one was added.
fn checking(adding: &DaySums) -> Option<(DayWork, i64, i64)> {
    let first = day_of(adding.until.as_deref()?)?;
    let done = if adding.done {
        i64::MAX
    } else {
        // `DAY#<connection>#<date>#…`
        day_of(adding.after.as_deref()?.split('#').nth(2)?)? - first
    };
    Some((DayWork::Checking, first, done))
}

fn day_of(date: &str) -> Option<i64> {
    day_from(date).map(|midnight| midnight.div_euclid(SECONDS_PER_DAY))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// 2026-11-24T10:30:00Z.
    const NOW: i64 = 1_795_516_200;

    fn run(state: &str, progress: &Value) -> Run {
        let mut run = json!({"id": "01K2V7Q8ZJ4M9T3R6W5X0Y1EEE",
            "connection": "01K2V7Q8ZJ4M9T3R6W5X0Y1FFF",
            "generation": "1", "trigger": "manual", "scope": "new", "depth": "hour", "state": state,
            "requested_at": 0, "checkpoint": 0, "attempt": 1, "barren": 0});
        run["progress"] = progress.clone();
        run["progress"]["read_began_at"] = json!(NOW * 1000);
        serde_json::from_value(run).unwrap()
    }

    fn days(run: &Run) -> Option<(DayWork, i64, i64)> {
        DaysDone::of(run).map(|days| (days.work, days.done, days.all))
    }

    #[test]
    fn a_day_is_read_when_the_walk_has_met_an_earlier_one() {
        let ten_days_ago = NOW - 10 * SECONDS_PER_DAY;
        let walk = |reached: Option<i64>| {
            json!({"phase": "movements", "walks": 1,
                "walk": {"lower": ten_days_ago, "last_created": reached}})
        };
        let read = |progress: &Value| days(&run("running", progress));
        assert_eq!(read(&walk(None)), Some((DayWork::Reading, 0, 11)));
        assert_eq!(read(&walk(Some(NOW - 60))), Some((DayWork::Reading, 0, 11)));
        let three = NOW - 3 * SECONDS_PER_DAY;
        assert_eq!(read(&walk(Some(three))), Some((DayWork::Reading, 3, 11)));
        let done = json!({"phase": "movements", "walks": 1,
            "walk": {"lower": ten_days_ago, "last_created": three, "done": true}});
        assert_eq!(read(&done), Some((DayWork::Reading, 11, 11)));
        let whole = json!({"phase": "movements", "walks": 1, "walk": {"last_created": three}});
        assert_eq!(read(&whole), None, "where the whole history ends is not known");
        let again = json!({"phase": "movements", "walks": 2, "walk": {"lower": ten_days_ago}});
        assert_eq!(read(&again), None, "the list is read again");
        assert_eq!(days(&run("paused", &walk(Some(three)))), None);
    }

    #[test]
    fn a_day_is_checked_when_a_later_one_was_added_up() {
        let adding = |members: &Value| {
            let progress = json!({"phase": "proof", "walks": 1, "adding": members});
            days(&run("running", &progress))
        };
        let after = |date: &str| format!("DAY#01K2V7Q8ZJ4M9T3R6W5X0Y1FFF#{date}");
        let begun = json!({"until": "2026-11-15", "after": after("2026-11-15")});
        assert_eq!(adding(&begun), Some((DayWork::Checking, 0, 10)));
        let on = json!({"until": "2026-11-15", "after": after("2026-11-19#payments#USD")});
        assert_eq!(adding(&on), Some((DayWork::Checking, 4, 10)));
        let done = json!({"until": "2026-11-15", "done": true});
        assert_eq!(adding(&done), Some((DayWork::Checking, 10, 10)));
        assert_eq!(adding(&json!({"after": after("2026-11-19")})), None, "no day is closed");
        assert_eq!(days(&run("running", &json!({"phase": "proof"}))), None);
    }
}
