//! The unresolved problems, as a worker keeps them in memory.

use std::collections::{HashMap, HashSet};

use ulid::Ulid;

use crate::model::problem::code::ProblemCode;
use crate::model::problem::explained::ExplainedAll;
use crate::model::problem::item::{ProblemItem, ProblemState, SubjectKind};
use crate::model::problem::tally::OpenProblems;
use crate::model::run::hole::UnreadableRange;
use crate::model::time::Millis;
use crate::platform::clock;

/// An unresolved problem, as a worker keeps it in memory.
#[derive(Debug, Clone)]
pub(crate) struct KnownProblem {
    pub(crate) kind: SubjectKind,
    pub(crate) subject: String,
    pub(crate) code: ProblemCode,
    pub(crate) run: Ulid,
    pub(crate) retry_requested: Option<Millis>,
    pub(crate) hole: Option<UnreadableRange>,
    pub(crate) suspect: Option<String>,
    /// The cause, if it names a call that is not repeated on every check.
    pub(crate) cause: Option<String>,
}

/// The totals of the unresolved problems of a connection.
#[derive(Debug, Clone)]
pub(crate) struct ProblemTotals {
    /// The open ones by kind.
    pub(crate) open: OpenProblems,
    /// What they explain of differences, open and dismissed separately.
    pub(crate) explained: ExplainedAll,
    /// When reading them began.
    pub(crate) read_at: Millis,
}

impl ProblemTotals {
    pub(super) fn beginning() -> Self {
        Self {
            open: OpenProblems::default(),
            explained: ExplainedAll::default(),
            read_at: clock::now(),
        }
    }

    pub(super) fn add(&mut self, problem: &ProblemItem) {
        self.explained.add(problem);
        if problem.state == ProblemState::Open {
            self.open.add(problem);
        }
    }
}

/// Whether a worker keeps the cause of problems with a code in memory.
pub(crate) fn keeps_cause(code: &ProblemCode) -> bool {
    *code == ProblemCode::RecordUnrendered
}

/// The unresolved problems, by id.
pub(crate) type KnownProblems = HashMap<String, KnownProblem>;

/// The known problems about our records, by the records' ids.
pub(crate) fn ours<'k>(known: &'k KnownProblems, records: &HashSet<&str>) -> Vec<&'k String> {
    let about = known.iter().filter(|(_, problem)| {
        problem.kind == SubjectKind::Record && records.contains(problem.subject.as_str())
    });
    about.map(|(id, _)| id).collect()
}
