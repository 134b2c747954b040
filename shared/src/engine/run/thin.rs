//! Thins the certificates of past days to their lines, after the proof of a run.
//!
//! A run processes one page of certificates, and most runs none: the next day's are due once a day.
//! The writes are part of a checkpoint, so a worker that has lost its run thins nothing.

use crate::engine::context::Context;
use crate::engine::run::checkpoint::checkpoint;
use crate::engine::stop::Stop;
use crate::model::certificate::thinning::{Reached, horizon, to_thin};
use crate::model::error::Result;
use crate::model::time::Millis;
use crate::platform::clock;
use crate::platform::store::runs::Fence;
use crate::platform::table::Store;
use crate::platform::table::units::Unit;

/// Thins a page of certificates, if some are due. A failure does not change the outcome of the run.
pub(crate) async fn certificates(ctx: &mut Context<'_>) -> Result<(), Stop> {
    let thinned = match Box::pin(page(ctx)).await {
        Ok(units) if units.is_empty() => Ok(()),
        Ok(units) => checkpoint(ctx, units).await,
        Err(stop) => Err(stop),
    };
    match thinned {
        Err(Stop::Retryable(why)) => {
            tracing::info!(install = %ctx.fence.install, %why, "thinning left to a later run");
            Ok(())
        }
        thinned => thinned,
    }
}

/// The writes that thin the next page.
async fn page(ctx: &mut Context<'_>) -> Result<Vec<Unit>, Stop> {
    let reached = ctx.progress.thinned.or(ctx.thinned);
    let horizon = horizon(clock::now());
    let Some(reached) = reached.filter(|reached| reached.is_due(horizon)) else {
        return Ok(Vec::new());
    };
    if ctx.out_of_time() {
        return Ok(Vec::new());
    }
    let (units, reached) = decide(&ctx.services.store, &ctx.fence, reached, horizon).await?;
    tracing::debug!(install = %ctx.fence.install, thinned = units.len(), "certificates thinned");
    ctx.progress.thinned = Some(reached);
    Ok(units)
}

/// Decides which of the next certificates are thinned, up to a horizon or the end of a page.
/// Returns the writes and the progress.
pub(crate) async fn decide(
    store: &Store,
    fence: &Fence,
    reached: Reached,
    horizon: Millis,
) -> Result<(Vec<Unit>, Reached)> {
    let (install, connection) = (&fence.install, fence.connection);
    let segment = store.certificates().segment(install, connection, reached, horizon).await?;
    let mut units = Vec::new();
    for certificate in to_thin(&segment.certificates) {
        if !segment.of_newer.contains(&certificate.id) {
            units.push(Unit(vec![store.certificates().thin(install, connection, certificate)?]));
        }
    }
    Ok((units, reached.moved(&segment.certificates, segment.more, horizon)))
}
