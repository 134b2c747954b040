//! What the money was for, added up from Stripe's records and the ledger's own entries, hour by
//! hour, and compared with what the app stored. It uses no code of the app.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use super::openings::Openings;
use super::{Ledger, Record};

const SECONDS_PER_HOUR: i64 = 3600;

/// An hour of a balance in a currency: balance, upper-case currency, Unix hour.
type Hour = (String, String, i64);

/// By category: count, gross, net and fees by kind. By account: debits and credits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Figures {
    categories: BTreeMap<String, (i128, i128, i128, BTreeMap<String, i128>)>,
    accounts: BTreeMap<String, (i128, i128)>,
}

impl Figures {
    fn account(&mut self, name: String, moved: i128) {
        let sides = self.accounts.entry(name).or_default();
        if moved > 0 { sides.1 += moved } else { sides.0 -= moved }
    }

    /// Zeros tell nothing.
    fn without_zeros(mut self) -> Self {
        self.accounts.retain(|_, sides| *sides != (0, 0));
        for (_, _, _, fees) in self.categories.values_mut() {
            fees.retain(|_, fee| *fee != 0);
        }
        self
    }
}

/// What the app stored for a connection differs from this in these hours. `stored` are its items of
/// figures; hours of `planted` entries, which somebody changed after they were counted, are left
/// out.
pub(crate) fn differences(
    owner: &str,
    (records, start): (&[Record], i64),
    ledger: &Ledger,
    stored: &[Value],
    planted: &BTreeSet<String>,
) -> Vec<String> {
    let mut expected: BTreeMap<Hour, Figures> = BTreeMap::new();
    let mut spoilt: BTreeSet<Hour> = BTreeSet::new();
    let names: HashMap<&str, Option<&str>> =
        ledger.balances.iter().map(|row| (row.id.as_str(), row.indicator.as_deref())).collect();
    let entries: HashMap<&str, &super::Entry> =
        ledger.transactions.iter().map(|row| (row.reference.as_str(), row)).collect();
    for record in records.iter().filter(|record| record.created >= start) {
        let currency = record.currency.to_uppercase();
        let hour = record.created.div_euclid(SECONDS_PER_HOUR);
        let key = (record.balance().to_owned(), currency.clone(), hour);
        let figures = expected.entry(key.clone()).or_default();
        let category = figures.categories.entry(record.category().to_owned()).or_default();
        (category.0, category.1) = (category.0 + 1, category.1 + i128::from(record.amount));
        category.2 += i128::from(record.net);
        for (kind, moved) in record.legs() {
            let moved = i128::from(moved);
            if kind != "amount" {
                *category.3.entry(kind.to_owned()).or_default() -= moved;
            }
        }
        for (kind, moved) in record.legs() {
            let moved = i128::from(moved);
            let reference = format!("{owner}:{}:{kind}", record.id);
            if planted.contains(&reference) {
                spoilt.insert(key.clone());
            }
            let there = entries.get(reference.as_str()).filter(|entry| {
                entry.amount == moved.abs()
                    && entry.currency == currency
                    && entry.status == "APPLIED"
            });
            let account = there.map_or("unposted", |entry| {
                let side = if moved > 0 { &entry.destination } else { &entry.source };
                names.get(side.as_str()).copied().flatten().unwrap_or("customer_balances")
            });
            figures.account(account.to_owned(), moved);
        }
    }
    for (opening, hour) in Openings::of(owner, ledger).0.values().filter_map(|opening| {
        Some((opening, opening.effective_at?.div_euclid(1_000_000 * SECONDS_PER_HOUR)))
    }) {
        let (balance, currency) = opening.balance.clone();
        let figures = expected.entry((balance, currency, hour)).or_default();
        let category = figures.categories.entry("opening_balance".to_owned()).or_default();
        category.1 += opening.moved;
        category.2 += opening.moved;
        figures.account("@stripe_test_opening".to_owned(), opening.moved);
    }
    let stored = hours_of(stored);
    let mut found = Vec::new();
    let all: BTreeSet<&Hour> = expected.keys().chain(stored.keys()).collect();
    for hour in all.into_iter().filter(|hour| !spoilt.contains(*hour)) {
        let want = expected.get(hour).cloned().unwrap_or_default().without_zeros();
        let have = stored.get(hour).cloned().unwrap_or_default().without_zeros();
        if want != have {
            found.push(format!("figures of {hour:?}: stored {have:?}, should be {want:?}"));
        }
    }
    found
}

/// The stored figures, parsed by this module's own reading of them.
fn hours_of(items: &[Value]) -> BTreeMap<Hour, Figures> {
    let mut hours: BTreeMap<Hour, Figures> = BTreeMap::new();
    for item in items {
        let sk = item["sk"].as_str().unwrap_or_default();
        let parts: Vec<&str> = sk.split('#').collect();
        let &[_, _, date, balance, currency, _] = parts.as_slice() else { continue };
        let midnight = date.parse::<jiff::civil::Date>().ok().and_then(|date| {
            let midnight = date.to_datetime(jiff::civil::Time::midnight());
            Some(jiff::tz::Offset::UTC.to_timestamp(midnight).ok()?.as_second())
        });
        let Some(midnight) = midnight else { continue };
        for (name, value) in item.as_object().into_iter().flatten() {
            let (what, hour) = name.split_at(1);
            let Some(hour) = hour.parse::<i64>().ok().filter(|_| ["h", "o"].contains(&what)) else {
                continue;
            };
            let key = (
                balance.to_owned(),
                currency.to_owned(),
                midnight.div_euclid(SECONDS_PER_HOUR) + hour,
            );
            add(hours.entry(key).or_default(), value);
        }
    }
    hours
}

fn add(figures: &mut Figures, stored: &Value) {
    for (category, text) in stored["c"].as_object().into_iter().flatten() {
        let mut parts = text.as_str().unwrap_or_default().split('|');
        let mut number = || parts.next().and_then(|text| text.parse().ok()).unwrap_or(i128::MIN);
        let known = figures.categories.entry(category.clone()).or_default();
        (known.0, known.1) = (known.0 + number(), known.1 + number());
        known.2 += number();
        for fee in parts {
            let (kind, amount) = fee.split_once('=').unwrap_or_default();
            *known.3.entry(kind.to_owned()).or_default() += amount.parse().unwrap_or(i128::MIN);
        }
    }
    for (account, text) in stored["a"].as_object().into_iter().flatten() {
        let name = account.split_once('=').map_or(account.as_str(), |(_, name)| name);
        let (debit, credit) =
            text.as_str().and_then(|text| text.split_once('|')).unwrap_or_default();
        let known = figures.accounts.entry(name.to_owned()).or_default();
        known.0 += debit.parse().unwrap_or(i128::MIN);
        known.1 += credit.parse().unwrap_or(i128::MIN);
    }
}
