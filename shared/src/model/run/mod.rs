//! A stored run: its request, its progress and its findings.
//!
//! | module | about a run |
//! |---|---|
//! | `request`, `plan`, `resume`, `resuming` | what requested it, how far back it reads, and what it takes over from a failed one |
//! | `progress`, `proof_progress`, `step`, `days_done` | how far it has come |
//! | `list_place`, `known_empty`, `hole`, `unanswered` | what it knows of Stripe's lists |
//! | `waiting` | what it waits for |

pub mod days_done;
pub mod hole;
pub mod known_empty;
pub mod list_place;
pub mod plan;
pub mod progress;
pub mod proof_progress;
pub mod request;
pub mod resume;
pub mod resuming;
pub mod step;
pub mod unanswered;
pub mod waiting;

use serde::{Deserialize, Serialize};
use ulid::Ulid;

use crate::model::approval::{ApprovalNeeded, Approvals};
use crate::model::certificate::{Certificate, Verdict};
use crate::model::run::progress::Progress;
use crate::model::run::request::{Depth, Scope, Trigger};
use crate::model::run::waiting::Waiting;
use crate::model::time::Millis;

/// The state of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// Requested; no worker has claimed it yet.
    Queued,
    /// A worker is processing it.
    Running,
    /// Everything was read and posted; the proof may still be inconclusive.
    Completed,
    /// Everything was read, but something could not be posted, or the books differ.
    CompletedWithProblems,
    /// Given up, with a named reason.
    Failed,
    /// Ended by a person or by an uninstall.
    Cancelled,
    /// Waiting for a person: a key was refused or lacks a permission, or a write needs a person's
    /// approval.
    Paused,
}

impl RunState {
    /// Whether a worker may still change the run.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Queued | Self::Running | Self::Paused)
    }
}

/// Why a run failed or is paused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RunError {
    /// A stable code for programs.
    pub code: String,
    /// A sentence for people.
    pub text: String,
}

/// A run, `RUN`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Run {
    /// Its id.
    pub id: Ulid,
    /// The connection it belongs to.
    pub connection: Ulid,
    /// The installation it belongs to.
    pub generation: String,
    /// What requested it.
    pub trigger: Trigger,
    /// What was requested.
    pub scope: Scope,
    /// How far back it re-reads.
    pub depth: Depth,
    /// Its lower bound, fixed when it was created: Unix seconds, a full UTC hour; absent for the
    /// whole history.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lower: Option<i64>,
    /// Its state.
    pub state: RunState,
    /// When it was requested.
    pub requested_at: Millis,
    /// When a worker first claimed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Millis>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Millis>,
    /// When a worker last claimed it or wrote a checkpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub touched_at: Option<Millis>,
    /// Counts checkpoints: each is conditional on the previous one.
    pub checkpoint: u64,
    /// Counts deliveries: a later worker takes the run over from an earlier one.
    pub attempt: u64,
    /// Deliveries since the last checkpoint.
    #[serde(rename = "barren")]
    pub attempts_without_progress: u32,
    /// A person asked it to stop.
    #[serde(default)]
    pub stop_requested: bool,
    /// What a person approved for this run beyond the usual.
    #[serde(default)]
    pub approvals: Approvals,
    /// Its progress.
    #[serde(default)]
    pub progress: Progress,
    /// The verdict of the proof.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// The proof: in memory, and in runs that earlier versions stored. The certificate is an item
    /// of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<Certificate>,
    /// The certificate of the proof.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Ulid>,
    /// Why it failed or is paused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<RunError>,
    /// What it has waited for since its last progress; absent while it progresses, and once it has
    /// ended or is paused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<Waiting>,
}

impl Run {
    /// Whether the run only shows what a sync would do.
    #[must_use]
    pub const fn is_preview(&self) -> bool {
        matches!(self.scope, Scope::Preview)
    }

    /// What a person is asked to approve. `None` unless the run is paused for that: what it asked
    /// for stays stored until the next write, and another cause may pause it before.
    #[must_use]
    pub fn approval_needed(&self) -> Option<&ApprovalNeeded> {
        let needed = self.progress.tripped.as_ref()?;
        let paused_for = |error: &RunError| error.code == needed.code();
        (self.state == RunState::Paused && self.error.as_ref().is_none_or(paused_for))
            .then_some(needed)
    }
}
