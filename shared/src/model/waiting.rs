//! What an open run waits for, since when, and when it is tried next.

use serde::{Deserialize, Serialize};

use crate::model::party::Party;
use crate::model::time::Millis;

/// What a run waits for that does not go on, and when it is tried next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// Who does not do what was asked.
    pub party: Party,
    /// The answer, for people.
    pub answer: String,
    /// The call: method and route, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<String>,
    /// The HTTP status of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The party's own name for the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Since when the run has not moved on.
    pub since: Millis,
    /// When it is tried again by itself.
    pub next_attempt: Millis,
    /// Attempts since then, all in vain.
    pub attempts: u32,
}
