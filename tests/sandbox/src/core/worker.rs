//! What happens to posts on their way: before the answer, after it, and when a hold runs out.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::inflight::Action;
use super::instance::{Instance, lock};
use super::knobs::Knobs;
use super::posting::Refusal;
use super::queue::Taken;
use super::refund::RefundOptions;
use super::request::Post;
use super::split;
use super::types::{Parent, Status};
use crate::clock;
use crate::core::api::render;

/// The queue retries a busy lock for as long as it takes.
const WORKER_PATIENCE: Duration = Duration::from_secs(24 * 60 * 60);

/// What waits to be settled.
#[derive(Debug, Default)]
pub(super) struct Queue {
    /// Taken posts, by the two balances they are between.
    ready: HashMap<(u32, u32), Vec<Taken>>,
    /// Ids with a commit or void on its way.
    actions: HashSet<String>,
}

async fn sleep(time: Duration) {
    if !time.is_zero() {
        tokio::time::sleep(time).await;
    }
}

/// Until an instant in microseconds since the epoch; not at all when it is past.
fn until(instant: i64) -> Duration {
    Duration::from_micros(u64::try_from(instant - clock::now_micros()).unwrap_or_default())
}

impl Instance {
    /// Takes a post as `POST /transactions` does, and gives the answer's body.
    ///
    /// # Errors
    /// Why it was not applied (`skip_queue`), or not even queued: a split that cannot be read.
    pub async fn submit(
        self: &Arc<Self>,
        post: Post,
        id: Uuid,
        parent: Option<Parent>,
    ) -> Result<String, Refusal> {
        let legs = split::legs(&post).map_err(Refusal::Said)?;
        if !post.skip_queue {
            let text =
                self.write(|state, stamp| render::queued(state, &post, id, parent, stamp.now));
            self.enqueue(post, id, parent);
            return Ok(text);
        }
        if legs.is_empty() {
            let row = self.apply(&post, id, parent).await?;
            return Ok(self.read(|state| render::applied(state, row, &post)));
        }
        self.apply_legs(&post, legs, id).await?;
        Ok(self.write(|state, stamp| render::split(state, &post, id, stamp.now)))
    }

    /// Takes one item of a bulk: the same without an answer, and a refused post comes back.
    ///
    /// # Errors
    /// As [`Self::submit`].
    pub async fn submit_item(
        self: &Arc<Self>,
        post: Post,
        id: Uuid,
        parent: Parent,
    ) -> Result<(), (Refusal, Post)> {
        let legs = match split::legs(&post) {
            Ok(legs) => legs,
            Err(text) => return Err((Refusal::Said(text), post)),
        };
        if !post.skip_queue {
            self.enqueue(post, id, Some(parent));
            return Ok(());
        }
        let done = if legs.is_empty() {
            self.apply(&post, id, Some(parent)).await.map(|_| ())
        } else {
            self.apply_legs(&post, legs, id).await
        };
        done.map_err(|refusal| (refusal, post))
    }

    /// Applies the parts of a split one after the other and stops at the first that is refused.
    async fn apply_legs(
        self: &Arc<Self>,
        post: &Post,
        legs: Vec<Post>,
        id: Uuid,
    ) -> Result<(), Refusal> {
        let whole = Parent::Txn(id);
        for (at, leg) in legs.into_iter().enumerate() {
            let Err(refusal) = self.apply(&leg, clock::uuid(), Some(whole)).await else { continue };
            if post.atomic {
                self.undo(&whole.text(), post.inflight);
            }
            return Err(match refusal {
                typed @ (Refusal::UnknownBalance(_)
                | Refusal::SameBalance(_)
                | Refusal::OutOfRange
                | Refusal::Unstorable) => typed,
                other => Refusal::Said(format!(
                    "failed to record split transaction {at}: {}",
                    other.text()
                )),
            });
        }
        Ok(())
    }

    /// Puts a transaction on the queue: its row `R` is written after the caller has its answer,
    /// `R_q` later.
    pub fn enqueue(self: &Arc<Self>, post: Post, id: Uuid, parent: Option<Parent>) {
        // What the database cannot write is lost behind the answer.
        if !post.is_storable() || self.loses(|knobs| &mut knobs.lose_before_persist) {
            return;
        }
        let instance = Arc::clone(self);
        tokio::spawn(async move { instance.persist(post, id, parent).await });
    }

    async fn persist(self: Arc<Self>, post: Post, id: Uuid, parent: Option<Parent>) {
        sleep(self.knobs().persist_delay_ms.draw()).await;
        let Ok(legs) = split::legs(&post) else { return };
        if legs.is_empty() {
            let taken = self.write(|state, stamp| state.take(post, id, parent, stamp));
            if let Some(taken) = taken {
                let lost = self.loses(|knobs| &mut knobs.lose_before_apply);
                self.settle_later(taken, lost);
            }
            return;
        }
        let whole = post.queued_for.unwrap_or(Parent::Txn(id));
        let mut taken = Vec::with_capacity(legs.len());
        let mut complete = true;
        for mut leg in legs {
            leg.queued_for = Some(whole);
            match self
                .write(|state, stamp| state.take(leg, clock::uuid(), Some(Parent::Txn(id)), stamp))
            {
                Some(leg) => taken.push(leg),
                None => {
                    // What was written before a part that fails is never handed to the queue: it
                    // lies until it is recovered.
                    complete = false;
                    break;
                }
            }
        }
        for leg in taken {
            self.settle_later(leg, !complete);
        }
    }

    /// Settles a taken transaction when its time has come. A lost one waits for its recovery.
    pub(super) fn settle_later(self: &Arc<Self>, taken: Taken, lost: bool) {
        let instance = Arc::clone(self);
        tokio::spawn(async move {
            let knobs = instance.knobs();
            if lost {
                sleep(Knobs::millis(knobs.recovery_ms)).await;
                instance.settle(&taken, false).await;
                return;
            }
            if let Some(time) = taken.post().dates.scheduled_for {
                sleep(until(time)).await;
            }
            let pair = instance.read(|state| state.pair_of(taken.row()));
            lock(&instance.queue).ready.entry(pair).or_default().push(taken.clone());
            sleep(knobs.apply_delay_ms.draw()).await;
            for (member, leads) in instance.batch(pair, &taken) {
                instance.settle(&member, leads).await;
            }
        });
    }

    /// The transactions that one turn of the queue settles, and whether each leads: itself, and
    /// with coalescing all that wait between the same balances. Nothing when another's turn settled
    /// it.
    fn batch(&self, pair: (u32, u32), own: &Taken) -> Vec<(Taken, bool)> {
        let coalesce = self.knobs().coalesce;
        let mut queue = lock(&self.queue);
        let Some(waiting) = queue.ready.get_mut(&pair) else { return Vec::new() };
        let Some(at) = waiting.iter().position(|taken| taken.row() == own.row()) else {
            return Vec::new();
        };
        let leader = waiting.swap_remove(at);
        let siblings = if coalesce { std::mem::take(waiting) } else { Vec::new() };
        if waiting.is_empty() {
            queue.ready.remove(&pair);
        }
        let siblings = siblings.into_iter().map(|taken| (taken, false));
        std::iter::once((leader, true)).chain(siblings).collect()
    }

    async fn settle(self: &Arc<Self>, taken: &Taken, dated: bool) {
        if self.is_contended() {
            let pair = self.read(|state| state.pair_of(taken.row()));
            // Nobody holds a lock for so long; if one did, the queue would go on without it.
            let _ = self.pass(pair, WORKER_PATIENCE).await;
        }
        let Some(row) = self.write(|state, stamp| state.settle(taken, dated, stamp)) else {
            return;
        };
        let status = self.read(|state| state.txns()[row as usize].status);
        if status == Status::Inflight {
            self.watch_hold(row);
        }
        if status == Status::Rejected && taken.post().atomic {
            let whole = self.read(|state| state.queued_for(row));
            self.undo(&whole, taken.post().inflight);
        }
    }

    /// Reverses what was applied under an id, or gives its holds back. Reversals are queued: the
    /// balances are back only when the queue gets to them.
    pub(super) fn undo(self: &Arc<Self>, id: &str, inflight: bool) -> &'static str {
        if inflight {
            self.write(|state, stamp| {
                for hold in state.holds(id) {
                    // One that is finished already needs nothing.
                    let _ = state.finish(hold, Action::Void, None, stamp);
                }
            });
            return "voided";
        }
        let posts = self.read(|state| {
            let rows = state.refundable(id).into_iter();
            rows.filter_map(|row| state.refund_post(row, &RefundOptions::default()).ok())
                .collect::<Vec<_>>()
        });
        for (post, parent) in posts {
            self.enqueue(post, clock::uuid(), Some(parent));
        }
        "refunded"
    }

    /// Sees to a hold's dates: what is left of it is committed or given back when they come.
    pub(super) fn watch_hold(self: &Arc<Self>, hold: u32) {
        let dates = self.read(|state| {
            state.txns()[hold as usize].dates.as_deref().copied().unwrap_or_default()
        });
        let ends =
            [(dates.inflight_commit, Action::Commit(None)), (dates.inflight_expiry, Action::Void)];
        for (time, action) in ends {
            let Some(time) = time else { continue };
            let instance = Arc::clone(self);
            tokio::spawn(async move {
                sleep(until(time)).await;
                // Whoever finished it before was right.
                let _ = instance.write(|state, stamp| state.finish(hold, action, None, stamp));
            });
        }
    }

    /// Queues a commit or void of all holds of an id. `false` when one is on its way already.
    pub(super) fn enqueue_action(self: &Arc<Self>, id: &str, action: Action) -> bool {
        if !lock(&self.queue).actions.insert(id.to_owned()) {
            return false;
        }
        let (instance, id) = (Arc::clone(self), id.to_owned());
        tokio::spawn(async move {
            sleep(instance.knobs().apply_delay_ms.draw()).await;
            let call = clock::uuid();
            instance.write(|state, stamp| {
                for hold in state.holds(&id) {
                    let reference = state.action_reference(hold, action, call);
                    // A hold that is finished already is passed over.
                    let _ = state.finish(hold, action, Some(reference), stamp);
                }
            });
            lock(&instance.queue).actions.remove(&id);
        });
        true
    }
}
