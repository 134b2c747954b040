//! What the overview shows, kept beside the runs so that it needs one read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ulid::Ulid;

use crate::model::approval::{REMEMBERED, Usual};
use crate::model::certificate::Certificate;
use crate::model::money::Sum;
use crate::model::proof_progress::Differing;
use crate::model::run::{Run, RunState};
use crate::model::time::Millis;
use crate::model::unanswered::Unanswered;

impl Usual {
    /// Learns from a run that completed and was allowed to write.
    pub(crate) fn learn(&mut self, run: &Run) {
        let Some(guard) = &run.progress.guard else { return };
        self.currencies.extend(&guard.checked);
        if guard.limit.is_some() {
            self.sizes.push(guard.fresh);
            let surplus = self.sizes.len().saturating_sub(REMEMBERED);
            self.sizes.drain(..surplus);
        }
    }

    /// The median of the last runs.
    pub(crate) fn median(&self) -> u64 {
        let mut sizes = self.sizes.clone();
        sizes.sort_unstable();
        sizes.get(sizes.len() / 2).copied().unwrap_or_default()
    }
}

/// A difference of Stripe's own figures under observation, judged over runs. A changed value starts anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DifferenceWatch {
    /// The difference, minor units.
    pub value: Sum,
    /// Since when.
    pub first_seen: Millis,
    /// Over how many comparisons.
    pub count: u32,
}

/// How many runs ended how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Tallies {
    /// Completed, with or without problems.
    pub completed: u64,
    /// Failed or cancelled.
    pub failed: u64,
}

impl Tallies {
    /// Counts a run that ended.
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
    /// The connection; one of another connection counts as absent.
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
    /// The hours in which the ledger differed in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) differing: Vec<Differing>,
    /// How often what differs in it was looked for and not all named.
    #[serde(default)]
    pub(crate) partly: u32,
    /// What differs in it was looked for until somebody did not answer.
    #[serde(default)]
    pub(crate) cut: bool,
    /// When both sides last agreed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_match: Option<Millis>,
    /// Where the next run goes on reading agreed hours of the ledger again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reread_after: Option<String>,
    /// Open problems.
    #[serde(default)]
    pub open_problems: u64,
    /// Differences of Stripe's own figures under observation, by `balance#CURRENCY`.
    #[serde(default)]
    pub d1_watch: BTreeMap<String, DifferenceWatch>,
    /// What completed runs were like.
    #[serde(default)]
    pub usual: Usual,
    /// The last preview that was completed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_preview: Option<Ulid>,
    /// A call that is answered in an undocumented shape.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) unanswered: Option<Unanswered>,
}

impl Summary {
    /// Takes in a run that ended: what the overview shows of it, and what it teaches about the usual. A preview is no sync.
    pub(crate) fn take_in(&mut self, run: &Run) {
        let completed = matches!(run.state, RunState::Completed | RunState::CompletedWithProblems);
        if run.is_preview() {
            self.last_preview = Some(run.id).filter(|_| completed).or(self.last_preview);
            return;
        }
        if completed && !run.progress.shadow {
            self.usual.learn(run);
        }
        let mut shown = run.clone();
        shown.progress.walk = crate::model::progress::Walk::default();
        shown.progress.guard = None;
        self.last_run = Some(shown);
    }

    /// Nothing has happened yet.
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
            d1_watch: BTreeMap::new(),
            usual: Usual::default(),
            last_preview: None,
            unanswered: None,
        }
    }
}
