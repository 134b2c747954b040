//! What a failed run has read, and under which conditions: kept for the run that continues it.

use serde::{Deserialize, Serialize};
use ulid::Ulid;

use crate::model::approval::{Approvals, CircuitBreaker};
use crate::model::run::request::Depth;
use crate::model::time::Millis;

/// What a run that did not complete has read, and under which conditions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resume {
    /// The runs that read it: the one that failed, and those that resumed it and failed too.
    pub runs: Vec<Ulid>,
    /// When the first of them began to read.
    pub began_at: Millis,
    /// `created` of the oldest record that was read (Unix seconds). Absent when everything was
    /// read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped_at: Option<i64>,
    /// The lower bound of the range (Unix seconds, a full UTC hour). Absent for the whole history.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lower: Option<i64>,
    /// How far back it re-reads.
    pub depth: Depth,
    /// The start at that time, Unix seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<i64>,
    /// Nothing was posted, because write permission was missing.
    #[serde(default)]
    #[serde(rename = "shadow")]
    pub read_only: bool,
    /// The version of the leg kinds.
    #[serde(rename = "words")]
    pub leg_kinds_version: u32,
    /// The state of the circuit breaker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guard: Option<CircuitBreaker>,
    /// What a person approved.
    #[serde(default)]
    pub approvals: Approvals,
    /// In a resumed run: it has read what is newer, and is now below the place where the previous
    /// run stopped.
    #[serde(default)]
    pub below: bool,
}
