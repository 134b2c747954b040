//! Openings: entries that stand for the records before a start.

use std::collections::BTreeMap;

use super::ledger::{Entry, Ledger};
use super::{ByBalance, Record};

/// An entry that stands for records before a start.
pub(super) struct Opening {
    /// Balance and currency.
    pub(super) balance: (String, String),
    /// By how much it moves the mirror.
    pub(super) moved: i128,
    /// When it takes effect, Unix microseconds.
    pub(super) effective_at: Option<i64>,
}

/// All of them, by reference.
pub(super) struct Openings(pub(super) BTreeMap<String, Opening>);

impl Openings {
    pub(super) fn of(owner: &str, ledger: &Ledger) -> Self {
        let indicator = |id: &str| {
            ledger.balances.iter().find(|row| row.id == id).and_then(|row| row.indicator.clone())
        };
        let opening = |entry: &Entry| {
            let named = entry.reference.strip_prefix(owner)?.strip_prefix(':')?;
            let mut parts = named.split(':');
            let (balance, currency) = (parts.next()?.to_owned(), parts.next()?.to_owned());
            let last =
                parts.next_back().filter(|last| ["opening", "opening_moved"].contains(last))?;
            let offset_account = if last == "opening" || parts.next().is_some() {
                "@stripe_test_opening"
            } else {
                ""
            };
            let debits = indicator(&entry.destination).is_some_and(|name| name == offset_account);
            let moved = if debits { entry.amount } else { -entry.amount };
            Some((
                entry.reference.clone(),
                Opening { balance: (balance, currency), moved, effective_at: entry.effective_at },
            ))
        };
        Self(ledger.transactions.iter().filter_map(opening).collect())
    }

    /// For each balance and currency they sum up the records before the start. Each takes effect
    /// just before a midnight.
    pub(super) fn check(&self, before: &[&Record], start: i64, differences: &mut Vec<String>) {
        let mut sums: ByBalance<i128> = BTreeMap::new();
        for record in before {
            *sums
                .entry((record.balance().to_owned(), record.currency.to_uppercase()))
                .or_default() += i128::from(record.net);
        }
        for (reference, Opening { balance, moved, effective_at }) in &self.0 {
            *sums.entry(balance.clone()).or_default() -= moved;
            let starts = effective_at.map(|at| at.div_euclid(1_000_000) + 1);
            if starts.is_none_or(|starts| starts < start || starts % 86_400 != 0) {
                differences.push(format!(
                    "{reference} takes effect at {effective_at:?}, which is not just before a start"
                ));
            }
        }
        let differing = sums.into_iter().filter(|(_, left)| *left != 0);
        differences.extend(differing.map(|((balance, currency), left)| {
            format!("the opening of {balance} {currency} differs by {left}")
        }));
    }
}
