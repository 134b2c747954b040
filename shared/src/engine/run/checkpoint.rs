//! Writes a checkpoint, on condition that the previous one is still current, and defines how work
//! on a run ends without an error.

use crate::engine::context::Context;
use crate::engine::stop::Stop;
use crate::model::certificate::Certificate;
use crate::model::summary::DifferenceWatch;
use crate::platform::table::units::Unit;

pub(crate) async fn checkpoint(ctx: &mut Context<'_>, with: Vec<Unit>) -> Result<(), Stop> {
    ctx.count_calls();
    if Box::pin(ctx.services.store.runs().checkpoint(&mut ctx.fence, &ctx.progress, with)).await? {
        Ok(())
    } else {
        Err(Stop::Superseded)
    }
}

/// How far a worker got.
#[derive(Debug)]
pub(crate) enum RunOutcome {
    /// The time budget is used up. The next wake-up continues.
    OutOfTime,
    /// Everything was read and counted, and nothing was written.
    Previewed,
    /// Everything was read, posted and compared.
    Proven(Box<Certificate>, std::collections::BTreeMap<String, DifferenceWatch>),
}
