//! Responses in an undocumented shape that stop consecutive runs, and the number of runs after
//! which they become a problem.

use serde::{Deserialize, Serialize};
use ulid::Ulid;

use crate::model::time::Millis;

/// The number of consecutive runs after which it is reported.
pub(crate) const RUNS: u32 = 3;

/// A run that stalls for this long counts as another one.
pub(crate) const STANDS_SECONDS: i64 = 3_600;

/// The last unusable response that stopped a run since one completed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Unanswered {
    pub(crate) call: String,
    pub(crate) seen: String,
    /// The number of consecutive runs that stopped for this reason.
    pub(crate) runs: u32,
    /// The last of them.
    pub(crate) run: Ulid,
    /// When it was last counted.
    #[serde(default)]
    pub(crate) at: Millis,
}
