//! Which items hold the figures of a period, and their sums.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::model::closed::month_of;
use crate::model::error::{Error, Result};
use crate::model::ledger::Breakdown;
use crate::model::month::{Month, MonthTotal, MonthTotals};
use crate::model::period::Period;
use crate::model::statement::{BalanceBefore, BySubject, Subject};
use crate::platform::store::closed::FiguresReach;
use crate::platform::store::figures::DayPart;

/// A date before Stripe existed.
const BEFORE_STRIPE: Date = Date::constant(2010, 1, 1);

/// What a caller needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FiguresDetail {
    /// The balance before the period, and the sums of the period.
    Statement,
    /// The sums of the period.
    Sums,
    /// The sums of each day of the period.
    Days,
    /// The sums of each month of the period.
    Months,
}

/// The figures of a period, as items are added to them.
#[derive(Debug, Default)]
pub(super) struct Sums {
    /// Each balance before it.
    pub(super) before: BTreeMap<Subject, BalanceBefore>,
    /// The period.
    pub(super) period: BySubject,
    /// Its days or months, where they were asked for.
    pub(super) parts: BTreeMap<String, BySubject>,
}

/// Net and reserved amounts.
type BySubjectTotals = BTreeMap<Subject, (i128, i128)>;

/// Which items hold the figures of a period.
pub(super) struct ReadPlan {
    period: Period,
    detail: FiguresDetail,
    /// Months before this one are computed, except for reopened ones.
    months_to: Option<String>,
    reopened: BTreeSet<String>,
    /// The totals of the months contain everything before the period.
    has_totals: bool,
    /// Some days of the period must be read by day: then all of them are, in one read.
    by_day: bool,
}

impl ReadPlan {
    pub(super) fn new(reach: &FiguresReach, period: Period, detail: FiguresDetail) -> Self {
        let months_to = reach.head.months_to.clone();
        let has_totals = detail == FiguresDetail::Statement && reach.have_totals();
        let reopened = reach.head.reopened.clone();
        let mut plan = Self { period, detail, months_to, reopened, has_totals, by_day: false };
        plan.by_day = detail == FiguresDetail::Days || (has_totals && plan.days_from().is_some());
        plan
    }

    fn is_made(&self, month: &str) -> bool {
        self.months_to.as_deref().is_some_and(|to| month < to) && !self.reopened.contains(month)
    }

    fn needs_before(&self) -> bool {
        self.detail == FiguresDetail::Statement
    }

    fn lies_before(&self, month: &str) -> bool {
        first_of(month).is_some_and(|first| first.last_of_month() < self.period.from)
    }

    /// Whether the totals cover a month before the period.
    fn uses_total(&self, month: &str) -> bool {
        self.has_totals && self.is_made(month) && self.lies_before(month)
    }

    /// Whether a month's item is read instead of its days.
    fn uses_month(&self, month: &str) -> bool {
        let before = self.needs_before() && !self.has_totals && self.lies_before(month);
        let inside = !self.by_day && self.period.covers(month);
        self.is_made(month) && (before || inside)
    }

    pub(super) fn reads_months(&self) -> bool {
        let any_inside = self.period.months().iter().any(|month| self.uses_month(month));
        let any_before = self.needs_before() && !self.has_totals && self.months_to.is_some();
        any_inside || any_before
    }

    /// The first month to read; absent for all.
    pub(super) fn first_month(&self) -> Option<String> {
        let inside_alone = !self.needs_before() || self.has_totals;
        inside_alone.then(|| self.period.from.strftime("%Y-%m").to_string())
    }

    /// The first date whose figures are read by day. `None` when months hold everything; a date
    /// before Stripe existed when no month is computed.
    pub(super) fn days_from(&self) -> Option<Date> {
        let mut firsts: Vec<Date> = Vec::new();
        if self.needs_before() {
            match &self.months_to {
                None => firsts.push(BEFORE_STRIPE),
                Some(to) => firsts.extend(first_of(to)),
            }
            firsts.extend(self.reopened.iter().filter_map(|month| first_of(month)));
        }
        let months = self.period.months();
        for month in months.iter().filter(|month| !self.uses_month(month)) {
            let first = first_of(month);
            let whole = self.needs_before() && self.is_made(month);
            // The days of its month before the period count towards the balance before it.
            firsts
                .extend(first.map(|first| if whole { first } else { first.max(self.period.from) }));
        }
        firsts.into_iter().min().filter(|first| *first <= self.period.to)
    }

    /// The months that were made when the head was read, and are not there as they were: a run has
    /// opened them, or made them again, in between. Without totals that is not known.
    pub(super) fn opened_since(
        &self,
        reach: &FiguresReach,
        months: &[Month],
    ) -> Result<BTreeSet<String>> {
        let mut read: BTreeMap<&str, BySubjectTotals> = BTreeMap::new();
        for month in months {
            let total = MonthTotal::of(&month.kind, month.currency, &month.figures)?;
            let of_month = read.entry(&month.month).or_default();
            of_month.insert((total.kind, total.currency), (total.net.0, total.reserved.0));
        }
        let first = self.first_month().unwrap_or_default();
        let last = self.period.to.strftime("%Y-%m").to_string();
        let expected = reach.totals.months.iter().filter(|(month, _)| {
            reach.have_totals() && first <= **month && **month <= last && self.uses_month(month)
        });
        let is_as_it_was = |month: &str, totals: &[MonthTotal]| {
            let subject = |it: &MonthTotal| (it.kind.clone(), it.currency);
            let totals = totals.iter().map(|it| (subject(it), (it.net.0, it.reserved.0)));
            totals.collect::<BySubjectTotals>() == read.get(month).cloned().unwrap_or_default()
        };
        let opened = expected.filter(|(month, totals)| !is_as_it_was(month, totals));
        Ok(opened.map(|(month, _)| month.clone()).collect())
    }

    pub(super) fn take_totals(&self, sums: &mut Sums, totals: &MonthTotals) -> Result<()> {
        let used = totals.months.iter().filter(|(month, _)| self.uses_total(month));
        for total in used.flat_map(|(_, totals)| totals) {
            let before = sums.before.entry((total.kind.clone(), total.currency)).or_default();
            before.add(BalanceBefore { net: total.net.0, reserved: total.reserved.0 })?;
        }
        Ok(())
    }

    pub(super) fn take_month(&self, sums: &mut Sums, month: Month) -> Result<()> {
        if !self.uses_month(&month.month) {
            return Ok(());
        }
        let subject = (month.kind, month.currency);
        if self.period.covers(&month.month) {
            merge(&mut sums.period, &subject, &month.figures)?;
            if self.detail == FiguresDetail::Months {
                let part = sums.parts.entry(month.month).or_default();
                merge(part, &subject, &month.figures)?;
            }
            return Ok(());
        }
        add(sums, subject, &month.figures)
    }

    pub(super) fn take_day(&self, sums: &mut Sums, part: &DayPart) -> Result<()> {
        let date = part.date.to_string();
        let month = month_of(&date);
        if self.uses_month(month) || self.uses_total(month) {
            return Ok(());
        }
        let subject = (part.kind.clone(), part.currency);
        let sum = part.sum()?;
        if part.date < self.period.from {
            return if self.needs_before() { add(sums, subject, &sum) } else { Ok(()) };
        }
        merge(&mut sums.period, &subject, &sum)?;
        let part = match self.detail {
            FiguresDetail::Days => date.clone(),
            FiguresDetail::Months => month.to_owned(),
            FiguresDetail::Statement | FiguresDetail::Sums => return Ok(()),
        };
        merge(sums.parts.entry(part).or_default(), &subject, &sum)
    }
}

fn first_of(month: &str) -> Option<Date> {
    format!("{month}-01").parse().ok()
}

fn add(sums: &mut Sums, subject: Subject, sum: &Breakdown) -> Result<()> {
    sums.before.entry(subject).or_default().add(BalanceBefore::of(sum)?)
}

fn merge(into: &mut BySubject, subject: &Subject, figures: &Breakdown) -> Result<()> {
    into.entry(subject.clone()).or_default().merge(figures).map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::closed::ClosedHead;

    /// State: months up to June are made, and a read met the head of the months after one of them
    /// was made again and their totals before it. What must hold: the totals are not used.
    #[test]
    fn totals_of_another_moment_than_the_head_are_not_used() {
        let reach = |made| FiguresReach {
            head: ClosedHead {
                months_to: Some("2026-07".to_owned()),
                months_made: 9,
                ..ClosedHead::default()
            },
            totals: MonthTotals { to: Some("2026-07".to_owned()), made, months: BTreeMap::new() },
            ..FiguresReach::default()
        };
        let period = Period::days("2026-07-01", "2026-07-31").unwrap();
        let plan = |made| ReadPlan::new(&reach(made), period, FiguresDetail::Statement);
        assert!(plan(9).uses_total("2026-05") && !plan(9).uses_month("2026-05"));
        assert!(!plan(8).uses_total("2026-05") && plan(8).uses_month("2026-05"));
        assert!(plan(8).reads_months() && plan(8).first_month().is_none(), "all months are read");
    }
}
