//! Automatic payouts: each takes everything that has become available since the one before, so that
//! its members and itself sum to zero.

use rand::RngExt as _;

use super::super::model::{DAY, Payout, Source, Text};
use super::money::MONEY;
use super::{Draft, SPAN, Writer};

/// Movements for each automatic payout.
const MOVEMENTS_PER_PAYOUT: u32 = 25;
/// From this many payouts in a currency on, one in so many fails.
const FAILS_EVERY: u32 = 30;
const FAILS_FROM: u32 = 4;
/// Days from a payout to its arrival, or to its failure.
const ARRIVAL_DAYS: i64 = 2;
/// Days before the first payout.
const FIRST_AFTER: i64 = 7 * DAY;

/// How many automatic payouts each currency gets, and how many of them fail.
#[derive(Debug)]
pub(super) struct Plan {
    by_currency: [(u32, u32); MONEY.len()],
}

impl Plan {
    /// The plan for a history of so many movements.
    pub(super) fn new(movements: u32) -> Self {
        let total = movements / MOVEMENTS_PER_PAYOUT;
        let by_currency = MONEY.each_ref().map(|money| {
            let (share, most) = money.payouts;
            let count = (total * share / 1000).min(most);
            let fails = match count {
                0..FAILS_FROM => 0,
                count => (count / FAILS_EVERY).max(1),
            };
            (count, fails)
        });
        Self { by_currency }
    }

    /// Records that the payouts and the failures take.
    pub(super) fn records(&self) -> u32 {
        self.by_currency.iter().map(|(count, fails)| count + fails).sum()
    }
}

/// A record on its way into a payout: when it is ready, its number and its net.
type Ready = (i64, u32, i64);

impl Writer<'_> {
    /// Pays out what the records so far have brought.
    pub(super) fn settle(&mut self, plan: &Plan) {
        for (money, (count, fails)) in MONEY.iter().zip(plan.by_currency) {
            let mut waiting = self.ready(money.code);
            waiting.sort_unstable();
            let mut fails_left = fails;
            for step in 1..=count {
                let at = self.payout_time(step, count);
                let fails = fails_left > 0
                    && step % (count / (fails + 1)).max(1) == 0
                    && at + ARRIVAL_DAYS * DAY < self.now;
                let due = waiting.partition_point(|&(ready, ..)| ready <= at);
                let sum: i64 = waiting[..due].iter().map(|&(.., net)| net).sum();
                if sum <= 0 {
                    continue;
                }
                let members: Vec<Ready> = waiting.drain(..due).collect();
                let failure = self.pay_out(money.code, at, sum, fails, &members);
                if let Some(failure) = failure {
                    fails_left -= 1;
                    let place = waiting.partition_point(|other| *other < failure);
                    waiting.insert(place, failure);
                }
            }
        }
    }

    /// Evenly spread over the history, the last one some hours ago.
    fn payout_time(&mut self, step: u32, count: u32) -> i64 {
        let start = self.now - SPAN + FIRST_AFTER;
        let end = self.now - 6 * super::HOUR;
        let span = (end - start) * i64::from(step) / i64::from(count);
        start + span - self.store.rng.random_range(0..super::HOUR)
    }

    /// Records of the payments balance in a currency.
    fn ready(&mut self, currency: &str) -> Vec<Ready> {
        let payments = self.store.word("payments");
        let currency = self.store.word(currency);
        let rows = self.store.transactions.iter();
        let own = rows.filter(|(_, row)| row.balance == payments && row.currency == currency);
        own.map(|(n, row)| (row.created.max(row.available_on), n, row.net)).collect()
    }

    /// Writes one payout; if it fails, answers the record that brought the money back.
    fn pay_out(
        &mut self,
        code: &str,
        at: i64,
        sum: i64,
        fails: bool,
        members: &[Ready],
    ) -> Option<Ready> {
        let payout = self.store.payouts.count();
        let draft = Draft {
            source: Source::Payout(payout),
            description: Text::Word(self.store.word("STRIPE PAYOUT")),
            ..Draft::new(at, "payout", "payout", code, -sum)
        };
        let transaction = self.record(draft);
        let all = members.iter().map(|&(_, n, _)| n).chain([transaction]);
        for n in all {
            self.store.transactions.get_mut(n).payout = Some(payout);
        }
        let failed_at = at + ARRIVAL_DAYS * DAY;
        let failure = fails.then(|| {
            let draft = Draft {
                source: Source::Payout(payout),
                description: Text::Word(self.store.word("PAYOUT FAILURE")),
                ..Draft::new(failed_at, "payout_failure", "payout_reversal", code, sum)
            };
            self.record(draft)
        });
        let currency = self.store.word(code);
        self.store.payouts.append(Payout {
            created: at,
            arrival: super::available(at, ARRIVAL_DAYS),
            amount: sum,
            currency,
            automatic: true,
            instant: false,
            transaction: Some(transaction),
            failure,
            canceled: false,
        });
        Some((failed_at, failure?, sum))
    }
}
