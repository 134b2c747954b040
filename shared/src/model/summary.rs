//! What the overview shows, stored in one item so that it needs one read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ulid::Ulid;

use crate::model::approval::{REMEMBERED, Usual};
use crate::model::certificate::Certificate;
use crate::model::money::Sum;
use crate::model::progress::Walk;
use crate::model::proof_progress::Differing;
use crate::model::run::{Run, RunState};
use crate::model::time::Millis;
use crate::model::unanswered::Unanswered;

impl Usual {
    /// Updates the statistics with a run that completed and was allowed to write.
    pub(crate) fn learn(&mut self, run: &Run) {
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

/// How many runs ended in which way.
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
    /// The hours in which the ledger differed in that proof.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) differing: Vec<Differing>,
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
    /// Open problems.
    #[serde(default)]
    pub open_problems: u64,
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
}

impl Summary {
    /// Records a finished run: what the overview shows about it, and its contribution to the usual
    /// size. A preview is not a sync.
    pub(crate) fn take_in(&mut self, run: &Run) {
        let completed = matches!(run.state, RunState::Completed | RunState::CompletedWithProblems);
        if run.is_preview() {
            self.last_preview = Some(run.id).filter(|_| completed).or(self.last_preview);
            return;
        }
        if completed && !run.progress.read_only {
            self.usual.learn(run);
        }
        let mut shown = run.clone();
        shown.progress.walk = Walk::default();
        shown.progress.guard = None;
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
            differing: Vec::new(),
            partly: 0,
            cut: false,
            last_match: None,
            reread_after: None,
            open_problems: 0,
            difference_watch: BTreeMap::new(),
            usual: Usual::default(),
            last_preview: None,
            unanswered: None,
        }
    }
}
