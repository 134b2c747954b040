//! The members of automatic payouts: the movements that a payout settled and its own record add up
//! to zero, in the currency of the records.
//!
//! Stripe lists them once it has finished the payout (`reconciliation_status` is `completed`).
//! Payouts from shortly before the first sync on are tracked until then and added up once. Older
//! ones are taken from Stripe's list, a few a day, newest first. A remainder is shown on the
//! certificates and raises no alarm: the proof of the balance does not depend on it.

pub mod category;
pub mod item;
pub mod members;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::money::Sum;
use crate::model::payout::members::{Categories, PayoutMembers};
use crate::model::stripe::types::Source;
use crate::model::stripe::types::movement::BalanceTransaction;
use crate::model::time::Millis;

/// Payouts that are older than the first sync by this much are taken from the list: Stripe has long
/// finished them.
pub(crate) const FOLLOWED_BEFORE_SECONDS: i64 = 14 * 24 * 3600;

/// The maximum number of partly counted payouts with many members that are kept.
pub(crate) const MAX_UNDER_WAY: usize = 4;

/// The maximum number of remainders that are kept. Beyond it, they are only counted.
pub(crate) const MAX_REMAINDERS: usize = 50;

/// The result of adding up the members of a payout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddedUp {
    /// When.
    pub at: Millis,
    /// They add up to zero, as they should.
    pub zero: bool,
}

/// A payout whose members do not add up to zero in a currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remainder {
    /// The payout.
    pub payout: String,
    /// Upper case; the currency of the records, not of the bank account.
    pub currency: String,
    /// The remainder in minor units.
    pub net: Sum,
    /// Records added up, including the payout's own.
    pub members: u64,
    /// When they were added up.
    pub at: Millis,
}

/// A payout whose members are being added up, page by page.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct PayoutSum {
    payout: String,
    /// The checkpoint: the last member that is counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) after: Option<String>,
    members: u64,
    /// Σ net by currency.
    nets: BTreeMap<String, Sum>,
    /// Totals by currency and category.
    totals: Categories,
}

impl PayoutSum {
    pub(crate) fn of(payout: &str) -> Self {
        Self { payout: payout.to_owned(), ..Self::default() }
    }

    pub(crate) fn add(&mut self, members: &[BalanceTransaction]) {
        for member in members {
            self.members += 1;
            self.nets.entry(member.currency.to_uppercase()).or_insert(Sum(0)).add(member.net);
            self.totals.add(member);
        }
        self.after = members.last().map(|last| last.id.clone()).or(self.after.take());
    }

    /// The payout that is added up.
    pub(crate) fn payout(&self) -> &str {
        &self.payout
    }

    /// The members by category. Absent when a version without categories counted a part of them.
    pub(crate) fn by_category(&self, now: Millis) -> Option<PayoutMembers> {
        (self.totals.count() == self.members)
            .then(|| PayoutMembers { at: now, totals: self.totals.clone() })
    }
}

/// The progress of adding up the automatic payouts of a connection, `PAYOUTS`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Payouts {
    /// Incremented by each write, so that of two concurrent workers one fails.
    pub(crate) revision: u64,
    /// Payouts created from this Unix second on are tracked…
    pub(crate) followed_from: i64,
    /// …and those created before this one are taken from the list…
    pub(crate) older_before: i64,
    /// …after the last finished one, created at that second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) older_after: Option<(String, i64)>,
    /// The whole list has been read.
    pub(crate) older_done: bool,
    /// Payouts that add up to zero, as they should.
    pub(crate) zero: u64,
    /// Records added up.
    pub(crate) members: u64,
    /// Older payouts with a member that could not be decoded.
    pub(crate) unreadable: u64,
    /// The newest payouts that do not add up to zero.
    pub(crate) remainders: Vec<Remainder>,
    /// The number of remainders that are not kept.
    pub(crate) more_remainders: u64,
    /// Payouts with too many members for one run: one that is tracked, one that is older.
    adding: Vec<PayoutSum>,
    /// Payouts that earlier versions read without storing them.
    pub(crate) catch_up: CatchUp,
}

/// The progress of storing payouts that earlier versions did not store. A new connection has
/// nothing to catch up on: its first run sees each payout in Stripe's list.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CatchUp {
    /// Stripe's list of payouts is not read yet.
    #[default]
    Beginning,
    /// The list is read down to this payout, newest first.
    Listing(String),
    /// The list is stored. Members are added up, newest first, down to this place of the stored
    /// list.
    Members(Option<String>),
    /// Nothing is left.
    Done,
}

impl Payouts {
    pub(crate) fn beginning(now: Millis) -> Self {
        let from = now.seconds() - FOLLOWED_BEFORE_SECONDS;
        Self { followed_from: from, older_before: from, catch_up: CatchUp::Done, ..Self::default() }
    }

    /// Whether every payout of the mirrored period is stored.
    pub(crate) const fn are_listed(&self) -> bool {
        matches!(self.catch_up, CatchUp::Members(_) | CatchUp::Done)
    }

    pub(crate) fn is_under_way(&self, payout: &str) -> bool {
        self.adding.iter().any(|adding| adding.payout == payout)
    }

    /// The counted part of a payout so far.
    pub(crate) fn go_on(&self, payout: &str) -> PayoutSum {
        self.adding
            .iter()
            .find(|adding| adding.payout == payout)
            .cloned()
            .unwrap_or_else(|| PayoutSum::of(payout))
    }

    /// Stores the counted part of a payout for a later run.
    pub(crate) fn put_off(&mut self, adding: PayoutSum) {
        self.adding.retain(|other| other.payout != adding.payout);
        self.adding.push(adding);
        let surplus = self.adding.len().saturating_sub(MAX_UNDER_WAY);
        self.adding.drain(..surplus);
    }

    /// Drops the counted part of a payout: it is counted whole.
    pub(crate) fn finish(&mut self, payout: &str) {
        self.adding.retain(|other| other.payout != payout);
    }

    /// Records a payout whose members are all counted. `before` is its previous result.
    pub(crate) fn take_in(
        &mut self,
        adding: &PayoutSum,
        before: Option<AddedUp>,
        now: Millis,
    ) -> AddedUp {
        self.remainders.retain(|remainder| remainder.payout != adding.payout);
        let left = adding.nets.iter().filter(|(_, net)| net.0 != 0);
        let left: Vec<Remainder> = left
            .map(|(currency, net)| Remainder {
                payout: adding.payout.clone(),
                currency: currency.clone(),
                net: *net,
                members: adding.members,
                at: now,
            })
            .collect();
        let zero = left.is_empty();
        self.zero += u64::from(zero);
        if before.is_none() {
            self.members += adding.members;
        }
        self.remainders.extend(left);
        let surplus = self.remainders.len().saturating_sub(MAX_REMAINDERS);
        self.remainders.drain(..surplus);
        self.more_remainders += surplus as u64;
        self.finish(&adding.payout);
        AddedUp { at: now, zero }
    }
}

/// The figures about automatic payouts on a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PayoutsProven {
    /// Payouts whose members add up to zero, since the account was connected.
    pub zero: u64,
    /// The number of records that were added up.
    pub members: u64,
    /// Payouts that wait for Stripe to finish them, or for their turn.
    pub waiting: u64,
    /// Payouts from before the first sync are still to be added up.
    pub older_to_come: bool,
    /// Payouts with a member that could not be decoded.
    #[serde(default)]
    pub unreadable: u64,
    /// The newest payouts whose members do not add up to zero.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remainders: Vec<Remainder>,
    /// The number of those that are not named.
    #[serde(default)]
    pub more_remainders: u64,
}

/// The maximum delay between the creation of a payout and its record in the list.
pub(crate) const LISTED_LATE_SECONDS: i64 = 24 * 3600;

/// Whether a record's object is a payout whose members Stripe can list, and if so, whether runs
/// track it.
pub(crate) fn listable(payout: &Source, now: Millis) -> Option<bool> {
    (payout.object == "payout" && is_complete(payout))
        .then(|| payout.created.is_some_and(|at| at >= Payouts::beginning(now).followed_from))
}

pub(crate) fn is_complete(payout: &Source) -> bool {
    let took_place = !matches!(payout.status.as_deref(), Some("failed" | "canceled"));
    payout.automatic == Some(true)
        && payout.reconciliation_status.as_deref() == Some("completed")
        && took_place
}

#[cfg(test)]
mod tests;
