//! A call that failed, as far as it may be shown: its route, its status and the partner's id of the
//! request, never its content.

use serde::{Deserialize, Serialize};

/// A call that did not succeed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedCall {
    /// Method and route; ids are replaced.
    pub call: String,
    /// The status of the answer, where there was one.
    pub status: Option<u16>,
    /// The other side's own name for the request.
    pub request_id: Option<String>,
}
