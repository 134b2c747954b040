//! The worker: handles messages.

pub mod claimed;
pub mod closing;
pub mod keys;
pub mod open;
pub mod outcome;
pub mod settle;
pub mod turn;
pub mod waiting;

use crate::engine::cleanup::KeyAccess;
use crate::engine::services::{LONGEST_SHORT_PAUSE, Services};
use crate::engine::worker::closing::{AFTER_EVENTS_SECONDS, close, pause_until};
use crate::engine::worker::open::OpenRun;
use crate::engine::{cleanup, sweep};
use crate::model::error::{Error, Result};
use crate::platform::clock;
use crate::platform::http::Deadline;
use crate::platform::queue::message::{Reason, RestOfCleanUp, WakeUp};
use crate::platform::store::runs::Fence;
use crate::platform::store::runs::claim::Urgency;
use crate::platform::store::runs::ending::Ending;

/// Handles a message completely. `Ok` acknowledges it; any remaining work was sent as another
/// message before.
///
/// # Errors
/// [`crate::model::error::Error::Unavailable`] when the table or the queue does not answer; the
/// message is delivered again.
pub async fn handle(services: &Services, wake_up: &WakeUp, message_id: &str) -> Result<()> {
    let deadline = Deadline::after(services.limits.stop_after);
    if wake_up.reason == Reason::Cleanup {
        return Box::pin(cleanup::clean_up(
            services,
            wake_up,
            None,
            deadline,
            KeyAccess::Available,
        ))
        .await;
    }
    if wake_up.reason == Reason::Keys {
        return Box::pin(keys::keys_wanted(services, wake_up, deadline)).await;
    }
    if wake_up.reason == Reason::Schedule && !sweep::schedule_stands(services, wake_up).await? {
        return Ok(());
    }
    if let (Reason::Webhook, Some(end)) = (wake_up.reason, wake_up.at) {
        services
            .store
            .events()
            .note_event(&wake_up.install, &wake_up.generation, end.min(clock::now()))
            .await?;
        // The queue merges the events of an interval into one message. Reading begins after the
        // interval's last event.
        let settled = end.plus_seconds(AFTER_EVENTS_SECONDS);
        let wait = pause_until(settled, clock::now());
        if wait > LONGEST_SHORT_PAUSE {
            return services.queue.send_later(&wake_up.postponed(message_id), settled).await;
        }
        tokio::time::sleep(wait).await;
    }
    let Some(open) = Box::pin(open::open_run(services, wake_up, message_id)).await? else {
        return Ok(());
    };
    let OpenRun { id, connection } = open;
    let claimed = services
        .store
        .runs()
        .claim_for(&wake_up.install, connection, id, urgency_of(wake_up), clock::now())
        .await?;
    let Some(run) = claimed else {
        tracing::info!(install = %wake_up.install, run = %id, reason = ?wake_up.reason,
            "the run still waits or has ended");
        return Ok(());
    };
    let fence = Fence::of(&wake_up.install, &run);
    // The future of a whole run is too large for a thread's stack.
    match Box::pin(turn::drive(services, fence.clone(), run, deadline)).await {
        Err(error @ Error::Internal(_)) => Box::pin(settle::defect(services, &fence, error)).await,
        outcome => outcome,
    }
}

/// Continues a clean-up. `given_up` is set when its message is in the dead-letter queue.
///
/// # Errors
/// [`crate::model::error::Error::Unavailable`], like [`handle`].
pub async fn go_on_cleaning_up(
    services: &Services,
    rest: &RestOfCleanUp,
    given_up: bool,
) -> Result<()> {
    let key_access = if given_up { KeyAccess::None } else { KeyAccess::Available };
    cleanup::clean_up(
        services,
        &rest.wake_up,
        Some(rest),
        Deadline::after(services.limits.stop_after),
        key_access,
    )
    .await
}

/// Ends the open run of a message that could not be handled and is in the dead-letter queue.
///
/// # Errors
/// [`crate::model::error::Error::Unavailable`].
pub async fn give_up(services: &Services, wake_up: &WakeUp) -> Result<()> {
    if wake_up.reason == Reason::Cleanup {
        return cleanup::clean_up(
            services,
            wake_up,
            None,
            Deadline::after(services.limits.stop_after),
            KeyAccess::None,
        )
        .await;
    }
    if wake_up.reason == Reason::Keys {
        // Without keys there is nothing to check. The sweep finds whatever is open.
        return Ok(());
    }
    let (meta, connection) =
        services.store.installs().meta_and_connection(&wake_up.install).await?;
    let active = meta.is_some_and(|meta| meta.active_generation() == Some(&wake_up.generation));
    let Some(connection) =
        connection.filter(|connection| active && connection.generation == wake_up.generation)
    else {
        return Ok(());
    };
    let Some(open) = connection.current_run else { return Ok(()) };
    let Some(run) = services
        .store
        .runs()
        .claim(&wake_up.install, connection.connection, open, clock::now())
        .await?
    else {
        return Ok(());
    };
    let fence = Fence::of(&wake_up.install, &run);
    close(
        services,
        &fence,
        &run,
        Ending::failed(
            "worker_failed",
            "The worker failed repeatedly. The next sync continues where this one stopped.",
        ),
    )
    .await
}

/// The urgency of a wake-up. A person does not wait, nor does a continuation or an ending.
/// Automatic wake-ups do not try a run that has to wait.
pub(crate) fn urgency_of(wake_up: &WakeUp) -> Urgency {
    match (wake_up.reason, wake_up.at) {
        (Reason::Schedule | Reason::Webhook, _) => Urgency::Patient,
        (Reason::Continue, Some(announced)) => Urgency::Announced(announced),
        _ => Urgency::AtOnce,
    }
}

#[cfg(test)]
mod fence_tests;

#[cfg(test)]
mod keys_tests;

#[cfg(test)]
mod thinning_tests;

#[cfg(test)]
mod year_tests;
