//! Reconciling items of a period.

use serde::Serialize;
use stripe_sync::app::reconciling::Reconciling;
use stripe_sync::model::period::Period;
use stripe_sync::model::reconciling::{Amounts, ReconcilingItems};
use utoipa::ToSchema;

use crate::dto::format::exponent;

/// Why Stripe's own report of the same days differs from the statement, and which disputes are
/// undecided. Stripe's report counts a payout when it arrives, the statement when it left the
/// balance.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReconcilingItemsOfPeriod {
    /// The first UTC day.
    from: String,
    /// The last UTC day.
    to: String,
    currencies: Vec<ReconcilingItemsOfCurrency>,
    /// There are more payouts or disputes than were read: sums may be too small.
    more: bool,
}

/// One currency.
#[derive(Serialize, ToSchema)]
struct ReconcilingItemsOfCurrency {
    currency: String,
    /// Decimal places of the currency.
    exponent: u32,
    /// Payouts that had left the balance before the period and were still to arrive.
    payouts_in_transit_at_start: ReconcilingItem,
    /// Payouts that had left the balance by its end and were still to arrive.
    payouts_in_transit_at_end: ReconcilingItem,
    /// Disputes that were opened in the period and have no decision yet, in their own currency.
    unsettled_disputes: ReconcilingItem,
}

/// How many, and their amount as a decimal string of minor units; a payout's fee included.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReconcilingItem {
    count: u64,
    amount: String,
}

impl ReconcilingItem {
    pub(crate) fn of(amounts: Amounts) -> Self {
        Self { count: amounts.count, amount: amounts.amount.to_string() }
    }
}

impl ReconcilingItemsOfCurrency {
    fn of((currency, items): (&String, &ReconcilingItems)) -> Self {
        Self {
            currency: currency.clone(),
            exponent: exponent(currency),
            payouts_in_transit_at_start: ReconcilingItem::of(items.in_transit.at_start),
            payouts_in_transit_at_end: ReconcilingItem::of(items.in_transit.at_end),
            unsettled_disputes: ReconcilingItem::of(items.unsettled_disputes),
        }
    }
}

impl ReconcilingItemsOfPeriod {
    pub(crate) fn of(period: Period, found: &Reconciling) -> Self {
        Self {
            from: period.from.to_string(),
            to: period.to.to_string(),
            currencies: found.items.iter().map(ReconcilingItemsOfCurrency::of).collect(),
            more: found.more,
        }
    }
}
