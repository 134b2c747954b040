//! A failed run is gone on from. Pure.
//!
//! A walk goes from the newest record down, and what it has passed is posted and counted. So the run after one that failed reads two
//! ranges: first what is newer than that run's beginning, with the usual overlap, then what is older than the place where it stopped, that
//! hour (below the start: that day) whole. What lies between was read when the failed run began, and so the watermark becomes that beginning
//! and no later instant: the runs after it overlap with it as if the failed run had completed.

use crate::model::approval::CircuitBreaker;
use crate::model::asked::{Depth, Scope};
use crate::model::connection::{Connection, Start};
use crate::model::ledger::{LEG_KINDS_VERSION, SECONDS_PER_DAY, WHOLE_HISTORY, day_of, hour_of};
use crate::model::plan::OVERLAP;
use crate::model::progress::{Progress, Walk};
use crate::model::resume::Resume;
use crate::model::run::Run;
use crate::model::time::Millis;

pub(crate) const SECONDS_PER_HOUR: i64 = 3600;

/// The code of a run that met a list which was not in the order of time: what it counted is not gone on from.
pub(crate) const OUT_OF_ORDER: &str = "stripe_order";

/// Failed runs in a row that are gone on from; then one reads its whole range.
pub(crate) const MAX_RUNS: usize = 20;

/// Whether a start leaves no opening to be summed: there is none, it is posted, or nothing lies before it.
pub(crate) fn is_settled(start: Option<&Start>) -> bool {
    start.is_none_or(|start| start.opened || start.at <= WHOLE_HISTORY)
}

/// The stored form of a lower bound, which compares.
pub(crate) fn depth_of(lower: Option<i64>) -> i64 {
    lower.unwrap_or(i64::MIN)
}

impl Resume {
    /// What a run that did not complete leaves to the next one.
    pub(crate) fn left(run: &Run, connection: &Connection) -> Option<Self> {
        let progress = &run.progress;
        if run.is_preview() || run.error.as_ref().is_some_and(|error| error.code == OUT_OF_ORDER) {
            return None;
        }
        let Some(began_at) = progress.read_began_at else {
            // It read nothing: what the run before it left still stands.
            return connection.resume.as_deref().cloned().filter(|_| run.scope == Scope::New && progress.resume.is_some());
        };
        let walked = progress.walks > 1 || progress.walk.done;
        match progress.resume.as_deref() {
            Some(resume) if !resume.below && !walked => {
                // Still above what was read before. A record that came to be readable may lie in that, and is then read with everything.
                let approvals = run.approvals.with(&resume.approvals);
                progress.deeper.is_none().then(|| Self { approvals, ..resume.clone() })
            }
            Some(resume) => {
                let stopped_at = if walked { None } else { progress.walk.last_created.or(resume.stopped_at) };
                Some(resume.longer(run, stopped_at)).filter(|longer| longer.runs.len() <= MAX_RUNS)
            }
            None if !is_settled(connection.start.as_ref()) => None,
            None => {
                let stopped_at = if walked { None } else { Some(progress.walk.last_created?) };
                let lower = if progress.walks > 1 { run_lower(run, connection) } else { progress.walk.lower };
                Some(Self {
                    runs: vec![run.id],
                    began_at,
                    stopped_at,
                    lower,
                    depth: run.depth,
                    start: connection.start.as_ref().map(|start| start.at),
                    shadow: progress.shadow,
                    words: LEG_KINDS_VERSION,
                    guard: progress.guard.clone(),
                    approvals: run.approvals.clone(),
                    below: false,
                })
            }
        }
    }

    /// The same after a run that went on from it, came further and failed too.
    fn longer(&self, run: &Run, stopped_at: Option<i64>) -> Self {
        let deeper = run.progress.deeper.unwrap_or(i64::MAX);
        Self {
            runs: self.runs.iter().copied().chain([run.id]).collect(),
            stopped_at,
            lower: self.lower.map(|lower| lower.min(deeper)),
            guard: run.progress.guard.clone(),
            approvals: run.approvals.with(&self.approvals),
            below: false,
            ..self.clone()
        }
    }

    /// Whether a run that is made now may go on from it, as far as that is known before it begins.
    pub(crate) fn serves(&self, scope: Scope, connection: &Connection) -> bool {
        // A later run may have been asked for more.
        let reaches = connection.reread_from.is_some_and(|from| depth_of(self.lower) <= from);
        scope == Scope::New && reaches && self.words == LEG_KINDS_VERSION && self.starts_at(connection)
    }

    fn starts_at(&self, connection: &Connection) -> bool {
        let start = connection.start.as_ref();
        self.start == start.map(|start| start.at) && is_settled(start)
    }

    /// Whether a run that begins now goes on from it: everything it depends on is as it was, and something is saved.
    pub(crate) fn holds(&self, connection: &Connection, shadow: bool, now: Millis) -> bool {
        let saves = self.upper().is_none_or(|upper| upper < self.newer_from());
        self.starts_at(connection) && self.shadow == shadow && self.began_at <= now && saves
    }

    /// The lower bound of what is newer: the beginning of the failed run less the overlap.
    pub(crate) fn newer_from(&self) -> i64 {
        hour_of(self.began_at.seconds().saturating_sub(OVERLAP))
    }

    /// The upper bound of what is left below, not included: the end of the hour in which the failed run stopped, or of the day, where days
    /// are what is kept. Nothing when nothing is left.
    pub(crate) fn upper(&self) -> Option<i64> {
        let stopped_at = self.stopped_at?;
        let by_days = self.start.is_some_and(|start| stopped_at < start);
        Some(if by_days {
            day_of(stopped_at).saturating_add(SECONDS_PER_DAY)
        } else {
            hour_of(stopped_at).saturating_add(SECONDS_PER_HOUR)
        })
    }

    /// Whether a record is none that the failed runs have counted as new: it is newer than all that they counted, or was not reached.
    pub(crate) fn is_new(&self, created: i64) -> bool {
        let counted_to = self.guard.as_ref().and_then(CircuitBreaker::newest).unwrap_or(i64::MIN).max(self.began_at.seconds() - 1);
        created > counted_to || self.stopped_at.is_some_and(|stopped_at| created <= stopped_at)
    }
}

/// The lower bound that a first walk had which has ended.
pub(crate) fn run_lower(run: &Run, connection: &Connection) -> Option<i64> {
    let reads_all = !run.progress.shadow && connection.unposted;
    let lower = run.lower.filter(|_| !reads_all)?;
    Some(run.progress.deeper.map_or(lower, |deeper| deeper.min(lower)))
}

impl Progress {
    /// Begins a run that may go on from a failed one, if that holds still. Answers how far back it re-reads.
    pub(crate) fn go_on(&mut self, connection: &Connection, now: Millis) -> Option<Depth> {
        let resume = self.resume.take().filter(|resume| resume.holds(connection, self.shadow, now))?;
        self.walk.lower = Some(resume.newer_from());
        self.guard.clone_from(&resume.guard);
        let depth = resume.depth;
        self.resume = Some(resume);
        Some(depth)
    }

    /// Takes the walk below the place where the run before it stopped, once it has read what is newer.
    pub(crate) fn go_below(&mut self) {
        let Some(resume) = self.resume.as_mut().filter(|resume| !resume.below) else { return };
        if self.walks > 1 || !self.walk.done {
            return;
        }
        resume.below = true;
        let Some(upper) = resume.upper() else { return };
        let walk = std::mem::take(&mut self.walk);
        let lower = resume.lower.map(|lower| self.deeper.map_or(lower, |deeper| deeper.min(lower)));
        self.walk = Walk { upper: Some(upper), seen: walk.seen, posted: walk.posted, ..Walk::new(lower, walk.bound) };
    }

    /// Lets a first walk that has not begun reach down to a record that came to be readable.
    pub(crate) fn reach_deeper(&mut self) {
        let (Some(deeper), Some(lower), None) = (self.deeper, self.walk.lower, &self.walk.cursor) else { return };
        if self.walks > 1 {
            return;
        }
        // What lies below the place where the run before it stopped is read with what is left there; all that lies between is read again.
        let left = self.resume.as_deref().filter(|resume| !resume.below).and_then(Resume::upper);
        let reach = left.map_or(deeper, |upper| deeper.max(upper));
        self.walk.lower = Some(lower.min(reach));
    }
}

#[cfg(test)]
mod tests;
