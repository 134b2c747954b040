//! Payments: by card or by a delayed method, of customers and guests, in the account's currencies
//! and in others.

use rand::RngExt as _;

use super::super::model::{Charge, DAY, Method, Source, Text};
use super::money::{FOREIGN, FeeParts, MONEY, Money, fees};
use super::{Draft, Writer, available, money_of, pick_money};

/// Days until a card payment and a delayed payment are available.
const CARD_DAYS: i64 = 2;
pub(super) const DELAYED_DAYS: i64 = 5;
/// First order number.
const FIRST_ORDER: u32 = 1001;

/// A payment to be written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Payment {
    pub(super) at: i64,
    pub(super) customer: Option<u32>,
    pub(super) money: &'static Money,
    /// Presentment currency and rate, if the account must convert.
    foreign: Option<(&'static str, i64)>,
    method: Method,
    parts: FeeParts,
}

/// A payment that was written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paid {
    pub(super) charge: u32,
    pub(super) at: i64,
    /// In settlement currency.
    pub(super) settled: i64,
    /// In presentment currency.
    pub(super) amount: i64,
    pub(super) money: &'static Money,
    pub(super) rate_micros: i64,
}

impl Writer<'_> {
    /// Three of four payers are customers, most of them known ones; the rest are guests.
    fn payer(&mut self) -> Option<u32> {
        let count = self.store.customers.count();
        if count == 0 || self.store.rng.random_ratio(1, 4) {
            return None;
        }
        let any = self.store.rng.random_range(0..count);
        Some(any.min(self.store.rng.random_range(0..count)))
    }

    /// An ordinary card payment, to be varied.
    pub(super) fn card(&mut self, at: i64) -> Payment {
        let customer = self.payer();
        let money = match customer {
            Some(n) => money_of(self.store, n),
            None => &MONEY[usize::from(pick_money(self.store))],
        };
        let mut payment = Payment {
            at,
            customer,
            money,
            foreign: None,
            method: Method::Card,
            parts: FeeParts::default(),
        };
        match self.store.rng.random_range(0..1000_u32) {
            0..40 => self.convert(&mut payment),
            40..120 => payment.parts.vat = true,
            120..135 => payment.parts.application = true,
            135..150 => payment.parts.passthrough = true,
            150..155 => (payment.parts.vat, payment.parts.application) = (true, true),
            _ => {}
        }
        payment
    }

    /// Makes it a payment in a currency that the account must convert.
    pub(super) fn convert(&mut self, payment: &mut Payment) {
        let (code, money, rate) = FOREIGN[self.store.rng.random_range(0..FOREIGN.len())];
        let rate = self.rate_of_the_day(rate);
        payment.foreign = Some((code, rate));
        payment.money = &MONEY[money];
        payment.parts.conversion = true;
    }

    /// A rate within two per cent of the usual.
    pub(super) fn rate_of_the_day(&mut self, usual: i64) -> i64 {
        usual + self.store.rng.random_range(-usual / 50..=usual / 50)
    }

    /// The same by a method that takes days to settle.
    pub(super) fn delayed(&mut self, at: i64) -> Payment {
        let mut payment = self.card(at);
        payment.foreign = None;
        payment.parts.conversion = false;
        payment.method = match payment.money.code {
            "jpy" => Method::Konbini,
            "eur" => Method::SepaDebit,
            _ => Method::UsBankAccount,
        };
        payment
    }

    /// Writes the charge and its record.
    pub(super) fn pay(&mut self, payment: Payment) -> Paid {
        let business = payment.customer.is_some_and(|n| self.store.customers.get(n).business);
        let amount = payment.money.price(self.store, business);
        self.pay_amount(payment, amount)
    }

    /// The same for a given amount in presentment currency.
    pub(super) fn pay_amount(&mut self, payment: Payment, amount: i64) -> Paid {
        let (currency, rate_micros) = payment.foreign.unwrap_or((payment.money.code, 0));
        let settled = settle(amount, rate_micros);
        let (kind, days) = match payment.method {
            Method::Card => ("charge", CARD_DAYS),
            _ => ("payment", DELAYED_DAYS),
        };
        let available_on = available(payment.at, days);
        let fees = fees(self.store, payment.money, settled, payment.parts);
        let application = self.store.word("application_fee");
        let cut = fees.iter().filter(|fee| fee.kind == application);
        let application_fee = cut.map(|fee| fee.amount).sum();
        let charge = self.store.charges.count();
        let order = FIRST_ORDER + charge;
        let transaction = self.record(Draft {
            available_on,
            fees,
            rate_micros,
            source: Source::Charge(charge),
            description: Text::Order(order),
            ..Draft::new(payment.at, kind, "charge", payment.money.code, settled)
        });
        let row = Charge {
            created: payment.at,
            amount,
            refunded: 0,
            currency: self.store.word(currency),
            customer: payment.customer,
            transaction: Some(transaction),
            failure: None,
            dispute: None,
            method: payment.method,
            settles: available_on,
            order,
            has_intent: self.store.rng.random_ratio(19, 20),
            application_fee,
        };
        self.store.charges.append(row);
        Paid { charge, at: payment.at, settled, amount, money: payment.money, rate_micros }
    }

    /// A card that the bank declines leaves a charge, but no record.
    pub(super) fn declined(&mut self, at: i64) {
        let payment = self.card(at);
        let amount = payment.money.price(self.store, false);
        let order = FIRST_ORDER + self.store.charges.count();
        let row = Charge {
            created: at,
            amount,
            refunded: 0,
            currency: self.store.word(payment.money.code),
            customer: payment.customer,
            transaction: None,
            failure: None,
            dispute: None,
            method: Method::Card,
            settles: at,
            order,
            has_intent: true,
            application_fee: 0,
        };
        self.store.charges.append(row);
    }

    /// A payment that was written earlier and has a record.
    pub(super) fn paid(&self, charge: u32) -> Option<Paid> {
        let row = self.store.charges.get(charge);
        let record = self.store.transactions.get(row.transaction?);
        let code = self.store.words.text(record.currency);
        Some(Paid {
            charge,
            at: row.created,
            settled: record.amount,
            amount: row.amount,
            money: MONEY.iter().find(|money| money.code == code)?,
            rate_micros: record.rate_micros,
        })
    }

    /// A payment of the last hours, whose money is still pending.
    pub(super) fn recent_payment(&mut self) {
        let at = self.now - self.store.rng.random_range(super::REST..DAY);
        let payment = self.card(at);
        self.pay(payment);
    }
}

impl Paid {
    /// All of it, in presentment currency.
    pub(super) fn whole(&self) -> i64 {
        self.amount
    }

    /// A part of it.
    pub(super) fn part(&self, writer: &mut Writer<'_>) -> i64 {
        self.money.part(writer.store, self.amount)
    }
}

impl Payment {
    /// The same in a given currency of the account.
    pub(super) fn within(mut self, money: usize) -> Self {
        self.foreign = None;
        self.parts.conversion = false;
        self.money = &MONEY[money];
        self
    }
}

/// Presentment into settlement, rounded half up.
pub(super) fn settle(amount: i64, rate_micros: i64) -> i64 {
    match rate_micros {
        0 => amount,
        rate => (amount * rate + 500_000) / 1_000_000,
    }
}
