//! The state of a completed run: with problems or without.

use crate::model::certificate::{Certificate, Line, LineVerdict};
use crate::model::problem::explained::ExplainedAll;
use crate::model::run::{Run, RunState};

/// The final state of a run that read and posted everything it could.
pub(crate) fn completed(
    run: &Run,
    certificate: &Certificate,
    explained: &ExplainedAll,
) -> RunState {
    // Without permission to write nothing was posted, which is expected and no drift.
    let differs = |line: &Line| {
        (!certificate.read_only && line.ledger_difference.0 != 0)
            || line.verdict == LineVerdict::Mismatch
    };
    // A difference that people have dismissed to the minor unit still exists, but is not reported
    // again.
    let drift = certificate.lines.iter().any(|line| differs(line) && !explained.dismissed(line));
    if run.progress.counters.problems > 0 || drift {
        RunState::CompletedWithProblems
    } else {
        RunState::Completed
    }
}
