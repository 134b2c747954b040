//! Lists that a completed run has found empty. The next run does not read them again.

use serde::{Deserialize, Serialize};
use ulid::Ulid;

/// What a run found empty. Only runs write to these lists, apart from the hints of events and an
/// alert about a stale proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct KnownEmpty {
    /// The run. A later run of a version that does not know this attribute leaves it behind, so it
    /// counts only beside this run's certificate.
    pub run: Ulid,
    /// No Stripe object is tracked.
    pub objects: bool,
    /// No event has left a hint about an object.
    pub object_hints: bool,
    /// No event has left a hint about a customer.
    pub customer_hints: bool,
    /// No alert is raised, and none is wanted.
    pub alerts: bool,
    /// Each opening entry is posted, and no day before the start has changed.
    pub openings: bool,
}
