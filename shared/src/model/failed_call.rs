//! TODO model::failed_call

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
