//! A dry run of the whole history: what a sync would make of it, counted page by page and never written to the ledger.
//!
//! The figures lie in the run and stay small however long the history is: rows by account and currency, kinds that no rule knows, and
//! customers counted by the smallest hashes of their ids.

mod read;
mod seats;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::customers::{Foreseen, LookedFor};
use super::distinct::Distinct;
use super::payouts::{listable, reads_of_first_run};
use super::precision::Conflict;
use super::problem::Met;
use super::run::{Run, RunState, Sum};
use crate::clock::Millis;
use crate::ledger::{Account, BalanceKind, Chart, Finding, Leg, Mirrored};
use crate::money::Currency;
use crate::stripe::types::{BalanceTransaction, Expandable};
use seats::Seats;

/// Rows of accounts and currencies that are kept.
const MAX_ACCOUNTS: usize = 400;
/// Kinds of movements that no rule knows, each named.
const MAX_UNKNOWN: usize = 50;
/// The longest name of such a kind.
const MAX_KIND: usize = 120;
/// Entries a second that a ledger takes, until this connection's own speed is known: a little below what one pair of balances bears.
const DEFAULT_RATE: u64 = 250;
/// A run that posted fewer entries than this says nothing about speed.
const MEASURABLE: u64 = 500;
/// Requests of a sync beside those for the pages: the look for what came meanwhile, twice, and the balance.
const CALLS_BESIDE: u64 = 3;
/// The row of all customers' balances together.
const CUSTOMERS: &str = "customers";

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
    looked_for: LookedFor,
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
    payouts: (u64, u64),
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

impl Preview {
    /// Counts a record: its entries on both of their sides, and what a person should know of it.
    fn add(&mut self, transaction: &BalanceTransaction, record: &Mirrored, seats: &Seats) {
        self.first = Some(self.first.map_or(record.created, |first| first.min(record.created)));
        self.last = Some(self.last.map_or(record.created, |last| last.max(record.created)));
        for leg in &record.legs {
            self.entries += 1;
            let moved = leg.mirror_delta();
            self.side(&leg.mirror, record.currency, moved);
            self.side(seats.counter(record, leg), record.currency, -moved);
        }
        for finding in &record.findings {
            let met = Met::finding(record, transaction.amount, finding);
            if let Finding::Unclassified { reporting_category, type_, source } = finding {
                self.unclassified(&kind([reporting_category, type_, source]), record.currency, transaction.amount);
            } else {
                *self.findings.entry(met.code.to_owned()).or_default() += 1;
            }
        }
    }

    /// One side of an entry: a positive movement is a debit.
    fn side(&mut self, account: &str, currency: Currency, moved: i128) {
        let name = format!("{account}#{currency}");
        if self.accounts.len() >= MAX_ACCOUNTS && !self.accounts.contains_key(&name) {
            self.accounts_left_out += 1;
            return;
        }
        let figures = self.accounts.entry(name).or_default();
        figures.entries += 1;
        let sum = if moved > 0 { &mut figures.debits } else { &mut figures.credits };
        sum.0 = sum.0.saturating_add_unsigned(moved.unsigned_abs());
    }

    fn unclassified(&mut self, kind: &str, currency: Currency, amount: i64) {
        if self.unknown.len() >= MAX_UNKNOWN && !self.unknown.contains_key(kind) {
            self.unknown_left_out += 1;
            return;
        }
        let known = self.unknown.entry(kind.to_owned()).or_default();
        known.records += 1;
        known.amounts.entry(currency).or_default().add(amount);
    }

    /// Counts a record before the start.
    fn add_before(&mut self, record: &Mirrored) {
        self.records_before += 1;
        let sum = self.openings.entry(format!("{}#{}", record.kind, record.currency)).or_default();
        let net = record.legs.iter().map(Leg::mirror_delta).sum();
        sum.0 = sum.0.saturating_add(net);
    }

    /// Counts what becomes of a customer's identity.
    fn add_customer(&mut self, customer: &str, foreseen: Foreseen) {
        let counted = match foreseen {
            Foreseen::New => &mut self.customers,
            Foreseen::There => &mut self.customers_there,
            Foreseen::Matched => &mut self.customers_matched,
            Foreseen::Open => &mut self.customers_open,
        };
        counted.add(customer);
    }

    /// Counts an opening entry.
    fn add_opening(&mut self, chart: &Chart, (kind, currency): (&BalanceKind, Currency), moved: i128) {
        self.entries += 1;
        self.side(&chart.mirror(kind), currency, moved);
        self.side(&chart.account(Account::Opening), currency, -moved);
    }

    /// Counts a payout whose members a first sync adds up.
    fn add_payout(&mut self, transaction: &BalanceTransaction, now: Millis) {
        match transaction.source.as_ref().and_then(Expandable::object).and_then(|source| listable(source, now)) {
            Some(true) => self.payouts.0 += 1,
            Some(false) => self.payouts.1 += 1,
            None => {}
        }
    }

    /// How long a sync takes and what it asks of Stripe, from the speed of the last one when that can be measured. A first sync also adds
    /// up payouts.
    fn estimate(&mut self, pages: u64, first: bool, last: Option<&Run>) {
        let new = self.entries.saturating_sub(self.entries_there);
        self.seconds = new.div_ceil(last.and_then(measured).unwrap_or(DEFAULT_RATE).max(1)).max(1);
        let for_payouts = if first { reads_of_first_run(self.payouts.0, self.payouts.1) } else { 0 };
        self.stripe_calls = pages.max(1) + CALLS_BESIDE + for_payouts;
    }
}

/// Entries a second of a run that ended well.
fn measured(run: &Run) -> Option<u64> {
    let posted = run.progress.counters.entries_posted;
    let completed = matches!(run.state, RunState::Completed | RunState::CompletedWithProblems);
    let took = run.finished_at?.0.checked_sub(run.started_at?.0).and_then(|took| u64::try_from(took).ok())?;
    (completed && posted >= MEASURABLE).then(|| posted.saturating_mul(1000) / took.max(1))
}

/// What Stripe calls a movement, in one short name.
fn kind(names: [&String; 3]) -> String {
    let mut named: Vec<&str> = names.iter().map(|name| name.as_str()).filter(|name| !name.is_empty()).collect();
    named.dedup();
    named.join(" / ").chars().take(MAX_KIND).collect()
}
