//! Figures that are made outside the walk of a run: hours in which an entry was posted by a retry,
//! and, once after the upgrade, everything that was mirrored before there were figures.

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

/// Pages of the list that a run reads to make figures of the past.
const BACKFILL_PAGES: u32 = 20;

/// Has the hours of records counted again whose entries are posted outside the walk, unless the
/// walk will still come to them. Returns whether that is news, which must be stored before the
/// entries are posted: their problems are resolved at once, so that no retry comes back to them
/// after a worker that died before its checkpoint.
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
    let known = ctx.progress.recount.len();
    ctx.progress.recount.extend(hours);
    ctx.progress.recount.len() > known
}

/// Counts the hours again in which entries were posted outside a walk. Returns whether all are
/// done.
pub(crate) async fn hours(ctx: &mut Context<'_>) -> Result<bool, Stop> {
    while let Some(hour) = ctx.progress.recount.first().copied() {
        let mut walk = recount::walk_of(Some(hour), Some(hour + SECONDS_PER_HOUR));
        let mut units = Vec::new();
        while !walk.done {
            if ctx.out_of_time() {
                return Ok(false);
            }
            context::check(ctx).await?;
            let Some(complete) = Box::pin(recount::page(ctx, &mut walk)).await? else {
                return Ok(false);
            };
            units.extend(complete);
        }
        ctx.progress.recount.remove(&hour);
        checkpoint(ctx, units).await?;
    }
    Ok(true)
}

/// Makes the figures of months that are over, after the proof of a run. No failure of it changes
/// what the run came to.
pub(crate) async fn months(ctx: &mut Context<'_>) -> Result<(), Stop> {
    let made = match Box::pin(months::make(ctx)).await {
        Ok(units) if units.is_empty() => Ok(()),
        Ok(units) => checkpoint(ctx, units).await,
        Err(stop) => Err(stop),
    };
    match made {
        Err(Stop::Retryable(why)) => {
            tracing::info!(install = %ctx.fence.install, %why, "figures of months are made later");
            Ok(())
        }
        made => made,
    }
}

/// Makes figures of a part of what was mirrored before there were figures, after the proof of a
/// run. No failure of it changes what the run came to. An outcome means that an hour needs more
/// time than a worker has.
pub(crate) async fn backfill(ctx: &mut Context<'_>) -> Result<Option<RunOutcome>, Stop> {
    if ctx.connection.figures_complete || ctx.run.is_preview() {
        return Ok(None);
    }
    match Box::pin(step(ctx)).await {
        Ok(in_the_middle) => Ok(in_the_middle.then_some(RunOutcome::OutOfTime)),
        Err(Stop::Retryable(why)) => {
            tracing::info!(install = %ctx.fence.install, %why,
                "figures of the past are made later");
            Ok(None)
        }
        Err(stop) => Err(stop),
    }
}

/// One step. Returns whether it ended inside an hour for want of time.
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
        let Some(mut units) = Box::pin(recount::page(ctx, &mut made.walk)).await? else {
            return Ok(!whole_hours);
        };
        whole_hours |= !units.is_empty();
        made.pages += 1;
        units.push(Unit(vec![store.backfills().put(&install, connection, &made)?]));
        if made.walk.done {
            tracing::info!(install = %install, "the figures of all that was mirrored are made");
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
