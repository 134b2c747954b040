//! The figures of a month that is over: made once, when all its days are closed. Beside them one
//! item with what every such month moved the balances by: a statement begins with their sum, and
//! reads no month that lies before it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::error::{Error, Result};
use crate::model::ledger::{BalanceKind, Breakdown};
use crate::model::money::{Currency, Sum};
use crate::model::statement::Before;

/// Sums that are kept in one item: far below what an item may hold. With more of them a statement
/// reads the months.
pub(crate) const MAX_TOTALS: usize = 3_000;

/// What the money of a UTC month was for, of one balance in one currency.
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

/// What a month moved one balance by.
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

/// What every month that is made moved the balances by.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MonthTotals {
    /// All months before this one are in it, as `yyyy-mm`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// How often a month was made, with this one.
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

    /// Whether they are few enough to be kept.
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
        let Before { net, reserved } = Before::of(figures).map_err(Error::internal)?;
        Ok(Self { kind: kind.clone(), currency, net: Sum(net), reserved: Sum(reserved) })
    }
}
