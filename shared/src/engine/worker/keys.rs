//! The install's key, for the worker: replaced when a run finds that it was refused, and checked
//! when an event gives reason to.

use crate::app::keys::{KeyStatus, Keys};
use crate::engine::services::Services;
use crate::model::connection::{Connection, OF_THE_INSTALLS_KEY};
use crate::model::error::Result;
use crate::model::install::id::InstallId;
use crate::model::install::{Meta, Status};
use crate::model::time::Millis;
use crate::platform::clock;
use crate::platform::http::Deadline;
use crate::platform::queue::message::WakeUp;
use crate::platform::queue::wake_ups::{CleanUp, KeyCheck, Resume};
use crate::platform::store::installs::record::UNCERTAIN_SECONDS;

/// Seconds until keys that were all refused are checked once more. A new key may be on its way, or
/// not be in force yet.
pub(crate) const AGAIN_SECONDS: i64 = 60;

/// A wake-up that arrives at most this early is handled at once.
pub(crate) const EARLY_MILLIS: i64 = 1_000;

const fn keys(services: &Services) -> Keys<'_> {
    Keys {
        store: &services.store,
        vault: &services.vault,
        http: &services.http,
        blnk_base: services.blnk_base.as_str(),
        retention: services.limits.retention,
    }
}

/// The record after a candidate's key replaced the current one because Blnk Cloud refuses it.
/// `None` if it does not, or if there is no other key.
pub(crate) async fn replaced_key(
    services: &Services,
    install: &InstallId,
    meta: &Meta,
    deadline: Deadline,
) -> Result<Option<Meta>> {
    if meta.candidates.is_empty() {
        return Ok(None);
    }
    match keys(services).ask(install, meta, clock::now(), deadline).await? {
        KeyStatus::Replaced(meta) => Ok(Some(*meta)),
        KeyStatus::Present | KeyStatus::AllRefused | KeyStatus::Unknown => Ok(None),
    }
}

/// Handles a wake-up to check the keys, once its time has come.
pub(crate) async fn keys_wanted(
    services: &Services,
    wake_up: &WakeUp,
    deadline: Deadline,
) -> Result<()> {
    // A queue may deliver slightly early, which is close enough.
    if let Some(at) = wake_up.at.filter(|at| at.0 > clock::now().0 + EARLY_MILLIS) {
        return ask_again_later(services, wake_up, at).await;
    }
    ask_keys(services, wake_up, clock::now(), deadline).await
}

/// Checks the keys of an install and acts on the result.
///
/// # Errors
/// [`crate::model::error::Error::Unavailable`] of the table or the queue; the message is delivered
/// again.
pub(crate) async fn ask_keys(
    services: &Services,
    wake_up: &WakeUp,
    now: Millis,
    deadline: Deadline,
) -> Result<()> {
    let install = &wake_up.install;
    let (meta, connection) = services.store.installs().meta_and_connection(install).await?;
    let Some(meta) = meta else { return Ok(()) };
    if meta.status == Status::Uninstalled {
        return ask_survivors(services, wake_up, &meta, now, deadline).await;
    }
    if meta.active_generation() != Some(&wake_up.generation) {
        return Ok(());
    }
    let standing = keys(services).ask(install, &meta, now, deadline).await?;
    tracing::info!(%install, standing = standing.word(),
        late_uninstall = meta.uninstall_pending.is_some(), "checked the keys of an install");
    if matches!(standing, KeyStatus::Replaced(_)) {
        go_on(services, wake_up, connection.as_ref()).await?;
    }
    if meta.uninstall_pending.is_some() {
        return settle_late(services, wake_up, &meta, &standing, now).await;
    }
    // A key that is not in force yet, or Blnk Cloud does not answer. The sweep finds installs that
    // wait longer.
    let fresh = meta
        .candidates
        .iter()
        .any(|candidate| now < candidate.arrived_at.plus_seconds(UNCERTAIN_SECONDS));
    match standing {
        KeyStatus::AllRefused | KeyStatus::Unknown if fresh => {
            ask_again_later(services, wake_up, now.plus_seconds(AGAIN_SECONDS)).await
        }
        _ => Ok(()),
    }
}

/// Decides whether a late uninstall is valid. The keys are checked at once, and the decision
/// follows a minute later: the platform revokes a key only after its event was accepted, and a key
/// may need a moment to come into force.
async fn settle_late(
    services: &Services,
    wake_up: &WakeUp,
    asked: &Meta,
    standing: &KeyStatus,
    now: Millis,
) -> Result<()> {
    let install = &wake_up.install;
    // The state after the checks.
    let (meta, _) = services.store.installs().meta_and_connection(install).await?;
    let Some(meta) = meta.filter(|meta| meta.active_generation() == Some(&wake_up.generation))
    else {
        return Ok(());
    };
    let Some(late) = meta.uninstall_pending else { return Ok(()) };
    let due = late.received_at.plus_seconds(AGAIN_SECONDS);
    if now < due {
        return ask_again_later(services, wake_up, due).await;
    }
    let done = match standing {
        KeyStatus::Present | KeyStatus::Replaced(_) => {
            services.store.installs().stays(install, &meta).await?
        }
        // A key that arrived or came into force in the meantime is checked first.
        KeyStatus::AllRefused
            if !meta.has_untried() && meta.key_installed_at == asked.key_installed_at =>
        {
            let removed =
                services.store.installs().remove_late(install, &meta, late.at, now).await?;
            if removed {
                tracing::info!(%install, "removed an install whose keys are all refused");
                let why = CleanUp::Ended(clock::new_ulid());
                services.queue.send(&WakeUp::cleanup(install, &wake_up.generation, why)).await?;
            }
            removed
        }
        KeyStatus::AllRefused | KeyStatus::Unknown => false,
    };
    if done || now >= late.received_at.plus_seconds(UNCERTAIN_SECONDS) {
        return Ok(());
    }
    ask_again_later(services, wake_up, now.plus_seconds(AGAIN_SECONDS)).await
}

/// Checks keys that were delivered after the install was removed. A key that is accepted begins a
/// new installation.
async fn ask_survivors(
    services: &Services,
    wake_up: &WakeUp,
    meta: &Meta,
    now: Millis,
    deadline: Deadline,
) -> Result<()> {
    if meta.candidates.is_empty() {
        return Ok(());
    }
    let standing = keys(services).ask(&wake_up.install, meta, now, deadline).await?;
    tracing::info!(install = %wake_up.install, standing = standing.word(),
        "checked keys after the uninstall");
    let fresh =
        meta.uninstall_received_at.is_some_and(|at| now < at.plus_seconds(UNCERTAIN_SECONDS));
    match standing {
        KeyStatus::Unknown if fresh => {
            ask_again_later(services, wake_up, now.plus_seconds(AGAIN_SECONDS)).await
        }
        _ => Ok(()),
    }
}

/// Wakes the run that paused for the replaced key.
async fn go_on(
    services: &Services,
    wake_up: &WakeUp,
    connection: Option<&Connection>,
) -> Result<()> {
    let own = connection.filter(|connection| connection.generation == wake_up.generation);
    let paused = own.filter(|own| {
        own.paused.as_ref().is_some_and(|pause| OF_THE_INSTALLS_KEY.contains(&pause.code.as_str()))
    });
    let Some(run) = paused.and_then(|own| own.current_run) else { return Ok(()) };
    let why = Resume::BlnkKey(clock::new_ulid());
    services.queue.send(&WakeUp::resume(&wake_up.install, &wake_up.generation, run, why)).await
}

/// Sends a wake-up to check the keys at a later time.
async fn ask_again_later(services: &Services, wake_up: &WakeUp, at: Millis) -> Result<()> {
    let why = KeyCheck::Again(clock::new_ulid(), at);
    let later = WakeUp::keys(&wake_up.install, &wake_up.generation, &why);
    services.queue.send_later(&later, at).await
}
