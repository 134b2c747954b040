//! The figures of a preview, stored with its run. Bounded in size, whatever the history holds.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::model::approval::Conflict;
use crate::model::distinct::Distinct;
use crate::model::money::{Currency, Sum};

/// E-mail addresses that one dry run looks for: each is a request of its own.
pub(crate) const MAX_LOOKED_FOR: u64 = 1_000;

/// Whose address was looked for already: a dry run asks once for each, and not without end.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct LookedFor {
    pub(crate) customers: Distinct,
    /// Addresses of customers whose identities are yet to be made.
    pub(crate) addresses: Distinct,
}

impl LookedFor {
    /// Whether another address may be looked for.
    pub(crate) fn may_ask(&self) -> bool {
        self.customers.count().0 < MAX_LOOKED_FOR
    }
}

/// What a sync would make of the history.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Preview {
    /// Entries that the movements make.
    pub entries: u64,
    /// Those of them that are in the ledger already.
    pub entries_there: u64,
    /// Where they go, by `account#CURRENCY`; all customers' balances are one account.
    pub accounts: BTreeMap<String, AccountFigures>,
    /// Sides of entries on accounts beyond the rows that are kept.
    pub accounts_left_out: u64,
    /// Customers whose identities are to be made. None of them, nor of the others, when all payments share one account.
    pub customers: Distinct,
    /// Customers whose identities are there already.
    pub customers_there: Distinct,
    /// Customers who are attached to an identity that has their e-mail address.
    pub customers_matched: Distinct,
    /// Customers of whom only the sync will show whether they are attached to one: beyond the look-ups of a preview, or with the address
    /// of another new customer.
    pub customers_open: Distinct,
    /// Whose address was looked for.
    pub(crate) looked_for: LookedFor,
    /// Customers' balances to be made: one for each currency.
    pub customer_balances: Distinct,
    /// Movements that no rule knows, by what Stripe calls them. They go to the suspense account.
    pub unknown: BTreeMap<String, UnknownKind>,
    /// Such movements of kinds beyond those that are kept.
    pub unknown_left_out: u64,
    /// Movements that cannot be mirrored as they stand.
    pub unreadable: u64,
    /// What else a person should know, by its code: how many movements.
    pub findings: BTreeMap<String, u64>,
    /// `created` of the oldest movement, Unix seconds.
    pub first: Option<i64>,
    /// `created` of the newest.
    pub last: Option<i64>,
    /// The start, Unix seconds: what is before it is not posted, but summed in opening entries. The beginning for the whole history.
    pub start: i64,
    /// Movements before the start.
    pub records_before: u64,
    /// What they add up to, by `balance#CURRENCY`.
    pub openings: BTreeMap<String, Sum>,
    /// Currencies whose way of being kept in the ledger was looked at.
    pub checked: BTreeSet<Currency>,
    /// What stands against writing.
    pub conflicts: Vec<Conflict>,
    /// Automatic payouts that a first sync adds up: those that runs follow, and older ones.
    pub(crate) payouts: (u64, u64),
    /// About how long the sync takes, in seconds.
    pub seconds: u64,
    /// About how many requests to Stripe it needs.
    pub stripe_calls: u64,
}

/// One account in one currency: what its entries add up to, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct AccountFigures {
    /// Entries on it.
    pub entries: u64,
    /// What they debit.
    pub debits: Sum,
    /// What they credit. Credits less debits is its balance.
    pub credits: Sum,
}

/// Movements of a kind that no rule knows.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct UnknownKind {
    /// How many.
    pub records: u64,
    /// Their gross amounts, by currency.
    pub amounts: BTreeMap<Currency, Sum>,
}
