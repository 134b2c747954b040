//! What the overview shows, stored in one item so that one read returns it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use ulid::Ulid;

use crate::model::approval::{REMEMBERED, Usual};
use crate::model::certificate::Certificate;
use crate::model::certificate::thinning::Reached;
use crate::model::connection::Connection;
use crate::model::money::Sum;
use crate::model::problem::tally::OpenKind;
use crate::model::run::known_empty::KnownEmpty;
use crate::model::run::progress::Walk;
use crate::model::run::proof_progress::Differing;
use crate::model::run::request::Depth;
use crate::model::run::unanswered::Unanswered;
use crate::model::run::{Run, RunState};
use crate::model::time::Millis;

impl Usual {
    /// Updates the statistics with a run that completed and was allowed to write.
    pub(crate) fn update(&mut self, run: &Run) {
        let Some(guard) = &run.progress.guard else { return };
        self.currencies.extend(&guard.checked);
        if guard.limit.is_some() {
            self.sizes.push(guard.fresh);
            let surplus = self.sizes.len().saturating_sub(REMEMBERED);
            self.sizes.drain(..surplus);
        }
    }

    /// The median size of the last runs.
    pub(crate) fn median(&self) -> u64 {
        let mut sizes = self.sizes.clone();
        sizes.sort_unstable();
        sizes.get(sizes.len() / 2).copied().unwrap_or_default()
    }
}

/// A difference in Stripe's own figures that is observed across runs. A changed value restarts the
/// observation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DifferenceWatch {
    /// The difference, minor units.
    pub value: Sum,
    /// When it was first seen.
    pub first_seen: Millis,
    /// The number of comparisons.
    pub count: u32,
}

/// The number of ended runs by outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Tallies {
    /// Completed, with or without problems.
    pub completed: u64,
    /// Failed or cancelled.
    pub failed: u64,
}

impl Tallies {
    /// Counts a finished run.
    pub fn count(&mut self, state: RunState) {
        match state {
            RunState::Completed | RunState::CompletedWithProblems => self.completed += 1,
            RunState::Failed | RunState::Cancelled => self.failed += 1,
            RunState::Queued | RunState::Running | RunState::Paused => {}
        }
    }
}

/// The summary of a connection, `SUMMARY`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Summary {
    /// The connection. A summary of another connection counts as absent.
    pub connection: Ulid,
    /// How runs ended.
    #[serde(default)]
    pub tallies: Tallies,
    /// The last run that ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_run: Option<Run>,
    /// The last proof.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_proof: Option<Certificate>,
    /// The progress of thinning certificates. Absent before the first certificate that can be
    /// thinned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) thinned: Option<Reached>,
    /// The hours in which the ledger differed in that proof.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) differing: Vec<Differing>,
    /// The lines of that proof whose difference in the ledger people have dismissed to the minor
    /// unit, as `balance#CURRENCY`.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub dismissed: BTreeSet<String>,
    /// How often the search for its differences did not name all of them.
    #[serde(default)]
    pub(crate) partly: u32,
    /// The search for its differences stopped because a party did not answer.
    #[serde(default)]
    pub(crate) cut: bool,
    /// When both sides last agreed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_match: Option<Millis>,
    /// Where the next run continues to re-read agreed hours of the ledger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reread_after: Option<String>,
    /// The number of open problems.
    #[serde(default)]
    pub open_problems: u64,
    /// The same by code. Absent in summaries of earlier versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub open_kinds: Vec<OpenKind>,
    /// Differences in Stripe's own figures under observation, by `balance#CURRENCY`.
    #[serde(default)]
    #[serde(rename = "d1_watch")]
    pub difference_watch: BTreeMap<String, DifferenceWatch>,
    /// Statistics of completed runs.
    #[serde(default)]
    pub usual: Usual,
    /// The last completed preview.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_preview: Option<Ulid>,
    /// A call that is answered in an undocumented shape.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) unanswered: Option<Unanswered>,
    /// What the run of the last proof found empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) known_empty: Option<KnownEmpty>,
}

/// An event's hint is stored within this time after the event arrived, in seconds: a function that
/// stores one runs for at most fifteen minutes.
const HINT_STORED_WITHIN_SECONDS: i64 = 3600;

/// Whether no event has arrived since shortly before the last completed run began to read.
fn is_quiet(connection: &Connection) -> bool {
    let Some(event) = connection.event_at else { return true };
    let stored = event.plus_seconds(HINT_STORED_WITHIN_SECONDS);
    connection.watermark.is_some_and(|began| stored < began)
}

impl Summary {
    /// The lists that a run need not read. A run that reads more than the last hour, or continues
    /// the work of another worker or run, reads them all. So what was written too late for the run
    /// that found a list empty is found by the daily run at the latest.
    #[must_use]
    pub(crate) fn known_empty_for(&self, connection: &Connection, run: &Run) -> KnownEmpty {
        let known = self.known_empty.unwrap_or_default();
        let is_last = self.last_proof.as_ref().is_some_and(|proof| proof.run == known.run);
        let continues = run.attempt > 1 || connection.resume.is_some();
        if !is_last || continues || run.depth != Depth::Hour {
            return KnownEmpty::default();
        }
        let quiet = is_quiet(connection);
        KnownEmpty {
            object_hints: known.object_hints && quiet,
            customer_hints: known.customer_hints && quiet,
            ..known
        }
    }

    /// Records a finished run: what the overview shows about it, and its contribution to the usual
    /// size. A preview is not a sync.
    pub(crate) fn take_in(&mut self, run: &Run) {
        let completed = matches!(run.state, RunState::Completed | RunState::CompletedWithProblems);
        if run.is_preview() {
            self.last_preview = Some(run.id).filter(|_| completed).or(self.last_preview);
            return;
        }
        if completed && !run.progress.read_only {
            self.usual.update(run);
        }
        let mut shown = run.clone();
        shown.progress.walk = Walk::default();
        shown.progress.guard = None;
        // The last proof is a field of its own in the summary.
        shown.proof = None;
        self.last_run = Some(shown);
    }

    /// An empty summary.
    #[must_use]
    pub fn new(connection: Ulid) -> Self {
        Self {
            connection,
            tallies: Tallies { completed: 0, failed: 0 },
            last_run: None,
            last_proof: None,
            thinned: None,
            differing: Vec::new(),
            dismissed: BTreeSet::new(),
            partly: 0,
            cut: false,
            last_match: None,
            reread_after: None,
            open_problems: 0,
            open_kinds: Vec::new(),
            difference_watch: BTreeMap::new(),
            usual: Usual::default(),
            last_preview: None,
            unanswered: None,
            known_empty: None,
        }
    }
}
