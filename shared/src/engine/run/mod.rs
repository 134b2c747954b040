//! One worker on one run: page by page to the end of the list, then the proof, within a time
//! budget.

pub mod checkpoint;
pub mod compare;
pub mod due;
pub mod recount;
pub mod reread;
pub mod retry;
pub mod set_up;
pub mod thin;

use crate::engine::context::{Context, check};
use crate::engine::run::checkpoint::{RunOutcome, checkpoint};
use crate::engine::stages::customers::{doubles, follow};
use crate::engine::stages::mirror::PageDone;
use crate::engine::stages::openings::settle;
use crate::engine::stages::openings::start;
use crate::engine::stages::preview::read;
use crate::engine::stages::problems::set_aside;
use crate::engine::stages::read::{PageRead, PrefetchedPage, walk};
use crate::engine::stages::{endpoint, mirror, objects, payout_catch_up, payouts};
use crate::engine::stop::Stop;
use crate::model::run::plan::proof_bound;
use crate::model::run::progress::Walk;
use crate::model::run::request::Depth;
use crate::model::run::step::Step;
use crate::platform::clock;
use crate::platform::stripe::PageRequest;
use crate::platform::table::units::Unit;

/// Works until the run is proven, the time is up or the run has to stop.
pub(crate) async fn work(ctx: &mut Context<'_>) -> Result<RunOutcome, Stop> {
    match Box::pin(steps(ctx)).await {
        Err(Stop::Approval(needed)) => {
            let stop = Stop::Pause { code: needed.code(), reason: needed.reason() };
            ctx.progress.tripped = Some(needed);
            checkpoint(ctx, Vec::new()).await?;
            Err(stop)
        }
        done => done,
    }
}

/// A run from its beginning to the proof. What an earlier worker has done is skipped.
async fn steps(ctx: &mut Context<'_>) -> Result<RunOutcome, Stop> {
    Box::pin(begin(ctx)).await?;
    Box::pin(endpoint::look_at_endpoint(ctx)).await;
    if ctx.run.is_preview() {
        return Box::pin(preview(ctx)).await;
    }
    let any = ctx.connection.suspects || ctx.run.attempt > 1;
    ctx.suspects.load(any, &ctx.progress.succeeded).await?;
    if ctx.progress.is_due(Step::Retry) && !Box::pin(retry_earlier(ctx)).await? {
        return Ok(RunOutcome::OutOfTime);
    }
    loop {
        if let Some(outcome) = Box::pin(walk(ctx)).await? {
            return Ok(outcome);
        }
        Box::pin(after_walk(ctx)).await?;
        // Items that were set aside while Stripe or Blnk had trouble of its own are tried once
        // more.
        if !ctx.progress.read_only
            && ctx.suspects.forgive().await?
            && !Box::pin(retry::retry_marked(ctx)).await?
        {
            return Ok(RunOutcome::OutOfTime);
        }
        Box::pin(set_aside::settle_suspects(ctx)).await?;
        if !Box::pin(recount::hours(ctx)).await? {
            return Ok(RunOutcome::OutOfTime);
        }
        if let Some(outcome) = Box::pin(compare::compare(ctx)).await? {
            return proven(ctx, outcome).await;
        }
    }
}

/// A preview walks the list and counts. It takes no step that writes.
async fn preview(ctx: &mut Context<'_>) -> Result<RunOutcome, Stop> {
    if let Some(outcome) = Box::pin(walk(ctx)).await? {
        return Ok(outcome);
    }
    Box::pin(read::end_preview(ctx)).await?;
    Ok(RunOutcome::Previewed)
}

/// Retries what a person or an earlier run left to be tried again. Returns whether all is done.
async fn retry_earlier(ctx: &mut Context<'_>) -> Result<bool, Stop> {
    if !ctx.progress.read_only {
        return Box::pin(retry::retry_marked(ctx)).await;
    }
    // A read-only run's certificate counts too, so unreadable records are requested again.
    Box::pin(reread::try_again(ctx)).await?;
    ctx.progress.pass(Step::Retry);
    Ok(true)
}

/// The steps between a walk and the proof. They are done after the first walk; later walks only
/// look for new records.
async fn after_walk(ctx: &mut Context<'_>) -> Result<(), Stop> {
    if ctx.progress.is_due(Step::Openings) {
        Box::pin(post_openings(ctx)).await?;
    }
    if ctx.progress.is_due(Step::Objects) {
        Box::pin(objects::reread_open(ctx)).await?;
    }
    if ctx.progress.is_due(Step::Payouts) {
        Box::pin(payouts::add_up_payouts(ctx)).await?;
        Box::pin(payout_catch_up::catch_up(ctx)).await;
    }
    if ctx.progress.is_due(Step::Customers) && !ctx.progress.read_only {
        Box::pin(follow::follow_hints(ctx)).await?;
    }
    if ctx.progress.is_due(Step::Balances) {
        Box::pin(doubles::look_for_doubles(ctx)).await?;
    }
    Ok(())
}

/// Completes a comparison. Work on past figures follows a proof, so that it delays none.
async fn proven(ctx: &mut Context<'_>, outcome: RunOutcome) -> Result<RunOutcome, Stop> {
    if !matches!(outcome, RunOutcome::Proven(..)) {
        return Ok(outcome);
    }
    Box::pin(recount::months(ctx)).await?;
    Box::pin(thin::certificates(ctx)).await?;
    Ok(Box::pin(recount::backfill(ctx)).await?.unwrap_or(outcome))
}

/// Records when the run began to read. This comes before it looks for requests, so that a later
/// request does not count as answered.
pub(crate) async fn begin(ctx: &mut Context<'_>) -> Result<(), Stop> {
    if ctx.progress.read_began_at.is_some() {
        return Ok(());
    }
    let now = clock::now();
    let with = start::decide_start(ctx).await?;
    ctx.progress.read_began_at = Some(now);
    // Records that were read without the permission to post are read again as soon as they may be
    // posted, and an opening needs the whole list.
    let lower = ctx.run.lower.filter(|_| {
        (ctx.progress.read_only || !ctx.connection.has_unposted_history) && start::opened(ctx)
    });
    ctx.progress.walk = Walk::new(lower, proof_bound(now));
    if let Some(depth) = ctx.progress.go_on(&ctx.connection, now) {
        tracing::info!(install = %ctx.fence.install, run = %ctx.fence.run, "resuming a failed run");
        ctx.run.depth = depth;
    }
    ctx.progress.walks = 1;
    if with.is_empty() { Ok(()) } else { checkpoint(ctx, Unit::each(with)).await }
}

/// Adds up what lies before the start and posts it. The sums are stored first, so that the next
/// worker posts the same sums whatever happens.
async fn post_openings(ctx: &mut Context<'_>) -> Result<(), Stop> {
    let sums = Box::pin(settle::sum_up(ctx)).await?;
    if !sums.is_empty() {
        checkpoint(ctx, Unit::each(sums)).await?;
    }
    let posted = Box::pin(settle::post(ctx)).await?;
    // Without a start there is nothing to post.
    ctx.progress.pass(Step::Openings);
    if posted.is_empty() { Ok(()) } else { checkpoint(ctx, posted).await }
}

/// Walks to the end of the list, unless a worker got there before. The next page is read while the
/// ledger writes. Returns an outcome if the end is not reached.
async fn walk(ctx: &mut Context<'_>) -> Result<Option<RunOutcome>, Stop> {
    if ctx.progress.walk.done {
        return Ok(None);
    }
    ctx.progress.reach_deeper();
    let mut fetched: Option<PrefetchedPage> = None;
    let mut found_existing = ctx.run.attempt > 1
        || ctx.connection.watermark.is_some()
        || ctx.run.depth != Depth::Everything;
    found_existing |= ctx.progress.resume.is_some();
    while !ctx.progress.walk.done {
        if ctx.out_of_time() {
            return Ok(Some(RunOutcome::OutOfTime));
        }
        check(ctx).await?;
        let Some(page) = Box::pin(walk::next_page(ctx, fetched.take())).await? else {
            // The walk takes more time than one worker has. The progress is stored.
            checkpoint(ctx, Vec::new()).await?;
            return Ok(Some(RunOutcome::OutOfTime));
        };
        let look_first = found_existing || ctx.progress.walks > 1;
        let next = walk::request_ahead(ctx, &page.list);
        let (done, ahead) = page_and_next(ctx, &page, look_first, next).await;
        let PageDone { with, found_existing: found } = done?;
        found_existing = found;
        ctx.progress.go_below();
        checkpoint(ctx, with).await?;
        // If reading ahead failed, the error is reported when that page is due.
        fetched = ahead;
    }
    Ok(None)
}

/// Handles a page, except for the writes that go with its checkpoint.
async fn handle(
    ctx: &mut Context<'_>,
    page: &PageRead,
    look_first: bool,
) -> Result<PageDone, Stop> {
    Box::pin(walk::pause_if_permission_missing(ctx, page)).await?;
    if ctx.run.is_preview() {
        Box::pin(read::page(ctx, page)).await
    } else {
        Box::pin(mirror::page(ctx, page, look_first)).await
    }
}

/// Handles a page while the next one is read.
async fn page_and_next(
    ctx: &mut Context<'_>,
    page: &PageRead,
    look_first: bool,
    next: Option<PageRequest>,
) -> (Result<PageDone, Stop>, Option<PrefetchedPage>) {
    let Some(next) = next else { return (Box::pin(handle(ctx, page, look_first)).await, None) };
    // The client is reference-counted. The clone lets both futures borrow separately.
    let stripe = ctx.stripe.clone();
    let deadline = ctx.deadline;
    let (done, ahead) = tokio::join!(
        Box::pin(handle(ctx, page, look_first)),
        PrefetchedPage::ask(&stripe, &next, deadline)
    );
    (done, Some(ahead))
}
