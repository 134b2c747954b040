//! Reconciling items: why a statement, which uses each record's time, differs from Stripe's own
//! report of the same days, and which disputes are undecided.
//!
//! Stripe's report counts a payout at its effective date, the day it should arrive. The ledger, and
//! so a statement, counts it when its money left the balance. Both differ by the payouts that were
//! in transit at the cut-off.

use std::collections::BTreeMap;

use crate::model::error::{Error, Result};
use crate::model::payout::item::PayoutLine;
use crate::model::tracked_object::ObjectItem;

/// How long before a cut-off a payout in transit may have been created. Stripe's slowest banks take
/// two weeks.
pub const LONGEST_TRANSIT_DAYS: i32 = 31;

/// How many, and their amount in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Amounts {
    /// How many.
    pub count: u64,
    /// Σ amount.
    pub amount: i128,
}

impl Amounts {
    fn add(&mut self, amount: i128) -> Result<()> {
        self.count = self.count.saturating_add(1);
        self.amount = sum(self.amount, amount)?;
        Ok(())
    }
}

fn sum(one: i128, other: i128) -> Result<i128> {
    one.checked_add(other).ok_or_else(|| Error::internal("a sum exceeds 128 bits"))
}

/// The payouts of a currency in transit at the start and at the end of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct InTransit {
    /// When the period began: created before, to arrive then or later.
    pub at_start: Amounts,
    /// When the period ended.
    pub at_end: Amounts,
}

/// The reconciling items of a currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReconcilingItems {
    /// Payouts in transit.
    pub in_transit: InTransit,
    /// Disputes that were opened in the period and have no decision yet.
    pub unsettled_disputes: Amounts,
}

/// The payouts in transit at the seconds `first` and `after`, by currency in upper case.
///
/// # Errors
/// [`Error::Internal`] when a sum exceeds 128 bits.
pub fn in_transit(
    first: i64,
    after: i64,
    payouts: &[PayoutLine],
) -> Result<BTreeMap<String, InTransit>> {
    let mut all: BTreeMap<String, InTransit> = BTreeMap::new();
    for payout in payouts {
        let (Some(amount), Some(currency)) = (payout.amount, payout.currency.as_ref()) else {
            continue;
        };
        for (cut_off, at_end) in [(first, false), (after, true)] {
            if !was_in_transit(payout, cut_off) {
                continue;
            }
            let of_currency = all.entry(currency.clone()).or_default();
            let amounts = if at_end { &mut of_currency.at_end } else { &mut of_currency.at_start };
            let left = payout.left.unwrap_or(amount).0;
            if left != 0 {
                amounts.add(left)?;
            }
        }
    }
    Ok(all)
}

/// The reconciling items of the seconds from `first` up to `after`, by currency in upper case: of
/// these payouts and tracked objects.
///
/// # Errors
/// [`Error::Internal`] when a sum exceeds 128 bits.
pub fn items(
    first: i64,
    after: i64,
    payouts: &[PayoutLine],
    objects: &[ObjectItem],
) -> Result<BTreeMap<String, ReconcilingItems>> {
    let mut items: BTreeMap<String, ReconcilingItems> = BTreeMap::new();
    for (currency, in_transit) in in_transit(first, after, payouts)? {
        items.entry(currency).or_default().in_transit = in_transit;
    }
    let opened = |object: &&ObjectItem| (first..after).contains(&object.created);
    for dispute in objects.iter().filter(|object| object.open_dispute()).filter(opened) {
        let (Some(amount), Some(currency)) = (dispute.amount, dispute.currency.as_ref()) else {
            continue;
        };
        items.entry(currency.clone()).or_default().unsettled_disputes.add(amount.0)?;
    }
    Ok(items)
}

/// Whether a payout had left the balance before a cut-off and was to arrive then or later. A
/// returned payout never arrived: both of its records count when they were created.
fn was_in_transit(payout: &PayoutLine, cut_off: i64) -> bool {
    let came_back = matches!(payout.status.as_str(), "failed" | "canceled");
    payout.created < cut_off && !came_back && payout.arrival.is_some_and(|at| at >= cut_off)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::money::Sum;
    use crate::model::payout::item::PayoutItem;

    const DAY: i64 = 86_400;

    fn payout(created: i64, arrival: i64, status: &str) -> PayoutLine {
        PayoutLine::of(&PayoutItem {
            id: format!("po_{created}"),
            amount: Some(Sum(500)),
            currency: Some("ISK".to_owned()),
            status: status.to_owned(),
            created,
            left: (status == "in_transit").then_some(Sum(509)),
            arrival: Some(arrival),
            ..PayoutItem::default()
        })
    }

    #[test]
    fn a_payout_is_in_transit_from_its_creation_to_its_arrival() {
        let payouts = [
            payout(9 * DAY, 10 * DAY, "paid"),
            payout(10 * DAY, 19 * DAY, "paid"),
            payout(19 * DAY, 20 * DAY, "in_transit"),
            payout(20 * DAY, 22 * DAY, "pending"),
            payout(19 * DAY, 21 * DAY, "failed"),
            payout(8 * DAY, 10 * DAY - 1, "paid"),
            // One that takes longer than the period.
            payout(9 * DAY, 21 * DAY, "pending"),
        ];
        // One whose record is counted as something else.
        let other = PayoutLine { left: Some(Sum(0)), ..payout(19 * DAY, 21 * DAY, "pending") };
        let payouts = [payouts.as_slice(), &[other]].concat();
        let items = items(10 * DAY, 20 * DAY, &payouts, &[]).unwrap();
        let isk = items["ISK"];
        assert_eq!(isk.in_transit.at_start, Amounts { count: 2, amount: 1_000 });
        assert_eq!(isk.in_transit.at_end, Amounts { count: 2, amount: 1_009 });
        assert_eq!(isk.unsettled_disputes, Amounts::default());
    }
}
