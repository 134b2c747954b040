//! Figures of completed months: each is computed once all its days are closed, and again when one
//! of them was reopened.

use std::collections::BTreeMap;

use crate::engine::context::Context;
use crate::engine::stages::closed;
use crate::engine::stop::Stop;
use crate::model::closed::{date_in, month_after, month_of};
use crate::model::error::{Error, Result};
use crate::model::ledger::{BalanceKind, Breakdown};
use crate::model::money::Currency;
use crate::model::month::{Month, MonthTotal, MonthTotals};
use crate::platform::store::figures::DayPart;
use crate::platform::table::kind::ItemKind;
use crate::platform::table::read::sort_key;
use crate::platform::table::units::Unit;

/// The maximum number of months that a run computes.
const MAX_MONTHS: usize = 6;

/// The writes of months that can be computed now: one unit each.
pub(crate) async fn make(ctx: &mut Context<'_>) -> Result<Vec<Unit>, Stop> {
    if !ctx.connection.figures_complete || ctx.progress.read_only {
        return Ok(Vec::new());
    }
    let due = due(ctx).await?;
    if due.is_empty() {
        return Ok(Vec::new());
    }
    let mut totals = MonthTotals::of(&made(ctx).await?)?;
    let mut units = Vec::new();
    for month in due {
        let writes = one(ctx, &month, &mut totals).await?;
        units.push(Unit(writes));
    }
    Ok(units)
}

/// The figures of all computed months.
async fn made(ctx: &mut Context<'_>) -> Result<Vec<Month>, Stop> {
    let (install, connection) = (ctx.fence.install.clone(), ctx.fence.connection);
    let head = closed::known(ctx).await?.head.clone();
    let Some(to) = &head.months_to else { return Ok(Vec::new()) };
    let mut months = ctx.services.store.closed().months(&install, connection, None, to).await?;
    months.retain(|month| month.month < *to && !head.reopened.contains(&month.month));
    Ok(months)
}

/// The months to compute: the reopened ones, and those that closed since.
async fn due(ctx: &mut Context<'_>) -> Result<Vec<String>, Stop> {
    let install = ctx.fence.install.clone();
    let known = closed::known(ctx).await?;
    let Some(to) = known.until().map(|until| month_of(until).to_owned()) else {
        return Ok(Vec::new());
    };
    let left_open: Vec<String> =
        known.head.left_open.iter().map(|sk| month_of(date_in(sk)).to_owned()).collect();
    let from = known.head.months_to.clone();
    let mut month = match from {
        Some(from) => Some(from),
        None => first(ctx, &install).await?,
    };
    let known = closed::known(ctx).await?;
    // From the oldest on: every month before the newest computed one is computed, or listed as
    // reopened.
    let mut due = known.head.reopened.clone();
    while let Some(next) = month.filter(|month| *month < to) {
        month = month_after(&next);
        if left_open.contains(&next) {
            // Later months are computed before it. It stays listed until it is computed too.
            known.head.reopened.insert(next);
        } else {
            due.insert(next);
        }
    }
    due.retain(|month| !left_open.contains(month) && *month < to);
    Ok(due.into_iter().take(MAX_MONTHS).collect())
}

/// The month of the oldest figures.
async fn first(
    ctx: &Context<'_>,
    install: &crate::model::install::id::InstallId,
) -> Result<Option<String>, Stop> {
    let prefix = ItemKind::Figures.of_connection(ctx.fence.connection);
    let (items, _) = ctx.services.store.some_after(install, &prefix, None, 1).await?;
    let date = items.first().and_then(|item| sort_key(item).strip_prefix(&prefix));
    Ok(date.map(|date| month_of(date).to_owned()))
}

/// The writes of one month, and of the head and the totals that include it.
async fn one(
    ctx: &mut Context<'_>,
    month: &str,
    totals: &mut MonthTotals,
) -> Result<Vec<aws_sdk_dynamodb::types::TransactWriteItem>, Stop> {
    let (install, connection) = (ctx.fence.install.clone(), ctx.fence.connection);
    let prefix = format!("{}{month}", ItemKind::Figures.of_connection(connection));
    let mut sums: BTreeMap<(BalanceKind, Currency), Breakdown> = BTreeMap::new();
    for item in ctx.services.store.items(&install, &prefix).await? {
        let part = DayPart::of(&item)?;
        let sum = sums.entry((part.kind.clone(), part.currency)).or_default();
        sum.merge(&part.sum()?).map_err(Error::internal)?;
    }
    let known = closed::known(ctx).await?;
    known.head.reopened.remove(month);
    known.head.months_made = known.head.months_made.saturating_add(1);
    if known.head.months_to.as_deref().is_none_or(|to| to <= month) {
        known.head.months_to = month_after(month);
    }
    let head = known.head.clone();
    let repository = ctx.services.store.closed();
    let mut writes = vec![repository.put_head(&install, connection, &head)?];
    let of_month = sums
        .iter()
        .map(|((kind, currency), figures)| MonthTotal::of(kind, *currency, figures))
        .collect::<Result<Vec<_>>>()?;
    totals.months.insert(month.to_owned(), of_month);
    totals.to.clone_from(&head.months_to);
    totals.made = head.months_made;
    let none = MonthTotals::default();
    let kept = if totals.are_few() { &*totals } else { &none };
    writes.push(repository.put_totals(&install, connection, kept)?);
    for ((kind, currency), figures) in sums {
        let month = Month { month: month.to_owned(), kind, currency, figures };
        writes.push(repository.put_month(&install, connection, &month)?);
    }
    Ok(writes)
}
