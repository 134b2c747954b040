//! A dry run of the whole history: what a sync would make of it, counted page by page and never written to the ledger.
//!
//! The figures lie in the run and stay small however long the history is: rows by account and currency, kinds that no rule knows, and
//! customers counted by the smallest hashes of their ids.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::distinct::Distinct;
use super::driver::Job;
use super::halt::Halt;
use super::page::{PageDone, in_order};
use super::precision::{self, Conflict};
use super::problem::Met;
use super::run::{Run, RunState, Sum};
use crate::blnk::MAX_LOOKUP_VALUES;
use crate::ledger::{
    Account, BalanceKind, ChargeAccounts, Chart, Counter, Finding, LedgerError, Leg, Mirrored, Reference, identity_id, mirror,
};
use crate::money::Currency;
use crate::stripe::types::{BalanceTransaction, List};

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
    /// Identities to be made.
    pub customers: Distinct,
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
    /// About how long the sync takes, in seconds.
    pub seconds: u64,
    /// Requests to Stripe that it needs.
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
    fn add(&mut self, transaction: &BalanceTransaction, record: &Mirrored) {
        self.first = Some(self.first.map_or(record.created, |first| first.min(record.created)));
        self.last = Some(self.last.map_or(record.created, |last| last.max(record.created)));
        for leg in &record.legs {
            self.entries += 1;
            let counter = match &leg.counter {
                Counter::Account(name) => name.as_str(),
                Counter::Customer(_) => CUSTOMERS,
            };
            let moved = leg.mirror_delta();
            self.side(&leg.mirror, record.currency, moved);
            self.side(counter, record.currency, -moved);
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

    /// Counts an opening entry.
    fn add_opening(&mut self, chart: &Chart, (kind, currency): (&BalanceKind, Currency), moved: i128) {
        self.entries += 1;
        self.side(&chart.mirror(kind), currency, moved);
        self.side(&chart.account(Account::Opening), currency, -moved);
    }

    /// How long a sync takes and what it asks of Stripe, from the speed of the last one when that can be measured.
    fn estimate(&mut self, pages: u64, last: Option<&Run>) {
        let new = self.entries.saturating_sub(self.entries_there);
        self.seconds = new.div_ceil(last.and_then(measured).unwrap_or(DEFAULT_RATE).max(1)).max(1);
        self.stripe_calls = pages.max(1) + CALLS_BESIDE;
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

impl Job<'_> {
    /// Counts a page. Whatever was counted before comes from the checkpoint, so a page that is read twice is counted once.
    pub(super) async fn preview_page(&mut self, page: &List<BalanceTransaction>) -> Result<PageDone, Halt> {
        in_order(&self.progress.walk, &page.data)?;
        let mut preview = *self.progress.preview.take().unwrap_or_default();
        preview.start = self.start();
        let before = self.before_start(&page.data).await?;
        let mut mirrored = Vec::new();
        for transaction in &page.data {
            // The accounts of charges that are in the ledger already are not looked up: a refund follows its charge's customer.
            match mirror(transaction, &self.chart, &ChargeAccounts::none()) {
                Ok(record) if before.contains(transaction.id.as_str()) => preview.add_before(&record),
                Ok(record) => mirrored.push((transaction, record)),
                Err(_) => preview.unreadable += 1,
            }
        }
        for (transaction, record) in &mirrored {
            preview.add(transaction, record);
        }
        preview.entries_there += self.there(&mirrored).await?;
        self.customers_to_make(&mirrored, &mut preview).await?;
        self.conflicts(&mirrored, &mut preview).await?;
        self.progress.preview = Some(Box::new(preview));
        self.progress.counters.pages += 1;
        self.progress.counters.records += page.data.len() as u64;
        self.count_totals(&mirrored);
        // No record is handed on: a preview leaves no figures of days.
        let with = self.advance(page, &[])?;
        Ok(PageDone { with, found_existing: false })
    }

    /// Entries of a page that are in the ledger already.
    async fn there(&self, mirrored: &[(&BalanceTransaction, Mirrored)]) -> Result<u64, Halt> {
        if self.ledger_id.is_none() {
            return Ok(0);
        }
        let references: Result<Vec<String>, LedgerError> = mirrored
            .iter()
            .flat_map(|(_, record)| record.legs.iter().map(|leg| Reference::new(&self.owner, &record.transaction, leg.word)))
            .map(|reference| reference.map(|reference| reference.to_string()))
            .collect();
        let mut there = 0;
        for part in references?.chunks(MAX_LOOKUP_VALUES) {
            there += self.blnk.transactions_by_reference(part, self.deadline).await?.len() as u64;
        }
        Ok(there)
    }

    /// Customers of a page without an identity, and without a balance in a currency they need.
    async fn customers_to_make(&self, mirrored: &[(&BalanceTransaction, Mirrored)], preview: &mut Preview) -> Result<(), Halt> {
        let mut needed: BTreeSet<(String, String)> = BTreeSet::new();
        for (_, record) in mirrored {
            for leg in &record.legs {
                if let Counter::Customer(id) = &leg.counter {
                    needed.insert((identity_id(&self.owner, id), record.currency.to_string()));
                }
            }
        }
        needed.retain(|(identity, currency)| !preview.customer_balances.holds(&format!("{identity}#{currency}")));
        let identities: BTreeSet<&str> = needed.iter().map(|(identity, _)| identity.as_str()).collect();
        let identities: Vec<&str> = identities.into_iter().collect();
        let (mut known, mut balances) = (BTreeSet::new(), BTreeSet::new());
        if let Some(ledger_id) = &self.ledger_id {
            for part in identities.chunks(MAX_LOOKUP_VALUES) {
                known.extend(self.blnk.identities(part, self.deadline).await?.into_iter().map(|identity| identity.identity_id));
                for balance in self.blnk.balances_by_identity(part, ledger_id, self.deadline).await? {
                    balances.extend(balance.identity_id.map(|identity| (identity, balance.currency)));
                }
            }
        }
        for identity in identities.iter().filter(|identity| !known.contains(**identity)) {
            preview.customers.add(identity);
        }
        for (identity, currency) in needed.difference(&balances) {
            preview.customer_balances.add(&format!("{identity}#{currency}"));
        }
        Ok(())
    }

    /// Whether the ledger keeps the page's currencies in another way. Shown, where a sync would refuse to write.
    async fn conflicts(&self, mirrored: &[(&BalanceTransaction, Mirrored)], preview: &mut Preview) -> Result<(), Halt> {
        let met: BTreeSet<Currency> =
            mirrored.iter().filter(|(_, record)| !record.legs.is_empty()).map(|(_, record)| record.currency).collect();
        for currency in met {
            if preview.checked.insert(currency) {
                preview.conflicts.extend(precision::conflict(&self.blnk, &self.chart, currency, self.deadline).await?);
            }
        }
        Ok(())
    }

    /// The entries that stand for what is before the start: those that are there, and those that a sync would add.
    async fn preview_openings(&self, preview: &mut Preview) -> Result<(), Halt> {
        let there = self.openings_there().await?;
        let named = |name: &String| {
            let (kind, currency) = name.split_once('#')?;
            Some((BalanceKind::from_stored(kind)?, currency.parse::<Currency>().ok()?))
        };
        let sums: BTreeMap<_, _> = preview.openings.iter().filter_map(|(name, sum)| Some((named(name)?, sum.0))).collect();
        let subjects: BTreeSet<_> = sums.keys().chain(there.keys()).cloned().collect();
        for subject in subjects {
            let entries = there.get(&subject).map(Vec::as_slice).unwrap_or_default();
            for entry in entries {
                preview.add_opening(&self.chart, (&subject.0, subject.1), entry.moves);
                preview.entries_there += 1;
            }
            let missing = sums.get(&subject).copied().unwrap_or_default() - entries.iter().map(|entry| entry.moves).sum::<i128>();
            if missing != 0 && !self.opened() {
                preview.add_opening(&self.chart, (&subject.0, subject.1), missing);
            }
        }
        Ok(())
    }

    /// The end of a preview: what is known only at the end.
    pub(super) async fn end_preview(&mut self) -> Result<(), Halt> {
        let summary = self.worker.store.summary(&self.fence.install, self.fence.connection).await?;
        let mut preview = self.progress.preview.take().unwrap_or_default();
        self.preview_openings(&mut preview).await?;
        preview.estimate(self.progress.counters.pages, summary.last_run.as_ref());
        self.progress.preview = Some(preview);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn usd() -> Currency {
        "USD".parse().unwrap()
    }

    #[test]
    fn the_figures_stay_small_and_say_what_they_leave_out() {
        let mut preview = Preview::default();
        for at in 0..MAX_ACCOUNTS as u64 + 5 {
            preview.side(&format!("@a{at}"), usd(), 1);
        }
        assert_eq!((preview.accounts.len(), preview.accounts_left_out), (MAX_ACCOUNTS, 5));
        preview.side("@a0", usd(), -3);
        let first = preview.accounts["@a0#USD"];
        assert_eq!((first.entries, first.debits, first.credits), (2, Sum(1), Sum(3)), "a row that is kept goes on");
        let long = "x".repeat(1000);
        for at in 0..MAX_UNKNOWN as u64 + 2 {
            preview.unclassified(&kind([&format!("{at}"), &long, &long]), usd(), -5);
        }
        assert_eq!((preview.unknown.len(), preview.unknown_left_out), (MAX_UNKNOWN, 2));
        assert!(preview.unknown.keys().all(|kind| kind.chars().count() <= MAX_KIND));
        (0..10_000).for_each(|at| {
            preview.customers.add(&format!("a{at}"));
            preview.customer_balances.add(&format!("b{at}"));
        });
        let item: crate::store::Item = serde_dynamo::to_item(&preview).unwrap();
        let back: Preview = crate::store::from_item(item).unwrap();
        assert_eq!(back, preview);
        assert!(serde_json::to_string(&preview).unwrap().len() < 150_000, "an item of the table holds 400 kB");
    }

    proptest! {
        #[test]
        fn debits_equal_credits_in_every_currency(movements in proptest::collection::vec((any::<i64>(), any::<bool>()), 1..60)) {
            let mut preview = Preview::default();
            for (moved, customer) in movements.into_iter().filter(|(moved, _)| *moved != 0) {
                let moved = i128::from(moved);
                preview.side("@stripe", usd(), moved);
                preview.side(if customer { CUSTOMERS } else { "@stripe_fees" }, usd(), -moved);
            }
            let (debits, credits) = preview.accounts.values().fold((0, 0), |sums: (i128, i128), row| (sums.0 + row.debits.0, sums.1 + row.credits.0));
            prop_assert_eq!(debits, credits);
        }
    }

    #[test]
    fn the_time_follows_the_speed_that_was_measured() {
        let mut preview = Preview { entries: 10_000, entries_there: 5_000, ..Preview::default() };
        preview.estimate(50, None);
        assert_eq!((preview.seconds, preview.stripe_calls), (5_000 / DEFAULT_RATE, 53));
        let request = super::super::table::Request {
            id: ulid::Ulid::from_parts(1, 1),
            trigger: super::super::run::Trigger::Manual,
            scope: super::super::run::Scope::New,
            now: crate::clock::Millis(0),
            launch: None,
            retention_seconds: 0,
        };
        let mut last = super::super::table::new_run(&super::super::table::tests::connection(), &request);
        last.state = RunState::Completed;
        (last.started_at, last.finished_at) = (Some(crate::clock::Millis(0)), Some(crate::clock::Millis(20_000)));
        last.progress.counters.entries_posted = 2_000;
        preview.estimate(50, Some(&last));
        assert_eq!(preview.seconds, 50, "a hundred a second");
        last.progress.counters.entries_posted = MEASURABLE - 1;
        preview.estimate(50, Some(&last));
        assert_eq!(preview.seconds, 5_000 / DEFAULT_RATE, "a small run measures nothing");
    }
}
