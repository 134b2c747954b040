//! Seeded history: two years of a business, with an exact number of balance transactions.

mod added;
mod aftermath;
mod money;
mod payments;
mod payouts;
mod plot;
mod sources;
mod treasury;

pub(super) use added::{RecordSpec, add};

use rand::RngExt as _;

use self::money::{MONEY, Money};
use super::model::{Customer, DAY, Fee, Source, Text, Transaction};
use super::store::Store;

/// Length of the history.
const SPAN: i64 = 730 * DAY;
/// No movement is younger than this when the history ends, so that follow-ups have room.
const REST: i64 = 90;
const HOUR: i64 = 3_600;
/// Balance transactions for each customer, and customers at most.
const MOVEMENTS_PER_CUSTOMER: u32 = 12;
const MAX_CUSTOMERS: u32 = 3_000;
/// From this many movements on, every kind of story happens at least once.
const FEATURED_FROM: u32 = 200;

/// Fills an empty account with exactly `movements` balance transactions that end before `now`.
pub(super) fn history(store: &mut Store, movements: u32, odd: bool, now: i64) {
    let mut writer = Writer { store, now, born_ms: None };
    writer.customers(movements);
    let plan = payouts::Plan::new(movements);
    let mut left = movements - plan.records();
    if movements >= FEATURED_FROM {
        left -= writer.featured(odd);
    }
    while left > 0 {
        left -= writer.story(left);
    }
    writer.settle(&plan);
    // What could not be paid out, for want of money, is made up by payments that are still pending.
    while writer.store.transactions.count() < movements {
        writer.recent_payment();
    }
    writer.finish();
}

/// Writes an account's history.
#[derive(Debug)]
pub(super) struct Writer<'a> {
    store: &'a mut Store,
    now: i64,
    /// When the records come into being, if not at their `created`.
    born_ms: Option<i64>,
}

/// What a balance transaction is made of, beyond the usual.
#[derive(Debug)]
struct Draft<'t> {
    at: i64,
    available_on: i64,
    kind: &'t str,
    category: &'t str,
    balance: &'t str,
    currency: &'t str,
    amount: i64,
    fees: Box<[Fee]>,
    rate_micros: i64,
    source: Source,
    description: Text,
}

impl<'t> Draft<'t> {
    /// A payments record without fee or source, available at once.
    fn new(at: i64, kind: &'t str, category: &'t str, currency: &'t str, amount: i64) -> Self {
        Self {
            at,
            available_on: at,
            kind,
            category,
            balance: "payments",
            currency,
            amount,
            fees: Box::default(),
            rate_micros: 0,
            source: Source::None,
            description: Text::None,
        }
    }
}

impl Writer<'_> {
    /// Writes one balance transaction and returns its number.
    fn record(&mut self, draft: Draft<'_>) -> u32 {
        let fee: i64 = draft.fees.iter().map(|fee| fee.amount).sum();
        let row = Transaction {
            created: draft.at,
            available_on: draft.available_on,
            born_ms: self.born_ms.unwrap_or(draft.at * 1000),
            hidden_ms: 0,
            amount: draft.amount,
            fee,
            net: draft.amount - fee,
            fees: draft.fees,
            rate_micros: draft.rate_micros,
            source: draft.source,
            description: draft.description,
            payout: None,
            kind: self.store.word(draft.kind),
            category: self.store.word(draft.category),
            balance: self.store.word(draft.balance),
            currency: self.store.word(draft.currency),
        };
        self.store.transactions.append(row)
    }

    fn customers(&mut self, movements: u32) {
        for _ in 0..customer_count(movements) {
            let money = pick_money(self.store);
            let customer = Customer {
                created: i64::MAX,
                money,
                business: self.store.rng.random_ratio(15, 100),
                deleted: self.store.rng.random_ratio(1, 200),
                given: None,
            };
            self.store.customers.append(customer);
        }
    }

    /// A moment of the history: any, or one of the younger half, since the business grows.
    fn moment(&mut self) -> i64 {
        let any = |w: &mut Self| w.store.rng.random_range(0..SPAN - REST);
        let age =
            if self.store.rng.random_ratio(1, 2) { any(self) } else { any(self).min(any(self)) };
        self.now - REST - age
    }

    /// A moment that leaves `days` for what follows.
    fn moment_before(&mut self, days: i64) -> i64 {
        self.moment().min(self.now - REST - days * DAY)
    }

    /// A moment after `at`, within some days, but not in the future.
    fn later(&mut self, at: i64, days: i64) -> i64 {
        let room = (self.now - REST - at).min(days * DAY).max(2);
        at + self.store.rng.random_range(room.min(HOUR) / 2..room)
    }

    /// Puts everything in order of time and dates customers before their first payment.
    fn finish(&mut self) {
        let (start, now) = (self.now - SPAN, self.now);
        let charges = self.store.charges.iter();
        let first: Vec<(u32, i64)> =
            charges.filter_map(|(_, charge)| Some((charge.customer?, charge.created))).collect();
        for (customer, created) in first {
            let row = self.store.customers.get_mut(customer);
            row.created = row.created.min(created - 60);
        }
        for n in 0..self.store.customers.count() {
            if self.store.customers.get(n).created == i64::MAX {
                let created = self.store.rng.random_range(start..now - REST);
                self.store.customers.get_mut(n).created = created;
            }
        }
        self.store.place_all();
    }
}

/// Customers of an account with so many movements.
fn customer_count(movements: u32) -> u32 {
    (movements / MOVEMENTS_PER_CUSTOMER).clamp(u32::from(movements > 0), MAX_CUSTOMERS)
}

/// The index of a currency, by weight.
fn pick_money(store: &mut Store) -> u8 {
    let mut roll = store.rng.random_range(0..1000_u32);
    for (n, money) in (0_u8..).zip(&MONEY) {
        if roll < money.weight {
            return n;
        }
        roll -= money.weight;
    }
    0
}

/// The midnight at which a payment of `at` becomes available.
fn available(at: i64, days: i64) -> i64 {
    (at + days * DAY).div_euclid(DAY) * DAY
}

/// The currency a customer pays in.
fn money_of(store: &Store, customer: u32) -> &'static Money {
    &MONEY[usize::from(store.customers.get(customer).money)]
}
