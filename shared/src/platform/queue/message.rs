//! The messages that wake the worker. Only this module builds their groups, and only
//! [`super::wake_ups`].

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::model::install::id::InstallId;
use crate::model::time::Millis;

/// The maximum length of an SQS message group or deduplication id, in characters.
pub const MAX_GROUP: usize = 128;

/// The prefix of the message group for an install's clean-ups and key checks. The install's id
/// follows.
pub const CLEANUP_GROUP: &str = "cleanup:";

/// The message group of the sweep: one round at a time, in parallel with all installs.
pub(crate) const SWEEP_GROUP: &str = "sweep";

/// Why the worker is woken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// A person requested a sync.
    Manual,
    /// The install's schedule fired.
    Schedule,
    /// Stripe sent an event. The message carries the end of the interval that contains it: reading
    /// begins after it.
    Webhook,
    /// A run continues from its last checkpoint.
    Continue,
    /// An install was removed: its data is cleaned up.
    Cleanup,
    /// An event makes it necessary to check which of the install's keys Blnk Cloud accepts. Not
    /// before the message's time, if it has one.
    Keys,
}

/// The body of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WakeUp {
    /// The install.
    pub install: InstallId,
    /// The generation it is meant for. A message for another generation is acknowledged without
    /// effect.
    pub generation: String,
    /// The reason.
    pub reason: Reason,
    /// The run that this wake-up starts or continues. Absent when a request found an open run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// When a request was made, or when the interval of events ends: a run that begins to read
    /// after it has served it. For a delayed continuation: the announced time of the run's next
    /// attempt.
    ///
    /// EventBridge Scheduler writes its own time as RFC 3339. A text that is not a time counts as
    /// absent.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "instant")]
    pub at: Option<Millis>,
}

pub(crate) fn instant<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> std::result::Result<Option<Millis>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Instant {
        Millis(Millis),
        Text(String),
    }
    Ok(match Option::<Instant>::deserialize(deserializer)? {
        Some(Instant::Millis(at)) => Some(at),
        Some(Instant::Text(text)) => Millis::parse(&text),
        None => None,
    })
}

/// The rest of a clean-up, and where it continues.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestOfCleanUp {
    /// The clean-up.
    #[serde(flatten)]
    pub wake_up: WakeUp,
    /// The checkpoint: the sort key of the last item processed.
    pub after: String,
    /// When the first item was processed.
    pub began: Millis,
}

/// A round of the sweep over all installs, and its progress.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sweep {
    /// The id of the round: its scheduled time.
    pub sweep: String,
    /// The checkpoint: the last install checked. Absent at the beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<InstallId>,
    /// The results so far.
    #[serde(default)]
    pub found: SweepCounts,
}

/// The results of a round of the sweep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SweepCounts {
    /// Installs checked.
    pub installs: u64,
    /// Installs whose newest proof is older than twice their interval, although nothing prevents a
    /// new one.
    pub stale: u64,
    /// Installs that are paused until a person acts.
    pub paused: u64,
    /// Stalled runs that were woken.
    pub stuck: u64,
    /// Unfinished clean-ups that were sent again.
    pub clean_ups: u64,
    /// Missing or different schedules that were corrected.
    pub schedules: u64,
    /// Installs that could not be checked this time, or only in part. Their partial results are
    /// counted too.
    pub failed: u64,
    /// The age of the oldest of all newest proofs, in seconds.
    pub oldest_proof_seconds: i64,
    /// The age of the oldest of all newest matching proofs, in seconds, over installs that sync.
    pub oldest_match_seconds: i64,
}

/// The request in a queue message.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum QueueMessage {
    /// Continue a clean-up.
    RestOfCleanUp(RestOfCleanUp),
    /// Process one install.
    WakeUp(WakeUp),
    /// Check all installs.
    Sweep(Sweep),
    /// Wake a worker later. Only the delay queue holds such messages.
    Delayed(Delayed),
}

impl WakeUp {
    /// The message group: one writer for each install. Clean-ups and key checks do not wait for a
    /// run.
    #[must_use]
    pub fn group(&self) -> String {
        match self.reason {
            Reason::Cleanup | Reason::Keys => {
                let group = format!("{CLEANUP_GROUP}{}", self.install);
                // An id may be as long as a group. With the prefix there is no room for it, only
                // for its digest.
                let digest = || {
                    format!("{CLEANUP_GROUP}{}", hex::encode(Sha256::digest(self.install.as_str())))
                };
                if group.len() <= MAX_GROUP { group } else { digest() }
            }
            Reason::Manual | Reason::Schedule | Reason::Webhook | Reason::Continue => {
                self.install.to_string()
            }
        }
    }
}

/// The maximum delay of an SQS message.
pub const LONGEST_DELAY_SECONDS: i64 = 900;

/// The body of a message in the delay queue: a wake-up, and when it is due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delayed {
    /// It is not forwarded before this time.
    pub not_before: Millis,
    /// The deduplication id for forwarding: a standard queue may deliver a message twice.
    pub deduplication_id: String,
    /// The wake-up.
    pub wake_up: WakeUp,
}
