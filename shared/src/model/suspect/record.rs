//! A record whose calls fail, `SUSPECT`: how often, how, and when it is retried, with the limits
//! that separate one bad record from an outage.

use serde::{Deserialize, Serialize};
use ulid::Ulid;

use crate::model::party::Party;
use crate::model::time::Millis;

/// The number of identical failures after which a record is set aside, and how many failures of
/// each record count as progress.
pub(crate) const FAILURES: u32 = 3;

/// More new suspects than this in one run are an outage…
pub(crate) const MAX_NEW: usize = 20;

/// …and so are this many of one kind…
pub(crate) const MAX_OF_KIND: usize = 5;

/// …when at least one in this many attempted records of that kind is a suspect.
pub(crate) const ONE_IN: usize = 10;

/// The pause after the first failed retry in a later run. It doubles…
pub(crate) const FIRST_PAUSE_SECONDS: u64 = 60;

/// …up to this.
pub(crate) const LONGEST_PAUSE_SECONDS: u64 = 6 * 3600;

/// A kind of call about one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CallKind {
    /// Creates the identity of a customer.
    IdentityCreate,
    /// Updates the identity of a customer.
    IdentityUpdate,
    /// Creates the balance of a customer in a currency.
    BalanceCreate,
    /// Links a balance to its identity.
    BalanceLink,
    /// Posts an entry.
    Entry,
    /// Looks up the entry of a charge.
    ChargeLookUp,
    /// Raises, changes or resolves an alert.
    Alert,
    /// Reads a customer from Stripe.
    CustomerRead,
    /// Reads a payout, dispute, refund or charge from Stripe.
    ObjectRead,
    /// Reads the members of a payout from Stripe.
    PayoutMembers,
    /// Reads a balance transaction from Stripe.
    RecordRead,
}

impl CallKind {
    /// All of them.
    pub(crate) const ALL: [Self; 11] = [
        Self::IdentityCreate,
        Self::IdentityUpdate,
        Self::BalanceCreate,
        Self::BalanceLink,
        Self::Entry,
        Self::ChargeLookUp,
        Self::Alert,
        Self::CustomerRead,
        Self::ObjectRead,
        Self::PayoutMembers,
        Self::RecordRead,
    ];

    /// The name used in keys and records.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::IdentityCreate => "identity_create",
            Self::IdentityUpdate => "identity_update",
            Self::BalanceCreate => "balance_create",
            Self::BalanceLink => "balance_link",
            Self::Entry => "entry",
            Self::ChargeLookUp => "charge_look_up",
            Self::Alert => "alert",
            Self::CustomerRead => "customer_read",
            Self::ObjectRead => "object_read",
            Self::PayoutMembers => "payout_members",
            Self::RecordRead => "record_read",
        }
    }

    /// Whether the call is safe while an earlier one may still be in progress.
    pub(crate) const fn may_overlap(self) -> bool {
        !matches!(self, Self::BalanceCreate | Self::Alert)
    }
}

/// How a call failed. Two failures of the same kind count as identical.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FailureKind {
    /// The other side reported an error.
    Error,
    /// No response arrived in time.
    Silence,
    /// The connection ended before the response.
    Lost,
    /// A success that cannot be decoded.
    Unreadable,
    /// The other side refused it in an unexpected way.
    Refused,
}

impl FailureKind {
    /// Whether the other side may still be processing the call.
    pub(crate) const fn may_last(self) -> bool {
        matches!(self, Self::Silence | Self::Lost)
    }

    /// What happened, for people.
    pub(crate) const fn description(self) -> &'static str {
        match self {
            Self::Error => "failed",
            Self::Silence => "was not answered in time",
            Self::Lost => "lost its connection before the answer",
            Self::Unreadable => "was answered in a form that cannot be read",
            Self::Refused => "was refused",
        }
    }
}

/// A call that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CallFailure {
    /// The kind of failure.
    pub(crate) kind: FailureKind,
    /// Method and route, without ids.
    pub(crate) call: String,
    /// The HTTP status of the response.
    pub(crate) status: Option<u16>,
    /// The other side's request id.
    pub(crate) request_id: Option<String>,
}

/// A record that was set aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Aside {
    /// When.
    pub(crate) since: Millis,
    /// The run that last retried it.
    pub(crate) run: Ulid,
    /// The number of failed retries in later runs.
    #[serde(default)]
    pub(crate) tries: u32,
    /// The earliest time of the next retry.
    pub(crate) due: Millis,
}

/// The state of a record whose calls of one kind fail, `SUSPECT`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Suspect {
    /// The kind of call.
    pub(crate) kind: CallKind,
    /// The record or object it is about.
    pub(crate) subject: String,
    /// The kind of failure.
    #[serde(rename = "gist")]
    pub(crate) failure_kind: FailureKind,
    /// Consecutive identical failures, each after another call of the kind succeeded.
    pub(crate) failures: u32,
    /// All failures.
    pub(crate) total: u32,
    /// Another call of the kind has succeeded since the first failure.
    pub(crate) controlled: bool,
    /// When the last failure happened.
    pub(crate) last_at: Millis,
    /// The run in which it first appeared.
    pub(crate) run: Ulid,
    /// The last failed call: method and route.
    pub(crate) call: String,
    /// The HTTP status of its response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<u16>,
    /// The other side's request id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) request_id: Option<String>,
    /// Set when the record is set aside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) aside: Option<Aside>,
}

impl Suspect {
    /// The name of the suspect in a problem.
    pub(crate) fn name(&self) -> String {
        name(self.kind, &self.subject)
    }
}

/// Parses a suspect's name in a problem: the kind of call and its subject.
pub(crate) fn parse_name(name: &str) -> Option<(CallKind, &str)> {
    let (word, subject) = name.split_once(':')?;
    CallKind::ALL.into_iter().find(|kind| kind.as_str() == word).map(|kind| (kind, subject))
}

/// The name of a suspect in a problem.
pub(crate) fn name(kind: CallKind, subject: &str) -> String {
    format!("{}:{subject}", kind.as_str())
}

impl CallKind {
    /// The party that the call goes to.
    pub(crate) const fn party(self) -> Party {
        match self {
            Self::CustomerRead | Self::ObjectRead | Self::PayoutMembers | Self::RecordRead => {
                Party::Stripe
            }
            _ => Party::Blnk,
        }
    }
}
