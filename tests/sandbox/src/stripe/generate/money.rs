//! Currencies, prices and fees.

use rand::RngExt as _;

use super::super::model::Fee;
use super::super::store::Store;

/// A settlement currency of the account and what things cost in it, in Stripe's minor units.
#[derive(Debug)]
pub(in super::super) struct Money {
    pub(in super::super) code: &'static str,
    /// Share of customers who pay in it, in per mille.
    pub(super) weight: u32,
    /// Amounts are multiples of this (the last digit of a three-decimal amount must be 0).
    step: i64,
    prices: [i64; 6],
    fee_per_mille: i64,
    fee_fixed: i64,
    pub(super) dispute_fee: i64,
    /// Share of the payouts, in per mille, and the most payouts in the whole history.
    pub(super) payouts: (u32, u32),
}

/// The account's currencies; the first is its default.
pub(in super::super) const MONEY: [Money; 4] = [
    Money {
        code: "usd",
        weight: 780,
        step: 1,
        prices: [900, 1_900, 2_900, 4_999, 12_000, 48_000],
        fee_per_mille: 29,
        fee_fixed: 30,
        dispute_fee: 1_500,
        payouts: (720, 728),
    },
    Money {
        code: "eur",
        weight: 150,
        step: 1,
        prices: [850, 1_790, 2_690, 4_590, 11_000, 45_000],
        fee_per_mille: 15,
        fee_fixed: 25,
        dispute_fee: 2_000,
        payouts: (200, 104),
    },
    Money {
        code: "jpy",
        weight: 55,
        step: 1,
        prices: [980, 1_980, 3_300, 5_500, 13_200, 55_000],
        fee_per_mille: 36,
        fee_fixed: 0,
        dispute_fee: 1_300,
        payouts: (60, 24),
    },
    Money {
        code: "kwd",
        weight: 15,
        step: 10,
        prices: [2_750, 5_500, 8_250, 14_900, 36_500, 150_000],
        fee_per_mille: 25,
        fee_fixed: 100,
        dispute_fee: 5_000,
        payouts: (20, 4),
    },
];

/// Presentment currencies that the account cannot settle: code, settlement currency, millionths of
/// a settlement unit per unit.
pub(super) const FOREIGN: [(&str, usize, i64); 4] =
    [("gbp", 0, 1_271_400), ("cad", 0, 731_250), ("chf", 1, 1_062_900), ("sek", 1, 87_310)];
/// Conversion fee on top, in per mille.
const FX_PER_MILLE: i64 = 20;
/// VAT on Stripe's fees where it is charged, in per mille.
const VAT_PER_MILLE: i64 = 200;
/// The Connect application of application-fee details.
pub(super) const APPLICATION: &str = "ca_SandboxConnectApplication0001";

impl Money {
    /// A price, in two of three cases with something added; businesses buy more of it.
    pub(super) fn price(&self, store: &mut Store, business: bool) -> i64 {
        let base = self.prices[store.rng.random_range(0..self.prices.len())];
        let extra = if store.rng.random_ratio(2, 3) { store.rng.random_range(0..=base) } else { 0 };
        let times = if business { store.rng.random_range(1..=12) } else { 1 };
        (base + extra) * times / self.step * self.step
    }

    /// A part of an amount, in payable steps and never nothing.
    pub(super) fn part(&self, store: &mut Store, amount: i64) -> i64 {
        let part = store.rng.random_range(amount / 10..=amount * 9 / 10);
        (part / self.step * self.step).max(self.step)
    }

    /// Stripe's fee for a payment of `amount`.
    fn fee(&self, amount: i64) -> i64 {
        let exact = (amount * self.fee_per_mille + 500) / 1000 + self.fee_fixed;
        (exact / self.step * self.step).min(amount)
    }
}

/// Which parts a payment's fee has, besides Stripe's own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct FeeParts {
    pub(super) conversion: bool,
    pub(super) vat: bool,
    pub(super) application: bool,
    pub(super) passthrough: bool,
}

/// The fee details of a payment of `amount` in settlement currency.
pub(super) fn fees(store: &mut Store, money: &Money, amount: i64, parts: FeeParts) -> Box<[Fee]> {
    let base = money.fee(amount);
    let mut fees = vec![detail(store, base, "stripe_fee", "Stripe processing fees")];
    if parts.conversion {
        let part = amount * FX_PER_MILLE / 1000;
        fees.push(detail(store, part, "stripe_fee", "Stripe currency conversion fee"));
    }
    if parts.passthrough {
        let part = amount * 4 / 1000;
        let kind = "payment_method_passthrough_fee";
        fees.push(detail(store, part, kind, "Card network costs"));
    }
    if parts.application {
        let mut fee = detail(store, amount / 10, "application_fee", "Platform application fee");
        fee.application = Some(store.word(APPLICATION));
        fees.push(fee);
    }
    if parts.vat {
        let vat = (base * VAT_PER_MILLE + 500) / 1000;
        fees.push(detail(store, vat, "tax", "VAT"));
    }
    // In no particular order, as Stripe sends them.
    if fees.len() > 1 && store.rng.random_ratio(1, 2) {
        fees.reverse();
    }
    fees.into()
}

/// One fee detail.
pub(super) fn detail(store: &mut Store, amount: i64, kind: &str, description: &str) -> Fee {
    Fee {
        amount,
        kind: store.word(kind),
        description: Some(store.word(description)),
        application: None,
        currency: None,
    }
}
