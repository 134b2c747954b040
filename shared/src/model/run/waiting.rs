//! What an open run waits for, since when, and when it is retried.

use serde::{Deserialize, Serialize};

use crate::model::party::Party;
use crate::model::time::Millis;

/// What a stalled run waits for, and when it is retried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// The party that does not answer as expected.
    pub party: Party,
    /// That party's answer, for people.
    pub answer: String,
    /// Method and route of the call, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<String>,
    /// The HTTP status of the response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The party's own request id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Since when the run has made no progress.
    pub since: Millis,
    /// When it is retried automatically.
    pub next_attempt: Millis,
    /// The number of failed attempts since then.
    pub attempts: u32,
}
