//! Notices: messages to people who do not have the portal open, by their own webhook or by e-mail.
//! Nothing is sent until someone chooses it. A matter that needs attention is reported once, and
//! again when it is over.

pub mod body;
pub mod matter;
pub mod message;
pub mod plan;
pub mod secret;

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::sealed::Sealed;
use crate::model::time::Millis;

/// What a notice is about.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    strum::EnumIter,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// Stripe and the ledger differ.
    Mismatch,
    /// A payout did not reach the bank.
    FailedPayout,
    /// A dispute waits for an answer.
    DisputeDeadline,
    /// The newest proof is too old.
    Stale,
    /// A write beyond the usual waits for a person's approval.
    ApprovalNeeded,
    /// Syncs are paused until a person acts.
    Paused,
}

impl NoticeKind {
    /// The type in a message.
    #[must_use]
    pub const fn event_type(self) -> &'static str {
        match self {
            Self::Mismatch => "mismatch.found",
            Self::FailedPayout => "payout.failed",
            Self::DisputeDeadline => "dispute.needs_answer",
            Self::Stale => "proof.stale",
            Self::ApprovalNeeded => "approval.needed",
            Self::Paused => "sync.paused",
        }
    }

    /// The title of a notice.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Mismatch => "Stripe and the ledger differ",
            Self::FailedPayout => "A payout failed",
            Self::DisputeDeadline => "A dispute waits for an answer",
            Self::Stale => "Stripe Sync has not compared for too long",
            Self::ApprovalNeeded => "A sync waits for approval",
            Self::Paused => "Syncing is paused",
        }
    }
}

/// A channel of notices.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[schema(as = NoticeChannel)]
pub enum Channel {
    /// A signed request to the customer's URL.
    Webhook,
    /// The deployment's topic, which sends e-mails.
    Email,
}

impl Channel {
    /// Every channel.
    pub const ALL: [Self; 2] = [Self::Webhook, Self::Email];
}

/// A replaced secret that still signs for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplacedSecret {
    /// The encrypted secret.
    pub secret: Sealed,
    /// Until when it signs.
    pub until: Millis,
}

/// The customer's webhook.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookChoice {
    /// The receiver's URL. It may contain a token, so it is never logged.
    pub url: String,
    /// What is sent.
    pub kinds: BTreeSet<NoticeKind>,
    /// The encrypted secret that signs.
    pub secret: Sealed,
    /// When the secret was made.
    pub secret_since: Millis,
    /// The previous secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced: Option<ReplacedSecret>,
}

impl fmt::Debug for WebhookChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WebhookChoice({:?})", self.kinds)
    }
}

/// Which notices are sent where. None at first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct NoticeSettings {
    /// The customer's webhook.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook: Option<WebhookChoice>,
    /// What is sent as e-mail.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub email: BTreeSet<NoticeKind>,
}

impl NoticeSettings {
    /// Whether nothing is set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether any notice is chosen.
    #[must_use]
    pub fn are_chosen(&self) -> bool {
        !self.email.is_empty()
            || self.webhook.as_ref().is_some_and(|webhook| !webhook.kinds.is_empty())
    }

    /// Whether notices of a kind are sent by a channel.
    #[must_use]
    pub fn sends(&self, kind: NoticeKind, channel: Channel) -> bool {
        match channel {
            Channel::Webhook => {
                self.webhook.as_ref().is_some_and(|webhook| webhook.kinds.contains(&kind))
            }
            Channel::Email => self.email.contains(&kind),
        }
    }
}
