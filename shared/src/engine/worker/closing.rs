//! The end of a worker's turn: closes the run and starts the one that was requested meanwhile, or
//! leaves the rest to another wake-up.

use std::time::Duration;

use crate::engine::services::Services;
use crate::model::error::Result;
use crate::model::run::Run;
use crate::model::time::Millis;
use crate::platform::clock;
use crate::platform::queue::message::WakeUp;
use crate::platform::queue::wake_ups::Resume;
use crate::platform::store::runs::Fence;
use crate::platform::store::runs::close::CloseOutcome;
use crate::platform::store::runs::ending::Ending;

/// A message of events waits this long after the end of their interval, in seconds, because a
/// record may be listed a moment after its event…
pub(crate) const AFTER_EVENTS_SECONDS: i64 = 1;

/// …and not at all if that is further away than this, whatever the message says.
pub(crate) const LONGEST_EVENT_WAIT: Duration = Duration::from_secs(8);

pub(crate) async fn continue_later(services: &Services, fence: &Fence) -> Result<()> {
    let generation = services
        .store
        .runs()
        .get(&fence.install, fence.connection, fence.run)
        .await?
        .map(|run| run.generation)
        .unwrap_or_default();
    let why = Resume::TimeUp { checkpoint: fence.checkpoint, attempt: fence.attempt };
    services.queue.send(&WakeUp::resume(&fence.install, &generation, fence.run, why)).await
}

pub(crate) async fn close(
    services: &Services,
    fence: &Fence,
    run: &Run,
    ending: Ending,
) -> Result<()> {
    let state = ending.state;
    let now = clock::now();
    let expires_at = services.limits.retention.expiry(now);
    let closed =
        services.store.runs().close(fence, run, ending, now, expires_at, clock::new_ulid()).await?;
    tracing::info!(install = %fence.install, run = %fence.run, ?state, ?closed,
        "the run was closed");
    if let CloseOutcome::Done(Some(next)) = closed {
        services.queue.send(&WakeUp::rerun(&fence.install, &run.generation, next)).await?;
    }
    Ok(())
}

/// How long to wait until a near time. No interval of events ends later than
/// [`LONGEST_EVENT_WAIT`], so a time beyond it is no reason to wait.
pub(crate) fn pause_until(at: Millis, now: Millis) -> Duration {
    let wait = Duration::from_millis(u64::try_from(at.0.saturating_sub(now.0)).unwrap_or_default());
    if wait > LONGEST_EVENT_WAIT { Duration::ZERO } else { wait }
}
