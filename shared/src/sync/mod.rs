//! Runs: reading Stripe page by page, posting to the ledger, and proving that both agree.
//!
//! The state of a run stands in the table; a message only wakes a worker. Whatever happens to a worker, the next one goes on from the
//! last checkpoint, and deterministic references make whatever was posted since harmless.

mod alerts;
mod causes;
mod certificate;
mod charges;
mod cleanup;
mod close;
mod compare;
mod customers;
mod days;
mod distinct;
mod doubt;
mod drift;
mod driver;
#[cfg(test)]
mod fence_tests;
mod fuse;
mod halt;
mod history;
mod objects;
mod opening;
mod page;
mod payouts;
mod plan;
mod post;
mod precision;
mod preview;
mod problem;
mod proof;
mod run;
mod setup;
mod shadow;
mod summary;
mod suspect;
mod sweep;
mod table;
mod verify;
mod worker;

pub use alerts::{AlertItem, AlertKind, AlertState};
pub use certificate::{Cause, CauseKind, Certificate, Hours, Line, LineVerdict, Verdict};
pub(crate) use customers::CustomerHint;
pub use distinct::Distinct;
pub use fuse::{Approvals, Guard, Tripped, Usual, is_fuse};
pub use history::{CertificatePage, MAX_CERTIFICATES_PAGE, MAX_RUNS_PAGE, RunPage};
pub(crate) use objects::ObjectHint;
pub use objects::{ObjectItem, ObjectKind};
pub use payouts::{AddedUp, PayoutsProven, Remainder};
pub use precision::Conflict;
pub use preview::{AccountFigures, Preview, UnknownKind};
pub use problem::{
    Action, Explained, ExplainedAll, Kinds, MAX_PROBLEMS_PAGE, MAX_STEERED, Missing, ProblemFilter, ProblemItem, ProblemPage, ProblemState,
    Steer, Steered, SubjectKind, Trail,
};
pub use run::{Counters, Phase, Progress, Run, RunError, RunState, Scope, Sum, Totals, Trigger};
pub use setup::{AccountInUse, AppLedger, Ownership, app_ledgers, ownership, prefix_of};
pub use summary::{Summary, Tallies};
pub use sweep::Freshness;
#[cfg(test)]
pub(crate) use table::tests::connection as test_connection;
pub use table::{Request, Requested};
pub use worker::{Limits, Worker};
