//! The messages of an install, as its queues deliver them.

use std::time::Duration;

use serde_json::{Value, json};
use stripe_sync::platform::clock;
use stripe_sync::platform::queue::Delayed;
use stripe_sync::platform::queue::message::WakeUp;

use super::Tenant;

/// After how long the delay queue delivers a message again that could not be passed on.
const REDELIVERED_AFTER: Duration = Duration::from_secs(30);

impl Tenant<'_> {
    /// A message for this install.
    ///
    /// # Panics
    /// When `with` makes no valid message.
    #[must_use]
    #[expect(clippy::unwrap_used, reason = "the test's own message")]
    pub fn wake_up(&self, with: &Value) -> WakeUp {
        let mut body = json!({"install": self.install, "generation": self.generation});
        for (name, value) in with.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        serde_json::from_value(body).unwrap()
    }

    /// Waits for the next delayed message and passes it on to the work queue, as the delay queue's
    /// consumer does. Returns whether there was one.
    pub async fn deliver_next_delayed(&self) -> bool {
        let Some(delayed) = self.next_delayed() else { return false };
        let left = delayed.not_before.0.saturating_sub(clock::now().0);
        tokio::time::sleep(Duration::from_millis(u64::try_from(left).unwrap_or_default())).await;
        while self.queue.pass_on(&delayed, clock::now()).await.is_err() {
            tokio::time::sleep(REDELIVERED_AFTER).await;
        }
        true
    }

    fn next_delayed(&self) -> Option<Delayed> {
        let mut waiting = self.waiting.borrow_mut();
        waiting.extend(
            self.aws
                .take_delayed()
                .into_iter()
                .filter_map(|sent| serde_json::from_value::<Delayed>(sent.body).ok()),
        );
        let next = (0..waiting.len())
            .min_by_key(|at| waiting.get(*at).map(|delayed| delayed.not_before))?;
        Some(waiting.swap_remove(next))
    }
}
