//! Closed days within a run: what a walk writes there, and what that reopens.
//!
//! A deep walk also passes closed days. An hour there is written only if its figures changed, so
//! re-reading closed days costs no writes and reopens nothing.

use std::collections::{BTreeMap, HashMap};

use crate::engine::context::Context;
use crate::engine::stages::tally::CompleteHours;
use crate::engine::stop::Stop;
use crate::model::closed::{self, ClosedDays, month_of};
use crate::model::error::{Error, Result};
use crate::model::ledger::{BalanceKind, Breakdowns, Figures, Slice, Slices, utc_date};
use crate::model::money::Currency;
use crate::platform::clock;
use crate::platform::store::closed::ReopenedDay;
use crate::platform::store::days::{self};
use crate::platform::store::figures;
use crate::platform::table::attribute::Item;
use crate::platform::table::keys::{Sk, key};
use crate::platform::table::read::sort_key;
use crate::platform::table::units::Unit;

/// The closed days, read once by a worker: only this run changes them.
pub(crate) async fn known<'c>(ctx: &'c mut Context<'_>) -> Result<&'c mut ClosedDays> {
    let closed = match ctx.closed.take() {
        Some(closed) => closed,
        None => ctx.services.store.closed().get(&ctx.fence.install, ctx.fence.connection).await?,
    };
    Ok(ctx.closed.insert(closed))
}

/// The writes of complete hours: all of open days, and of closed days only what changed.
pub(crate) async fn writes(
    ctx: &mut Context<'_>,
    complete: CompleteHours,
) -> Result<Vec<Unit>, Stop> {
    let bound = closed::bound(clock::now().seconds());
    let all_open = complete.expected.iter().all(|(slice, _)| slice.hour >= bound);
    let (install, connection) = (ctx.fence.install.clone(), ctx.fence.connection);
    if all_open {
        return Ok(complete.writes(&ctx.services.store, &install, connection)?);
    }
    let (open, held) = apart(known(ctx).await?, complete)?;
    let mut units = open.writes(&ctx.services.store, &install, connection)?;
    if !held.expected.is_empty() {
        units.extend(changed(ctx, held).await?);
    }
    Ok(units)
}

/// Separates the hours of days outside all sums and months from the others.
fn apart(closed: &ClosedDays, complete: CompleteHours) -> Result<(CompleteHours, CompleteHours)> {
    let CompleteHours { expected, breakdowns, maturing } = complete;
    let mut dates: HashMap<i64, bool> = HashMap::new();
    for (slice, _) in expected.iter() {
        let date = utc_date(slice.hour).map_err(Error::internal)?;
        dates.insert(slice.hour, closed.holds(&date));
    }
    let is_held = |slice: &Slice| dates.get(&slice.hour).copied().unwrap_or_default();
    let part = |held: bool| CompleteHours {
        expected: expected
            .iter()
            .filter(|(slice, _)| is_held(slice) == held)
            .map(|(slice, figures)| (slice.clone(), *figures))
            .collect(),
        breakdowns: breakdowns
            .iter()
            .filter(|(slice, _)| is_held(slice) == held)
            .map(|(slice, breakdown)| (slice.clone(), breakdown.clone()))
            .collect(),
        maturing: maturing.iter().filter(|it| is_held(&it.slice) == held).cloned().collect(),
    };
    Ok((part(false), part(true)))
}

/// A day of one balance and currency.
type Day = (String, BalanceKind, Currency);

/// The hours of a day that changed: in the expected figures, or only in the breakdown.
#[derive(Default)]
struct Changes {
    expected: Vec<(Slice, Figures)>,
    figures: Vec<Slice>,
}

/// The writes of closed hours that differ from the stored ones, each day with what it reopens.
async fn changed(ctx: &mut Context<'_>, held: CompleteHours) -> Result<Vec<Unit>, Stop> {
    let connection = ctx.fence.connection;
    let stored = stored(ctx, &held).await?;
    let mut days: BTreeMap<Day, Changes> = BTreeMap::new();
    for (slice, expected) in held.expected.iter() {
        let date = utc_date(slice.hour)?;
        let day = Sk::Day(connection, &date, slice.kind.as_str(), slice.currency.as_str());
        let same = days::is_stored(
            stored.get(&day.to_string()),
            slice.hour,
            expected,
            held.maturing.iter().filter(|it| it.slice == *slice),
        )?;
        let part = figures::sk_of(connection, &date, slice);
        let broken_down = held.breakdowns.get(slice);
        let same_figures = match broken_down {
            Some(breakdown) => figures::is_stored(stored.get(&part), slice.hour, breakdown)?,
            None => true,
        };
        if same && same_figures {
            continue;
        }
        let changes = days.entry((date, slice.kind.clone(), slice.currency)).or_default();
        if !same {
            changes.expected.push((slice.clone(), *expected));
        }
        if !same_figures {
            changes.figures.push(slice.clone());
        }
    }
    let mut units = Vec::new();
    for (day, changes) in days {
        units.push(unit(ctx, &day, changes, &held).await?);
    }
    Ok(units)
}

async fn unit(
    ctx: &mut Context<'_>,
    day: &Day,
    changes: Changes,
    held: &CompleteHours,
) -> Result<Unit, Stop> {
    let (install, connection) = (ctx.fence.install.clone(), ctx.fence.connection);
    let sums = !changes.expected.is_empty();
    let figures_of: Breakdowns = changes
        .figures
        .iter()
        .filter_map(|slice| Some((slice.clone(), held.breakdowns.get(slice)?.clone())))
        .collect();
    let expected: Slices = changes.expected.into_iter().collect();
    let hours = CompleteHours {
        expected,
        breakdowns: Breakdowns::default(),
        maturing: held.maturing.clone(),
    };
    let store = &ctx.services.store;
    let mut writes: Vec<_> = hours
        .writes(store, &install, connection)?
        .into_iter()
        .flat_map(|Unit(writes)| writes)
        .collect();
    writes.extend(figures::replace(store, &install, connection, figures_of.iter())?);
    writes.extend(reopen(ctx, day, sums).await?);
    Ok(Unit(writes))
}

/// The writes that reopen what contains a day: its sum, if the day's expected figures or marks
/// change, and the figures of its month.
pub(crate) async fn reopen(
    ctx: &mut Context<'_>,
    (date, kind, currency): &Day,
    sums: bool,
) -> Result<Vec<aws_sdk_dynamodb::types::TransactWriteItem>> {
    let connection = ctx.fence.connection;
    let closed = known(ctx).await?;
    let month = closed.has_month(date);
    let sk = Sk::Day(connection, date, kind.as_str(), currency.as_str()).to_string();
    // A day that was left open is in no sum.
    let sums = sums && closed.sums_hold(date) && !closed.head.left_open.contains(&sk);
    if sums {
        tracing::info!(date, %kind, %currency, "a closed day is reopened");
        closed.reopen(kind, *currency);
    }
    if month {
        closed.head.reopened.insert(month_of(date).to_owned());
    }
    if !sums && !month {
        return Ok(Vec::new());
    }
    let reopened = ReopenedDay { date, kind, currency: *currency, in_sum: sums, in_month: month };
    ctx.services.store.closed().reopen(&ctx.fence.install, ctx.fence.connection, reopened)
}

/// The stored items of these hours, by sort key.
async fn stored(ctx: &Context<'_>, held: &CompleteHours) -> Result<HashMap<String, Item>, Stop> {
    let connection = ctx.fence.connection;
    let mut keys: BTreeMap<String, Item> = BTreeMap::new();
    for (slice, _) in held.expected.iter() {
        let date = utc_date(slice.hour)?;
        let (balance, currency) = (slice.kind.as_str(), slice.currency.as_str());
        let part = figures::part_of(slice.hour);
        for sk in [
            Sk::Day(connection, &date, balance, currency),
            Sk::Figures(connection, &date, balance, currency, part),
        ] {
            keys.insert(sk.to_string(), key(&ctx.fence.install, &sk));
        }
    }
    let items = ctx.services.store.read_all(keys.into_values().collect()).await?;
    Ok(items.into_iter().map(|item| (sort_key(&item).to_owned(), item)).collect())
}
