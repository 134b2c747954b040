//! A dry run of the whole history: counts what a sync would do, page by page, and never writes to
//! the ledger.
//!
//! The figures are part of the run and stay small, however long the history is: rows by account and
//! currency, record types that no rule knows, and customers counted by the smallest hashes of their
//! ids.

pub mod offset_balances;
pub mod read;

use crate::engine::stages::customers::forecast::ExpectedCustomer;
use crate::engine::stages::payouts::reads_of_first_run;
use crate::engine::stages::preview::offset_balances::OffsetBalances;
use crate::model::ledger::{Account, BalanceKind, Chart, Finding, Leg, Mirrored};
use crate::model::money::Currency;
use crate::model::payout::listable;
use crate::model::preview::Preview;
use crate::model::problem::ProblemReport;
use crate::model::run::{Run, RunState};
use crate::model::stripe::types::movement::BalanceTransaction;
use crate::model::stripe::types::parts::Expandable;
use crate::model::time::Millis;

/// The limit of account and currency rows that are kept.
pub(crate) const MAX_ACCOUNTS: usize = 400;

/// The limit of unknown record types that are named.
pub(crate) const MAX_UNKNOWN: usize = 50;

/// The longest name of an unknown record type, in characters.
pub(crate) const MAX_KIND: usize = 120;

/// Entries per second that a ledger accepts, until this connection's own rate is known: slightly
/// below the limit of one pair of balances.
pub(crate) const DEFAULT_RATE: u64 = 250;

/// A run that posted fewer entries than this says nothing about the rate.
pub(crate) const MEASURABLE: u64 = 500;

/// Calls of a sync besides those for the pages: two looks for new records, and the balance.
pub(crate) const CALLS_BESIDE: u64 = 3;

impl Preview {
    /// Counts a record: both sides of its entries, and anything else that a person should know.
    fn add(
        &mut self,
        transaction: &BalanceTransaction,
        record: &Mirrored,
        offsets: &OffsetBalances,
    ) {
        self.first = Some(self.first.map_or(record.created, |first| first.min(record.created)));
        self.last = Some(self.last.map_or(record.created, |last| last.max(record.created)));
        for leg in &record.legs {
            self.entries += 1;
            let moved = leg.mirror_delta();
            self.side(&leg.mirror, record.currency, moved);
            self.side(offsets.offset(record, leg), record.currency, -moved);
        }
        for finding in &record.findings {
            let report = ProblemReport::finding(record, transaction.amount, finding);
            if let Finding::Unclassified { reporting_category, type_, source } = finding {
                self.unclassified(
                    &kind([reporting_category, type_, source]),
                    record.currency,
                    transaction.amount,
                );
            } else {
                *self.findings.entry(report.code.as_str().to_owned()).or_default() += 1;
            }
        }
    }

    /// Counts one side of an entry. A positive movement is a debit.
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

    /// Counts the outcome for a customer's identity.
    fn add_customer(&mut self, customer: &str, expected: ExpectedCustomer) {
        let counted = match expected {
            ExpectedCustomer::New => &mut self.customers,
            ExpectedCustomer::There => &mut self.customers_there,
            ExpectedCustomer::Matched => &mut self.customers_matched,
            ExpectedCustomer::Open => &mut self.customers_open,
        };
        counted.add(customer);
    }

    /// Counts an opening entry.
    fn add_opening(&mut self, chart: &Chart, kind: &BalanceKind, currency: Currency, moved: i128) {
        self.entries += 1;
        self.side(&chart.mirror(kind), currency, moved);
        self.side(&chart.account(Account::Opening), currency, -moved);
    }

    /// Counts a payout whose members a first sync adds up.
    fn add_payout(&mut self, transaction: &BalanceTransaction, now: Millis) {
        match transaction
            .source
            .as_ref()
            .and_then(Expandable::object)
            .and_then(|source| listable(source, now))
        {
            Some(true) => self.payouts.tracked += 1,
            Some(false) => self.payouts.older += 1,
            None => {}
        }
    }

    /// Estimates a sync's duration and Stripe calls, from the rate of the last run if that is
    /// measurable. A first sync also adds up payouts.
    fn estimate(&mut self, pages: u64, first: bool, last: Option<&Run>) {
        let new = self.entries.saturating_sub(self.entries_there);
        self.seconds = new.div_ceil(last.and_then(measured).unwrap_or(DEFAULT_RATE).max(1)).max(1);
        let for_payouts =
            if first { reads_of_first_run(self.payouts.tracked, self.payouts.older) } else { 0 };
        self.stripe_calls = pages.max(1) + CALLS_BESIDE + for_payouts;
    }
}

/// Entries per second of a run that ended well.
pub(crate) fn measured(run: &Run) -> Option<u64> {
    let posted = run.progress.counters.entries_posted;
    let completed = matches!(run.state, RunState::Completed | RunState::CompletedWithProblems);
    let took = run
        .finished_at?
        .0
        .checked_sub(run.started_at?.0)
        .and_then(|took| u64::try_from(took).ok())?;
    (completed && posted >= MEASURABLE).then(|| posted.saturating_mul(1000) / took.max(1))
}

/// A short name for a record type, from Stripe's own names.
pub(crate) fn kind(names: [&String; 3]) -> String {
    let mut named: Vec<&str> =
        names.iter().map(|name| name.as_str()).filter(|name| !name.is_empty()).collect();
    named.dedup();
    named.join(" / ").chars().take(MAX_KIND).collect()
}

#[cfg(test)]
mod tests;
