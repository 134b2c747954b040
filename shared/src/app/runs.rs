//! A person's actions on runs: requesting a sync or a preview, stopping and approving runs.

use ulid::Ulid;

use crate::app::connect::connector::{not_connected, require};
use crate::model::activity::{Activity, Kind};
use crate::model::connection::Connection;
use crate::model::error::{Error, Result};
use crate::model::install::permission::Permission;
use crate::model::retention::Retention;
use crate::model::run::Run;
use crate::model::run::request::{Scope, Trigger};
use crate::model::session::{Portal, session_over};
use crate::model::time::Millis;
use crate::platform::queue::message::WakeUp;
use crate::platform::queue::sender::Queue;
use crate::platform::queue::wake_ups::Resume;
use crate::platform::store::activity::AuditEntry;
use crate::platform::store::runs::{Request, Requested};
use crate::platform::table::Store;

/// The dependencies of requests for runs.
#[derive(Debug, Clone, Copy)]
pub struct Runs<'a> {
    /// The table.
    pub store: &'a Store,
    /// Wake-ups.
    pub queue: &'a Queue,
    /// How long the audit trail is kept.
    pub retention: Retention,
}

/// A requested run.
#[derive(Debug)]
pub struct StartedRun {
    /// The run that was created, or the open one.
    pub run: Run,
    /// Whether it was created.
    pub created: bool,
}

/// The time of a request and its id: of the run, if one is created, or of the audit entry. The
/// wake-up is named after it.
#[derive(Debug, Clone, Copy)]
pub struct Call {
    /// Now.
    pub now: Millis,
    /// The id.
    pub id: Ulid,
}

impl Runs<'_> {
    /// Creates a run and wakes a worker for it. While another run is open, a run follows it.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without `data:read`, [`Error::Conflict`] when nothing is connected or
    /// the connection was changed meanwhile, [`Error::Unauthorized`] when the session is over,
    /// [`Error::Unavailable`].
    pub async fn sync(&self, portal: &Portal, scope: Scope, call: Call) -> Result<StartedRun> {
        require(portal, Permission::DataRead)?;
        let connection = connection(portal)?;
        let (run, created) = match self.request(portal, connection, scope, call).await? {
            RequestedRun::New(run) => (*run, true),
            RequestedRun::Open(open) => {
                self.lift_pause(portal, connection).await?;
                (self.open_run(portal, connection, open).await?, false)
            }
        };
        // A run that is paused or waits only continues. A request during a running one makes
        // another run follow.
        let names_run = created || connection.paused.is_some() || run.waiting.is_some();
        let named = names_run.then_some(run.id);
        let manual = WakeUp::manual(&portal.install, &portal.generation, named, call.id, call.now);
        self.queue.send(&manual).await?;
        tracing::info!(install = %portal.install, run = %run.id, created, "run requested");
        Ok(StartedRun { run, created })
    }

    /// Creates a preview and wakes a worker for it. An open preview continues; no other one follows
    /// it.
    ///
    /// # Errors
    /// As [`Self::sync`]; [`Error::Conflict`] also while a sync is open.
    pub async fn preview(&self, portal: &Portal, call: Call) -> Result<StartedRun> {
        require(portal, Permission::DataRead)?;
        let connection = connection(portal)?;
        let (run, created) = match self.request(portal, connection, Scope::Preview, call).await? {
            RequestedRun::New(run) => (*run, true),
            RequestedRun::Open(open) => {
                let run = self.open_run(portal, connection, open).await?;
                if !run.is_preview() {
                    return Err(Error::conflict(
                        "run_open",
                        "A sync is under way. A preview can be made when it has ended.",
                    ));
                }
                self.lift_pause(portal, connection).await?;
                (run, false)
            }
        };
        self.wake(portal, &run, Resume::Preview(call.id)).await?;
        tracing::info!(install = %portal.install, run = %run.id, created, "preview requested");
        Ok(StartedRun { run, created })
    }

    /// Asks a run to stop, and wakes a worker to end it.
    ///
    /// # Errors
    /// [`Error::Conflict`] when nothing is connected or the run has ended, [`Error::NotFound`],
    /// [`Error::Unavailable`].
    pub async fn stop(&self, portal: &Portal, run: Ulid, call: Call) -> Result<Run> {
        let connection = connection(portal)?;
        let run = self.store.runs().stop(&portal.install, connection.connection, run).await?;
        // No worker processes a paused run: the pause is lifted so that a worker can end it.
        self.lift_pause(portal, connection).await?;
        self.wake(portal, &run, Resume::Stop(call.id)).await?;
        tracing::info!(install = %portal.install, run = %run.id, "stop requested");
        Ok(run)
    }

    /// Approves what a run waits for, by the code of its pause, and wakes a worker for it. The
    /// approval covers only what the pause named.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without `data:write`, [`Error::Conflict`] when nothing is connected or
    /// the run does not wait for this, [`Error::NotFound`], [`Error::Unavailable`].
    pub async fn approve(&self, portal: &Portal, run: Ulid, code: &str, call: Call) -> Result<Run> {
        require(portal, Permission::DataWrite)?;
        let connection = connection(portal)?;
        let activity = Activity {
            kind: Kind::FuseApproved,
            at: call.now,
            launch_id: Some(portal.launch.to_string()),
            subject: Some(run.to_string()),
            ttl: self.retention.expiry(call.now),
        };
        let run = self
            .store
            .runs()
            .approve(&portal.install, connection, run, code, &AuditEntry { id: call.id, activity })
            .await?;
        self.wake(portal, &run, Resume::Approval(call.id)).await?;
        tracing::info!(install = %portal.install, run = %run.id, code, "a write was approved");
        Ok(run)
    }

    async fn request(
        &self,
        portal: &Portal,
        connection: &Connection,
        scope: Scope,
        call: Call,
    ) -> Result<RequestedRun> {
        let request = Request {
            id: call.id,
            trigger: Trigger::Manual,
            scope,
            now: call.now,
            launch: Some(portal.launch),
            retention_seconds: self.retention.seconds(),
        };
        match self.store.runs().request(&portal.install, connection, &request).await? {
            Requested::Created(run) => Ok(RequestedRun::New(run)),
            Requested::Open(open) => Ok(RequestedRun::Open(open)),
            Requested::Uninstalled => Err(session_over()),
            Requested::Gone => Err(Error::conflict(
                "changed_meanwhile",
                "The connection was changed by someone else. Reload it.",
            )),
        }
    }

    async fn open_run(&self, portal: &Portal, connection: &Connection, open: Ulid) -> Result<Run> {
        let run = self.store.runs().get(&portal.install, connection.connection, open).await?;
        run.ok_or_else(|| Error::internal("an open run that is gone"))
    }

    async fn lift_pause(&self, portal: &Portal, connection: &Connection) -> Result<()> {
        if connection.paused.is_some() {
            self.store.runs().lift_pause(&portal.install, connection.connection).await?;
        }
        Ok(())
    }

    /// Wakes a worker for a run. No other run follows it.
    async fn wake(&self, portal: &Portal, run: &Run, why: Resume) -> Result<()> {
        let resume = WakeUp::resume(&portal.install, &portal.generation, run.id, why);
        self.queue.send(&resume).await
    }
}

/// The result of a request.
enum RequestedRun {
    /// The run was created.
    New(Box<Run>),
    /// This run is open.
    Open(Ulid),
}

/// The connection of a session.
pub(crate) fn connection(portal: &Portal) -> Result<&Connection> {
    portal.connection.as_ref().ok_or_else(not_connected)
}
