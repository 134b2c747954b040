//! The objects behind a record that a test gives exactly.

use super::super::ids::Kind;
use super::super::model::{
    ApplicationFee, Charge, Dispute, Method, Payout, Refund, Return, Source, TopUp, Transfer,
};
use super::Writer;
use super::added::RecordSpec;

/// When the record happens, its amount, and its number.
type Facts = (i64, i64, u32);

impl Writer<'_> {
    /// An existing object if the test names one; otherwise a new one that fits the type, under the
    /// given id if there is one.
    pub(super) fn exact_source(
        &mut self,
        kind: &str,
        category: &str,
        spec: &RecordSpec,
        facts: Facts,
    ) -> Result<Source, String> {
        let given = spec.source.as_deref();
        if let Some(source) = given.and_then(|id| self.store.source(id)) {
            self.refer(source, kind, category, facts);
            return Ok(source);
        }
        let made = match (kind, category) {
            ("charge" | "payment", _) => self.new_charge(kind, spec, facts)?,
            ("refund" | "payment_refund", _) => self.new_refund(spec, facts)?,
            ("payment_failure_refund" | "payment_reversal", _) => {
                Source::Charge(self.exact_charge(spec)?)
            }
            ("adjustment", "dispute") => self.new_dispute(spec, facts)?,
            ("payout", _) => self.new_payout(spec, facts),
            ("topup", _) => self.new_topup(spec, facts),
            ("transfer", _) => self.new_transfer(spec, facts),
            ("application_fee", _) => self.new_application_fee(spec, facts),
            ("reserve_transaction", _) => Source::Reserve(facts.2),
            _ => self.latest(kind, category).unwrap_or(Source::None),
        };
        self.refer(made, kind, category, facts);
        let Some(id) = given else {
            return Ok(made);
        };
        Ok(self.rename(made, id))
    }

    /// The newest object that a record of this kind is usually about.
    fn latest(&self, kind: &str, category: &str) -> Option<Source> {
        let newest = |count: u32| count.checked_sub(1);
        let store = &self.store;
        match (kind, category) {
            ("refund_failure", _) | ("adjustment", "refund_failure") => {
                newest(store.refunds.count()).map(Source::Refund)
            }
            ("adjustment", "dispute_reversal") => {
                newest(store.disputes.count()).map(Source::Dispute)
            }
            ("payout_failure" | "payout_cancel", _) => {
                newest(store.payouts.count()).map(Source::Payout)
            }
            ("transfer_refund" | "transfer_cancel" | "transfer_failure", _) => {
                newest(store.transfers.count()).map(Source::TransferReversal)
            }
            ("application_fee_refund", _) => {
                newest(store.application_fees.count()).map(Source::FeeRefund)
            }
            _ => None,
        }
    }

    /// Lets the object know of the record.
    fn refer(&mut self, source: Source, kind: &str, category: &str, (at, amount, n): Facts) {
        let back = Return { created: at, amount: amount.abs(), transaction: n };
        let store = &mut *self.store;
        match (source, kind, category) {
            (Source::Charge(c), "payment_failure_refund" | "payment_reversal", _) => {
                store.charges.get_mut(c).failure = Some(n);
            }
            (Source::Refund(r), "refund_failure" | "adjustment", _) => {
                store.refunds.get_mut(r).failure = Some(n);
            }
            (Source::Refund(r), "payment_refund", _) if amount > 0 => {
                store.refunds.get_mut(r).failure = Some(n);
            }
            (Source::Dispute(d), _, "dispute_reversal") => {
                let dispute = store.disputes.get_mut(d);
                (dispute.reinstated, dispute.closes) = (Some(n), at);
            }
            (Source::Payout(p), "payout_failure" | "payout_cancel", _) => {
                let payout = store.payouts.get_mut(p);
                payout.failure = Some(n);
                payout.canceled = kind == "payout_cancel";
            }
            (Source::TransferReversal(t), ..) => {
                store.transfers.get_mut(t).reversal = Some(back);
            }
            (Source::FeeRefund(f), ..) => {
                store.application_fees.get_mut(f).refund = Some(back);
            }
            _ => {}
        }
    }

    /// Gives a new object the id that a test wants; an object that this simulation lacks becomes a
    /// bare id.
    fn rename(&mut self, made: Source, id: &str) -> Source {
        let kind = match made {
            Source::Charge(n) => Some((self.store.charge_kind(n), n)),
            Source::Refund(n) => Some((self.refund_kind(n), n)),
            Source::Dispute(n) => Some((Kind::Dispute, n)),
            Source::Payout(n) => Some((Kind::Payout, n)),
            Source::Transfer(n) => Some((Kind::Transfer, n)),
            Source::ApplicationFee(n) => Some((Kind::ApplicationFee, n)),
            Source::TopUp(n) => Some((Kind::TopUp, n)),
            Source::Reserve(n) => Some((Kind::Reserve, n)),
            _ => None,
        };
        match kind {
            Some((kind, n)) => {
                self.store.name_object(kind, n, id);
                made
            }
            None => Source::Named(self.store.word(id)),
        }
    }

    fn refund_kind(&self, n: u32) -> Kind {
        match self.store.charge_kind(self.store.refunds.get(n).charge) {
            Kind::Charge => Kind::Refund,
            _ => Kind::PaymentRefund,
        }
    }

    fn new_charge(
        &mut self,
        kind: &str,
        spec: &RecordSpec,
        (at, amount, n): Facts,
    ) -> Result<Source, String> {
        let customer = self.exact_customer(spec)?;
        let settlement = spec.currency.as_deref().unwrap_or("usd");
        let currency = spec.presentment_currency.as_deref().unwrap_or(settlement);
        let method = match (kind, currency) {
            ("charge", _) => Method::Card,
            (_, "eur") => Method::SepaDebit,
            (_, "jpy") => Method::Konbini,
            _ => Method::UsBankAccount,
        };
        let currency = self.store.word(currency);
        let order = 1001 + self.store.charges.count();
        let charge = Charge {
            created: at,
            amount: spec.presentment_amount.unwrap_or(amount),
            refunded: 0,
            currency,
            customer,
            transaction: Some(n),
            failure: None,
            dispute: None,
            method,
            settles: spec.available_on.unwrap_or(at),
            order,
            has_intent: true,
            application_fee: 0,
        };
        Ok(Source::Charge(self.store.charges.append(charge)))
    }

    fn new_refund(&mut self, spec: &RecordSpec, (at, amount, n): Facts) -> Result<Source, String> {
        let charge = self.exact_charge(spec)?;
        let refunded = spec.presentment_amount.unwrap_or(amount).abs();
        self.store.charges.get_mut(charge).refunded += refunded;
        let refund = self.store.refunds.append(Refund {
            created: at,
            amount: refunded,
            charge,
            transaction: Some(n),
            failure: None,
        });
        Ok(Source::Refund(refund))
    }

    fn new_dispute(&mut self, spec: &RecordSpec, (at, amount, n): Facts) -> Result<Source, String> {
        let charge = self.exact_charge(spec)?;
        let dispute = self.store.disputes.append(Dispute {
            created: at,
            amount: spec.presentment_amount.unwrap_or(amount).abs(),
            charge,
            withdrawal: Some(n),
            reinstated: None,
            closes: i64::MAX,
            reason: 0,
        });
        self.store.charges.get_mut(charge).dispute = Some(dispute);
        Ok(Source::Dispute(dispute))
    }

    fn new_payout(&mut self, spec: &RecordSpec, (at, amount, n): Facts) -> Source {
        let currency = self.settlement(spec);
        Source::Payout(self.store.payouts.append(Payout {
            created: at,
            arrival: super::available(at, 2),
            amount: -amount,
            currency,
            automatic: false,
            instant: false,
            transaction: Some(n),
            failure: None,
            canceled: false,
        }))
    }

    fn new_topup(&mut self, spec: &RecordSpec, (at, amount, n): Facts) -> Source {
        let currency = self.settlement(spec);
        Source::TopUp(self.store.topups.append(TopUp {
            created: at,
            amount,
            currency,
            transaction: Some(n),
            available_on: spec.available_on.unwrap_or(at),
        }))
    }

    fn new_transfer(&mut self, spec: &RecordSpec, (at, amount, n): Facts) -> Source {
        let currency = self.settlement(spec);
        Source::Transfer(self.store.transfers.append(Transfer {
            created: at,
            amount: -amount,
            currency,
            transaction: Some(n),
            reversal: None,
        }))
    }

    fn new_application_fee(&mut self, spec: &RecordSpec, (at, amount, n): Facts) -> Source {
        let currency = self.settlement(spec);
        Source::ApplicationFee(self.store.application_fees.append(ApplicationFee {
            created: at,
            amount,
            currency,
            transaction: Some(n),
            refund: None,
        }))
    }

    fn settlement(&mut self, spec: &RecordSpec) -> super::super::words::Word {
        self.store.word(spec.currency.as_deref().unwrap_or("usd"))
    }
}
