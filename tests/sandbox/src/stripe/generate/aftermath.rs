//! What becomes of payments: refunds, failures, reversals and disputes.

use super::super::model::{DAY, Dispute, Method, Refund, Source, Text};
use super::money::detail;
use super::payments::{DELAYED_DAYS, Paid, settle};
use super::{Draft, Writer};
use rand::RngExt as _;

/// Days in which a refund, a failure, a dispute or a decision follows.
const REFUND_DAYS: i64 = 30;
const DISPUTE_DAYS: i64 = 45;
const DECISION_DAYS: i64 = 60;

impl Writer<'_> {
    /// Refunds `amount` of a payment some days after it.
    pub(super) fn refund(&mut self, paid: Paid, amount: i64) -> u32 {
        let at = self.later(paid.at, REFUND_DAYS);
        self.refund_at(paid, amount, at)
    }

    /// Refunds `amount` of a payment, in its presentment currency; a converted one at the rate of
    /// the refund's day.
    pub(super) fn refund_at(&mut self, paid: Paid, amount: i64, at: i64) -> u32 {
        let rate_micros = match paid.rate_micros {
            0 => 0,
            usual => self.rate_of_the_day(usual),
        };
        let card = self.store.charges.get(paid.charge).method == Method::Card;
        let (kind, text) = if card {
            ("refund", "REFUND FOR CHARGE")
        } else {
            ("payment_refund", "REFUND FOR PAYMENT")
        };
        let refund = self.store.refunds.count();
        let draft = Draft {
            rate_micros,
            source: Source::Refund(refund),
            description: Text::Word(self.store.word(text)),
            ..Draft::new(at, kind, "refund", paid.money.code, -settle(amount, rate_micros))
        };
        let transaction = self.record(draft);
        self.store.refunds.append(Refund {
            created: at,
            amount,
            charge: paid.charge,
            transaction: Some(transaction),
            failure: None,
        });
        self.store.charges.get_mut(paid.charge).refunded += amount;
        refund
    }

    /// The money of a refund comes back.
    pub(super) fn refund_fails(&mut self, refund: u32) {
        let row = self.store.refunds.get(refund);
        let (created, charge, amount) = (row.created, row.charge, row.amount);
        let Some(transaction) = row.transaction else {
            return;
        };
        let row = self.store.transactions.get(transaction);
        let (settled, rate_micros, currency) = (-row.amount, row.rate_micros, row.currency);
        let currency = self.store.words.text(currency).to_owned();
        let at = self.later(created, 10);
        let card = self.store.charges.get(charge).method == Method::Card;
        let (kind, category) =
            if card { ("refund_failure", "refund_failure") } else { ("payment_refund", "refund") };
        let draft = Draft {
            rate_micros,
            source: Source::Refund(refund),
            description: Text::Word(self.store.word("REFUND FAILURE")),
            ..Draft::new(at, kind, category, &currency, settled)
        };
        let failure = self.record(draft);
        self.store.refunds.get_mut(refund).failure = Some(failure);
        self.store.charges.get_mut(charge).refunded -= amount;
    }

    /// The part of an authorisation that was not captured goes back, and with it a part of the fee.
    pub(super) fn partial_capture(&mut self, paid: Paid) {
        let part = paid.money.part(self.store, paid.amount);
        let refund = self.refund(paid, part);
        let category = self.store.word("partial_capture_reversal");
        let charge = self.store.charges.get(paid.charge).transaction;
        let charged = charge.map_or(0, |n| self.store.transactions.get(n).fee);
        let returned = charged * part / paid.amount;
        let fee = detail(self.store, -returned, "stripe_fee", "Stripe processing fees returned");
        if let Some(n) = self.store.refunds.get(refund).transaction {
            let row = self.store.transactions.get_mut(n);
            row.category = category;
            row.fees = Box::new([fee]);
            row.fee = fee.amount;
            row.net = row.amount - fee.amount;
        }
    }

    /// A delayed payment fails while it is pending; Stripe's fee comes back.
    pub(super) fn payment_fails(&mut self, paid: Paid) {
        let at = self.later(paid.at, DELAYED_DAYS);
        let charge = self.store.charges.get(paid.charge);
        let original = charge.transaction.map(|n| self.store.transactions.get(n));
        let (fees, available_on) = original.map_or((Box::default(), at), |row| {
            let returned = row.fees.iter().copied().map(|mut fee| {
                fee.amount = -fee.amount;
                fee
            });
            (returned.collect(), row.available_on)
        });
        let draft = Draft {
            available_on: available_on.max(at),
            fees,
            source: Source::Charge(paid.charge),
            description: Text::Word(self.store.word("Payment failure refund")),
            ..Draft::new(
                at,
                "payment_failure_refund",
                "charge_failure",
                paid.money.code,
                -paid.settled,
            )
        };
        let failure = self.record(draft);
        self.store.charges.get_mut(paid.charge).failure = Some(failure);
    }

    /// A bank takes a credited payment back.
    pub(super) fn payment_reversed(&mut self, paid: Paid) {
        let at = self.later(paid.at + DELAYED_DAYS * DAY, REFUND_DAYS);
        let draft = Draft {
            source: Source::Charge(paid.charge),
            description: Text::Word(self.store.word("Payment reversal")),
            ..Draft::new(at, "payment_reversal", "charge_failure", paid.money.code, -paid.settled)
        };
        let failure = self.record(draft);
        self.store.charges.get_mut(paid.charge).failure = Some(failure);
    }

    /// A chargeback: the money and a fee are withdrawn, and given back if the dispute is won.
    pub(super) fn dispute(&mut self, paid: Paid, won: bool, fee_back: bool) {
        let at = self.later(paid.at, DISPUTE_DAYS);
        let dispute = self.store.disputes.count();
        let fee = paid.money.dispute_fee;
        let draft = Draft {
            fees: Box::new([detail(self.store, fee, "stripe_fee", "Dispute fee")]),
            source: Source::Dispute(dispute),
            description: Text::Withdrawal(paid.charge),
            ..Draft::new(at, "adjustment", "dispute", paid.money.code, -paid.settled)
        };
        let withdrawal = self.record(draft);
        let decided = self.later(at, DECISION_DAYS);
        let reinstated = won.then(|| {
            let returned =
                fee_back.then(|| detail(self.store, -fee, "stripe_fee", "Dispute fee refund"));
            self.record(Draft {
                fees: returned.into_iter().collect(),
                source: Source::Dispute(dispute),
                description: Text::Reversal(paid.charge),
                ..Draft::new(
                    decided,
                    "adjustment",
                    "dispute_reversal",
                    paid.money.code,
                    paid.settled,
                )
            })
        });
        let closes = if won { decided } else { at + DECISION_DAYS * DAY };
        self.store.disputes.append(Dispute {
            created: at,
            amount: paid.amount,
            charge: paid.charge,
            withdrawal: Some(withdrawal),
            reinstated,
            closes,
            reason: self.store.rng.random_range(0..4),
        });
        self.store.charges.get_mut(paid.charge).dispute = Some(dispute);
    }
}
