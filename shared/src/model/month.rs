//! The figures of a completed month, computed once all its days are closed. One more item holds the
//! net of every such month: a statement starts from their sum and reads no earlier month.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::error::{Error, Result};
use crate::model::ledger::{BalanceKind, Breakdown};
use crate::model::money::{Currency, Sum};
use crate::model::statement::BalanceBefore;

/// The maximum number of sums in that item, far below the size limit. With more, a statement reads
/// the months.
pub(crate) const MAX_TOTALS: usize = 3_000;

/// The figures of a UTC month of one balance in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Month {
    /// As `yyyy-mm`.
    pub month: String,
    /// Which of Stripe's balances.
    pub kind: BalanceKind,
    /// Settlement currency.
    pub currency: Currency,
    /// Its figures.
    pub figures: Breakdown,
}

/// The net of one balance in a month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonthTotal {
    /// Which of Stripe's balances.
    #[serde(rename = "b")]
    pub kind: BalanceKind,
    /// Settlement currency.
    #[serde(rename = "c")]
    pub currency: Currency,
    /// All of it.
    #[serde(rename = "n")]
    pub net: Sum,
    /// What moved into reserves.
    #[serde(rename = "r")]
    pub reserved: Sum,
}

/// The nets of all computed months.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MonthTotals {
    /// All months before this one are included, as `yyyy-mm`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// How often a month was computed, including this time.
    #[serde(default)]
    pub made: u64,
    /// By month.
    #[serde(default)]
    pub months: BTreeMap<String, Vec<MonthTotal>>,
}

impl MonthTotals {
    /// The totals of months.
    ///
    /// # Errors
    /// [`Error::Internal`] when a sum exceeds 128 bits.
    pub(crate) fn of(months: &[Month]) -> Result<Self> {
        let mut totals = Self::default();
        for month in months {
            let of_month = totals.months.entry(month.month.clone()).or_default();
            of_month.push(MonthTotal::of(&month.kind, month.currency, &month.figures)?);
        }
        Ok(totals)
    }

    /// Whether they are few enough to be stored.
    pub(crate) fn are_few(&self) -> bool {
        self.months.values().map(Vec::len).sum::<usize>() <= MAX_TOTALS
    }
}

impl MonthTotal {
    /// The total of a month's figures.
    ///
    /// # Errors
    /// [`Error::Internal`] when a sum exceeds 128 bits.
    pub(crate) fn of(kind: &BalanceKind, currency: Currency, figures: &Breakdown) -> Result<Self> {
        let BalanceBefore { net, reserved } =
            BalanceBefore::of(figures).map_err(Error::internal)?;
        Ok(Self { kind: kind.clone(), currency, net: Sum(net), reserved: Sum(reserved) })
    }
}
