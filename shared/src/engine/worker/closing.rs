//! TODO engine::worker::closing

use std::time::Duration;

use crate::engine::cleanup::Reach;
use crate::engine::services::{LONGEST_NAP, Services};
use crate::engine::worker::claimed::ClaimedRun;
use crate::engine::worker::{AFTER_EVENTS_SECONDS, LONGEST_EVENT_WAIT, give_up, go_on_cleaning_up, handle, urgency_of};
use crate::engine::{cleanup, sweep};
use crate::model::error::Result;
use crate::model::run::Run;
use crate::model::time::Millis;
use crate::platform::clock;
use crate::platform::http::Deadline;
use crate::platform::queue::message::{Reason, RestOfCleanUp, WakeUp};
use crate::platform::store::runs::close::{Closed, Ending};
use crate::platform::store::runs::{Fence, Urgency};

pub(crate) async fn continue_later(services: &Services, fence: &Fence) -> Result<()> {
    let generation = services.store.run(&fence.install, fence.connection, fence.run).await?.map(|run| run.generation).unwrap_or_default();
    let wake_up =
        WakeUp { install: fence.install.clone(), generation, reason: Reason::Continue, run: Some(fence.run.to_string()), at: None };
    services.queue.send(&wake_up, &format!("run:{}:{}:{}", fence.run, fence.checkpoint, fence.attempt)).await
}

pub(crate) async fn close(services: &Services, fence: &Fence, run: &Run, ending: Ending) -> Result<()> {
    let state = ending.state;
    let closed = services.store.close_run(fence, run, ending, clock::now(), clock::new_ulid()).await?;
    tracing::info!(install = %fence.install, run = %fence.run, ?state, ?closed, "run closed");
    if let Closed::Done(Some(next)) = closed {
        let wake_up = WakeUp {
            install: fence.install.clone(),
            generation: run.generation.clone(),
            reason: Reason::Manual,
            run: Some(next.to_string()),
            at: None,
        };
        services.queue.send(&wake_up, &format!("run:{next}:start")).await?;
    }
    Ok(())
}

/// How long to wait for an instant that is near. No interval of events ends later than that: whatever lies further ahead is no reason to.
pub(crate) fn pause_until(at: Millis, now: Millis) -> Duration {
    let wait = Duration::from_millis(u64::try_from(at.0.saturating_sub(now.0)).unwrap_or_default());
    if wait > LONGEST_EVENT_WAIT { Duration::ZERO } else { wait }
}
