//! The changes that an ending run makes to its connection and its summary.

use std::collections::BTreeMap;

use crate::model::certificate::Verdict;
use crate::model::certificate::thinning::Reached;
use crate::model::connection::Connection;
use crate::model::run::plan;
use crate::model::run::proof_progress::Differing;
use crate::model::run::request::Depth;
use crate::model::run::resume::Resume;
use crate::model::run::{Run, RunState};
use crate::model::summary::{DifferenceWatch, Summary};

/// Updates a summary with a run that ends.
pub(crate) fn summarize(
    summary: &mut Summary,
    run: &Run,
    watch: Option<BTreeMap<String, DifferenceWatch>>,
    differing: Vec<Differing>,
) {
    summary.tallies.count(run.state);
    if let Some(watch) = watch {
        summary.difference_watch = watch;
    }
    if let Some(certificate) = &run.proof {
        let begun = summary.thinned.or_else(|| Some(Reached::beginning(certificate.id)));
        summary.thinned = run.progress.thinned.or(begun);
        summary.last_proof.clone_from(&run.proof);
        summary.differing = differing;
        (summary.partly, summary.cut) = (run.progress.partly, run.progress.cut);
        summary.reread_after.clone_from(&run.progress.reread_next);
    }
    if let Some(certificate) =
        run.proof.as_ref().filter(|certificate| certificate.verdict == Verdict::Match)
    {
        summary.last_match = Some(certificate.at);
    }
    summary.take_in(run);
}

/// The connection after a run. A completed run moves the watermark to when it began to read. Any
/// other run leaves its range to the next.
pub(crate) fn after(connection: &Connection, run: &Run) -> Connection {
    let mut after = connection.clone();
    match run.state {
        _ if run.is_preview() => {}
        RunState::Completed | RunState::CompletedWithProblems => {
            // Never later than what was read: the part between the two ranges of a resumed run was
            // read by the earlier run.
            let began_at = run
                .progress
                .resume
                .as_ref()
                .map(|resume| resume.began_at)
                .or(run.progress.read_began_at);
            after.watermark = began_at.or(connection.watermark);
            (after.reread_from, after.resume) = (None, None);
            after.has_unposted_history = run.progress.read_only;
            // Requesting a run that may not write does not approve one that may.
            after.first_sync_confirmed &= !run.progress.read_only;
            if matches!(run.depth, Depth::TwoDays | Depth::Fortnight | Depth::Everything) {
                after.daily_reread_at = began_at;
            }
            if matches!(run.depth, Depth::Fortnight | Depth::Everything) {
                after.weekly_reread_at = began_at;
            }
        }
        _ => {
            // This includes the range below its own that a newly readable record made it read.
            let lower = run.progress.resume.as_ref().map_or(run.lower, |resume| resume.lower);
            let lower =
                lower.map(|lower| run.progress.deeper.map_or(lower, |deeper| deeper.min(lower)));
            after.reread_from = Some(plan::reread_from(lower, connection.reread_from));
            after.resume = Resume::left(run, connection).map(Box::new);
        }
    }
    // Hours that were not counted again after an entry was posted there: the next run reads down to
    // the oldest of them. A run that resumes this one would leave them out.
    if let Some(hour) = run.progress.recount.first().filter(|_| !run.is_preview()) {
        after.reread_from = Some(plan::reread_from(Some(*hour), after.reread_from));
        after.resume = None;
    }
    after
}

#[cfg(test)]
mod tests {
    use super::*;

    use ulid::Ulid;

    use crate::model::certificate::Certificate;
    use crate::model::connection::tests::connection;
    use crate::model::run::known_empty::KnownEmpty;
    use crate::model::run::request::{Scope, Trigger};
    use crate::model::time::Millis;
    use crate::platform::store::runs::{Request, new_run};

    fn run(lower: Option<i64>, deeper: Option<i64>, state: RunState) -> Run {
        let request = Request {
            id: Ulid::from_parts(1, 1),
            trigger: Trigger::Manual,
            scope: Scope::New,
            now: Millis(0),
            launch: None,
            retention_seconds: 0,
        };
        let mut run = new_run(&connection(), &request);
        (run.lower, run.progress.deeper, run.state) = (lower, deeper, state);
        run
    }

    /// The next run reads what a run should have read and did not: its own range, and the hour of a
    /// newly readable record.
    #[test]
    fn a_run_that_did_not_complete_leaves_all_of_its_range() {
        const HOUR: i64 = 3600;
        let left = |lower, deeper, earlier| {
            let connection = Connection { reread_from: earlier, ..connection() };
            after(&connection, &run(lower, deeper, RunState::Failed)).reread_from
        };
        assert_eq!(left(Some(9 * HOUR), None, None), Some(9 * HOUR));
        assert_eq!(left(Some(9 * HOUR), Some(2 * HOUR), None), Some(2 * HOUR));
        assert_eq!(left(Some(9 * HOUR), Some(11 * HOUR), None), Some(9 * HOUR));
        assert_eq!(left(Some(9 * HOUR), Some(2 * HOUR), Some(HOUR)), Some(HOUR));
        assert_eq!(left(None, Some(2 * HOUR), None), Some(i64::MIN), "the whole history");
        let done = after(&connection(), &run(Some(9 * HOUR), Some(2 * HOUR), RunState::Completed));
        assert_eq!(done.reread_from, None);
    }

    /// A list that the run of the last certificate found empty is not read by the next run, unless
    /// that run reads more than the last hour, or continues what another left, or an event may have
    /// stored a hint since.
    #[test]
    fn only_an_ordinary_run_relies_on_what_its_predecessor_found_empty() {
        const HOUR: i64 = 3600;
        let found = KnownEmpty {
            run: Ulid::from_parts(7, 7),
            objects: true,
            object_hints: true,
            customer_hints: true,
            alerts: true,
            openings: true,
        };
        let lines = Vec::new();
        let proof = Certificate::new(Ulid::nil(), found.run, Millis(0), Verdict::Match, lines, 0);
        let mut summary = Summary::new(connection().connection);
        (summary.known_empty, summary.last_proof) = (Some(found), Some(proof));
        let began = Some(Millis(100 * HOUR * 1000));
        let connection = Connection { watermark: began, ..connection() };
        let hourly = run(None, None, RunState::Running);
        let hourly = Run { depth: Depth::Hour, attempt: 1, ..hourly };
        assert_eq!(summary.known_empty_for(&connection, &hourly), found);

        let deep = Run { depth: Depth::TwoDays, ..hourly.clone() };
        let second = Run { attempt: 2, ..hourly.clone() };
        for run in [deep, second] {
            assert_eq!(summary.known_empty_for(&connection, &run), KnownEmpty::default());
        }
        let event_at = Some(Millis((99 * HOUR + 1) * 1000));
        let notified = Connection { event_at, ..connection.clone() };
        let known = summary.known_empty_for(&notified, &hourly);
        assert!(!known.object_hints && !known.customer_hints && known.objects && known.alerts);
        let event_at = Some(Millis((99 * HOUR - 1) * 1000));
        let long_ago = Connection { event_at, ..connection.clone() };
        assert_eq!(summary.known_empty_for(&long_ago, &hourly), found);

        summary.known_empty = Some(KnownEmpty { run: Ulid::from_parts(6, 6), ..found });
        assert_eq!(
            summary.known_empty_for(&connection, &hourly),
            KnownEmpty::default(),
            "an older version has closed a run since"
        );
    }
}
