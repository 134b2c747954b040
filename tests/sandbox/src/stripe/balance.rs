//! The balance, and the truth about an account: both are sums over its records, never figures of
//! their own.

use std::collections::{BTreeMap, BTreeSet};

use super::json::{self, Obj};
use super::model::{Source, Transaction};
use super::store::Store;

/// Balances of which Stripe reports figures.
const PAYMENTS: &str = "payments";
const ISSUING: &str = "issuing";
const PREFUNDING: &str = "refund_and_dispute_prefunding";
/// Money held back from the payments balance for connected accounts.
const CONNECT_RESERVED: &str = "connect_reserved_funds";
/// An account without movements still has its default currency.
const DEFAULT_CURRENCY: &str = "usd";

/// Sums of one balance in one currency.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Sums {
    count: i64,
    available: i128,
    pending: i128,
    gross: Signed,
    fees: Signed,
    net: Signed,
}

/// A sum, and its positive and negative parts.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Signed {
    positive: i128,
    negative: i128,
}

impl Signed {
    fn add(&mut self, value: i64) {
        if value > 0 {
            self.positive += i128::from(value);
        } else {
            self.negative += i128::from(value);
        }
    }

    fn sum(self) -> i128 {
        self.positive + self.negative
    }
}

impl Sums {
    fn add(&mut self, row: &Transaction, now: i64) {
        self.count += 1;
        let side = if row.available_on <= now { &mut self.available } else { &mut self.pending };
        *side += i128::from(row.net);
        self.gross.add(row.amount);
        self.fees.add(row.fee);
        self.net.add(row.net);
    }
}

/// By balance and currency.
type Ledger<'a> = BTreeMap<(&'a str, &'a str), Sums>;

/// Sums of what lists showed at `now_ms`, and of what is held for connected accounts.
fn sums(store: &Store, now_ms: i64) -> (Ledger<'_>, BTreeMap<&str, i128>) {
    let now = now_ms.div_euclid(1000);
    let mut by_words: BTreeMap<_, Sums> = BTreeMap::new();
    let mut reserved: BTreeMap<&str, i128> = BTreeMap::new();
    let reserve = store.words.find(CONNECT_RESERVED);
    for (_, row) in store.transactions.iter() {
        if store.visible_from(row) > now_ms {
            continue;
        }
        by_words.entry((row.balance, row.currency)).or_default().add(row, now);
        if Some(row.category) == reserve {
            *reserved.entry(store.words.text(row.currency)).or_default() -= i128::from(row.net);
        }
    }
    let named = by_words.into_iter().map(|((balance, currency), sums)| {
        let key = (store.words.text(balance), store.words.text(currency));
        (key, sums)
    });
    (named.collect(), reserved)
}

/// `GET /v1/balance`.
pub(super) fn render(store: &Store, now_ms: i64, out: &mut String) {
    let (sums, reserved) = sums(store, now_ms - store.settings.balance_lag_ms);
    let currencies = |balance: &str| -> Vec<(&str, Sums)> {
        let own = sums.iter().filter(|((b, _), _)| *b == balance);
        own.map(|((_, currency), sums)| (*currency, *sums)).collect()
    };
    let mut payments = currencies(PAYMENTS);
    for (currency, &offset) in &store.settings.balance_offset {
        match payments.iter_mut().find(|(c, _)| c == currency) {
            Some((_, sums)) => sums.available += i128::from(offset),
            None => payments.push((currency, Sums { available: offset.into(), ..Sums::default() })),
        }
    }
    if payments.is_empty() {
        payments.push((DEFAULT_CURRENCY, Sums::default()));
    }
    payments.sort_by_key(|(currency, _)| (*currency != DEFAULT_CURRENCY, *currency));
    let (issuing, prefunding) = (currencies(ISSUING), currencies(PREFUNDING));
    let available =
        |list: &[(&str, Sums)]| money(list.iter().map(|(c, s)| (*c, s.available)), true);
    let pending = |list: &[(&str, Sums)]| money(list.iter().map(|(c, s)| (*c, s.pending)), true);
    json::object(out, |o| {
        o.str("object", "balance");
        o.raw("available", &available(&payments));
        if !reserved.is_empty() {
            o.raw("connect_reserved", &money(reserved.into_iter(), false));
        }
        o.raw("instant_available", &available(&payments));
        if !issuing.is_empty() {
            o.obj("issuing", |o| o.raw("available", &available(&issuing)));
        }
        o.bool("livemode", store.live);
        o.raw("pending", &pending(&payments));
        if !prefunding.is_empty() {
            o.obj(PREFUNDING, |o| {
                o.raw("available", &available(&prefunding));
                o.raw("pending", &pending(&prefunding));
            });
        }
    });
}

fn money<'a>(amounts: impl Iterator<Item = (&'a str, i128)>, source_types: bool) -> String {
    let mut out = String::new();
    json::array(&mut out, amounts, |out, (currency, amount)| {
        json::object(out, |o| {
            o.int("amount", amount);
            o.str("currency", currency);
            if source_types {
                o.obj("source_types", |o| o.int("card", amount));
            }
        });
    });
    out
}

/// Everything a proof may be checked against, over the records that lists show at `now_ms`.
pub(super) fn truth(store: &Store, now_ms: i64, out: &mut String) {
    let (sums, reserved) = sums(store, now_ms);
    let shown: i64 = sums.values().map(|s| s.count).sum();
    let mut balances: BTreeMap<&str, Vec<(&str, Sums)>> = BTreeMap::new();
    for ((balance, currency), sums) in sums {
        balances.entry(balance).or_default().push((currency, sums));
    }
    json::object(out, |o| {
        o.int("records", shown);
        o.int("hidden", i64::from(store.transactions.count()) - shown);
        let customers = charged_customers(store, now_ms);
        let deleted = customers.iter().filter(|&&n| store.customers.get(n).deleted);
        o.int("customers_deleted", count(deleted.count()));
        o.int("customers", count(customers.len()));
        o.obj("balances", |o| {
            for (balance, currencies) in balances {
                o.obj(balance, |o| {
                    for (currency, sums) in currencies {
                        o.obj(currency, |o| figures(o, &sums));
                    }
                });
            }
        });
        o.obj("connect_reserved", |o| {
            for (currency, amount) in reserved {
                o.int(currency, amount);
            }
        });
    });
}

fn figures(o: &mut Obj<'_>, sums: &Sums) {
    o.int("count", sums.count);
    o.int("available", sums.available);
    o.int("pending", sums.pending);
    for (name, signed) in [("net", sums.net), ("amount", sums.gross), ("fee", sums.fees)] {
        o.int(name, signed.sum());
        o.int(&format!("{name}_positive"), signed.positive);
        o.int(&format!("{name}_negative"), signed.negative);
    }
}

/// Customers with at least one charge or payment among the records.
fn charged_customers(store: &Store, now_ms: i64) -> BTreeSet<u32> {
    let charge = store.words.find("charge");
    let payment = store.words.find("payment");
    let mut customers = BTreeSet::new();
    for (_, row) in store.transactions.iter() {
        let paid = Some(row.kind) == charge || Some(row.kind) == payment;
        let Source::Charge(n) = row.source else {
            continue;
        };
        if paid && store.visible_from(row) <= now_ms {
            customers.extend(store.charges.get(n).customer);
        }
    }
    customers
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
