//! Finds the run for a message: the open one, or a new one.

use sha2::{Digest, Sha256};
use ulid::Ulid;

use crate::engine::services::Services;
use crate::engine::worker::keys;
use crate::model::connection::{Connection, OF_THE_INSTALLS_KEY};
use crate::model::error::{Error, Result};
use crate::model::install::permission::Permission;
use crate::model::run::request::{Scope, Trigger};
use crate::model::time;
use crate::platform::clock;
use crate::platform::http::Deadline;
use crate::platform::queue::message::{Reason, WakeUp};
use crate::platform::store::runs::{Request, Requested};

/// How often a request is read again because the open run has closed.
const MAX_LOOKS: u32 = 3;

/// A run to work on. It does not contain the items read to find it: until the run is claimed,
/// another worker may still change them.
pub(crate) struct OpenRun {
    pub(crate) id: Ulid,
    pub(crate) connection: Ulid,
}

/// The run for a message, if there is one to work on.
pub(crate) async fn open_run(
    services: &Services,
    wake_up: &WakeUp,
    message_id: &str,
) -> Result<Option<OpenRun>> {
    let request = requested_by(wake_up);
    for _ in 0..MAX_LOOKS {
        let (meta, connection) =
            Box::pin(services.store.installs().meta_and_connection(&wake_up.install)).await?;
        let Some(meta) = meta.filter(|meta| meta.active_generation() == Some(&wake_up.generation))
        else {
            return Ok(None);
        };
        let Some(connection) =
            connection.filter(|connection| connection.generation == wake_up.generation)
        else {
            return Ok(None);
        };
        if let Some(pause) = &connection.paused {
            if !pause.is_over(&meta) {
                let waits =
                    OF_THE_INSTALLS_KEY.contains(&pause.code.as_str()) && meta.has_untried();
                let deadline = Deadline::after(services.limits.stop_after / 4);
                if waits
                    && Box::pin(keys::replaced_key(services, &wake_up.install, &meta, deadline))
                        .await?
                        .is_some()
                {
                    continue;
                }
                return Ok(None);
            }
            // It paused for a key that has been replaced. The next wake-up of any kind resumes it.
            services
                .store
                .runs()
                .lift_this_pause(&wake_up.install, connection.connection, pause)
                .await?;
            tracing::info!(install = %wake_up.install, code = pause.code,
                "resuming with a new key");
        }
        // The first write waits for a person. A run that writes nothing does not wait.
        let alone = connection.may_start_by_itself() || !meta.grants(Permission::DataWrite);
        let request = request.filter(|trigger| *trigger == Trigger::Manual || alone);
        let Some(open) = connection.current_run else {
            // A run that began to read after the request has answered it.
            let answered =
                wake_up.at.is_some_and(|at| connection.watermark.is_some_and(|began| began >= at));
            let Some(trigger) = request.filter(|_| !answered) else { return Ok(None) };
            let made =
                Box::pin(make_run(services, wake_up, &connection, trigger, message_id)).await?;
            return Ok(made.map(|id| OpenRun { id, connection: connection.connection }));
        };
        // A run that was created after the request will answer it too.
        let answered = wake_up.at.is_some_and(|at| time::ulid_time(open) > at);
        let taken_in = match request.filter(|_| !answered) {
            Some(trigger) => {
                services
                    .store
                    .runs()
                    .request_rerun(&wake_up.install, &connection, open, trigger)
                    .await?
            }
            None => true,
        };
        if taken_in {
            return Ok(Some(OpenRun { id: open, connection: connection.connection }));
        }
        // The open run has closed since it was read. Look again, so that the request is not lost
        // with it.
    }
    Err(Error::unavailable("the database", "runs kept closing while a request was recorded"))
}

/// Creates a run for a request that names none: of the schedule, of an event, or of a person whose
/// open run has closed since. Its id is derived from the message's id, so a message that is
/// delivered twice creates one run.
async fn make_run(
    services: &Services,
    wake_up: &WakeUp,
    connection: &Connection,
    trigger: Trigger,
    message_id: &str,
) -> Result<Option<Ulid>> {
    let now = clock::now();
    let hash = Sha256::digest(message_id.as_bytes());
    let random = hash
        .iter()
        .take(size_of::<u128>())
        .fold(0_u128, |sum, byte| (sum << 8) | u128::from(*byte));
    let request = Request {
        id: Ulid::from_parts(u64::try_from(now.0).unwrap_or_default(), random),
        trigger,
        scope: Scope::New,
        now,
        launch: None,
        retention_seconds: services.limits.retention.seconds(),
    };
    match services.store.runs().request(&wake_up.install, connection, &request).await? {
        Requested::Created(run) => Ok(Some(run.id)),
        Requested::Open(run) => Ok(Some(run)),
        Requested::Uninstalled | Requested::Gone => Ok(None),
    }
}

/// The trigger of a new run. `None` for a message that only continues a run.
fn requested_by(wake_up: &WakeUp) -> Option<Trigger> {
    let trigger = match wake_up.reason {
        Reason::Manual => Trigger::Manual,
        Reason::Schedule => Trigger::Schedule,
        Reason::Webhook => Trigger::Webhook,
        Reason::Continue | Reason::Cleanup | Reason::Keys => return None,
    };
    Some(trigger).filter(|_| wake_up.run.is_none())
}
