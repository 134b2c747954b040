//! How a run ends.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::certificate::Certificate;
use crate::model::connection::Connection;
use crate::model::error::Result;
use crate::model::problem::tally::OpenProblems;
use crate::model::run::known_empty::KnownEmpty;
use crate::model::run::progress::Phase;
use crate::model::run::{Run, RunError, RunState};
use crate::model::summary::{DifferenceWatch, Summary};
use crate::model::time::Millis;

/// How a run ends.
#[derive(Debug)]
pub(crate) struct Ending {
    pub(crate) state: RunState,
    pub(crate) error: Option<RunError>,
    pub(crate) certificate: Option<Certificate>,
    pub(crate) watch: Option<BTreeMap<String, DifferenceWatch>>,
    /// The lines of the certificate whose difference is dismissed, as `balance#CURRENCY`.
    pub(crate) dismissed: BTreeSet<String>,
    /// What the run found empty.
    pub(crate) known_empty: Option<KnownEmpty>,
    /// What the run has read already.
    pub(crate) read: Option<Box<CloseInputs>>,
}

/// Items that a close needs, as a run has read them under its fence.
#[derive(Debug)]
pub(crate) struct CloseInputs {
    /// The summary. Absent before the first run has ended.
    pub(crate) summary: Option<Summary>,
    /// The open problems.
    pub(crate) open: OpenProblems,
    /// The connection. If it has changed since, the close is refused and reads it again.
    pub(crate) connection: Connection,
}

impl Ending {
    /// Without a certificate.
    pub(crate) const fn of(state: RunState) -> Self {
        Self {
            state,
            error: None,
            certificate: None,
            watch: None,
            dismissed: BTreeSet::new(),
            known_empty: None,
            read: None,
        }
    }

    pub(crate) fn failed(code: &str, text: impl Into<String>) -> Self {
        Self {
            error: Some(RunError { code: code.to_owned(), text: text.into() }),
            ..Self::of(RunState::Failed)
        }
    }

    pub(crate) fn previewed() -> Self {
        Self::of(RunState::Completed)
    }

    pub(crate) fn cancelled(why: &str) -> Self {
        Self {
            error: Some(RunError { code: "cancelled".to_owned(), text: why.to_owned() }),
            ..Self::of(RunState::Cancelled)
        }
    }

    /// The run with this ending. Its certificate holds the hash of the last one.
    pub(super) fn finish(self, run: &Run, last: Option<&Certificate>, now: Millis) -> Result<Run> {
        let mut run = run.clone();
        (run.state, run.error) = (self.state, self.error);
        run.finished_at = Some(now);
        run.waiting = None;
        run.verdict = self.certificate.as_ref().map(|certificate| certificate.verdict);
        run.certificate = self.certificate.as_ref().map(|certificate| certificate.id);
        run.proof = self.certificate;
        if let Some(certificate) = &mut run.proof {
            certificate.seal(last)?;
        }
        run.progress.phase = Phase::Done;
        Ok(run)
    }
}
