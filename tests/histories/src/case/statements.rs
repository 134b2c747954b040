//! The statements of a case beside Stripe's own reports: months, a span of days within them, and
//! that each month begins where the one before ended.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{Span, Timestamp, tz};
use stripe_sync::model::period::Period;
use stripe_sync::model::statement::Statement;

use super::{Case, Checked};
use crate::{statements, time};

/// Months before the present one. Records may be dated a few days ahead, so the next one counts
/// too.
const MONTHS_BEFORE: i32 = 3;
/// The span of days: from so many days ago to so many days ago.
const SPAN: (i32, i32) = (41, 9);

impl Case<'_> {
    /// Every statement holds what Stripe's report of the same days holds, row by row.
    pub(super) async fn check_statements(&self) -> Checked {
        let today = date_of(time::now().div_euclid(1000))?;
        let mut before: Option<BTreeMap<String, i128>> = None;
        for month in -MONTHS_BEFORE..=1 {
            let from = moved(today.first_of_month(), Span::new().months(month))?;
            let period = Period { from, to: from.last_of_month() };
            let Some(found) = self.check_statement(period).await? else { continue };
            let starting = balances(&found, |statement| statement.starting_balance);
            if before.as_ref().is_some_and(|before| *before != starting) {
                return Err(format!("{from} begins with {starting:?}, not with {before:?}"));
            }
            before = Some(balances(&found, |statement| statement.ending_balance));
        }
        let (from, to) = SPAN;
        let from = moved(today, Span::new().days(-from))?;
        let to = moved(today, Span::new().days(-to))?;
        self.check_statement(Period { from, to }).await.map(|_| ())
    }

    /// The statements of a period, unless it contains a start or lies before it: an opening stands
    /// there for what Stripe's report shows.
    async fn check_statement(&self, period: Period) -> Result<Option<Vec<Statement>>, String> {
        let start = self.tenant.start().filter(|start| *start > 0);
        if let Some(start) = start
            && period.from <= date_of(start)?
        {
            return Ok(None);
        }
        let found = self.tenant.statements(period).await?;
        let reports = self.tenant.balance_summary(period).await;
        let mut differences = statements::differences(&found, &reports, start.is_none());
        if start.is_none() {
            // What was reserved before a start is a part of the opening.
            let in_transit = self.tenant.in_transit(period).await?;
            differences.extend(statements::summary_differences(&found, &in_transit, &reports)?);
        }
        if differences.is_empty() {
            return Ok(Some(found));
        }
        Err(format!("statements of {} to {}: {differences:?}", period.from, period.to))
    }
}

/// A figure of every balance and currency, where it is not zero: a month knows nothing yet of what
/// begins after it.
fn balances(
    statements: &[Statement],
    figure: impl Fn(&Statement) -> i128,
) -> BTreeMap<String, i128> {
    let named = statements
        .iter()
        .map(|statement| (format!("{} {}", statement.kind, statement.currency), figure(statement)));
    named.filter(|(_, figure)| *figure != 0).collect()
}

fn date_of(seconds: i64) -> Result<Date, String> {
    let at = Timestamp::from_second(seconds).map_err(|error| error.to_string())?;
    Ok(tz::Offset::UTC.to_datetime(at).date())
}

fn moved(date: Date, by: Span) -> Result<Date, String> {
    date.checked_add(by).map_err(|error| error.to_string())
}
