//! Which stories happen, and how often.

use rand::RngExt as _;

use super::super::model::DAY;
use super::Writer;
use super::money::MONEY;

/// Days that a payment's follow-ups may take, so that they lie in the past.
const FOLLOW_UP: i64 = 40;

impl Writer<'_> {
    /// Every kind of story once, so that no history of some size lacks one. Answers how many
    /// records that took.
    pub(super) fn featured(&mut self, odd: bool) -> u32 {
        let before = self.store.transactions.count();
        for money in 0..MONEY.len() {
            let at = self.moment();
            let payment = self.card(at).within(money);
            self.pay(payment);
        }
        let at = self.moment();
        let mut foreign = self.card(at);
        self.convert(&mut foreign);
        let paid = self.pay(foreign);
        self.refund(paid, paid.whole());
        let at = self.now - super::REST - DAY;
        let pending = self.delayed(at);
        self.pay(pending);
        for story in &STORIES {
            (story.tell)(self);
        }
        self.issuing();
        self.prefunding();
        if odd {
            self.odd();
        }
        self.store.transactions.count() - before
    }

    /// One story of at most `room` records; answers how many it took.
    pub(super) fn story(&mut self, room: u32) -> u32 {
        let before = self.store.transactions.count();
        let mut roll = self.store.rng.random_range(0..1000_u32);
        let drawn = STORIES.iter().find(|story| {
            let hit = roll < story.share;
            roll = roll.saturating_sub(story.share);
            hit
        });
        match drawn {
            Some(story) if story.records <= room => (story.tell)(self),
            _ => self.plain(),
        }
        if self.store.rng.random_ratio(1, 40) {
            let at = self.moment();
            self.declined(at);
        }
        self.store.transactions.count() - before
    }

    /// A card payment, and nothing more: four of five stories.
    fn plain(&mut self) {
        let at = self.moment();
        let payment = self.card(at);
        self.pay(payment);
    }
}

/// A story that is drawn `share` times in a thousand.
struct Story {
    share: u32,
    /// Records at most.
    records: u32,
    tell: fn(&mut Writer<'_>),
}

const fn story(share: u32, records: u32, tell: fn(&mut Writer<'_>)) -> Story {
    Story { share, records, tell }
}

const STORIES: [Story; 25] = [
    story(100, 1, |w| {
        let at = w.moment();
        let payment = w.delayed(at);
        w.pay(payment);
    }),
    story(8, 2, |w| {
        let at = w.moment();
        let payment = w.delayed(at);
        let paid = w.pay(payment);
        w.payment_fails(paid);
    }),
    story(5, 2, |w| {
        let at = w.moment_before(FOLLOW_UP);
        let payment = w.delayed(at);
        let paid = w.pay(payment);
        w.refund(paid, paid.whole());
    }),
    story(1, 3, |w| {
        let at = w.moment_before(FOLLOW_UP);
        let payment = w.delayed(at);
        let paid = w.pay(payment);
        let refund = w.refund(paid, paid.whole());
        w.refund_fails(refund);
    }),
    story(1, 2, |w| {
        let at = w.moment_before(FOLLOW_UP);
        let payment = w.delayed(at);
        let paid = w.pay(payment);
        w.payment_reversed(paid);
    }),
    story(35, 2, |w| refunded(w, 1)),
    story(18, 2, |w| refunded(w, 0)),
    story(7, 3, |w| refunded(w, 2)),
    story(2, 3, |w| {
        let at = w.moment();
        let payment = w.card(at);
        let paid = w.pay(payment);
        let refund = w.refund(paid, paid.whole());
        w.refund_fails(refund);
    }),
    story(3, 2, |w| {
        let at = w.moment();
        let payment = w.card(at);
        let paid = w.pay(payment);
        w.partial_capture(paid);
    }),
    story(3, 3, |w| disputed(w, true, false)),
    story(1, 3, |w| disputed(w, true, true)),
    story(5, 2, |w| disputed(w, false, false)),
    story(14, 1, |w| {
        let amount = -w.store.rng.random_range(20..4_000);
        w.standalone("stripe_fee", "fee", amount, "Billing - Usage Fee");
    }),
    story(4, 1, |w| {
        let amount = -w.store.rng.random_range(5..800);
        w.standalone("tax_fee", "tax", amount, "VAT on Stripe fees");
    }),
    story(2, 1, |w| {
        let amount = w.store.rng.random_range(-900..900);
        w.standalone("adjustment", "other_adjustment", amount, "Balance adjustment");
    }),
    story(3, 1, |w| {
        let amount = w.store.rng.random_range(5_000..60_000);
        w.topup("payments", amount);
    }),
    story(6, 1, |w| w.transfer(false)),
    story(2, 2, |w| w.transfer(true)),
    story(5, 1, |w| w.application_fee(false)),
    story(1, 2, |w| w.application_fee(true)),
    story(3, 2, |w| {
        let amount = w.store.rng.random_range(100..5_000);
        w.connect_reserve(amount);
    }),
    story(2, 2, |w| {
        let amount = w.store.rng.random_range(1_000..50_000);
        w.risk_reserve(amount);
    }),
    story(3, 1, |w| {
        let amount = -w.store.rng.random_range(50..500);
        w.standalone("contribution", "contribution", amount, "Stripe Climate contribution");
    }),
    story(3, 2, |w| {
        let (instant, canceled) = (w.store.rng.random_ratio(1, 2), w.store.rng.random_ratio(1, 4));
        w.manual_payout(instant, canceled && !instant);
    }),
];

/// A card payment, refunded in full (0 parts) or in part.
fn refunded(w: &mut Writer<'_>, parts: u32) {
    let at = w.moment();
    let payment = w.card(at);
    let paid = w.pay(payment);
    if parts == 0 {
        w.refund(paid, paid.whole());
    }
    for _ in 0..parts {
        let part = paid.part(w) / i64::from(parts);
        w.refund(paid, part.max(1));
    }
}

fn disputed(w: &mut Writer<'_>, won: bool, fee_back: bool) {
    let at = w.moment();
    let payment = w.card(at);
    let paid = w.pay(payment);
    w.dispute(paid, won, fee_back);
}
