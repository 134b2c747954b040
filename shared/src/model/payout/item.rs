//! A stored payout, `PAYOUT`: Stripe's data, the statuses seen, and what it settled.
//!
//! A payout is two items. The whole payout is stored under its id, so that one read returns it. A
//! line with the list's columns is stored under its creation time, so that a list, or a month of
//! it, is one query, newest first. The list is ordered by creation, which never changes; the
//! arrival day may move.

use serde::{Deserialize, Serialize};

use crate::model::money::Sum;
use crate::model::payout::category::is_payout;
use crate::model::payout::members::PayoutMembers;
use crate::model::stripe::types::Source;
use crate::model::stripe::types::movement::BalanceTransaction;
use crate::model::stripe::types::parts::{Expandable, IdOnly};
use crate::model::stripe::types::source::TraceId;
use crate::model::time::Millis;

/// The maximum number of status changes that are kept: the first one and the newest.
pub const MAX_STATUS_CHANGES: usize = 20;

/// A status that a payout was seen in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusChange {
    /// Stripe's status; an open enumeration.
    pub status: String,
    /// When it was first seen. Stripe does not report when it changed.
    pub at: Millis,
}

/// Where a payout goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayoutDestination {
    /// `ba_…` or `card_…`
    pub id: String,
    /// The last four digits, when Stripe sent them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last4: Option<String>,
}

/// What is known about the members of a payout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reconciliation {
    /// The members and the payout's own record add up to zero.
    Reconciled,
    /// They were added up, and do not add up to zero.
    Remainder,
    /// Stripe has not completed the payout, or its members are not added up yet.
    Pending,
    /// A manual or instant payout: Stripe does not list which movements it settled.
    NotListed,
    /// The payout failed or was cancelled: its money came back.
    Returned,
}

/// A payout.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PayoutItem {
    /// Incremented by each write, so that of two concurrent writers one fails.
    #[serde(default)]
    pub revision: u64,
    /// `po_…`
    pub id: String,
    /// Minor units of its own currency; negative for a reversal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Sum>,
    /// Its own currency, upper case: the one of the bank account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Stripe's status; an open enumeration.
    pub status: String,
    /// The statuses that were seen, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<StatusChange>,
    /// When it was created, Unix seconds.
    pub created: i64,
    /// When it should arrive, Unix seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrival: Option<i64>,
    /// Stripe created it by its schedule.
    #[serde(default)]
    pub automatic: bool,
    /// `standard` or `instant`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// `bank_account` or `card`.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub type_: Option<String>,
    /// The reference that the bank shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<TraceId>,
    /// What the bank's statement shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement_descriptor: Option<String>,
    /// The description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Where it goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination: Option<PayoutDestination>,
    /// The balance transaction that took its money from the balance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction: Option<String>,
    /// What left the balance with that balance transaction and counts as a payout, in minor units:
    /// the amount with Stripe's fee. Absent if it equals the amount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<Sum>,
    /// The balance transaction that brought it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure_transaction: Option<String>,
    /// Why it failed; an open enumeration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure_code: Option<String>,
    /// Stripe's description of the failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure_message: Option<String>,
    /// The payout that reversed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reversed_by: Option<String>,
    /// The payout that it reverses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original_payout: Option<String>,
    /// Stripe has completed it: its members can be listed.
    #[serde(default)]
    pub complete: bool,
    /// Its members, once they were added up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub members: Option<PayoutMembers>,
    /// When its members were first seen to add up to zero.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reconciled_at: Option<Millis>,
    /// When it was read at Stripe; written only when something else changed.
    pub read_at: Millis,
}

impl PayoutItem {
    /// A payout as Stripe shows it at `now`. `before` is the stored one. `None` for an object that
    /// is not a payout, or has no status.
    #[must_use]
    pub fn of(source: &Source, before: Option<&Self>, now: Millis) -> Option<Self> {
        if source.object != "payout" {
            return None;
        }
        // An older read never replaces a newer one.
        if let Some(before) = before.filter(|before| before.read_at > now) {
            return Some(before.clone());
        }
        let status = source.status.clone().filter(|status| !status.is_empty())?;
        let id_of = |reference: &Option<IdOnly>| reference.as_ref().map(|IdOnly(id)| id.clone());
        Some(Self {
            revision: before.map_or(0, |before| before.revision),
            id: source.id.clone(),
            amount: source.amount.map(|amount| Sum(i128::from(amount))),
            currency: source.currency.as_ref().map(|currency| currency.to_uppercase()),
            changes: changes(before, &status, now),
            status,
            created: before
                .map(|before| before.created)
                .or(source.created)
                .unwrap_or_else(|| now.seconds()),
            arrival: source.arrival_date,
            automatic: source.automatic == Some(true),
            method: source.method.clone(),
            type_: source.type_.clone(),
            trace_id: source.trace_id.clone(),
            statement_descriptor: source.statement_descriptor.clone(),
            description: source.description.clone(),
            destination: destination(source, before),
            transaction: id_of(&source.balance_transaction),
            left: before.and_then(|before| before.left),
            failure_transaction: id_of(&source.failure_balance_transaction),
            failure_code: source.failure_code.clone(),
            failure_message: source.failure_message.clone(),
            reversed_by: id_of(&source.reversed_by),
            original_payout: id_of(&source.original_payout),
            complete: source.reconciliation_status.as_deref() == Some("completed"),
            members: before.and_then(|before| before.members.clone()),
            reconciled_at: before.and_then(|before| before.reconciled_at),
            read_at: now,
        })
    }

    /// The same payout with the amount that left the balance by its own balance transaction.
    /// Statements count that transaction by its reporting category: if it is not a payout's,
    /// nothing left.
    #[must_use]
    pub fn with_record(self, record: &BalanceTransaction) -> Self {
        if self.currency.as_deref() != Some(record.currency.to_uppercase().as_str()) {
            return self;
        }
        let counts = is_payout(&record.reporting_category);
        let left = if counts { -i128::from(record.net) } else { 0 };
        let differs = self.amount.is_none_or(|amount| amount.0 != left);
        Self { left: differs.then_some(Sum(left)), ..self }
    }

    /// The same payout with its members added up.
    #[must_use]
    pub fn with_members(self, members: PayoutMembers) -> Self {
        let reconciled_at = members.balance().then(|| self.reconciled_at.unwrap_or(members.at));
        Self { complete: true, members: Some(members), reconciled_at, ..self }
    }

    /// Whether anything except the time of the read changed.
    #[must_use]
    pub fn differs(&self, before: &Self) -> bool {
        let unlooked = |item: &Self| Self { revision: 0, read_at: Millis(0), ..item.clone() };
        unlooked(self) != unlooked(before)
    }

    /// What is known about its members.
    #[must_use]
    pub fn reconciliation(&self) -> Reconciliation {
        if matches!(self.status.as_str(), "failed" | "canceled") {
            Reconciliation::Returned
        } else if !self.automatic {
            Reconciliation::NotListed
        } else if self.reconciled_at.is_some() {
            Reconciliation::Reconciled
        } else if self.members.is_some() {
            Reconciliation::Remainder
        } else {
            Reconciliation::Pending
        }
    }
}

fn changes(before: Option<&PayoutItem>, status: &str, now: Millis) -> Vec<StatusChange> {
    let mut changes = before.map(|before| before.changes.clone()).unwrap_or_default();
    if changes.last().is_none_or(|last| last.status != status) {
        if changes.len() >= MAX_STATUS_CHANGES {
            changes.remove(1);
        }
        changes.push(StatusChange { status: status.to_owned(), at: now });
    }
    changes
}

fn destination(source: &Source, before: Option<&PayoutItem>) -> Option<PayoutDestination> {
    let sent = source.destination.as_ref()?;
    let id = sent.id().to_owned();
    let known = before.and_then(|before| before.destination.as_ref()).filter(|one| one.id == id);
    let last4 = match sent {
        Expandable::Object(whole) => whole.last4.clone(),
        Expandable::Id(_) => None,
    };
    Some(PayoutDestination { id, last4: last4.or_else(|| known.and_then(|one| one.last4.clone())) })
}

/// A payout in a list: what a person compares with a line of the bank statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayoutLine {
    /// `po_…`
    pub id: String,
    /// Minor units of its own currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Sum>,
    /// What left the balance by its own balance transaction. Absent if it equals the amount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<Sum>,
    /// Its own currency, upper case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Stripe's status.
    pub status: String,
    /// When it was created, Unix seconds.
    pub created: i64,
    /// When it should arrive, Unix seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrival: Option<i64>,
    /// Stripe created it by its schedule.
    #[serde(default)]
    pub automatic: bool,
    /// `standard` or `instant`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The reference that the bank shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
    /// What the bank's statement shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement_descriptor: Option<String>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure_code: Option<String>,
    /// What is known about its members.
    pub reconciliation: Reconciliation,
    /// When its members were last added up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub added_up_at: Option<Millis>,
    /// Members, its own record included, once they were added up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub members: Option<u64>,
    /// When its members were first seen to add up to zero.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reconciled_at: Option<Millis>,
    /// Stripe has completed it.
    #[serde(default)]
    pub complete: bool,
}

impl PayoutLine {
    /// The line of a payout.
    #[must_use]
    pub fn of(item: &PayoutItem) -> Self {
        Self {
            id: item.id.clone(),
            amount: item.amount,
            left: item.left,
            currency: item.currency.clone(),
            status: item.status.clone(),
            created: item.created,
            arrival: item.arrival,
            automatic: item.automatic,
            method: item.method.clone(),
            trace_id: item.trace_id.as_ref().and_then(|trace| trace.value.clone()),
            statement_descriptor: item.statement_descriptor.clone(),
            failure_code: item.failure_code.clone(),
            reconciliation: item.reconciliation(),
            added_up_at: item.members.as_ref().map(|members| members.at),
            members: item.members.as_ref().map(|members| members.totals.count()),
            reconciled_at: item.reconciled_at,
            complete: item.complete,
        }
    }

    /// Whether its members can be listed and are not added up yet.
    pub(crate) fn waits_for_members(&self) -> bool {
        self.complete && self.reconciliation == Reconciliation::Pending
    }
}

#[cfg(test)]
mod tests;
