//! Decides how a stopped run continues.

use std::time::Duration;

use crate::engine::context::{PAGE_NEEDS, still_wanted};
use crate::engine::services::Services;
use crate::engine::stop::{DEFECT, DEFECT_TEXT, PartyFailure, Stop};
use crate::engine::worker::claimed::ClaimedRun;
use crate::engine::worker::closing;
use crate::engine::worker::waiting::ShortPauses;
use crate::engine::worker::{keys, waiting};
use crate::model::connection::{BLNK_KEY_REFUSED, KEY_UNREADABLE, OF_THE_INSTALLS_KEY, Pause};
use crate::model::error::{Error, Result};
use crate::model::party::Party;
use crate::platform::http::Deadline;
use crate::platform::store::runs::Fence;
use crate::platform::store::runs::ending::Ending;

/// How often a worker looks for a key that replaces a refused one, and the pause in between.
const KEY_LOOKS: u32 = 6;

const KEY_PAUSE: Duration = Duration::from_millis(500);

/// Handles a stop. Everything is read again first: a run that is no longer wanted ends, whatever
/// stopped it, and a key that was replaced in the meantime is used. Returns the run to continue
/// with; `None` when this worker is done with the run.
pub(crate) async fn settle(
    services: &Services,
    held: &ClaimedRun,
    stop: Stop,
    deadline: Deadline,
    pauses: &mut ShortPauses,
) -> Result<Option<ClaimedRun>> {
    let why = if let Stop::Retryable(failure) = &stop {
        failure.to_string()
    } else {
        format!("{stop:?}")
    };
    tracing::info!(install = %held.fence.install, run = %held.fence.run, why, "the run stopped");
    let standing = services.store.runs().items(&held.fence).await?;
    let Some(run) = standing.run.clone().filter(|run| run.attempt == held.fence.attempt) else {
        return Ok(None);
    };
    let fence = Fence { checkpoint: run.checkpoint, ..held.fence.clone() };
    let meta = standing.meta.clone();
    let connection = match still_wanted(&fence, &run.generation, standing) {
        Ok(connection) => connection,
        Err(Stop::Cancel(why)) => {
            return closing::close(services, &fence, &run, Ending::cancelled(why))
                .await
                .map(|()| None);
        }
        Err(_) => return Ok(None),
    };
    let fresh = ClaimedRun {
        meta: meta.unwrap_or_else(|| held.meta.clone()),
        fence,
        run,
        connection,
        read: None,
        read_at: None,
    };
    match stop {
        Stop::Superseded => Ok(None),
        Stop::Retryable(failure) => {
            waiting::later(services, fresh, failure, deadline, pauses).await
        }
        Stop::CursorGone => {
            let failure = PartyFailure::new(Party::Stripe, "Stripe no longer knows the cursor");
            waiting::later(services, fresh, failure, deadline, pauses).await
        }
        Stop::StripeKeyRefused(_) if fresh.connection.sealed_key != held.connection.sealed_key => {
            Ok(Some(fresh))
        }
        Stop::StripeKeyRefused(text) => {
            pause(services, &fresh, "stripe_key_refused", format!("{text}. Connect a new key."))
                .await
        }
        Stop::Pause { code, .. }
            if OF_THE_INSTALLS_KEY.contains(&code)
                && fresh.meta.sealed_key != held.meta.sealed_key =>
        {
            Ok(Some(fresh))
        }
        Stop::Pause { code: code @ (BLNK_KEY_REFUSED | KEY_UNREADABLE), reason } => {
            Box::pin(await_key(services, fresh, code, reason, deadline)).await
        }
        Stop::Pause { code, reason } => pause(services, &fresh, code, reason).await,
        Stop::Approval(needed) => pause(services, &fresh, needed.code(), needed.reason()).await,
        Stop::Fail { code, text } => {
            closing::close(services, &fresh.fence, &fresh.run, Ending::failed(code, text))
                .await
                .map(|()| None)
        }
        Stop::Cancel(why) => {
            closing::close(services, &fresh.fence, &fresh.run, Ending::cancelled(why))
                .await
                .map(|()| None)
        }
    }
}

/// Ends a run at once after a defect of the app: no retry helps. If the run cannot be ended either,
/// the error is the answer.
pub(crate) async fn defect(services: &Services, held: &Fence, error: Error) -> Result<()> {
    // Only the run: the defect may be that another item cannot be read.
    let run = services.store.runs().get(&held.install, held.connection, held.run).await?;
    let Some(run) = run.filter(|run| run.attempt == held.attempt && run.state.is_open()) else {
        return Err(error);
    };
    tracing::error!(install = %held.install, run = %held.run, cause = %error.chain(),
        "a defect ends the run");
    let fence = Fence { checkpoint: run.checkpoint, ..held.clone() };
    closing::close(services, &fence, &run, Ending::failed(DEFECT, DEFECT_TEXT)).await
}

/// Waits for a key that replaces a refused one. The event that delivers it may take a moment.
async fn await_key(
    services: &Services,
    held: ClaimedRun,
    code: &'static str,
    reason: String,
    deadline: Deadline,
) -> Result<Option<ClaimedRun>> {
    let mut asked = None;
    // A key that cannot be decrypted is the only case in which no new key is delivered.
    let looks = if code == KEY_UNREADABLE { 1 } else { KEY_LOOKS };
    let mut seen = held.meta.clone();
    for _ in 0..looks {
        if deadline.remaining() < PAGE_NEEDS {
            break;
        }
        // Delivered keys that are waiting. Each is checked once.
        if asked.replace(seen.keys_version) != Some(seen.keys_version)
            && let Some(meta) =
                Box::pin(keys::replaced_key(services, &held.fence.install, &seen, deadline)).await?
        {
            return Ok(Some(ClaimedRun { meta, read: None, read_at: None, ..held }));
        }
        tokio::time::sleep(KEY_PAUSE).await;
        let standing = services.store.runs().items(&held.fence).await?;
        let meta = standing.meta.clone();
        match (still_wanted(&held.fence, &held.run.generation, standing), meta) {
            (Ok(connection), Some(meta)) if meta.sealed_key != held.meta.sealed_key => {
                return Ok(Some(ClaimedRun {
                    meta,
                    connection,
                    read: None,
                    read_at: None,
                    ..held
                }));
            }
            (Ok(_), Some(meta)) => seen = meta,
            (Ok(_), None) => {}
            (Err(Stop::Cancel(why)), _) => {
                return closing::close(services, &held.fence, &held.run, Ending::cancelled(why))
                    .await
                    .map(|()| None);
            }
            (Err(_), _) => return Ok(None),
        }
    }
    pause(services, &held, code, reason).await
}

/// Pauses the run until a person acts.
async fn pause(
    services: &Services,
    fresh: &ClaimedRun,
    code: &str,
    reason: String,
) -> Result<Option<ClaimedRun>> {
    let pause = Pause::new(code, reason, fresh.meta.key_installed_at);
    services.store.runs().pause(&fresh.fence, &fresh.connection, &pause).await?;
    Ok(None)
}
