//! Resumes a failed run. Pure.
//!
//! A walk goes from the newest record down. What it has passed is posted and counted. So the run
//! after a failed one reads two ranges. The first is everything newer than the start of the failed
//! run, with the usual overlap. The second is everything older than the place where the failed run
//! stopped, including that whole hour (below the start: that whole day). The part between was read
//! when the failed run began, so the watermark becomes that time and no later one: later runs
//! overlap with it as if the failed run had completed.

use crate::model::approval::CircuitBreaker;
use crate::model::connection::{Connection, Start};
use crate::model::ledger::SECONDS_PER_HOUR;
use crate::model::ledger::{LEG_KINDS_VERSION, SECONDS_PER_DAY, WHOLE_HISTORY, day_of, hour_of};
use crate::model::run::Run;
use crate::model::run::plan::OVERLAP;
use crate::model::run::progress::{Progress, Walk};
use crate::model::run::request::{Depth, Scope};
use crate::model::run::resume::Resume;
use crate::model::time::Millis;

/// The code of a run that found a list out of time order. Its counts are not resumed from.
pub(crate) const OUT_OF_ORDER: &str = "stripe_order";

/// The number of consecutive failed runs that are resumed from. Then a run reads its whole range.
pub(crate) const MAX_RUNS: usize = 20;

/// Whether no opening needs to be summed: there is no start, the opening is posted, or no record is
/// before the start.
pub(crate) fn is_settled(start: Option<&Start>) -> bool {
    start.is_none_or(|start| start.opened || start.at <= WHOLE_HISTORY)
}

/// The stored form of a lower bound, which can be compared.
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
            // It read nothing, so what the previous run left is still valid.
            return connection
                .resume
                .as_deref()
                .cloned()
                .filter(|_| run.scope == Scope::New && progress.resume.is_some());
        };
        let walked = progress.walks > 1 || progress.walk.done;
        match progress.resume.as_deref() {
            Some(resume) if !resume.below && !walked => {
                // Still above what was read before. That part may contain a record that became
                // readable, which is then read with the rest.
                let approvals = run.approvals.with(&resume.approvals);
                progress.deeper.is_none().then(|| Self { approvals, ..resume.clone() })
            }
            Some(resume) => {
                let stopped_at =
                    if walked { None } else { progress.walk.last_created.or(resume.stopped_at) };
                Some(resume.longer(run, stopped_at)).filter(|longer| longer.runs.len() <= MAX_RUNS)
            }
            None if !is_settled(connection.start.as_ref()) => None,
            None => {
                let stopped_at = if walked { None } else { Some(progress.walk.last_created?) };
                let lower = if progress.walks > 1 {
                    run_lower(run, connection)
                } else {
                    progress.walk.lower
                };
                Some(Self {
                    runs: vec![run.id],
                    began_at,
                    stopped_at,
                    lower,
                    depth: run.depth,
                    start: connection.start.as_ref().map(|start| start.at),
                    read_only: progress.read_only,
                    leg_kinds_version: LEG_KINDS_VERSION,
                    guard: progress.guard.clone(),
                    approvals: run.approvals.clone(),
                    below: false,
                })
            }
        }
    }

    /// The same after a resumed run that came further and failed too.
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

    /// Whether a run created now may resume it, as far as that is known before the run begins.
    pub(crate) fn serves(&self, scope: Scope, connection: &Connection) -> bool {
        // A later run may have been asked for more.
        let reaches = connection.reread_from.is_some_and(|from| depth_of(self.lower) <= from);
        scope == Scope::New
            && reaches
            && self.leg_kinds_version == LEG_KINDS_VERSION
            && self.starts_at(connection)
    }

    fn starts_at(&self, connection: &Connection) -> bool {
        let start = connection.start.as_ref();
        self.start == start.map(|start| start.at) && is_settled(start)
    }

    /// Whether a run that begins now resumes it: nothing it depends on has changed, and resuming
    /// saves work.
    pub(crate) fn holds(&self, connection: &Connection, read_only: bool, now: Millis) -> bool {
        let saves = self.upper().is_none_or(|upper| upper < self.newer_from());
        self.starts_at(connection) && self.read_only == read_only && self.began_at <= now && saves
    }

    /// The lower bound of the newer range: the start of the failed run less the overlap.
    pub(crate) fn newer_from(&self) -> i64 {
        hour_of(self.began_at.seconds().saturating_sub(OVERLAP))
    }

    /// The exclusive upper bound of the remaining older range: the end of the hour in which the
    /// failed run stopped, or of the day where days are kept. `None` when nothing remains.
    pub(crate) fn upper(&self) -> Option<i64> {
        let stopped_at = self.stopped_at?;
        let by_days = self.start.is_some_and(|start| stopped_at < start);
        Some(if by_days {
            day_of(stopped_at).saturating_add(SECONDS_PER_DAY)
        } else {
            hour_of(stopped_at).saturating_add(SECONDS_PER_HOUR)
        })
    }

    /// Whether the failed runs have not counted this record as new: it is newer than all that they
    /// counted, or was not reached.
    pub(crate) fn is_new(&self, created: i64) -> bool {
        let counted_to = self
            .guard
            .as_ref()
            .and_then(CircuitBreaker::newest)
            .unwrap_or(i64::MIN)
            .max(self.began_at.seconds() - 1);
        created > counted_to || self.stopped_at.is_some_and(|stopped_at| created <= stopped_at)
    }
}

/// The original lower bound of a first walk that has ended.
pub(crate) fn run_lower(run: &Run, connection: &Connection) -> Option<i64> {
    let reads_all = !run.progress.read_only && connection.has_unposted_history;
    let lower = run.lower.filter(|_| !reads_all)?;
    Some(run.progress.deeper.map_or(lower, |deeper| deeper.min(lower)))
}

impl Progress {
    /// Begins a run that resumes a failed one, if that is still valid. Returns how far back it
    /// re-reads.
    pub(crate) fn go_on(&mut self, connection: &Connection, now: Millis) -> Option<Depth> {
        let resume =
            self.resume.take().filter(|resume| resume.holds(connection, self.read_only, now))?;
        self.walk.lower = Some(resume.newer_from());
        self.guard.clone_from(&resume.guard);
        let depth = resume.depth;
        self.resume = Some(resume);
        Some(depth)
    }

    /// Moves the walk below the place where the previous run stopped, once it has read what is
    /// newer.
    pub(crate) fn go_below(&mut self) {
        let Some(resume) = self.resume.as_mut().filter(|resume| !resume.below) else { return };
        if self.walks > 1 || !self.walk.done {
            return;
        }
        resume.below = true;
        let Some(upper) = resume.upper() else { return };
        let walk = std::mem::take(&mut self.walk);
        let lower = resume.lower.map(|lower| self.deeper.map_or(lower, |deeper| deeper.min(lower)));
        self.walk = Walk {
            upper: Some(upper),
            seen: walk.seen,
            posted: walk.posted,
            ..Walk::new(lower, walk.bound)
        };
    }

    /// Extends a first walk that has not begun down to a record that became readable.
    pub(crate) fn reach_deeper(&mut self) {
        let (Some(deeper), Some(lower), None) = (self.deeper, self.walk.lower, &self.walk.cursor)
        else {
            return;
        };
        if self.walks > 1 {
            return;
        }
        // Anything below the place where the previous run stopped is read with the remaining part
        // there. Everything between is read again.
        let left = self.resume.as_deref().filter(|resume| !resume.below).and_then(Resume::upper);
        let reach = left.map_or(deeper, |upper| deeper.max(upper));
        self.walk.lower = Some(lower.min(reach));
    }
}

#[cfg(test)]
mod tests;
