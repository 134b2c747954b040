//! The members of automatic payouts: what one settled and its own record add up to zero, in the currency of the records.
//!
//! Stripe lists them once it has finished with the payout (`reconciliation_status` is `completed`). Payouts of a little before the first
//! sync and after are followed until then and added up once; older ones are gone through by Stripe's list, a few a day, newest first. A
//! remainder is shown on the certificates and is no alarm by itself: the proof of the balance does not rest on it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::money::Sum;
use crate::model::stripe::types::Source;
use crate::model::stripe::types::movement::BalanceTransaction;
use crate::model::time::Millis;

/// Payouts so much older than the first sync are told by the list: Stripe has long finished with them.
pub(crate) const FOLLOWED_BEFORE_SECONDS: i64 = 14 * 24 * 3600;

/// Payouts of many members that are kept half counted.
pub(crate) const MAX_UNDER_WAY: usize = 4;

/// Remainders that are kept; of more only the number.
pub(crate) const MAX_REMAINDERS: usize = 50;

/// That the members of a payout were added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddedUp {
    /// When.
    pub at: Millis,
    /// They came to nothing, as they should.
    pub zero: bool,
}

/// A payout whose members do not add up to zero in a currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remainder {
    /// The payout.
    pub payout: String,
    /// Upper case; the currency of the records, not of the bank account.
    pub currency: String,
    /// What is left, minor units.
    pub net: Sum,
    /// Records added up, the payout's own among them.
    pub members: u64,
    /// When they were.
    pub at: Millis,
}

/// A payout whose members are being added up, page by page.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct PayoutSum {
    payout: String,
    /// The last member that is counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) after: Option<String>,
    members: u64,
    /// Σ net by currency.
    nets: BTreeMap<String, Sum>,
}

impl PayoutSum {
    pub(crate) fn of(payout: &str) -> Self {
        Self { payout: payout.to_owned(), ..Self::default() }
    }

    pub(crate) fn add(&mut self, members: &[BalanceTransaction]) {
        for member in members {
            self.members += 1;
            self.nets.entry(member.currency.to_uppercase()).or_insert(Sum(0)).add(member.net);
        }
        self.after = members.last().map(|last| last.id.clone()).or(self.after.take());
    }
}

/// How far the automatic payouts of a connection were added up, `PAYOUTS`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Payouts {
    /// Raised by each write: of two workers one loses.
    pub(crate) revision: u64,
    /// Payouts made from this Unix second on are followed…
    pub(crate) followed_from: i64,
    /// …and those made before this one are told by the list…
    pub(crate) older_before: i64,
    /// …after the last one that is done, made at that second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) older_after: Option<(String, i64)>,
    /// The list has been gone through.
    pub(crate) older_done: bool,
    /// Payouts that came to nothing, as they should.
    pub(crate) zero: u64,
    /// Records added up.
    pub(crate) members: u64,
    /// Older ones with a member in a form that cannot be read.
    pub(crate) unreadable: u64,
    /// Those that did not, the newest of them.
    pub(crate) remainders: Vec<Remainder>,
    /// Those that are not kept.
    pub(crate) more_remainders: u64,
    /// Those of so many members that one run does not get to the end: one that is followed, one that is older.
    adding: Vec<PayoutSum>,
}

impl Payouts {
    pub(crate) fn beginning(now: Millis) -> Self {
        let from = now.seconds() - FOLLOWED_BEFORE_SECONDS;
        Self { followed_from: from, older_before: from, ..Self::default() }
    }

    pub(crate) fn is_under_way(&self, payout: &str) -> bool {
        self.adding.iter().any(|adding| adding.payout == payout)
    }

    /// What is counted of a payout so far.
    pub(crate) fn go_on(&self, payout: &str) -> PayoutSum {
        self.adding.iter().find(|adding| adding.payout == payout).cloned().unwrap_or_else(|| PayoutSum::of(payout))
    }

    /// Keeps what is counted of a payout for a later run.
    pub(crate) fn put_off(&mut self, adding: PayoutSum) {
        self.adding.retain(|other| other.payout != adding.payout);
        self.adding.push(adding);
        let surplus = self.adding.len().saturating_sub(MAX_UNDER_WAY);
        self.adding.drain(..surplus);
    }

    /// Takes in a payout all of whose members are counted. `before` is what was known of it.
    pub(crate) fn take_in(&mut self, adding: &PayoutSum, before: Option<AddedUp>, now: Millis) -> AddedUp {
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
        self.adding.retain(|other| other.payout != adding.payout);
        AddedUp { at: now, zero }
    }
}

/// What a certificate says of automatic payouts.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PayoutsProven {
    /// Payouts whose members add up to zero, since the account was connected.
    pub zero: u64,
    /// Records that were added up.
    pub members: u64,
    /// Payouts that wait for Stripe to finish with them, or for their turn.
    pub waiting: u64,
    /// Payouts of before the first sync are still to come.
    pub older_to_come: bool,
    /// Payouts with a member in a form that cannot be read.
    #[serde(default)]
    pub unreadable: u64,
    /// Those whose members do not, the newest of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remainders: Vec<Remainder>,
    /// Those that are not named.
    #[serde(default)]
    pub more_remainders: u64,
}

/// A payout's record is listed so long after the payout was made, at the latest.
pub(crate) const LISTED_LATE_SECONDS: i64 = 24 * 3600;

/// Whether a record's object is a payout whose members Stripe can list, and if so whether it is one that runs follow.
pub(crate) fn listable(payout: &Source, now: Millis) -> Option<bool> {
    (payout.object == "payout" && is_complete(payout)).then(|| payout.created.is_some_and(|at| at >= Payouts::beginning(now).followed_from))
}

pub(crate) fn is_complete(payout: &Source) -> bool {
    let took_place = !matches!(payout.status.as_deref(), Some("failed" | "canceled"));
    payout.automatic == Some(true) && payout.reconciliation_status.as_deref() == Some("completed") && took_place
}

#[cfg(test)]
mod tests;
