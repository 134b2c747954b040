//! TODO engine::context

use crate::engine::run::{PAGE_NEEDS, RunOutcome, still_wanted};
use crate::engine::stages::mirror::PageDone;
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

impl Context<'_> {
    /// Works until the run is proven, the time is up, or something stands in the way.
    pub(crate) async fn work(&mut self) -> Result<RunOutcome, Stop> {
        Box::pin(self.begin()).await?;
        Box::pin(self.look_at_endpoint()).await;
        if !self.run.is_preview() {
            let any = self.connection.suspects || self.run.attempt > 1;
            self.suspects.load(any, &self.progress.succeeded).await?;
        }
        let writes = !self.run.is_preview() && !self.progress.shadow;
        if writes && !self.progress.retried && !Box::pin(self.retry_marked()).await? {
            return Ok(RunOutcome::OutOfTime);
        }
        if self.progress.shadow && !self.run.is_preview() && !self.progress.retried {
            // Its certificate counts too: what could not be read is asked for again.
            Box::pin(self.try_again()).await?;
            self.progress.retried = true;
        }
        loop {
            if self.progress.walk.done && self.run.is_preview() {
                Box::pin(self.end_preview()).await?;
                return Ok(RunOutcome::Previewed);
            }
            if self.progress.walk.done {
                Box::pin(self.open()).await?;
                if !self.progress.reread {
                    Box::pin(self.reread_open()).await?;
                }
                if !self.progress.added_up {
                    Box::pin(self.add_up_payouts()).await?;
                }
                if !self.progress.followed && !self.progress.shadow {
                    Box::pin(self.follow_hints()).await?;
                }
                if !self.progress.counted_balances {
                    Box::pin(self.look_for_doubles()).await?;
                }
                // What was set aside while the other side had trouble of its own is tried once more.
                if writes && self.suspects.forgive().await? && !Box::pin(self.retry_marked()).await? {
                    return Ok(RunOutcome::OutOfTime);
                }
                Box::pin(self.settle_suspects()).await?;
                if let Some(came) = Box::pin(self.compare()).await? {
                    return Ok(came);
                }
            } else if let Some(came) = Box::pin(self.walk()).await? {
                return Ok(came);
            }
        }
    }

    pub(crate) fn out_of_time(&self) -> bool {
        self.deadline.remaining() < PAGE_NEEDS
    }

    /// Fixes when the run began to read: before it looks for what was asked of it, so that nothing asked for later counts as answered.
    async fn begin(&mut self) -> Result<(), Stop> {
        if self.progress.read_began_at.is_some() {
            return Ok(());
        }
        let now = clock::now();
        let with = self.decide_start().await?;
        self.progress.read_began_at = Some(now);
        // What was read without the right to post it is read again as soon as it may be posted, and an opening needs the whole list.
        let lower = self.run.lower.filter(|_| (self.progress.shadow || !self.connection.unposted) && self.opened());
        self.progress.walk = Walk::new(lower, proof_bound(now));
        if let Some(depth) = self.progress.go_on(&self.connection, now) {
            tracing::info!(install = %self.fence.install, run = %self.fence.run, "goes on from a failed run");
            self.run.depth = depth;
        }
        self.progress.walks = 1;
        if with.is_empty() { Ok(()) } else { self.checkpoint(with).await }
    }

    /// Walks to the end of the list; the next page is read while the ledger is writing.
    async fn walk(&mut self) -> Result<Option<RunOutcome>, Stop> {
        self.progress.reach_deeper();
        let mut fetched: Option<Ahead> = None;
        let mut found_existing = self.run.attempt > 1 || self.connection.watermark.is_some() || self.run.depth != Depth::Everything;
        found_existing |= self.progress.resume.is_some();
        while !self.progress.walk.done {
            if self.out_of_time() {
                return Ok(Some(RunOutcome::OutOfTime));
            }
            self.check().await?;
            let Some(page) = Box::pin(self.next_page(fetched.take())).await? else { return Ok(Some(RunOutcome::OutOfTime)) };
            let look_first = found_existing || self.progress.walks > 1;
            let next = self.request_ahead(&page.list);
            let (done, ahead) = self.page_and_next(&page, look_first, next).await;
            let PageDone { with, found_existing: found } = done?;
            found_existing = found;
            self.progress.go_below();
            self.checkpoint(with).await?;
            // A page that could not be read ahead has its trouble told when it is its turn.
            fetched = ahead;
        }
        Ok(None)
    }

    async fn page_and_next(
        &mut self,
        page: &PageRead,
        look_first: bool,
        next: Option<PageRequest>,
    ) -> (Result<PageDone, Stop>, Option<Ahead>) {
        let Some(next) = next else { return (Box::pin(self.page(page, look_first)).await, None) };
        // The client is shared by counting reference; both halves then borrow apart.
        let stripe = self.stripe.clone();
        let deadline = self.deadline;
        let (done, ahead) = tokio::join!(Box::pin(self.page(page, look_first)), Ahead::ask(&stripe, &next, deadline));
        (done, Some(ahead))
    }

    /// Reads who we are working for, before every page and every comparison: what is gone or was stopped ends the run here, without
    /// another outside call.
    pub(crate) async fn check(&mut self) -> Result<(), Stop> {
        let mut standing = self.worker.store.standing(&self.fence).await?;
        self.settings = Settings::of(standing.settings.take(), &self.run.generation);
        let connection = still_wanted(&self.fence, &self.run.generation, standing)?;
        self.connection = connection;
        Ok(())
    }

    pub(crate) async fn checkpoint(&mut self, with: Vec<aws_sdk_dynamodb::types::TransactWriteItem>) -> Result<(), Stop> {
        self.count_calls();
        if self.worker.store.checkpoint(&mut self.fence, &self.progress, with).await? { Ok(()) } else { Err(Stop::Superseded) }
    }

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

    /// Brings the counters of outside calls up to date.
    pub(crate) fn count_calls(&mut self) {
        let (stripe, ledger) = (self.stripe.calls(), self.blnk.calls());
        self.progress.counters.stripe_calls += stripe - self.counted.0;
        self.progress.counters.ledger_calls += ledger - self.counted.1;
        self.progress.succeeded = self.suspects.succeeded_so_far();
        self.counted = (stripe, ledger);
    }
}
