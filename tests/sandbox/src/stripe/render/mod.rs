//! JSON of the objects, as they are at one moment.

mod charges;
mod customers;
mod events;
mod money;
mod refunds;

pub(super) use customers::particulars;
pub(super) use events::event_type;

use super::expand::Expand;
use super::ids::Kind;
use super::json::{self, push};
use super::model::{Fee, Source, Text, Transaction};
use super::store::Store;
use super::words::Word;

/// Where payouts go.
const BANK_ACCOUNT: &str = "ba_3SandboxBankAccount";
/// Digits of a rate given in millionths.
const MICROS: i64 = 1_000_000;

/// An account at one moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) store: &'a Store,
    pub(super) now_ms: i64,
}

impl View<'_> {
    /// Unix seconds of the moment.
    pub(super) fn now(&self) -> i64 {
        self.now_ms.div_euclid(1000)
    }

    /// Writes an object in full.
    pub(super) fn object(&self, out: &mut String, kind: Kind, n: u32, expand: &Expand) {
        match kind {
            Kind::Transaction => self.transaction(out, n, expand),
            Kind::Charge | Kind::Payment => self.charge(out, n, expand),
            Kind::Intent => self.intent(out, n, expand),
            Kind::Refund | Kind::PaymentRefund => self.refund(out, n, expand),
            Kind::Dispute => self.dispute(out, n, expand),
            Kind::Payout => self.payout(out, n, expand),
            Kind::Customer => self.customer(out, n),
            Kind::Transfer => self.transfer(out, n, expand),
            Kind::TransferReversal => self.transfer_reversal(out, n, expand),
            Kind::ApplicationFee => self.application_fee(out, n, expand),
            Kind::FeeRefund => self.fee_refund(out, n, expand),
            Kind::TopUp => self.topup(out, n, expand),
            Kind::Event => self.event(out, n),
            Kind::Reserve => self.reserve(out, n),
            Kind::IssuingTransaction => self.stub(out, kind, n, "issuing.transaction"),
            Kind::IssuingAuthorization => self.stub(out, kind, n, "issuing.authorization"),
        }
    }

    /// Writes a reference: null, an id, or the object if it is to be expanded.
    pub(super) fn link(
        &self,
        out: &mut String,
        target: Option<(Kind, u32)>,
        expand: Option<&Expand>,
    ) {
        match (target, expand) {
            (None, _) => out.push_str("null"),
            (Some((kind, n)), None) => json::string(out, &self.store.id(kind, n)),
            (Some((kind, n)), Some(expand)) => self.object(out, kind, n, expand),
        }
    }

    /// A reference to a record, once lists show it: until then Stripe has not made it.
    fn record(&self, n: Option<u32>) -> Option<(Kind, u32)> {
        let shown = n.filter(|&n| self.store.visible(n, self.now_ms))?;
        Some((Kind::Transaction, shown))
    }

    fn word(&self, word: Word) -> &str {
        self.store.words.text(word)
    }

    fn transaction(&self, out: &mut String, n: u32, expand: &Expand) {
        let row = self.store.transactions.get(n);
        json::object(out, |o| {
            o.str("id", &self.store.id(Kind::Transaction, n));
            o.str("object", "balance_transaction");
            o.int("amount", row.amount);
            o.int("available_on", row.available_on);
            o.str("balance_type", self.word(row.balance));
            o.int("created", row.created);
            o.str("currency", self.word(row.currency));
            o.opt_str("description", self.description(row.description).as_deref());
            match row.rate_micros {
                0 => o.null("exchange_rate"),
                rate => o.raw("exchange_rate", &decimal(rate)),
            }
            o.int("fee", row.fee);
            o.with("fee_details", |out| {
                json::array(out, &row.fees, |out, fee| self.fee_detail(out, row, fee));
            });
            o.int("net", row.net);
            o.str("reporting_category", self.word(row.category));
            o.with("source", |out| {
                self.source(out, row.source, expand.get("source"));
            });
            let available = row.available_on <= self.now();
            o.str("status", if available { "available" } else { "pending" });
            o.str("type", self.word(row.kind));
        });
    }

    fn fee_detail(&self, out: &mut String, row: &Transaction, fee: &Fee) {
        json::object(out, |o| {
            o.int("amount", fee.amount);
            o.opt_str("application", fee.application.map(|word| self.word(word)));
            o.str("currency", self.word(fee.currency.unwrap_or(row.currency)));
            o.opt_str("description", fee.description.map(|word| self.word(word)));
            o.str("type", self.word(fee.kind));
        });
    }

    fn source(&self, out: &mut String, source: Source, expand: Option<&Expand>) {
        let target = match source {
            Source::None => None,
            Source::Charge(n) => Some((self.store.charge_kind(n), n)),
            Source::Refund(n) => Some((self.refund_kind(n), n)),
            Source::Dispute(n) => Some((Kind::Dispute, n)),
            Source::Payout(n) => Some((Kind::Payout, n)),
            Source::Transfer(n) => Some((Kind::Transfer, n)),
            Source::TransferReversal(n) => Some((Kind::TransferReversal, n)),
            Source::ApplicationFee(n) => Some((Kind::ApplicationFee, n)),
            Source::FeeRefund(n) => Some((Kind::FeeRefund, n)),
            Source::TopUp(n) => Some((Kind::TopUp, n)),
            Source::Reserve(n) => Some((Kind::Reserve, n)),
            Source::IssuingTransaction(n) => Some((Kind::IssuingTransaction, n)),
            Source::IssuingAuthorization(n) => Some((Kind::IssuingAuthorization, n)),
            Source::Named(word) => {
                // There is no object behind it, so it stays an id when expanded.
                json::string(out, self.word(word));
                return;
            }
        };
        self.link(out, target, expand);
    }

    fn refund_kind(&self, n: u32) -> Kind {
        match self.store.charge_kind(self.store.refunds.get(n).charge) {
            Kind::Charge => Kind::Refund,
            _ => Kind::PaymentRefund,
        }
    }

    fn description(&self, text: Text) -> Option<String> {
        Some(match text {
            Text::None => return None,
            Text::Word(word) => self.word(word).to_owned(),
            Text::Order(n) => format!("Order {n}"),
            Text::Withdrawal(n) => {
                format!("Chargeback withdrawal for {}", self.store.charge_id(n))
            }
            Text::Reversal(n) => format!("Chargeback reversal for {}", self.store.charge_id(n)),
        })
    }

    fn reserve(&self, out: &mut String, n: u32) {
        let row = self.store.transactions.get(n);
        json::object(out, |o| {
            o.str("id", &self.store.id(Kind::Reserve, n));
            o.str("object", "reserve_transaction");
            o.int("amount", row.amount);
            o.str("currency", self.word(row.currency));
            o.opt_str("description", self.description(row.description).as_deref());
        });
    }

    fn stub(&self, out: &mut String, kind: Kind, n: u32, object: &str) {
        json::object(out, |o| {
            o.str("id", &self.store.id(kind, n));
            o.str("object", object);
        });
    }
}

/// Millionths as a JSON number, without a float on the way.
fn decimal(micros: i64) -> String {
    let mut text = String::new();
    push(&mut text, format_args!("{}.{:06}", micros / MICROS, (micros % MICROS).abs()));
    text
}
