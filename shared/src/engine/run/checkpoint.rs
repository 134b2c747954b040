//! TODO engine::run::checkpoint

use crate::engine::context::{Context, check};
use crate::engine::run::{begin, handle, page_and_next, post_openings, steps, work};
use crate::engine::stages::customers::{doubles, follow};
use crate::engine::stages::mirror::PageDone;
use crate::engine::stages::openings::{settle, start};
use crate::engine::stages::preview::read;
use crate::engine::stages::read::{Ahead, PageRead, walk};
use crate::engine::stages::{endpoint, mirror, objects, payouts};
use crate::engine::stop::Stop;
use crate::model::asked::Depth;
use crate::model::certificate::Certificate;
use crate::model::plan::proof_bound;
use crate::model::progress::Walk;
use crate::model::summary::DifferenceWatch;
use crate::platform::clock;
use crate::platform::stripe::PageRequest;

pub(crate) async fn checkpoint(ctx: &mut Context<'_>, with: Vec<aws_sdk_dynamodb::types::TransactWriteItem>) -> Result<(), Stop> {
    ctx.count_calls();
    if ctx.services.store.checkpoint(&mut ctx.fence, &ctx.progress, with).await? { Ok(()) } else { Err(Stop::Superseded) }
}

/// How far a worker came.
#[derive(Debug)]
pub(crate) enum RunOutcome {
    /// The budget of time is used; the next wake-up goes on.
    OutOfTime,
    /// Everything was read and counted, and nothing written.
    Previewed,
    /// Everything was read, posted and compared.
    Proven(Box<Certificate>, std::collections::BTreeMap<String, DifferenceWatch>),
}
