//! Payouts, refunds, disputes and charges that are not settled yet: `OBJECT` items.
//!
//! Money is recorded by balance transactions alone. These objects hold what people want to know
//! about it, and what is worth an alert. Stripe has no filter for changed objects, so an open
//! object is read again until it is settled: at no cost with each page that includes it, and
//! otherwise a few times a day.

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

/// The shortest time between two checks of an object…
const SHORTEST: i64 = HOUR;

/// …and the longest. In between it is a quarter of the object's age.
const LONGEST: i64 = DAY;

/// How long after its arrival a paid payout may still fail.
const PAYOUT_MAY_FAIL: i64 = 10 * DAY;

/// Stripe's statuses of disputes that wait for the merchant's answer.
const AWAITING_ANSWER: [&str; 2] = ["needs_response", "warning_needs_response"];

/// How long after its expected arrival a failed payout is still news.
const FAILURE_IS_NEWS: i64 = 14 * DAY;

/// How long an open object is checked.
const GIVE_UP_DISPUTE: i64 = 400 * DAY;

const GIVE_UP_REFUND: i64 = 90 * DAY;

const GIVE_UP_CHARGE: i64 = 60 * DAY;

const GIVE_UP_PAYOUT: i64 = 60 * DAY;

/// The type of a tracked object.
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
    /// All kinds, the most important first.
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

    /// The kind that an id belongs to.
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

/// An object that was open when it was first seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectItem {
    /// Stripe's id.
    pub id: String,
    /// Its kind.
    pub kind: ObjectKind,
    /// Stripe's status; an open enumeration.
    pub status: String,
    /// Its amount in minor units of its own currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Sum>,
    /// Its own currency, upper case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// When it was created, Unix seconds.
    pub created: i64,
    /// For a payout: when it should arrive, Unix seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrival: Option<i64>,
    /// For an automatic payout: when its members were first seen to be complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complete_since: Option<Millis>,
    /// For an automatic payout: the result of adding up its members.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub added_up: Option<AddedUp>,
    /// Stripe created it by its schedule: its members can be listed once they are complete.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub automatic: bool,
    /// For a dispute: the evidence deadline, Unix seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_by: Option<i64>,
    /// For a dispute: evidence was submitted.
    #[serde(default)]
    pub has_evidence: bool,
    /// Why it failed or is disputed, as Stripe's code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The balance transaction that moved its money, once one is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction: Option<String>,
    /// No further change is expected.
    pub settled: bool,
    /// An open alert refers to it, and only this item can resolve the alert, so the item is kept.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub kept: bool,
    /// First seen.
    pub first_seen: Millis,
    /// Last read.
    pub checked_at: Millis,
    /// The next check.
    pub next_check: Millis,
}

impl ObjectItem {
    /// Builds an object from what Stripe shows. `None` for a kind that is not tracked. `before` is
    /// its previous state.
    pub(crate) fn of(
        source: &Source,
        transaction: Option<&str>,
        before: Option<&Self>,
        now: Millis,
    ) -> Option<Self> {
        let kind = ObjectKind::of(&source.object)?;
        let status = source.status.clone().filter(|status| !status.is_empty())?;
        let created =
            source.created.or(before.map(|before| before.created)).unwrap_or_else(|| now.seconds());
        let evidence = source.evidence_details.clone().unwrap_or_default();
        let first_of_dispute = source.balance_transactions.as_deref().and_then(<[IdOnly]>::first);
        let complete = source.reconciliation_status.as_deref() == Some("completed");
        let own =
            source.balance_transaction.as_ref().or(first_of_dispute).map(|IdOnly(id)| id.clone());
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
            complete_since: complete
                .then(|| before.and_then(|before| before.complete_since).unwrap_or(now)),
            added_up: before.and_then(|before| before.added_up),
            due_by: evidence.due_by.filter(|due| *due > 0),
            has_evidence: evidence.has_evidence,
            reason: source
                .failure_code
                .clone()
                .or_else(|| source.failure_reason.clone())
                .or_else(|| source.reason.clone()),
            transaction: own
                .or_else(|| before.and_then(|before| before.transaction.clone()))
                .or(transaction.map(str::to_owned)),
            first_seen: before.map_or(now, |before| before.first_seen),
            checked_at: now,
            next_check: now,
            status,
        };
        item.settled = item.is_settled(now.seconds());
        item.next_check =
            now.plus_seconds(((now.seconds() - created) / 4).clamp(SHORTEST, LONGEST));
        Some(item)
    }

    /// Whether no further change is expected. Statuses are an open enumeration: an unknown one is
    /// not final, until the object is given up.
    fn is_settled(&self, now: i64) -> bool {
        let ended = match (self.kind, self.status.as_str()) {
            (ObjectKind::Payout, "paid") => {
                self.arrival.unwrap_or(self.created) + PAYOUT_MAY_FAIL <= now
            }
            (ObjectKind::Payout | ObjectKind::Refund, "failed" | "canceled")
            | (ObjectKind::Refund, "succeeded") => true,
            (
                ObjectKind::Dispute,
                "won" | "lost" | "warning_closed" | "prevented" | "charge_refunded",
            ) => true,
            (ObjectKind::Charge, status) => status != "pending",
            _ => false,
        };
        ended || self.created + self.kind.give_up() <= now
    }

    /// Whether it is a payout that failed recently.
    #[must_use]
    pub fn failed_payout(&self, now: Millis) -> bool {
        self.has_failed() && self.arrival.unwrap_or(self.created) + FAILURE_IS_NEWS > now.seconds()
    }

    /// Whether it is a payout that failed, however long ago.
    pub(crate) fn has_failed(&self) -> bool {
        self.kind == ObjectKind::Payout && self.status == "failed"
    }

    /// Whether it is a dispute that waits for the merchant's answer, also after its deadline.
    pub(crate) fn awaits_answer(&self) -> bool {
        self.open_dispute() && AWAITING_ANSWER.contains(&self.status.as_str())
    }

    /// Whether it is a dispute without a decision.
    #[must_use]
    pub fn open_dispute(&self) -> bool {
        self.kind == ObjectKind::Dispute && !self.settled
    }

    /// Whether it is a payout whose members can be listed: it took place, by Stripe's schedule.
    pub(crate) fn has_members(&self) -> bool {
        self.automatic && !matches!(self.status.as_str(), "failed" | "canceled")
    }

    /// Whether an unknown object is worth keeping for its own sake.
    pub(crate) fn is_news(&self, now: Millis) -> bool {
        !self.settled || self.failed_payout(now)
    }

    /// Whether anything but the time of the check changed.
    pub(crate) fn differs(&self, before: &Self) -> bool {
        let unlooked =
            |item: &Self| Self { checked_at: Millis(0), next_check: Millis(0), ..item.clone() };
        unlooked(self) != unlooked(before)
    }
}

/// The object behind a record, and the record's id.
pub(crate) fn source_of(record: &BalanceTransaction) -> Option<(&Source, &str)> {
    Some((record.source.as_ref().and_then(Expandable::object)?, record.id.as_str()))
}

#[cfg(test)]
mod tests;
