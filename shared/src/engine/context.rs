//! TODO engine::context

use crate::engine::run::compare;
use crate::engine::run::due;
use crate::engine::run::reread;
use crate::engine::run::retry;
use crate::engine::run::{PAGE_NEEDS, RunOutcome, still_wanted};
use crate::engine::stages::customers::doubles;
use crate::engine::stages::customers::follow;
use crate::engine::stages::endpoint;
use crate::engine::stages::mirror;
use crate::engine::stages::mirror::PageDone;
use crate::engine::stages::objects;
use crate::engine::stages::openings;
use crate::engine::stages::openings::settle;
use crate::engine::stages::payouts;
use crate::engine::stages::preview::read;
use crate::engine::stages::read::walk;
use crate::engine::stages::read::{Ahead, PageRead};
use crate::engine::stages::suspects::Suspects;
use crate::engine::stop::Stop;
use crate::engine::worker::Worker;
use crate::model::connection::Connection;
use crate::model::ledger::{Chart, Owner};
use crate::model::party::Party;
use crate::model::plan::proof_bound;
use crate::model::progress::{Progress, Walk};
use crate::model::run::{Depth, Run};
use crate::model::settings::Settings;
use crate::platform::blnk::BlnkClient;
use crate::platform::clock;
use crate::platform::http::Deadline;
use crate::platform::store::runs::Fence;
use crate::platform::stripe::{PageRequest, StripeClient};

/// Everything a worker needs while it is on a run.
pub(crate) struct Context<'w> {
    pub(crate) worker: &'w Worker,
    pub(crate) fence: Fence,
    pub(crate) run: Run,
    pub(crate) progress: Progress,
    pub(crate) connection: Connection,
    pub(crate) settings: Settings,
    pub(crate) owner: Owner,
    pub(crate) chart: Chart,
    /// The app's own ledger; absent as long as nothing may be written and none is there.
    pub(crate) ledger_id: Option<String>,
    pub(crate) blnk: BlnkClient,
    pub(crate) stripe: StripeClient,
    pub(crate) deadline: Deadline,
    /// Records whose calls fail.
    pub(crate) suspects: std::sync::Arc<Suspects>,
    /// Charges whose accounts cannot be told, by their records.
    pub(crate) untold: std::collections::BTreeMap<String, crate::model::suspect::Suspect>,
    /// Records above a ceiling of which nobody can tell whether they are in the ledger: they wait.
    pub(crate) unsure: std::collections::BTreeMap<String, crate::model::suspect::Suspect>,
    pub(crate) counted: (u64, u64),
    /// The problems that are not resolved, once they were loaded.
    pub(crate) known: Option<crate::platform::store::problems::reads::KnownProblems>,
    /// Whether alerts may be raised in Blnk, and then whether they may be read.
    pub(crate) alerts: Option<bool>,
    /// The objects of Stripe that are followed, once they were loaded.
    pub(crate) objects: Option<crate::platform::store::tracked_objects::Objects>,
    /// How far its automatic payouts were added up, once that was loaded.
    pub(crate) payouts: Option<crate::model::payout::Payouts>,
    /// The openings of the connection, once they were loaded.
    pub(crate) openings: Option<crate::platform::store::openings::Openings>,
}

/// Works until the run is proven, the time is up, or something stands in the way.
pub(crate) async fn work(ctx: &mut Context<'_>) -> Result<RunOutcome, Stop> {
    Box::pin(begin(ctx)).await?;
    Box::pin(endpoint::look_at_endpoint(ctx)).await;
    if !ctx.run.is_preview() {
        let any = ctx.connection.suspects || ctx.run.attempt > 1;
        ctx.suspects.load(any, &ctx.progress.succeeded).await?;
    }
    let writes = !ctx.run.is_preview() && !ctx.progress.shadow;
    if writes && !ctx.progress.retried && !Box::pin(retry::retry_marked(ctx)).await? {
        return Ok(RunOutcome::OutOfTime);
    }
    if ctx.progress.shadow && !ctx.run.is_preview() && !ctx.progress.retried {
        // Its certificate counts too: what could not be read is asked for again.
        Box::pin(reread::try_again(ctx)).await?;
        ctx.progress.retried = true;
    }
    loop {
        if ctx.progress.walk.done && ctx.run.is_preview() {
            Box::pin(read::end_preview(ctx)).await?;
            return Ok(RunOutcome::Previewed);
        }
        if ctx.progress.walk.done {
            Box::pin(settle::open(ctx)).await?;
            if !ctx.progress.reread {
                Box::pin(objects::reread_open(ctx)).await?;
            }
            if !ctx.progress.added_up {
                Box::pin(payouts::add_up_payouts(ctx)).await?;
            }
            if !ctx.progress.followed && !ctx.progress.shadow {
                Box::pin(follow::follow_hints(ctx)).await?;
            }
            if !ctx.progress.counted_balances {
                Box::pin(doubles::look_for_doubles(ctx)).await?;
            }
            // What was set aside while the other side had trouble of its own is tried once more.
            if writes && ctx.suspects.forgive().await? && !Box::pin(retry::retry_marked(ctx)).await? {
                return Ok(RunOutcome::OutOfTime);
            }
            Box::pin(due::settle_suspects(ctx)).await?;
            if let Some(came) = Box::pin(compare::compare(ctx)).await? {
                return Ok(came);
            }
        } else if let Some(came) = Box::pin(walk(ctx)).await? {
            return Ok(came);
        }
    }
}

impl Context<'_> {
    pub(crate) fn out_of_time(&self) -> bool {
        self.deadline.remaining() < PAGE_NEEDS
    }
}

/// Fixes when the run began to read: before it looks for what was asked of it, so that nothing asked for later counts as answered.
async fn begin(ctx: &mut Context<'_>) -> Result<(), Stop> {
    if ctx.progress.read_began_at.is_some() {
        return Ok(());
    }
    let now = clock::now();
    let with = openings::decide_start(ctx).await?;
    ctx.progress.read_began_at = Some(now);
    // What was read without the right to post it is read again as soon as it may be posted, and an opening needs the whole list.
    let lower = ctx.run.lower.filter(|_| (ctx.progress.shadow || !ctx.connection.unposted) && openings::opened(ctx));
    ctx.progress.walk = Walk::new(lower, proof_bound(now));
    if let Some(depth) = ctx.progress.go_on(&ctx.connection, now) {
        tracing::info!(install = %ctx.fence.install, run = %ctx.fence.run, "goes on from a failed run");
        ctx.run.depth = depth;
    }
    ctx.progress.walks = 1;
    if with.is_empty() { Ok(()) } else { checkpoint(ctx, with).await }
}

/// Walks to the end of the list; the next page is read while the ledger is writing.
async fn walk(ctx: &mut Context<'_>) -> Result<Option<RunOutcome>, Stop> {
    ctx.progress.reach_deeper();
    let mut fetched: Option<Ahead> = None;
    let mut found_existing = ctx.run.attempt > 1 || ctx.connection.watermark.is_some() || ctx.run.depth != Depth::Everything;
    found_existing |= ctx.progress.resume.is_some();
    while !ctx.progress.walk.done {
        if ctx.out_of_time() {
            return Ok(Some(RunOutcome::OutOfTime));
        }
        check(ctx).await?;
        let Some(page) = Box::pin(walk::next_page(ctx, fetched.take())).await? else { return Ok(Some(RunOutcome::OutOfTime)) };
        let look_first = found_existing || ctx.progress.walks > 1;
        let next = walk::request_ahead(ctx, &page.list);
        let (done, ahead) = page_and_next(ctx, &page, look_first, next).await;
        let PageDone { with, found_existing: found } = done?;
        found_existing = found;
        ctx.progress.go_below();
        checkpoint(ctx, with).await?;
        // A page that could not be read ahead has its trouble told when it is its turn.
        fetched = ahead;
    }
    Ok(None)
}

async fn page_and_next(
    ctx: &mut Context<'_>,
    page: &PageRead,
    look_first: bool,
    next: Option<PageRequest>,
) -> (Result<PageDone, Stop>, Option<Ahead>) {
    let Some(next) = next else { return (Box::pin(mirror::page(ctx, page, look_first)).await, None) };
    // The client is shared by counting reference; both halves then borrow apart.
    let stripe = ctx.stripe.clone();
    let deadline = ctx.deadline;
    let (done, ahead) = tokio::join!(Box::pin(mirror::page(ctx, page, look_first)), Ahead::ask(&stripe, &next, deadline));
    (done, Some(ahead))
}

/// Reads who we are working for, before every page and every comparison: what is gone or was stopped ends the run here, without
/// another outside call.
pub(crate) async fn check(ctx: &mut Context<'_>) -> Result<(), Stop> {
    let mut standing = ctx.worker.store.standing(&ctx.fence).await?;
    ctx.settings = Settings::of(standing.settings.take(), &ctx.run.generation);
    let connection = still_wanted(&ctx.fence, &ctx.run.generation, standing)?;
    ctx.connection = connection;
    Ok(())
}

pub(crate) async fn checkpoint(ctx: &mut Context<'_>, with: Vec<aws_sdk_dynamodb::types::TransactWriteItem>) -> Result<(), Stop> {
    ctx.count_calls();
    if ctx.worker.store.checkpoint(&mut ctx.fence, &ctx.progress, with).await? { Ok(()) } else { Err(Stop::Superseded) }
}

impl Context<'_> {
    /// A halt that names the call behind it, as far as that is known.
    pub(crate) fn named(&self, halt: Stop) -> Stop {
        let Stop::Retryable(mut trouble) = halt else { return halt };
        let failed = match trouble.party {
            Party::Blnk => self.blnk.last_failure(),
            Party::Stripe => self.stripe.last_failure(),
            Party::Aws | Party::App => None,
        };
        if let Some(failed) = failed.filter(|_| trouble.call.is_none()) {
            (trouble.call, trouble.status, trouble.request_id) = (Some(failed.call), failed.status, failed.request_id);
        }
        Stop::Retryable(trouble)
    }
}

impl Context<'_> {
    /// Brings the counters of outside calls up to date.
    pub(crate) fn count_calls(&mut self) {
        let (stripe, ledger) = (self.stripe.calls(), self.blnk.calls());
        self.progress.counters.stripe_calls += stripe - self.counted.0;
        self.progress.counters.ledger_calls += ledger - self.counted.1;
        self.progress.succeeded = self.suspects.succeeded_so_far();
        self.counted = (stripe, ledger);
    }
}
