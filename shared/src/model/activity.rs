//! The audit trail. Each entry is written in the same transaction as the change it records.

use serde::{Deserialize, Serialize};

use crate::model::time::Millis;

/// The kind of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ActivityKind)]
pub enum Kind {
    /// Blnk Cloud asked for a portal URL.
    Launched,
    /// A launch token was exchanged for a session.
    Redeemed,
    /// Blnk Cloud refused the install's key, and another delivered key is now in force. The subject
    /// is the part of it that may be logged.
    BlnkKeyReplaced,
    /// A Stripe account was connected, or its key replaced.
    StripeConnected,
    /// The Stripe account was disconnected.
    StripeDisconnected,
    /// A webhook endpoint was created at Stripe, or its signing secret was entered.
    WebhookChanged,
    /// The settings were changed. The subject is their revision.
    SettingsChanged,
    /// A category or type that no rule knows was given an account. The subject is the rule.
    AccountRuleAdded,
    /// An account rule was ended. The subject is the rule.
    AccountRuleEnded,
    /// A run was requested.
    RunRequested,
    /// A run was asked to stop.
    RunStopRequested,
    /// A retry was requested for one problem, or for all of a code.
    ProblemRetried,
    /// Problems were dismissed.
    ProblemDismissed,
    /// Dismissed problems were reopened.
    ProblemReopened,
    /// A write far beyond the usual was approved.
    FuseApproved,
    /// The notice settings were changed. The subject is the settings' revision.
    NoticesChanged,
    /// The secret that signs notices was replaced. The subject is the settings' revision.
    NoticeSecretReplaced,
    /// A test notice was sent. The subject is the message.
    NoticeTested,
}

impl Kind {
    /// What happened, for people.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Launched => "Opened from Blnk Cloud",
            Self::Redeemed => "Signed in to the portal",
            Self::BlnkKeyReplaced => "Key of Blnk Cloud replaced",
            Self::StripeConnected => "Stripe account connected",
            Self::StripeDisconnected => "Stripe account disconnected",
            Self::WebhookChanged => "Real-time updates changed",
            Self::SettingsChanged => "Settings changed",
            Self::AccountRuleAdded => "Account rule added",
            Self::AccountRuleEnded => "Account rule ended",
            Self::RunRequested => "Sync requested",
            Self::RunStopRequested => "Sync asked to stop",
            Self::ProblemRetried => "Problem tried again",
            Self::ProblemDismissed => "Problem dismissed",
            Self::ProblemReopened => "Problem opened again",
            Self::FuseApproved => "Unusual write approved",
            Self::NoticesChanged => "Notices changed",
            Self::NoticeSecretReplaced => "Secret of notices replaced",
            Self::NoticeTested => "Test notice sent",
        }
    }
}

/// One entry of the trail. It holds ids only, never a secret.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Activity {
    /// The kind of change.
    pub kind: Kind,
    /// When.
    pub at: Millis,
    /// The launch that made the change, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub launch_id: Option<String>,
    /// The run, account or user that the change is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// When the entry may be removed, Unix seconds.
    pub ttl: i64,
}
