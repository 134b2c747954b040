//! Delayed wake-ups. A FIFO queue has no delay per message, so they wait in a standard queue, whose
//! consumer forwards them. A wait beyond that queue's maximum delay passes through it several
//! times.

use crate::model::error::{Error, Result};
use crate::model::time::Millis;
use crate::platform::clock;
use crate::platform::queue::message::{Delayed, LONGEST_DELAY_SECONDS};
use crate::platform::queue::sender::Queue;
use crate::platform::queue::wake_ups::Dispatch;

/// A message that arrives up to this much early is forwarded: the clocks of two machines differ by
/// less.
pub(crate) const EARLY_MILLIS: i64 = 500;

impl Queue {
    /// Sets the URL of the standard queue for delayed wake-ups.
    #[must_use]
    pub fn with_delays(mut self, url: String) -> Self {
        self.delays = Some(url);
        self
    }

    /// Sends a wake-up that arrives no earlier than `not_before`, in its usual message group. No
    /// worker is occupied meanwhile.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Internal`] when no delay queue is configured.
    pub async fn send_later(&self, dispatch: &Dispatch, not_before: Millis) -> Result<()> {
        let Dispatch { wake_up, deduplication_id } = dispatch.clone();
        self.pass_on(&Delayed { not_before, deduplication_id, wake_up }, clock::now()).await
    }

    /// Forwards a due wake-up to the work queue, and delays it again otherwise. Idempotent.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Internal`] when no delay queue is configured.
    pub async fn pass_on(&self, delayed: &Delayed, now: Millis) -> Result<()> {
        let Some(seconds) = delay(delayed.not_before, now) else {
            let (wake_up, deduplication_id) =
                (delayed.wake_up.clone(), delayed.deduplication_id.clone());
            return self.send(&Dispatch { wake_up, deduplication_id }).await;
        };
        let url =
            self.delays.as_ref().ok_or_else(|| Error::internal("no delay queue is configured"))?;
        let body = serde_json::to_string(delayed).map_err(Error::internal)?;
        let sent = self
            .client
            .send_message()
            .queue_url(url)
            .delay_seconds(seconds)
            .message_body(body)
            .send()
            .await;
        sent.map(drop)
            .map_err(|error| Error::unavailable("the delay queue", error.into_service_error()))
    }
}

/// The delay of a message in seconds. `None` when it is due.
pub(crate) fn delay(not_before: Millis, now: Millis) -> Option<i32> {
    let left = not_before.0.saturating_sub(now.0);
    if left <= EARLY_MILLIS {
        return None;
    }
    let seconds = left.saturating_add(999).div_euclid(1000).clamp(1, LONGEST_DELAY_SECONDS);
    i32::try_from(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::queue::message::WakeUp;

    #[test]
    fn a_message_is_never_early_and_a_long_wait_is_several() {
        let now = Millis(1_760_000_000_000);
        let after = |millis: i64| delay(Millis(now.0 + millis), now);
        assert_eq!((after(-5_000), after(0), after(EARLY_MILLIS)), (None, None, None));
        assert_eq!(
            (after(EARLY_MILLIS + 1), after(1_000), after(1_001)),
            (Some(1), Some(1), Some(2)),
            "rounded up"
        );
        assert_eq!(
            (after(900_000), after(900_001), after(86_400_000)),
            (Some(900), Some(900), Some(900))
        );
        assert_eq!(delay(Millis(i64::MAX), Millis(i64::MIN)), Some(900));
    }

    #[test]
    fn a_delayed_message_is_recognized_by_its_shape() {
        let wake_up: WakeUp =
            serde_json::from_str(r#"{"install":"i","generation":"g","reason":"cleanup"}"#).unwrap();
        let delayed = Delayed { not_before: Millis(7), deduplication_id: "d".to_owned(), wake_up };
        let text = serde_json::to_string(&delayed).unwrap();
        assert_eq!(
            serde_json::from_str::<crate::platform::queue::message::QueueMessage>(&text).unwrap(),
            crate::platform::queue::message::QueueMessage::Delayed(delayed)
        );
    }
}
