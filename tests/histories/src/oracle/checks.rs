//! What the ledger must hold: each record's entries, the sums of each mirror, the customers.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::ledger::{Balance, Ledger};
use super::openings::Openings;
use super::record::mirror_of;
use super::{ByBalance, Record, Sides};

/// Debits and credits that the records should make on each mirror.
pub(super) fn expected(records: &[&Record], openings: &Openings) -> ByBalance<Sides> {
    let mut expected: ByBalance<Sides> = BTreeMap::new();
    let mut add = |balance: (String, String), moved: i128| {
        let sides = expected.entry(balance).or_default();
        if moved > 0 { sides.debit += moved } else { sides.credit -= moved }
    };
    for opening in openings.0.values() {
        add(opening.balance.clone(), opening.moved);
    }
    for record in records {
        for moved in record.legs().into_values() {
            add((record.balance().to_owned(), record.currency.to_uppercase()), i128::from(moved));
        }
    }
    expected
}

/// Each leg of each record is one entry, with the right amount on the right side of the right
/// mirror. No other entry is on a mirror.
pub(super) fn entries(
    owner: &str,
    records: &[&Record],
    ledger: &Ledger,
    differences: &mut Vec<String>,
) {
    let openings = Openings::of(owner, ledger);
    let named: HashMap<&str, (&str, &str)> = ledger
        .balances
        .iter()
        .filter_map(|balance| {
            Some((balance.id.as_str(), (balance.indicator.as_deref()?, balance.currency.as_str())))
        })
        .collect();
    let is_mirror = |id: &str| {
        let name = named.get(id).map_or("", |(name, _)| name);
        let known =
            ["@stripe_test", "@stripe_test_issuing", "@stripe_test_refund_and_dispute_prefunding"];
        known.contains(&name) || name.starts_with("@stripe_test_balance_")
    };
    let mut legs: HashMap<String, (i128, String, String, i64)> = HashMap::new();
    for record in records {
        for (kind, moved) in record.legs() {
            let leg = (
                i128::from(moved),
                record.mirror(),
                record.currency.to_uppercase(),
                record.created,
            );
            legs.insert(format!("{owner}:{}:{kind}", record.id), leg);
        }
    }
    let mut references = BTreeSet::new();
    for entry in ledger
        .transactions
        .iter()
        .filter(|entry| is_mirror(&entry.source) || is_mirror(&entry.destination))
    {
        if !references.insert(entry.reference.as_str()) {
            differences.push(format!("{} exists twice", entry.reference));
            continue;
        }
        if openings.0.contains_key(&entry.reference) {
            if entry.status != "APPLIED" {
                differences.push(format!("{} is {entry:?}", entry.reference));
            }
            continue;
        }
        let Some((moved, mirror, currency, created)) = legs.remove(&entry.reference) else {
            differences.push(format!("{} belongs to no record", entry.reference));
            continue;
        };
        let side = if moved > 0 { &entry.source } else { &entry.destination };
        let there = (moved.abs(), mirror.as_str(), currency.as_str());
        let (name, held_in) = named.get(side.as_str()).copied().unwrap_or_default();
        let right = (entry.amount, name, held_in) == there
            && entry.currency == currency
            && entry.status == "APPLIED";
        let dated = entry.effective_at == Some(created * 1_000_000);
        if !right || !dated {
            differences.push(format!(
                "{} is {entry:?}, should move {mirror} by {moved} {currency} at {created}",
                entry.reference
            ));
        }
    }
    differences.extend(
        legs.into_iter()
            .map(|(reference, leg)| format!("{reference} of {} {} is missing", leg.0, leg.2)),
    );
}

/// Debits and credits of each mirror as the ledger keeps them, against the records' legs.
pub(super) fn mirrors(expected: &ByBalance<Sides>, ledger: &Ledger, differences: &mut Vec<String>) {
    for ((balance, currency), sides) in expected {
        let mirror = mirror_of(balance);
        let held: Vec<&Balance> = ledger
            .balances
            .iter()
            .filter(|row| row.indicator.as_ref() == Some(&mirror) && row.currency == *currency)
            .collect();
        let sum = held.iter().fold(Sides::default(), |sum, row| Sides {
            debit: sum.debit + row.debit,
            credit: sum.credit + row.credit,
        });
        if sum != *sides || held.len() > 1 {
            differences.push(format!(
                "{mirror} {currency}: {sum:?} in {} balances, should be {sides:?}",
                held.len()
            ));
        }
    }
}

/// One identity for each customer, one balance for each identity and currency, all of them in one
/// ledger of the app.
pub(super) fn customers(ledger: &Ledger, differences: &mut Vec<String>) {
    let distinct: BTreeSet<&str> =
        ledger.identities.iter().map(|identity| identity.id.as_str()).collect();
    if distinct.len() != ledger.identities.len() {
        differences.push("an identity exists twice".to_owned());
    }
    let mut pairs = BTreeSet::new();
    for balance in &ledger.balances {
        if let Some(identity) = balance.identity.as_deref().filter(|id| !id.is_empty())
            && !pairs.insert((identity, balance.currency.as_str()))
        {
            differences.push(format!("{identity} has two balances in {}", balance.currency));
        }
    }
    // Creating a ledger is not idempotent, so two workers may create two. All balances are in the
    // oldest, where a reinstall looks for them.
    let of_app = ledger.ledgers.iter().filter(|row| {
        row.meta_data.as_ref().is_some_and(|meta| meta.get("stripe_sync_mirror").is_some())
    });
    let oldest = of_app.min_by_key(|row| row.created_at).map(|row| row.id.as_str());
    let elsewhere =
        |balance: &&Balance| balance.identity.is_some() && Some(balance.ledger.as_str()) != oldest;
    differences.extend(
        ledger
            .balances
            .iter()
            .filter(elsewhere)
            .map(|balance| format!("{} is not in the app's oldest ledger", balance.id)),
    );
}
