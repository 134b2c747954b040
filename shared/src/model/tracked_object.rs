//! Payouts, refunds, disputes and charges that are not settled yet: `OBJECT` items.
//!
//! The money comes by balance transactions alone. These say what people want to know of it, and what is worth an alert. Stripe has no
//! filter for what was changed, so what is open is read again until it is settled: for nothing with each page that shows it, and beyond
//! that a few times a day.

use serde::{Deserialize, Serialize};

use crate::model::money::Sum;
use crate::model::payout::AddedUp;
use crate::model::stripe::resource::Resource;
use crate::model::stripe::types::Source;
use crate::model::stripe::types::movement::BalanceTransaction;
use crate::model::stripe::types::parts::{Expandable, IdOnly};
use crate::model::time::Millis;

const HOUR: i64 = 3600;

const DAY: i64 = 24 * HOUR;

/// The least time between two looks at an object…
const SHORTEST: i64 = HOUR;

/// …and the most. In between it is a quarter of the object's age.
const LONGEST: i64 = DAY;

/// A payout that was paid may still fail so long after its arrival.
const PAYOUT_MAY_FAIL: i64 = 10 * DAY;

/// A payout that failed is news so long after it should have arrived.
const FAILURE_IS_NEWS: i64 = 14 * DAY;

/// What is still open after so long is not looked at any more.
const GIVE_UP_DISPUTE: i64 = 400 * DAY;

const GIVE_UP_REFUND: i64 = 90 * DAY;

const GIVE_UP_CHARGE: i64 = 60 * DAY;

const GIVE_UP_PAYOUT: i64 = 60 * DAY;

/// What an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ObjectKind {
    /// Money on its way to the bank.
    Payout,
    /// A disputed payment.
    Dispute,
    /// Money on its way back to a payer.
    Refund,
    /// A payment.
    Charge,
}

impl ObjectKind {
    /// All of them, the most important first.
    pub(crate) const ALL: [Self; 4] = [Self::Payout, Self::Dispute, Self::Refund, Self::Charge];

    pub(crate) fn of(object: &str) -> Option<Self> {
        match object {
            "payout" => Some(Self::Payout),
            "dispute" => Some(Self::Dispute),
            "refund" => Some(Self::Refund),
            "charge" => Some(Self::Charge),
            _ => None,
        }
    }

    /// The kind that an id is of.
    pub(crate) fn of_id(id: &str) -> Option<Self> {
        match id.split('_').next() {
            Some("po") => Some(Self::Payout),
            Some("dp" | "du") => Some(Self::Dispute),
            Some("re" | "pyr") => Some(Self::Refund),
            Some("ch" | "py") => Some(Self::Charge),
            _ => None,
        }
    }

    pub(crate) const fn resource(self) -> Resource {
        match self {
            Self::Payout => Resource::Payouts,
            Self::Dispute => Resource::Disputes,
            Self::Refund => Resource::Refunds,
            Self::Charge => Resource::Charges,
        }
    }

    const fn give_up(self) -> i64 {
        match self {
            Self::Payout => GIVE_UP_PAYOUT,
            Self::Dispute => GIVE_UP_DISPUTE,
            Self::Refund => GIVE_UP_REFUND,
            Self::Charge => GIVE_UP_CHARGE,
        }
    }
}

/// An object that was open when it was met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectItem {
    /// Stripe's id.
    pub id: String,
    /// What it is.
    pub kind: ObjectKind,
    /// Stripe's word for its state; open.
    pub status: String,
    /// Its amount, minor units of its own currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Sum>,
    /// Its own currency, upper case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// When it was made, Unix seconds.
    pub created: i64,
    /// Of a payout: when it should arrive, Unix seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrival: Option<i64>,
    /// Of an automatic payout: when its members were first seen to be complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complete_since: Option<Millis>,
    /// Of an automatic payout: that its members were added up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub added_up: Option<AddedUp>,
    /// Stripe made it by its schedule: its members can be listed once they are complete.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub automatic: bool,
    /// Of a dispute: until when evidence is taken, Unix seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_by: Option<i64>,
    /// Of a dispute: evidence was given.
    #[serde(default)]
    pub has_evidence: bool,
    /// Why it failed or is disputed, in Stripe's word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The balance transaction that moved its money, once one is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction: Option<String>,
    /// Nothing more is to come.
    pub settled: bool,
    /// An alert stands on it, which only it can resolve: it is not forgotten meanwhile.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub kept: bool,
    /// First met.
    pub first_seen: Millis,
    /// Last read.
    pub checked_at: Millis,
    /// When it is read again.
    pub next_check: Millis,
}

impl ObjectItem {
    /// An object as Stripe shows it, or nothing for a kind that is not followed. `before` is what was known of it.
    pub(crate) fn of(source: &Source, transaction: Option<&str>, before: Option<&Self>, now: Millis) -> Option<Self> {
        let kind = ObjectKind::of(&source.object)?;
        let status = source.status.clone().filter(|status| !status.is_empty())?;
        let created = source.created.or(before.map(|before| before.created)).unwrap_or_else(|| now.seconds());
        let evidence = source.evidence_details.clone().unwrap_or_default();
        let first_of_dispute = source.balance_transactions.as_deref().and_then(<[IdOnly]>::first);
        let complete = source.reconciliation_status.as_deref() == Some("completed");
        let own = source.balance_transaction.as_ref().or(first_of_dispute).map(|IdOnly(id)| id.clone());
        let mut item = Self {
            id: source.id.clone(),
            kind,
            settled: false,
            kept: before.is_some_and(|before| before.kept),
            amount: source.amount.map(|amount| Sum(i128::from(amount))),
            currency: source.currency.as_ref().map(|currency| currency.to_uppercase()),
            created,
            arrival: source.arrival_date,
            automatic: kind == ObjectKind::Payout && source.automatic == Some(true),
            complete_since: complete.then(|| before.and_then(|before| before.complete_since).unwrap_or(now)),
            added_up: before.and_then(|before| before.added_up),
            due_by: evidence.due_by.filter(|due| *due > 0),
            has_evidence: evidence.has_evidence,
            reason: source.failure_code.clone().or_else(|| source.failure_reason.clone()).or_else(|| source.reason.clone()),
            transaction: own.or_else(|| before.and_then(|before| before.transaction.clone())).or(transaction.map(str::to_owned)),
            first_seen: before.map_or(now, |before| before.first_seen),
            checked_at: now,
            next_check: now,
            status,
        };
        item.settled = item.is_settled(now.seconds());
        item.next_check = now.plus_seconds(((now.seconds() - created) / 4).clamp(SHORTEST, LONGEST));
        Some(item)
    }

    /// Whether nothing more is to come. Statuses are open: what is not known to be an end is none, until it is given up.
    fn is_settled(&self, now: i64) -> bool {
        let ended = match (self.kind, self.status.as_str()) {
            (ObjectKind::Payout, "paid") => self.arrival.unwrap_or(self.created) + PAYOUT_MAY_FAIL <= now,
            (ObjectKind::Payout | ObjectKind::Refund, "failed" | "canceled") | (ObjectKind::Refund, "succeeded") => true,
            (ObjectKind::Dispute, "won" | "lost" | "warning_closed" | "prevented" | "charge_refunded") => true,
            (ObjectKind::Charge, status) => status != "pending",
            _ => false,
        };
        ended || self.created + self.kind.give_up() <= now
    }

    /// A payout that came back a short while ago.
    #[must_use]
    pub fn failed_payout(&self, now: Millis) -> bool {
        self.kind == ObjectKind::Payout && self.status == "failed" && self.arrival.unwrap_or(self.created) + FAILURE_IS_NEWS > now.seconds()
    }

    /// A dispute that is not decided.
    #[must_use]
    pub fn open_dispute(&self) -> bool {
        self.kind == ObjectKind::Dispute && !self.settled
    }

    /// A payout whose members can be told: it took place, by Stripe's schedule.
    pub(crate) fn has_members(&self) -> bool {
        self.automatic && !matches!(self.status.as_str(), "failed" | "canceled")
    }

    /// Whether an object is to be remembered that was not known before, whatever else it is.
    pub(crate) fn is_news(&self, now: Millis) -> bool {
        !self.settled || self.failed_payout(now)
    }

    /// Whether something changed, other than when it was looked at.
    pub(crate) fn differs(&self, before: &Self) -> bool {
        let unlooked = |item: &Self| Self { checked_at: Millis(0), next_check: Millis(0), ..item.clone() };
        unlooked(self) != unlooked(before)
    }
}

/// The object behind a record, and the record's id.
pub(crate) fn source_of(record: &BalanceTransaction) -> Option<(&Source, &str)> {
    Some((record.source.as_ref().and_then(Expandable::object)?, record.id.as_str()))
}

#[cfg(test)]
mod tests;
