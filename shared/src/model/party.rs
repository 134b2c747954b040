//! The parties that a run depends on, named when one of them fails.

use serde::{Deserialize, Serialize};

/// A party that a run depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// Stripe's API.
    Stripe,
    /// Blnk Cloud and the ledger behind it.
    Blnk,
    /// AWS: the table, the keys, the queue.
    Aws,
    /// This app: no time is left, an earlier call of its own may still be in progress, or it has a
    /// defect.
    App,
}
