//! Closed days: days old enough that a proof reads sums of them instead of each day.
//!
//! A day closes when all its hours agree with the ledger and it is older than any usual re-read.
//! Stripe may still list a late record there, or someone may change the ledger's database directly:
//! then the day is reopened, with the sums that contain it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::model::ledger::{BalanceKind, SECONDS_PER_DAY, day_of, utc_date};
use crate::model::money::Currency;
use crate::model::run::proof_progress::Subtotal;

/// The age in days at which a day may close: usual re-reads go back a fortnight.
pub(crate) const DAYS_OPEN: i64 = 16;

/// The maximum number of days left out of the sums, because the ledger differs or part of Stripe's
/// list is unreadable. With more, no day closes.
pub(crate) const MAX_LEFT_OPEN: usize = 50;

/// The first midnight whose day is open, Unix seconds.
#[must_use]
pub(crate) fn bound(now: i64) -> i64 {
    day_of(now) - DAYS_OPEN * SECONDS_PER_DAY
}

/// The state of closed days of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ClosedHead {
    /// Days before this UTC date are in the sums. Absent when the next proof has to read them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// The number of balances and currencies with a sum.
    pub subjects: u64,
    /// The sort keys of days before that date that are in no sum.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left_open: Vec<String>,
    /// The months before this one have their figures, as `yyyy-mm`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub months_to: Option<String>,
    /// How often a month was computed. The totals of the months have the same number, unless a read
    /// fell between the two writes.
    pub months_made: u64,
    /// Earlier months whose figures must be recomputed.
    #[serde(skip_serializing_if = "BTreeSet::is_empty", with = "serde_dynamo::string_set")]
    pub reopened: BTreeSet<String>,
}

/// The closed days of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct ClosedDays {
    pub(crate) head: ClosedHead,
    pub(crate) sums: Vec<Subtotal>,
}

impl ClosedDays {
    /// The date before which the sums replace the days. `None` when the days must be read.
    pub(crate) fn until(&self) -> Option<&str> {
        self.head.until.as_deref().filter(|_| self.sums.len() as u64 == self.head.subjects)
    }

    /// Whether the sums, or a month's figures, contain a day: a write of the day then reopens them.
    pub(crate) fn holds(&self, date: &str) -> bool {
        self.sums_hold(date) || self.has_month(date)
    }

    /// Whether the sums contain a day.
    pub(crate) fn sums_hold(&self, date: &str) -> bool {
        self.head.until.as_deref().is_some_and(|until| date < until)
    }

    /// Whether a day's month has its figures.
    pub(crate) fn has_month(&self, date: &str) -> bool {
        self.head.months_to.as_deref().is_some_and(|to| month_of(date) < to)
    }

    /// Invalidates the sums: a day of this balance and currency is written.
    pub(crate) fn reopen(&mut self, kind: &BalanceKind, currency: Currency) {
        self.head.until = None;
        self.sums.retain(|sum| sum.kind != *kind || sum.currency != currency);
    }
}

/// The month of a UTC date, as `yyyy-mm`.
#[must_use]
pub fn month_of(date: &str) -> &str {
    date.get(..7).unwrap_or(date)
}

/// The month after one, as `yyyy-mm`. `None` for a text that is no month.
#[must_use]
pub fn month_after(month: &str) -> Option<String> {
    let first: jiff::civil::Date = format!("{month}-01").parse().ok()?;
    let next = first.checked_add(jiff::Span::new().months(1)).ok()?;
    Some(month_of(&next.to_string()).to_owned())
}

/// The UTC date in the sort key of a day: after the kind of item and the connection. Empty for
/// another key.
#[must_use]
pub(crate) fn date_in(sk: &str) -> &str {
    sk.splitn(3, '#').nth(2).and_then(|rest| rest.get(..10)).unwrap_or_default()
}

/// The date of a day, if it is within the calendar.
#[must_use]
pub(crate) fn date_of(midnight: i64) -> Option<String> {
    utc_date(midnight).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_ends_where_the_next_begins() {
        assert_eq!(month_of("2026-02-28"), "2026-02");
        assert_eq!(month_after("2026-12").as_deref(), Some("2027-01"));
        assert_eq!(month_after("nonsense"), None);
    }

    /// A sum that is missing, or a head without a date, sends the proof to the days themselves.
    #[test]
    fn sums_count_only_when_all_of_them_are_there() {
        let sum = Subtotal {
            kind: BalanceKind::Payments,
            currency: "USD".parse().unwrap(),
            figures: crate::model::ledger::Figures::default(),
            agreed: 1,
            differing: 0,
            later: std::collections::BTreeMap::new(),
        };
        let head = ClosedHead {
            until: Some("2026-03-05".to_owned()),
            subjects: 1,
            months_to: Some("2026-03".to_owned()),
            ..ClosedHead::default()
        };
        let mut closed = ClosedDays { head, sums: vec![sum] };
        assert_eq!(closed.until(), Some("2026-03-05"));
        assert!(closed.holds("2026-03-04") && !closed.holds("2026-03-05"));
        assert!(closed.has_month("2026-02-28") && !closed.has_month("2026-03-01"));
        closed.reopen(&BalanceKind::Payments, "USD".parse().unwrap());
        assert_eq!(closed.until(), None);
        assert!(closed.holds("2026-02-28"), "its month has figures");
    }
}
