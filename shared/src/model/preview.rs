//! The figures of a preview, stored with its run. Bounded in size, whatever the history holds.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::model::approval::Conflict;
use crate::model::distinct::Distinct;
use crate::model::money::{Currency, Sum};

/// The maximum number of e-mail addresses that one preview looks up. Each is a separate request.
pub(crate) const MAX_LOOKED_FOR: u64 = 1_000;

/// The addresses that were looked up: a preview asks once for each, up to a limit.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct LookedFor {
    pub(crate) customers: Distinct,
    /// Addresses of customers whose identities do not exist yet.
    pub(crate) addresses: Distinct,
}

impl LookedFor {
    /// Whether another address may be looked up.
    pub(crate) fn may_ask(&self) -> bool {
        self.customers.count().0 < MAX_LOOKED_FOR
    }
}

/// What a sync would do with the history.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Preview {
    /// Entries for the movements.
    pub entries: u64,
    /// Entries that are already in the ledger.
    pub entries_there: u64,
    /// The accounts of the entries, by `account#CURRENCY`. All customers' balances count as one
    /// account.
    pub accounts: BTreeMap<String, AccountFigures>,
    /// Sides of entries on accounts beyond the rows that are kept.
    pub accounts_left_out: u64,
    /// Customers whose identities would be created. These and the following customer figures stay
    /// empty when all payments share one account.
    pub customers: Distinct,
    /// Customers whose identities exist.
    pub customers_there: Distinct,
    /// Customers that would be linked to an identity with their e-mail address.
    pub customers_matched: Distinct,
    /// Customers for whom only the sync will show whether they are linked: beyond the look-ups of a
    /// preview, or with the address of another new customer.
    pub customers_open: Distinct,
    /// The addresses that were looked up.
    pub(crate) looked_for: LookedFor,
    /// Customers' balances that would be created: one for each currency.
    pub customer_balances: Distinct,
    /// Movements that no rule knows, by Stripe's names for them. They go to the suspense account.
    pub unknown: BTreeMap<String, UnknownKind>,
    /// Such movements of kinds beyond those that are kept.
    pub unknown_left_out: u64,
    /// Movements that cannot be mirrored.
    pub unreadable: u64,
    /// Other findings: the number of movements by code.
    pub findings: BTreeMap<String, u64>,
    /// `created` of the oldest movement, Unix seconds.
    pub first: Option<i64>,
    /// `created` of the newest.
    pub last: Option<i64>,
    /// The start, Unix seconds: earlier movements are not posted, but summed in opening entries.
    /// The beginning of time for the whole history.
    pub start: i64,
    /// Movements before the start.
    pub records_before: u64,
    /// Their sums, by `balance#CURRENCY`.
    pub openings: BTreeMap<String, Sum>,
    /// Currencies whose precision in the ledger was checked.
    pub checked: BTreeSet<Currency>,
    /// Conflicts that prevent writing.
    pub conflicts: Vec<Conflict>,
    /// Automatic payouts that a first sync adds up.
    pub(crate) payouts: PayoutsToAddUp,
    /// The estimated duration of the sync, in seconds.
    pub seconds: u64,
    /// The estimated number of requests to Stripe.
    pub stripe_calls: u64,
}

/// Automatic payouts that a first sync adds up. Stored as a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "(u64, u64)", into = "(u64, u64)")]
pub(crate) struct PayoutsToAddUp {
    /// Tracked ones.
    pub(crate) tracked: u64,
    /// Older ones.
    pub(crate) older: u64,
}

impl From<(u64, u64)> for PayoutsToAddUp {
    fn from((tracked, older): (u64, u64)) -> Self {
        Self { tracked, older }
    }
}

impl From<PayoutsToAddUp> for (u64, u64) {
    fn from(payouts: PayoutsToAddUp) -> Self {
        (payouts.tracked, payouts.older)
    }
}

/// One account in one currency: the sums of its entries in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct AccountFigures {
    /// Entries on it.
    pub entries: u64,
    /// Their debits.
    pub debits: Sum,
    /// Their credits. Credits less debits is the balance.
    pub credits: Sum,
}

/// Movements of a kind that no rule knows.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct UnknownKind {
    /// The number of movements.
    pub records: u64,
    /// Their gross amounts, by currency.
    pub amounts: BTreeMap<Currency, Sum>,
}
