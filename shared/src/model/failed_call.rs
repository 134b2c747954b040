//! A call that failed, as far as it may be shown: its route, its status and the partner's id of the
//! request, never its content.

use serde::{Deserialize, Serialize};

/// A failed call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedCall {
    /// Method and route, with ids replaced.
    pub call: String,
    /// The HTTP status of the response, if there was one.
    pub status: Option<u16>,
    /// The other side's own request id.
    pub request_id: Option<String>,
}
