//! Requests for runs, and the queue between them and the workers.

use std::time::Duration;

use rand::{RngExt as _, seq::IndexedRandom as _};
use rand_chacha::ChaCha8Rng;
use serde_json::json;
use stripe_sync::engine::worker;
use stripe_sync::model::run::request::Scope;
use stripe_sync::platform::queue::message::WakeUp;
use tokio::time::sleep;

use super::{Case, Checked};
use crate::time;

/// Messages of one session; a run that needs more of them does not end.
const MAX_DELIVERIES: u32 = 150;
/// Receives after which a message is in the dead-letter queue.
const MAX_RECEIVES: u32 = 20;
/// No worker works longer than this, whatever its own limit is.
const HANGS_AFTER: Duration = Duration::from_secs(400);
/// After how long workers stop themselves under faults: from hardly a page to a whole run.
const LIMITS: [Duration; 5] = [
    Duration::from_millis(4_500),
    Duration::from_secs(6),
    Duration::from_secs(9),
    Duration::from_secs(15),
    Duration::from_secs(40),
];
/// Enough for a whole run.
pub(super) const LONGEST: Duration = LIMITS[4];
/// A message of events carries the end of their interval.
const EVENT_INTERVAL_MS: i64 = 4_000;

/// A message on its way.
#[derive(Debug, Clone)]
pub(super) struct Message {
    wake_up: WakeUp,
    id: String,
    receives: u32,
}

impl Case<'_> {
    /// Requests a run and handles all messages until none is left.
    pub(super) async fn run(&self, rng: &mut ChaCha8Rng, faulty: bool) -> Checked {
        self.request(rng).await;
        for _ in 0..MAX_DELIVERIES {
            let Some(mut message) = self.next_message().await else { return Ok(()) };
            message.receives += 1;
            if rng.random_ratio(1, 12) {
                self.request(rng).await;
            }
            let acknowledged = self.deliver(rng, &message, faulty).await?;
            if !acknowledged && message.receives < MAX_RECEIVES {
                self.state.borrow_mut().messages.push_front(message);
                sleep(Duration::from_millis(rng.random_range(0..4_000))).await;
            } else if !acknowledged {
                let given_up =
                    worker::give_up(&self.tenant.worker(LONGEST), &message.wake_up).await;
                given_up.map_err(|error| {
                    format!("the dead-letter queue's own consumer failed: {error}")
                })?;
            }
            self.judge_certificates(faulty).await?;
            if let Some(wake_up) = self.tenant.approve().await {
                self.send(wake_up);
            }
        }
        Err(format!(
            "{MAX_DELIVERIES} messages, and the run has not ended: {:?}",
            self.tenant.runs().last()
        ))
    }

    /// A person requests a run, or the schedule fires, or Stripe sends an event.
    async fn request(&self, rng: &mut ChaCha8Rng) {
        let now = time::now();
        let wake_up = match rng.random_range(0..10) {
            0 => Some(self.tenant.wake_up(&json!({"reason": "schedule", "at": now}))),
            1 | 2 => Some(
                self.tenant.wake_up(&json!({"reason": "webhook", "at": now + EVENT_INTERVAL_MS})),
            ),
            3 | 4 => self.tenant.request(Scope::Everything).await,
            _ => self.tenant.request(Scope::New).await,
        };
        if let Some(wake_up) = wake_up {
            self.send(wake_up);
        }
    }

    pub(super) fn send(&self, wake_up: WakeUp) {
        let mut state = self.state.borrow_mut();
        state.sent += 1;
        let id = format!("asked-{}", state.sent);
        state.messages.push_back(Message { wake_up, id, receives: 0 });
    }

    /// The next message of the queue; when it is empty, the next that was delayed.
    async fn next_message(&self) -> Option<Message> {
        loop {
            self.take_messages();
            let next = self.state.borrow_mut().messages.pop_front();
            if next.is_some() || !self.tenant.deliver_next_delayed().await {
                return next;
            }
        }
    }

    /// Takes what the workers sent since the last time.
    fn take_messages(&self) {
        let sent = self.tenant.aws.messages();
        let mut state = self.state.borrow_mut();
        for message in sent.into_iter().skip(state.taken) {
            state.taken += 1;
            if let Ok(wake_up) = serde_json::from_value(message.body) {
                state.messages.push_back(Message {
                    wake_up,
                    id: message.deduplication_id,
                    receives: 0,
                });
            }
        }
    }

    /// Gives a message to a worker, to one that is killed, or to two. Returns whether it was
    /// acknowledged.
    async fn deliver(
        &self,
        rng: &mut ChaCha8Rng,
        message: &Message,
        faulty: bool,
    ) -> Result<bool, String> {
        self.state.borrow_mut().tally.deliveries += 1;
        let limit = if faulty { LIMITS.choose(rng).copied().unwrap_or(LIMITS[3]) } else { LONGEST };
        let worker = self.tenant.worker(limit);
        let handled = tokio::time::timeout(HANGS_AFTER, async {
            match rng.random_range(0..20) {
                0..3 if faulty => {
                    self.state.borrow_mut().tally.kills += 1;
                    let life = Duration::from_millis(rng.random_range(1..900));
                    tokio::time::timeout(
                        life,
                        worker::handle(&worker, &message.wake_up, &message.id),
                    )
                    .await
                    .is_ok_and(|handled| handled.is_ok())
                }
                3..5 if faulty => {
                    self.state.borrow_mut().tally.doubles += 1;
                    let (other, later) = (
                        self.tenant.worker(limit),
                        Duration::from_millis(rng.random_range(0..300)),
                    );
                    let second = async {
                        sleep(later).await;
                        worker::handle(&other, &message.wake_up, &message.id).await
                    };
                    let (one, two) = tokio::join!(
                        worker::handle(&worker, &message.wake_up, &message.id),
                        second
                    );
                    one.is_ok() && two.is_ok()
                }
                _ => worker::handle(&worker, &message.wake_up, &message.id).await.is_ok(),
            }
        });
        handled.await.map_err(|_| format!("a worker hangs: {message:?}"))
    }
}
