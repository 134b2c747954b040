//! A run without progress reports which party does not respond as expected, and waits without a
//! worker.
//!
//! Each pause is about as long as the trouble has lasted so far. So a recovery is noticed after at
//! most the same time again, and an outage of hours costs a few dozen attempts. The worker itself
//! waits only at first.

use std::time::Duration;

use tokio::time::Instant;

use crate::engine::context::PAGE_NEEDS;
use crate::engine::services::{LONGEST_SHORT_PAUSE, Services};
use crate::engine::stop::PartyFailure;
use crate::engine::worker::claimed::ClaimedRun;
use crate::engine::worker::closing;
use crate::model::error::Result;
use crate::model::party::Party;
use crate::model::run::Run;
use crate::model::run::waiting::Waiting;
use crate::model::time::Millis;
use crate::platform::clock;
use crate::platform::http::retry::Jitter;
use crate::platform::http::{Deadline, RetryPolicy};
use crate::platform::queue::message::WakeUp;
use crate::platform::queue::wake_ups::Resume;

/// The retry policy of a worker's clients: long enough for a ledger that restarts, and no longer,
/// because longer waits happen without a worker.
pub(crate) const PATIENCE: RetryPolicy =
    RetryPolicy::new(Duration::from_millis(500), LONGEST_SHORT_PAUSE, 8);

/// The retry policy for a run that already waits. A few calls show whether the trouble is over.
pub(crate) const PATIENCE_OF_WAITING: RetryPolicy =
    RetryPolicy::new(Duration::from_millis(250), LONGEST_SHORT_PAUSE, 3);

/// The pauses that a worker makes itself after a run with progress has stopped. After them it lets
/// the run wait.
pub(crate) const SHORT_PAUSES: RetryPolicy =
    RetryPolicy::new(Duration::from_millis(250), Duration::from_secs(1), 4)
        .with_jitter(Jitter::None);

/// The worker makes none of these pauses once it has worked this long without progress, because its
/// clients have already waited.
pub(crate) const SHORT_PAUSES_WITHIN: Duration = Duration::from_secs(3);

/// The pauses without a worker. [`given_up`] limits them by time.
const PAUSES: RetryPolicy =
    RetryPolicy::new(Duration::from_secs(5), Duration::from_secs(600), u32::MAX)
        .with_jitter(Jitter::Quarter);

/// A run that has waited for other parties this long without progress, in seconds, is given up. The
/// next one continues where it stopped.
pub(crate) const LONGEST_OUTAGE_SECONDS: i64 = 86_400;

/// The same for a run that waits for the app itself: a defect does not disappear.
pub(crate) const LONGEST_OWN_TROUBLE_SECONDS: i64 = 3600;

/// The number of deliveries without a checkpoint after which a run is given up if it does not wait
/// for anything: its workers die.
pub(crate) const MAX_ATTEMPTS_WITHOUT_PROGRESS: u32 = 10;

impl Waiting {
    /// The state after another failed attempt.
    fn after(failure: &PartyFailure, before: Option<&Self>, now: Millis) -> Self {
        let since = before.map_or(now, |before| before.since);
        let stood_still =
            Duration::from_millis(u64::try_from(now.0.saturating_sub(since.0)).unwrap_or_default());
        let pause = pause(stood_still, failure.retry_after);
        let PartyFailure { party, answer, call, status, request_id, .. } = failure.clone();
        Self {
            party,
            answer,
            call,
            status,
            request_id,
            since,
            next_attempt: Millis(
                now.0.saturating_add(i64::try_from(pause.as_millis()).unwrap_or(i64::MAX)),
            ),
            attempts: before.map_or(0, |before| before.attempts).saturating_add(1),
        }
    }
}

/// As long as the run has made no progress, minus up to a quarter so that not all retries happen at
/// the same moment, and never less than the party asked for.
pub(crate) fn pause(stood_still: Duration, asked: Option<Duration>) -> Duration {
    PAUSES.wait_as_long(stood_still).max(asked.unwrap_or_default())
}

/// Why a run is given up before work on it begins, as text. `None` for a run that may continue.
pub(crate) fn given_up(run: &Run, now: Millis) -> Option<String> {
    let why = match &run.waiting {
        Some(waiting) => {
            let longest = if waiting.party == Party::App {
                LONGEST_OWN_TROUBLE_SECONDS
            } else {
                LONGEST_OUTAGE_SECONDS
            };
            if now <= waiting.since.plus_seconds(longest) {
                return None;
            }
            let hours = longest / 3600;
            format!(
                "No progress in {hours} h and {} attempts: {}.",
                waiting.attempts, waiting.answer
            )
        }
        None if run.attempts_without_progress > MAX_ATTEMPTS_WITHOUT_PROGRESS => {
            format!("No progress after {MAX_ATTEMPTS_WITHOUT_PROGRESS} attempts.")
        }
        None => return None,
    };
    Some(format!("{why} The next sync continues where this one stopped."))
}

/// The retry policy of a worker's clients for a run.
pub(crate) fn patience(run: &Run) -> RetryPolicy {
    if run.waiting.is_some() { PATIENCE_OF_WAITING } else { PATIENCE }
}

/// The pauses that one worker makes itself.
#[derive(Debug)]
pub(crate) struct ShortPauses {
    /// The run's checkpoint when the worker claimed it.
    began: u64,
    /// The run's checkpoint at the last progress.
    at: u64,
    /// The time of the last progress.
    since: Instant,
    /// Pauses made since then.
    taken: u32,
}

impl ShortPauses {
    pub(crate) fn of(run: &Run) -> Self {
        Self { began: run.checkpoint, at: run.checkpoint, since: Instant::now(), taken: 0 }
    }

    /// Whether this worker has made progress on the run.
    fn moved_on(&self, run: &Run) -> bool {
        run.checkpoint > self.began
    }

    /// The next pause. `None` when the run should wait without a worker. A run that already waits
    /// has had its pauses.
    fn next(&mut self, run: &Run, asked: Option<Duration>) -> Option<Duration> {
        if self.at != run.checkpoint {
            (self.at, self.since, self.taken) = (run.checkpoint, Instant::now(), 0);
        }
        let pause = SHORT_PAUSES
            .wait(self.taken + 1)
            .filter(|_| run.waiting.is_none() && self.since.elapsed() < SHORT_PAUSES_WITHIN)?;
        self.taken += 1;
        Some(pause.max(asked.unwrap_or_default())).filter(|pause| *pause <= LONGEST_SHORT_PAUSE)
    }
}

/// Handles a retryable stop: the run continues after a moment, with another worker at once if this
/// one's time was up, or it waits without a worker.
pub(crate) async fn later(
    services: &Services,
    held: ClaimedRun,
    failure: PartyFailure,
    deadline: Deadline,
    pauses: &mut ShortPauses,
) -> Result<Option<ClaimedRun>> {
    let pause = pauses.next(&held.run, failure.retry_after);
    if let Some(pause) = pause.filter(|pause| deadline.remaining() >= *pause + PAGE_NEEDS) {
        tokio::time::sleep(pause).await;
        return Ok(Some(held));
    }
    let time_was_up = deadline.remaining() < PAGE_NEEDS && failure.retry_after.is_none();
    if time_was_up && (failure.party == Party::App || pauses.moved_on(&held.run)) {
        return closing::continue_later(services, &held.fence).await.map(|()| None);
    }
    wait(services, &held, &failure).await.map(|()| None)
}

/// Lets a run wait. The message is sent first: if this worker dies in between, its own message is
/// delivered again.
async fn wait(services: &Services, held: &ClaimedRun, failure: &PartyFailure) -> Result<()> {
    let waiting = Waiting::after(failure, held.run.waiting.as_ref(), clock::now());
    let ClaimedRun { fence, run, .. } = held;
    let why = Resume::Waiting { attempt: fence.attempt, next_attempt: waiting.next_attempt };
    let resume = WakeUp::resume(&fence.install, &run.generation, fence.run, why);
    services.queue.send_later(&resume, waiting.next_attempt).await?;
    let ours = services.store.runs().wait(fence, &waiting).await?;
    tracing::info!(install = %fence.install, run = %fence.run, ours, party = ?waiting.party,
        attempts = waiting.attempts,
        since = waiting.since.rfc3339(), next_attempt = waiting.next_attempt.rfc3339(),
        "the run waits");
    Ok(())
}

#[cfg(test)]
mod tests;
