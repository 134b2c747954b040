//! The audit trail. Each entry is written in the transaction of what it records.

use serde::{Deserialize, Serialize};

use crate::model::time::Millis;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Blnk Cloud asked for a portal URL.
    Launched,
    /// A launch token was exchanged for a session.
    Redeemed,
    /// Blnk Cloud refused the install's key, and another one that had been delivered is in force; the subject is what of it may be logged.
    BlnkKeyReplaced,
    /// A Stripe account was connected, or its key replaced.
    StripeConnected,
    /// The Stripe account was disconnected.
    StripeDisconnected,
    /// A webhook endpoint was made at Stripe, or its signing secret was pasted.
    WebhookChanged,
    /// The settings were changed; the subject is their revision.
    SettingsChanged,
    /// A run was asked for.
    RunRequested,
    /// A run was asked to stop.
    RunStopRequested,
    /// Another try was asked for a problem, or for a kind of them.
    ProblemRetried,
    /// Problems were dismissed.
    ProblemDismissed,
    /// Dismissed problems were opened again.
    ProblemReopened,
    /// A write far beyond the usual was allowed.
    FuseApproved,
}

/// One entry of the trail. Holds ids only, never a secret.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Activity {
    /// What happened.
    pub kind: Kind,
    /// When.
    pub at: Millis,
    /// The launch behind it, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub launch_id: Option<String>,
    /// The run, account or user it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// When the entry may be removed, Unix seconds.
    pub ttl: i64,
}
