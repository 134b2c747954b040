//! A run that stands still: it says who does not do what was asked, and it waits without a worker.
//!
//! Each pause is about as long as all that went before it, so that a cure is met after at most as long again as the trouble lasted, and
//! an outage of hours costs some dozens of attempts. Only the first moments are waited out by the worker itself.

use std::time::Duration;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::driver::PAGE_NEEDS;
use super::halt::{Party, Trouble};
use super::run::Run;
use super::table::Fence;
use super::worker::{Held, Worker};
use crate::clock::{self, Millis};
use crate::error::Result;
use crate::http::{Deadline, RetryPolicy};
use crate::queue::{Reason, WakeUp};
use crate::store::{Sk, Store, key, s, to_attr, unavailable};

/// How a worker's clients repeat a call: long enough for a ledger that starts anew, and no longer, since who waits longer does so without
/// a worker.
const PATIENCE: RetryPolicy = RetryPolicy { base: Duration::from_millis(500), cap: LONGEST_NAP, max_attempts: 8 };
/// The same for a run that waits already: to learn whether the trouble is over takes a few calls.
const PATIENCE_OF_WAITING: RetryPolicy = RetryPolicy { base: Duration::from_millis(250), cap: LONGEST_NAP, max_attempts: 3 };
/// The longest that a worker waits by itself in one place.
pub(super) const LONGEST_NAP: Duration = Duration::from_secs(2);
/// The pauses that a worker makes by itself after a run that moved on has halted; then it lets the run wait.
const NAPS: [Duration; 3] = [Duration::from_millis(250), Duration::from_millis(500), Duration::from_secs(1)];
/// It makes none once it has been at work for so long without moving the run on: its clients have waited before.
const NAPS_WITHIN: Duration = Duration::from_secs(3);
/// The first pause without a worker…
const FIRST_PAUSE: Duration = Duration::from_secs(5);
/// …and the longest.
const LONGEST_PAUSE: Duration = Duration::from_secs(600);
/// A run that has waited for others for so long without moving on is given up. The next one goes on where it stopped.
const LONGEST_OUTAGE_SECONDS: i64 = 86_400;
/// The same for a run that waits for the app itself: a defect does not pass.
const LONGEST_OWN_TROUBLE_SECONDS: i64 = 3600;
/// Receives without a checkpoint after which a run is given up that does not say what it waits for: its workers die.
const MAX_BARREN: u32 = 10;

/// What a run waits for that does not go on, and when it is tried next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// Who does not do what was asked.
    pub party: Party,
    /// The answer, for people.
    pub answer: String,
    /// The call: method and route, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<String>,
    /// The HTTP status of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The party's own name for the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Since when the run has not moved on.
    pub since: Millis,
    /// When it is tried again by itself.
    pub next_attempt: Millis,
    /// Attempts since then, all in vain.
    pub attempts: u32,
}

impl Waiting {
    /// After another attempt in vain.
    fn after(trouble: &Trouble, before: Option<&Self>, now: Millis) -> Self {
        let since = before.map_or(now, |before| before.since);
        let stood_still = Duration::from_millis(u64::try_from(now.0.saturating_sub(since.0)).unwrap_or_default());
        let pause = pause(stood_still, trouble.retry_after);
        let Trouble { party, answer, call, status, request_id, .. } = trouble.clone();
        Self {
            party,
            answer,
            call,
            status,
            request_id,
            since,
            next_attempt: Millis(now.0.saturating_add(i64::try_from(pause.as_millis()).unwrap_or(i64::MAX))),
            attempts: before.map_or(0, |before| before.attempts).saturating_add(1),
        }
    }
}

/// As long as the run has stood still, up to a quarter less so that not all try at the same moment, and never less than was asked for.
fn pause(stood_still: Duration, asked: Option<Duration>) -> Duration {
    let ceiling = stood_still.clamp(FIRST_PAUSE, LONGEST_PAUSE);
    ceiling.saturating_sub(crate::http::jitter(ceiling / 4)).max(asked.unwrap_or_default())
}

/// Why a run is given up before it is worked on, in words; nothing for one that may go on.
pub(super) fn given_up(run: &Run, now: Millis) -> Option<String> {
    let why = match &run.waiting {
        Some(waiting) => {
            let longest = if waiting.party == Party::App { LONGEST_OWN_TROUBLE_SECONDS } else { LONGEST_OUTAGE_SECONDS };
            if now <= waiting.since.plus_seconds(longest) {
                return None;
            }
            let hours = longest / 3600;
            format!("No progress in {hours} h and {} attempts: {}.", waiting.attempts, waiting.answer)
        }
        None if run.barren > MAX_BARREN => format!("No progress after {MAX_BARREN} attempts."),
        None => return None,
    };
    Some(format!("{why} The next sync goes on where this one stopped."))
}

/// How the clients of a worker repeat calls for a run.
pub(super) fn patience(run: &Run) -> RetryPolicy {
    if run.waiting.is_some() { PATIENCE_OF_WAITING } else { PATIENCE }
}

/// The pauses that one worker makes by itself.
#[derive(Debug)]
pub(super) struct Naps {
    /// The run's checkpoint when the worker took it.
    began: u64,
    /// And when it was last seen to have moved on.
    at: u64,
    /// When that was.
    since: Instant,
    /// Pauses made since.
    taken: usize,
}

impl Naps {
    pub(super) fn of(run: &Run) -> Self {
        Self { began: run.checkpoint, at: run.checkpoint, since: Instant::now(), taken: 0 }
    }

    /// Whether this worker has moved the run on.
    fn moved_on(&self, run: &Run) -> bool {
        run.checkpoint > self.began
    }

    /// The next pause; nothing when the run is to wait without a worker. One that waits already has had its pauses.
    fn next(&mut self, run: &Run, asked: Option<Duration>) -> Option<Duration> {
        if self.at != run.checkpoint {
            (self.at, self.since, self.taken) = (run.checkpoint, Instant::now(), 0);
        }
        let nap = NAPS.get(self.taken).filter(|_| run.waiting.is_none() && self.since.elapsed() < NAPS_WITHIN)?;
        self.taken += 1;
        Some((*nap).max(asked.unwrap_or_default())).filter(|nap| *nap <= LONGEST_NAP)
    }
}

impl Worker {
    /// What becomes of a run in whose way something stands: it goes on after a moment, with another worker at once when the time of this
    /// one was up, or it waits without any.
    pub(super) async fn later(&self, held: Held, trouble: Trouble, deadline: Deadline, naps: &mut Naps) -> Result<Option<Held>> {
        let nap = naps.next(&held.run, trouble.retry_after);
        if let Some(nap) = nap.filter(|nap| deadline.remaining() >= *nap + PAGE_NEEDS) {
            tokio::time::sleep(nap).await;
            return Ok(Some(held));
        }
        let time_was_up = deadline.remaining() < PAGE_NEEDS && trouble.retry_after.is_none();
        if time_was_up && (trouble.party == Party::App || naps.moved_on(&held.run)) {
            return self.continue_later(&held.fence).await.map(|()| None);
        }
        self.wait(&held, &trouble).await.map(|()| None)
    }

    /// Lets a run wait. The message goes first: should this worker end in between, its own message comes again.
    async fn wait(&self, held: &Held, trouble: &Trouble) -> Result<()> {
        let waiting = Waiting::after(trouble, held.run.waiting.as_ref(), clock::now());
        let Held { fence, run, .. } = held;
        let wake_up = WakeUp {
            install: fence.install.clone(),
            generation: run.generation.clone(),
            reason: Reason::Continue,
            run: Some(fence.run.to_string()),
            at: Some(waiting.next_attempt),
        };
        self.queue.send_later(&wake_up, &format!("run:{}:{}:waits", fence.run, fence.attempt), waiting.next_attempt).await?;
        let ours = self.store.let_wait(fence, &waiting).await?;
        tracing::info!(install = %fence.install, run = %fence.run, ours, party = ?waiting.party, attempts = waiting.attempts,
            since = waiting.since.rfc3339(), next_attempt = waiting.next_attempt.rfc3339(), "waits");
        Ok(())
    }
}

impl Store {
    /// Writes what a run waits for. No checkpoint: the run has not moved on. Answers whether the run is still ours.
    async fn let_wait(&self, fence: &Fence, waiting: &Waiting) -> Result<bool> {
        let sent = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key(&fence.install, &Sk::Run(fence.connection, fence.run))))
            .update_expression("SET waiting = :waiting")
            .condition_expression("checkpoint = :checkpoint AND attempt = :attempt AND #state = :running")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":waiting", to_attr(waiting)?)
            .expression_attribute_values(":checkpoint", to_attr(&fence.checkpoint)?)
            .expression_attribute_values(":attempt", to_attr(&fence.attempt)?)
            .expression_attribute_values(":running", s("running"))
            .send()
            .await;
        match sent.map_err(SdkError::into_service_error) {
            Ok(_) => Ok(true),
            Err(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(false),
            Err(error) => Err(unavailable(error)),
        }
    }
}

#[cfg(test)]
#[path = "waiting_tests.rs"]
mod tests;
