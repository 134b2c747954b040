//! What an automatic payout settled, summed up by category.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::money::Sum;
use crate::model::stripe::types::movement::BalanceTransaction;
use crate::model::time::Millis;

/// The maximum number of categories that are kept for a currency. Stripe documents about 40; the
/// set is open, and an item of the table is limited in size.
pub const MAX_CATEGORIES: usize = 60;

/// The category of members beyond [`MAX_CATEGORIES`].
pub const OTHER_CATEGORIES: &str = "other";

/// Count and sums of the members of one category.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CategoryTotals {
    /// Members.
    pub count: u64,
    /// Σ amount.
    pub gross: Sum,
    /// Σ fee.
    pub fee: Sum,
    /// Σ net.
    pub net: Sum,
}

/// Totals by currency (upper case), then by reporting category. The currency is that of the
/// records, not of the bank account.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Categories(pub BTreeMap<String, BTreeMap<String, CategoryTotals>>);

impl Categories {
    /// Adds a member.
    pub(crate) fn add(&mut self, member: &BalanceTransaction) {
        let rows = self.0.entry(member.currency.to_uppercase()).or_default();
        let category = category_of(member);
        let name = if rows.len() < MAX_CATEGORIES || rows.contains_key(category) {
            category
        } else {
            OTHER_CATEGORIES
        };
        let totals = rows.entry(name.to_owned()).or_default();
        totals.count += 1;
        totals.gross.add(member.amount);
        totals.fee.add(member.fee);
        totals.net.add(member.net);
    }

    /// Members in all.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.values().flat_map(BTreeMap::values).map(|totals| totals.count).sum()
    }

    /// The remainder in each currency: zero when the members and the payout's own record balance.
    pub fn remainders(&self) -> impl Iterator<Item = (&str, Sum)> {
        self.0.iter().map(|(currency, rows)| {
            let left = rows.values().fold(0_i128, |sum, row| sum.saturating_add(row.net.0));
            (currency.as_str(), Sum(left))
        })
    }
}

/// Stripe's category of a record; its type where Stripe sent no category.
#[must_use]
pub fn category_of(record: &BalanceTransaction) -> &str {
    if record.reporting_category.is_empty() { &record.type_ } else { &record.reporting_category }
}

/// The members of a payout, added up once Stripe had finished it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayoutMembers {
    /// When they were added up.
    pub at: Millis,
    /// Their totals, the payout's own record included.
    pub totals: Categories,
}

impl PayoutMembers {
    /// Whether they add up to zero in each currency, as they should.
    #[must_use]
    pub fn balance(&self) -> bool {
        self.totals.remainders().all(|(_, left)| left.0 == 0)
    }
}
