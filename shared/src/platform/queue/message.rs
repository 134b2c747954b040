//! The messages that wake the worker. Their groups are made here and nowhere else.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::model::install::id::InstallId;
use crate::model::time::Millis;

/// The most characters that SQS takes as a message group, and as a deduplication id.
pub const MAX_GROUP: usize = 128;

/// What precedes the install's id in the group of its clean-ups and of questions for its keys.
pub const CLEANUP_GROUP: &str = "cleanup:";

/// The message group of the sweep: one round at a time, beside all installs.
pub(crate) const SWEEP_GROUP: &str = "sweep";

/// Why the worker is woken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// A person asked for a sync.
    Manual,
    /// The install's schedule fired.
    Schedule,
    /// Stripe told of an event. The message carries the end of the interval whose events it stands for: reading begins after it.
    Webhook,
    /// A run goes on where its last checkpoint left it.
    Continue,
    /// An install was removed: what is left of it is cleaned up.
    Cleanup,
    /// An event gives reason to ask which of the install's keys is taken: not before the message's time, if it has one.
    Keys,
}

/// The body of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WakeUp {
    /// The install.
    pub install: InstallId,
    /// The installation it is meant for; one of another generation is acknowledged unread.
    pub generation: String,
    /// Why.
    pub reason: Reason,
    /// The run this wake-up starts or continues. A request that met an open run names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// When a request was made, or the interval of events ends: a run that begins to read after it has answered it. Of a continuation
    /// that was delayed: the instant for which the run's next attempt was announced.
    ///
    /// EventBridge Scheduler writes its own time as RFC 3339. A text that is no time counts as absent.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "instant")]
    pub at: Option<Millis>,
}

pub(crate) fn instant<'de, D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Option<Millis>, D::Error> {
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

/// What is left of a clean-up, and where it goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestOfCleanUp {
    /// The clean-up.
    #[serde(flatten)]
    pub wake_up: WakeUp,
    /// The sort key of the last item that was looked at.
    pub after: String,
    /// When the first item was.
    pub began: Millis,
}

/// A round of the sweep over all installs, and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sweep {
    /// Names the round: the time for which it was scheduled.
    pub sweep: String,
    /// The last install looked after; absent at the beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<InstallId>,
    /// What was found so far.
    #[serde(default)]
    pub found: SweepCounts,
}

/// What a round of the sweep found and did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SweepCounts {
    /// Installs looked after.
    pub installs: u64,
    /// Installs whose newest proof is older than twice their interval, though nothing keeps them from making one.
    pub stale: u64,
    /// Installs that rest until a person acts.
    pub paused: u64,
    /// Runs that stood still and were woken.
    pub stuck: u64,
    /// Clean-ups that were not finished and were sent again.
    pub clean_ups: u64,
    /// Schedules that were missing or different and were set right.
    pub schedules: u64,
    /// Installs that could not be looked after this time, or not to the end: what was found of them is counted beside.
    pub failed: u64,
    /// The age of the oldest newest proof, in seconds.
    pub oldest_proof_seconds: i64,
    /// The age of the oldest newest proof that was a match, in seconds: of installs that sync.
    pub oldest_match_seconds: i64,
}

/// What a message of the queue asks for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Message {
    /// To go on with a clean-up.
    RestOfCleanUp(RestOfCleanUp),
    /// To look after one install.
    WakeUp(WakeUp),
    /// To look after all of them.
    Sweep(Sweep),
    /// To wake a worker later: only the delay queue holds such.
    Delayed(Delayed),
}

impl WakeUp {
    /// The message group: one writer for each install; clean-ups and questions for its keys wait for no run.
    #[must_use]
    pub fn group(&self) -> String {
        match self.reason {
            Reason::Cleanup | Reason::Keys => {
                let group = format!("{CLEANUP_GROUP}{}", self.install);
                // An id may be as long as a group: with the prefix before it there is no room, but for its digest.
                let digest = || format!("{CLEANUP_GROUP}{}", hex::encode(Sha256::digest(self.install.as_str())));
                if group.len() <= MAX_GROUP { group } else { digest() }
            }
            Reason::Manual | Reason::Schedule | Reason::Webhook | Reason::Continue => self.install.to_string(),
        }
    }
}

/// The longest that SQS delays a message.
pub const LONGEST_DELAY_SECONDS: i64 = 900;

/// The body of a message of the delay queue: a wake-up, and from when on it may be given to a worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delayed {
    /// It is not passed on before.
    pub not_before: Millis,
    /// With which deduplication id it is passed on: a standard queue may deliver a message twice.
    pub deduplication_id: String,
    /// The wake-up.
    pub wake_up: WakeUp,
}
