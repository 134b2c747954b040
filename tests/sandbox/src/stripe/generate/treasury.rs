//! Movements that no customer caused: Stripe's own fees, bank money, connected accounts, reserves,
//! and the smaller balances.

use rand::RngExt as _;

use super::super::model::{ApplicationFee, DAY, Payout, Return, Source, Text, TopUp, Transfer};
use super::money::detail;
use super::{Draft, Writer, available};

/// Days in which a transfer, a fee or a reserve comes back.
const RETURN_DAYS: i64 = 30;
/// Days until a top-up is available.
const TOPUP_DAYS: i64 = 2;
/// What an instant payout costs, in per mille.
const INSTANT_PER_MILLE: i64 = 15;
/// A balance and a type that no documentation has: new ones appear without notice.
const UNKNOWN_BALANCE: &str = "settlement_reserved";
const UNKNOWN_TYPE: &str = "network_settlement_correction";

impl Writer<'_> {
    /// A record of its own, without source or fee.
    pub(super) fn standalone(&mut self, kind: &str, category: &str, amount: i64, text: &str) {
        let at = self.moment();
        let description = Text::Word(self.store.word(text));
        let draft = Draft::new(at, kind, category, "usd", amount);
        self.record(Draft { description, ..draft });
    }

    /// Money from the bank, into one of the balances.
    pub(super) fn topup(&mut self, balance: &str, amount: i64) {
        let at = self.moment_before(TOPUP_DAYS + 1);
        let topup = self.store.topups.count();
        let available_on = available(at, TOPUP_DAYS);
        let draft = Draft {
            available_on,
            balance,
            source: Source::TopUp(topup),
            description: Text::Word(self.store.word("Top-up")),
            ..Draft::new(at, "topup", "topup", "usd", amount)
        };
        let transaction = self.record(draft);
        let currency = self.store.word("usd");
        self.store.topups.append(TopUp {
            created: at,
            amount,
            currency,
            transaction: Some(transaction),
            available_on,
        });
    }

    /// Money to a connected account, of which some may come back.
    pub(super) fn transfer(&mut self, returned: bool) {
        let at = self.moment();
        let amount = self.store.rng.random_range(500..20_000);
        let transfer = self.store.transfers.count();
        let draft = Draft::new(at, "transfer", "transfer", "usd", -amount);
        let transaction = self.record(Draft { source: Source::Transfer(transfer), ..draft });
        let reversal = returned.then(|| {
            let created = self.later(at, RETURN_DAYS);
            let amount = amount / 3;
            let draft = Draft::new(created, "transfer_refund", "transfer_reversal", "usd", amount);
            let source = Source::TransferReversal(transfer);
            let transaction = self.record(Draft { source, ..draft });
            Return { created, amount, transaction }
        });
        let currency = self.store.word("usd");
        self.store.transfers.append(Transfer {
            created: at,
            amount,
            currency,
            transaction: Some(transaction),
            reversal,
        });
    }

    /// The platform's cut of a connected account's charge, which may be given back.
    pub(super) fn application_fee(&mut self, returned: bool) {
        let at = self.moment();
        let amount = self.store.rng.random_range(50..2_000);
        let fee = self.store.application_fees.count();
        let draft = Draft::new(at, "application_fee", "platform_earning", "usd", amount);
        let transaction = self.record(Draft {
            available_on: available(at, TOPUP_DAYS),
            source: Source::ApplicationFee(fee),
            ..draft
        });
        let refund = returned.then(|| {
            let created = self.later(at, RETURN_DAYS);
            let category = "platform_earning_refund";
            let draft = Draft::new(created, "application_fee_refund", category, "usd", -amount);
            let source = Source::FeeRefund(fee);
            let transaction = self.record(Draft { source, ..draft });
            Return { created, amount, transaction }
        });
        let currency = self.store.word("usd");
        self.store.application_fees.append(ApplicationFee {
            created: at,
            amount,
            currency,
            transaction: Some(transaction),
            refund,
        });
    }

    /// Money held back for connected accounts; half of it comes back.
    pub(super) fn connect_reserve(&mut self, amount: i64) {
        let at = self.moment();
        let released = self.later(at, RETURN_DAYS);
        let steps = [
            (at, -amount, "Connect reserve hold"),
            (released, amount / 2, "Connect reserve release"),
        ];
        for (at, amount, text) in steps {
            let draft = Draft {
                source: Source::Reserve(self.store.transactions.count()),
                description: Text::Word(self.store.word(text)),
                ..Draft::new(at, "reserve_transaction", "connect_reserved_funds", "usd", amount)
            };
            self.record(draft);
        }
    }

    /// Money held back for risk, and released: two records.
    pub(super) fn risk_reserve(&mut self, amount: i64) {
        let at = self.moment();
        let released = self.later(at, RETURN_DAYS);
        for (at, amount) in [(at, -amount), (released, amount)] {
            self.record(Draft::new(at, "reserved_funds", "risk_reserved_funds", "usd", amount));
        }
    }

    /// A payout outside the schedule: by hand, sometimes canceled; or instant, with a fee.
    pub(super) fn manual_payout(&mut self, instant: bool, canceled: bool) {
        let at = self.moment_before(4);
        let amount = self.store.rng.random_range(500..8_000);
        let payout = self.store.payouts.count();
        let cost = amount * INSTANT_PER_MILLE / 1000;
        let fee = instant.then(|| detail(self.store, cost, "stripe_fee", "Instant Payout fee"));
        let draft = Draft {
            fees: fee.into_iter().collect(),
            source: Source::Payout(payout),
            description: Text::Word(self.store.word("STRIPE PAYOUT")),
            ..Draft::new(at, "payout", "payout", "usd", -amount)
        };
        let transaction = self.record(draft);
        let failure = canceled.then(|| {
            let draft = Draft {
                source: Source::Payout(payout),
                description: Text::Word(self.store.word("PAYOUT CANCEL")),
                ..Draft::new(at + super::HOUR, "payout_cancel", "payout_reversal", "usd", amount)
            };
            self.record(draft)
        });
        let currency = self.store.word("usd");
        self.store.payouts.append(Payout {
            created: at,
            arrival: if instant { at } else { available(at, TOPUP_DAYS) },
            amount,
            currency,
            automatic: false,
            instant,
            transaction: Some(transaction),
            failure,
            canceled,
        });
    }

    /// Cards issued by the business: money put aside, a hold that is released, and two purchases of
    /// which one is still pending.
    pub(super) fn issuing(&mut self) {
        self.topup("issuing", 50_000);
        let at = self.moment_before(RETURN_DAYS);
        for (kind, at, amount) in [
            ("issuing_authorization_hold", at, -1_250),
            ("issuing_authorization_release", at + DAY, 1_250),
        ] {
            let draft = Draft {
                balance: "issuing",
                source: Source::IssuingAuthorization(self.store.transactions.count()),
                ..Draft::new(at, kind, kind, "usd", amount)
            };
            self.record(draft);
        }
        let kind = "issuing_transaction";
        let recent = self.now - 2 * super::HOUR;
        for (at, available_on, amount) in
            [(at + DAY, at + DAY, -1_180), (recent, available(recent, TOPUP_DAYS), -2_399)]
        {
            let draft = Draft {
                available_on,
                balance: "issuing",
                source: Source::IssuingTransaction(self.store.transactions.count()),
                ..Draft::new(at, kind, kind, "usd", amount)
            };
            self.record(draft);
        }
    }

    /// Money put aside for refunds and disputes, and a refund paid from it.
    pub(super) fn prefunding(&mut self) {
        let balance = "refund_and_dispute_prefunding";
        self.topup(balance, 200_000);
        let at = self.moment_before(RETURN_DAYS);
        let payment = self.card(at).within(0);
        let paid = self.pay(payment);
        let refund = self.refund(paid, paid.whole());
        let balance = self.store.word(balance);
        if let Some(n) = self.store.refunds.get(refund).transaction {
            self.store.transactions.get_mut(n).balance = balance;
        }
    }

    /// A balance and a type that nobody documented.
    pub(super) fn odd(&mut self) {
        let at = self.moment();
        let draft = Draft::new(at, "adjustment", "other_adjustment", "usd", 4_321);
        self.record(Draft { balance: UNKNOWN_BALANCE, ..draft });
        self.standalone(UNKNOWN_TYPE, UNKNOWN_TYPE, -987, "Network settlement correction");
    }
}
