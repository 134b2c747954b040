//! Stripe's own reports, made from the account's records by code of their own: *Balance summary*,
//! *Balance change from activity* and *Payout reconciliation*.
//!
//! A report differs from a statement by `created` in two things, and shows both as rows. It counts
//! a payout at its effective date, the day it should arrive, so a payout on its way is still in
//! the balance. And the balance includes reserved funds, so what moves into a reserve or out of it
//! is no activity.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::ids::Kind;
use super::model::{DAY, Source, Transaction};
use super::store::Store;

/// What leaves to the bank, and what comes back.
const PAYOUTS: [&str; 2] = ["payout", "payout_reversal"];
/// What moves into a reserve or out of it.
const RESERVES: [&str; 6] = [
    "connect_reserved_funds",
    "payment_network_reserve_hold",
    "payment_network_reserve_release",
    "payout_minimum_balance_hold",
    "payout_minimum_balance_release",
    "risk_reserved_funds",
];
/// How long after its creation Stripe lists the members of a payout.
const RECONCILED_AFTER: i64 = DAY;

/// The days of a report, both included.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Days {
    from: jiff::civil::Date,
    to: jiff::civil::Date,
    #[serde(default)]
    pub(super) mode: Option<super::account::Mode>,
}

impl Days {
    /// From the first second to the first one after, Unix seconds in UTC. `None` for days that no
    /// calendar has, and for an end before the beginning.
    pub(super) fn seconds(self) -> Option<(i64, i64)> {
        let midnight = |date: jiff::civil::Date| {
            let midnight = date.to_datetime(jiff::civil::Time::midnight());
            Some(jiff::tz::Offset::UTC.to_timestamp(midnight).ok()?.as_second())
        };
        let (first, after) = (midnight(self.from)?, midnight(self.to.tomorrow().ok()?)?);
        (first < after).then_some((first, after))
    }
}

/// Records, and amounts in minor units. The fee is what the net leaves of the gross amount.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
struct Row {
    count: i64,
    gross: i128,
    fee: i128,
    net: i128,
}

impl Row {
    fn add(&mut self, row: &Transaction) {
        self.count += 1;
        self.gross += i128::from(row.amount);
        self.fee += i128::from(row.amount) - i128::from(row.net);
        self.net += i128::from(row.net);
    }
}

/// The same figures when the period began and when it ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
struct AtBothEnds {
    start: Row,
    end: Row,
}

/// The report of one balance in one currency.
#[derive(Debug, Default, Serialize)]
pub(super) struct BalanceSummary {
    balance: String,
    currency: String,
    starting_balance: i128,
    /// By reporting category.
    activity: BTreeMap<String, Row>,
    activity_total: Row,
    /// At their effective date.
    payouts: Row,
    ending_balance: i128,
    /// What moved into reserves and out of them, by reporting category.
    reserves: BTreeMap<String, Row>,
    /// All of that until then: in the balance, and not in what can be paid out.
    reserved: AtBothEnds,
    /// Payouts that were created and not effective by then: still in the balance.
    payouts_in_transit: AtBothEnds,
}

/// The *Balance summary* of each balance and currency, over the records that lists show at
/// `now_ms`.
pub(super) fn balance_summary(
    store: &Store,
    (first, after): (i64, i64),
    now_ms: i64,
) -> Vec<BalanceSummary> {
    let mut reports: BTreeMap<(&str, &str), BalanceSummary> = BTreeMap::new();
    for (_, row) in store.transactions.iter() {
        if row.created >= after || store.visible_from(row) > now_ms {
            continue;
        }
        let key = (store.words.text(row.balance), store.words.text(row.currency));
        let report = reports.entry(key).or_default();
        let category = store.words.text(row.category);
        if RESERVES.contains(&category) {
            report.reserved.end.add(row);
            if row.created < first {
                report.reserved.start.add(row);
            } else {
                report.reserves.entry(category.to_owned()).or_default().add(row);
            }
        } else if PAYOUTS.contains(&category) {
            report.add_payout(row, effective(store, row), (first, after));
        } else if row.created < first {
            report.starting_balance += i128::from(row.net);
        } else {
            report.activity.entry(category.to_owned()).or_default().add(row);
            report.activity_total.add(row);
        }
    }
    let named = reports.into_iter().map(|((balance, currency), mut report)| {
        report.balance = balance.to_owned();
        report.currency = currency.to_uppercase();
        report.ending_balance =
            report.starting_balance + report.activity_total.net + report.payouts.net;
        report
    });
    named.collect()
}

impl BalanceSummary {
    fn add_payout(&mut self, row: &Transaction, effective: i64, (first, after): (i64, i64)) {
        if effective < first {
            self.starting_balance += i128::from(row.net);
        } else if effective < after {
            self.payouts.add(row);
        }
        let transit = &mut self.payouts_in_transit;
        if row.created < first && effective >= first {
            transit.start.add(row);
        }
        if effective >= after {
            transit.end.add(row);
        }
    }
}

/// When a payout's record counts: on the day the payout should arrive. One that came back never
/// arrived: both of its records count when they were created.
fn effective(store: &Store, row: &Transaction) -> i64 {
    let Source::Payout(n) = row.source else { return row.created };
    let payout = store.payouts.get(n);
    if payout.failure.is_some() { row.created } else { payout.arrival.max(row.created) }
}

/// What one automatic payout settled, without its own record.
#[derive(Debug, Serialize)]
pub(super) struct PayoutReconciliation {
    payout: String,
    /// By currency, then by reporting category.
    members: BTreeMap<String, BTreeMap<String, Row>>,
}

/// The *Payout reconciliation* of every automatic payout that Stripe has finished with.
pub(super) fn payout_reconciliation(store: &Store, now_ms: i64) -> Vec<PayoutReconciliation> {
    let mut members: BTreeMap<u32, BTreeMap<String, BTreeMap<String, Row>>> = BTreeMap::new();
    for (n, row) in store.transactions.iter() {
        let Some(payout) = row.payout.filter(|_| store.visible_from(row) <= now_ms) else {
            continue;
        };
        if store.payouts.get(payout).transaction == Some(n) {
            continue;
        }
        let currency = store.words.text(row.currency).to_uppercase();
        let category = store.words.text(row.category).to_owned();
        let rows = members.entry(payout).or_default().entry(currency).or_default();
        rows.entry(category).or_default().add(row);
    }
    let finished = |n: u32| {
        let payout = store.payouts.get(n);
        payout.automatic
            && payout.failure.is_none()
            && payout.created + RECONCILED_AFTER <= now_ms.div_euclid(1000)
    };
    members
        .into_iter()
        .filter(|(n, _)| finished(*n))
        .map(|(n, members)| PayoutReconciliation { payout: store.id(Kind::Payout, n), members })
        .collect()
}
