//! What both sides count: accounts, customers, legs, pages.

use std::collections::{BTreeMap, BTreeSet};

use super::{Books, PAGE};

impl Books {
    /// Debits and credits of every account by name and currency; the balances of all customers
    /// together as `customers`.
    #[must_use]
    pub fn accounts(&self) -> BTreeMap<(String, String), (i64, i64)> {
        let mut sums: BTreeMap<(String, String), (i64, i64)> = BTreeMap::new();
        for balance in &self.balances {
            let name = balance.indicator.clone().unwrap_or_else(|| "customers".to_owned());
            let sum = sums.entry((name, balance.currency.clone())).or_default();
            *sum = (sum.0 + balance.debit_balance, sum.1 + balance.credit_balance);
        }
        sums.retain(|_, sum| *sum != (0, 0));
        sums
    }

    /// How many identities the ledger holds, and how many balances they have.
    #[must_use]
    pub fn customer_counts(&self) -> (u64, u64) {
        let balances = self
            .balances
            .iter()
            .filter(|balance| balance.identity_id.as_ref().is_some_and(|id| !id.is_empty()))
            .count();
        (self.identities.len() as u64, balances as u64)
    }

    /// How many entries the records make.
    #[must_use]
    pub fn legs(&self) -> usize {
        let posted = self.records.iter().filter(|record| self.is_posted(record));
        posted.map(|record| record.legs().len()).sum::<usize>() + self.openings().count()
    }

    /// How many distinct records the entries name, and how many of Stripe's records make an entry
    /// at all.
    #[must_use]
    pub fn distinct_records(&self) -> (usize, usize) {
        let named: BTreeSet<_> = self
            .entries
            .iter()
            .filter_map(|entry| entry.meta_data.get("stripe_balance_transaction_id")?.as_str())
            .collect();
        (
            named.len(),
            self.records
                .iter()
                .filter(|record| self.is_posted(record) && !record.legs().is_empty())
                .count(),
        )
    }

    /// The most bulk posts that a first back-fill may need: one for each page of the list and
    /// currency on it.
    #[must_use]
    pub fn page_currencies(&self) -> u64 {
        let pages = self.records.chunks(PAGE);
        pages
            .map(|page| {
                page.iter()
                    .filter(|record| !record.legs().is_empty())
                    .map(|record| &record.currency)
                    .collect::<BTreeSet<_>>()
                    .len() as u64
            })
            .sum()
    }
}
