//! A record whose calls fail, `SUSPECT`: how often, how, when it is tried again, and the bounds
//! that tell one bad record from an outage.

use serde::{Deserialize, Serialize};
use ulid::Ulid;

use crate::model::party::Party;
use crate::model::time::Millis;

/// Failures alike after which a record is set aside, and of each record as many as count as progress.
pub(crate) const FAILURES: u32 = 3;

/// More new suspects than this in one run are an outage…
pub(crate) const MAX_NEW: usize = 20;

/// …and so are this many of a kind…
pub(crate) const MAX_OF_KIND: usize = 5;

/// …when they are one in so many of those of the kind that were tried.
pub(crate) const ONE_IN: usize = 10;

/// The pause after the first later try that failed; it doubles…
pub(crate) const FIRST_PAUSE_SECONDS: i64 = 60;

/// …up to this.
pub(crate) const LONGEST_PAUSE_SECONDS: i64 = 6 * 3600;

/// A kind of call about one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CallKind {
    /// Makes the identity of a customer.
    IdentityCreate,
    /// Changes the identity of a customer.
    IdentityUpdate,
    /// Makes the balance of a customer in a currency.
    BalanceCreate,
    /// Gives a balance its identity.
    BalanceLink,
    /// Posts an entry.
    Entry,
    /// Looks up the entry of a charge.
    ChargeLookUp,
    /// Raises, changes or resolves an alert.
    Alert,
    /// Reads a customer at Stripe.
    CustomerRead,
    /// Reads a payout, dispute, refund or charge at Stripe.
    ObjectRead,
    /// Reads the members of a payout at Stripe.
    PayoutMembers,
    /// Reads a movement at Stripe.
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

    /// The word for keys and records.
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

    /// Whether a call that is made while an earlier one may still be under way does no harm.
    pub(crate) const fn may_overlap(self) -> bool {
        !matches!(self, Self::BalanceCreate | Self::Alert)
    }
}

/// How a call failed, as far as two failures are alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FailureKind {
    /// The other side said that it failed.
    Error,
    /// No answer came in time.
    Silence,
    /// The connection ended before the answer.
    Lost,
    /// A success that cannot be read.
    Unreadable,
    /// The other side refused it, in a way that nobody expects.
    Refused,
}

impl FailureKind {
    /// Whether the other side may still be at work on it.
    pub(crate) const fn may_last(self) -> bool {
        matches!(self, Self::Silence | Self::Lost)
    }

    /// What happened, for people.
    pub(crate) const fn words(self) -> &'static str {
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
pub(crate) struct Failure {
    /// How.
    pub(crate) gist: FailureKind,
    /// Method and route, without ids.
    pub(crate) call: String,
    /// The status of the answer.
    pub(crate) status: Option<u16>,
    /// The other side's name for the request.
    pub(crate) request_id: Option<String>,
}

/// A record that was set aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Aside {
    /// When.
    pub(crate) since: Millis,
    /// The run that tried it last.
    pub(crate) run: Ulid,
    /// Later tries that failed.
    #[serde(default)]
    pub(crate) tries: u32,
    /// It is not tried before.
    pub(crate) due: Millis,
}

/// What is known of a record whose calls of a kind fail, `SUSPECT`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Suspect {
    /// The kind of call.
    pub(crate) kind: CallKind,
    /// What it is about.
    pub(crate) subject: String,
    /// How it fails.
    pub(crate) gist: FailureKind,
    /// So often in a row, alike, each time after another call of the kind had succeeded.
    pub(crate) failures: u32,
    /// So often in all.
    pub(crate) total: u32,
    /// Another call of the kind has succeeded since it failed first.
    pub(crate) controlled: bool,
    /// The last one.
    pub(crate) last_at: Millis,
    /// The run that it is new in.
    pub(crate) run: Ulid,
    /// The last call: method and route.
    pub(crate) call: String,
    /// The status of its answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<u16>,
    /// The other side's name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) request_id: Option<String>,
    /// It is set aside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) aside: Option<Aside>,
}

impl Suspect {
    /// Names it in a problem.
    pub(crate) fn name(&self) -> String {
        name(self.kind, &self.subject)
    }
}

/// What a problem's name for a suspect says: the kind of call, and what it is about.
pub(crate) fn parse_name(name: &str) -> Option<(CallKind, &str)> {
    let (word, subject) = name.split_once(':')?;
    CallKind::ALL.into_iter().find(|kind| kind.as_str() == word).map(|kind| (kind, subject))
}

/// Names a suspect in a problem.
pub(crate) fn name(kind: CallKind, subject: &str) -> String {
    format!("{}:{subject}", kind.as_str())
}

impl CallKind {
    /// Who is asked.
    pub(crate) const fn party(self) -> Party {
        match self {
            Self::CustomerRead | Self::ObjectRead | Self::PayoutMembers | Self::RecordRead => Party::Stripe,
            _ => Party::Blnk,
        }
    }
}
