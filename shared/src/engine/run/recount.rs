//! Figures that are computed outside a run's walk: hours in which a retry posted an entry and, once
//! after an upgrade, everything mirrored by versions without figures.

use crate::engine::context::{self, Context};
use crate::engine::run::checkpoint::{RunOutcome, checkpoint};
use crate::engine::stages::proof::months;
use crate::engine::stages::recount;
use crate::engine::stop::Stop;
use crate::model::backfill::{Backfill, Reading};
use crate::model::ledger::SECONDS_PER_HOUR;
use crate::model::ledger::hour_of;
use crate::model::stripe::types::movement::BalanceTransaction;
use crate::platform::table::units::Unit;

/// Pages of the list that a run reads for the backfill.
const BACKFILL_PAGES: u32 = 20;

/// Pages of a run that may time out. After them, what they hold is left to the next run.
const MAX_LATE_PAGES: u32 = 12;

/// Marks the hours of records whose entries are posted outside the walk for a recount, unless the
/// walk has yet to reach them. Returns whether marks were added. New marks must be stored before
/// the entries are posted: the problems are resolved at once, so after a worker that died before
/// its checkpoint no retry would return to them.
#[must_use]
pub(crate) fn note_hours<'r>(
    ctx: &mut Context<'_>,
    records: impl Iterator<Item = &'r BalanceTransaction>,
) -> bool {
    let walk = &ctx.progress.walk;
    let is_ahead = |hour: i64| {
        let unread = walk.cursor.is_none() && !walk.done;
        unread && walk.lower.is_none_or(|lower| lower <= hour)
    };
    let hours = records.map(|record| hour_of(record.created)).filter(|at| !is_ahead(*at));
    let hours: Vec<i64> = hours.collect();
    ctx.progress.note_recount(hours)
}

/// Counts again the hours in which entries were posted outside a walk. Returns whether the run can
/// continue. An hour that cannot be read stays noted: the next run reads down to it.
pub(crate) async fn hours(ctx: &mut Context<'_>) -> Result<bool, Stop> {
    while let Some(hour) = ctx.progress.recount.first().copied() {
        if ctx.progress.recount_late >= MAX_LATE_PAGES {
            return Ok(true);
        }
        if ctx.out_of_time() {
            return Ok(false);
        }
        context::check(ctx).await?;
        let fresh = || recount::walk_of(Some(hour), Some(hour + SECONDS_PER_HOUR));
        let stored = ctx.progress.recount_walk.take().filter(|walk| walk.lower == Some(hour));
        let mut walk = stored.map_or_else(fresh, |walk| *walk);
        let units = match Box::pin(recount::page(ctx, &mut walk)).await {
            Ok(Some(complete)) => complete,
            Ok(None) => {
                ctx.progress.recount_late += 1;
                ctx.progress.recount_walk = Some(Box::new(walk));
                checkpoint(ctx, Vec::new()).await?;
                return Ok(false);
            }
            // A record was deleted at Stripe: the hour starts over.
            Err(Stop::CursorGone) => return Ok(false),
            Err(stop) => return Err(stop),
        };
        if walk.done {
            ctx.progress.recount.remove(&hour);
        } else {
            ctx.progress.recount_walk = Some(Box::new(walk));
        }
        checkpoint(ctx, units).await?;
    }
    Ok(true)
}

/// Computes the figures of completed months, after the proof of a run. A failure does not change
/// the outcome of the run.
pub(crate) async fn months(ctx: &mut Context<'_>) -> Result<(), Stop> {
    let made = match Box::pin(months::make(ctx)).await {
        Ok(units) if units.is_empty() => Ok(()),
        Ok(units) => checkpoint(ctx, units).await,
        Err(stop) => Err(stop),
    };
    match made {
        Err(Stop::Retryable(why)) => {
            tracing::info!(install = %ctx.fence.install, %why,
                "figures of months left to a later run");
            Ok(())
        }
        made => made,
    }
}

/// Computes figures for part of what was mirrored by versions without figures, after the proof of a
/// run. A failure does not change the outcome of the run. An outcome is returned when an hour needs
/// more time than a worker has.
pub(crate) async fn backfill(ctx: &mut Context<'_>) -> Result<Option<RunOutcome>, Stop> {
    if ctx.connection.figures_complete || ctx.run.is_preview() {
        return Ok(None);
    }
    match Box::pin(step(ctx)).await {
        Ok(in_the_middle) => Ok(in_the_middle.then_some(RunOutcome::OutOfTime)),
        Err(Stop::Retryable(why)) => {
            tracing::info!(install = %ctx.fence.install, %why,
                "figures of earlier records left to a later run");
            Ok(None)
        }
        Err(stop) => Err(stop),
    }
}

/// One step. Returns whether it ended within an hour because time ran out.
async fn step(ctx: &mut Context<'_>) -> Result<bool, Stop> {
    let (install, connection) = (ctx.fence.install.clone(), ctx.fence.connection);
    let store = &ctx.services.store;
    let stored = store.backfills().get(&install, connection).await?;
    let reading = Reading { run: ctx.fence.run, walks: ctx.progress.walks };
    let mut made = Backfill::resume(stored, reading);
    if !made.openings {
        let mut units = Box::pin(recount::openings(ctx)).await?;
        made.openings = true;
        units.push(Unit(vec![store.backfills().put(&install, connection, &made)?]));
        checkpoint(ctx, units).await?;
    }
    let mut whole_hours = false;
    for page in 1.. {
        if ctx.out_of_time() || (page > BACKFILL_PAGES && whole_hours) {
            return Ok(!whole_hours);
        }
        context::check(ctx).await?;
        let mut units = match Box::pin(recount::page(ctx, &mut made.walk)).await {
            Ok(Some(units)) => units,
            // The next worker asks for a smaller part of the page. After enough attempts the run
            // ends, and the next run continues.
            Ok(None) => {
                made.late += 1;
                store_backfill(ctx, &made).await?;
                return Ok(!whole_hours && made.late < MAX_LATE_PAGES);
            }
            // A record was deleted at Stripe.
            Err(Stop::CursorGone) => {
                store_backfill(ctx, &made.restart_hour()).await?;
                return Ok(false);
            }
            Err(stop) => return Err(stop),
        };
        whole_hours |= !units.is_empty();
        made.pages += 1;
        units.push(Unit(vec![store.backfills().put(&install, connection, &made)?]));
        if made.walk.done {
            tracing::info!(install = %install, "the figures of all earlier records are complete");
            units.push(Unit(vec![store.backfills().complete(&install, connection)?]));
            ctx.connection.figures_complete = true;
        }
        checkpoint(ctx, units).await?;
        if made.walk.done {
            break;
        }
    }
    Ok(false)
}

async fn store_backfill(ctx: &mut Context<'_>, made: &Backfill) -> Result<(), Stop> {
    let backfills = ctx.services.store.backfills();
    let write = backfills.put(&ctx.fence.install, ctx.fence.connection, made)?;
    checkpoint(ctx, vec![Unit(vec![write])]).await
}
