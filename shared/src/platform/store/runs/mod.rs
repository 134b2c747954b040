//! Runs in the table: created, claimed, advanced and read. Every write that can race is
//! conditional.

mod carry_over;
pub mod claim;
pub mod close;
pub(crate) mod ending;
pub mod history;
mod pause;
pub mod waiting;

use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
    Update,
};
use ulid::Ulid;

use crate::model::activity::{Activity, Kind};
use crate::model::approval::Approvals;
use crate::model::connection::Connection;
use crate::model::error::{Error, Result};
use crate::model::install::Meta;
use crate::model::install::id::InstallId;
use crate::model::payout::Payouts;
use crate::model::run::plan;
use crate::model::run::progress::Progress;
use crate::model::run::request::{Scope, Trigger};
use crate::model::run::{Run, RunState};
use crate::model::settings::Settings;
use crate::model::summary::Summary;
use crate::model::time::Millis;
use crate::platform::clock;
use crate::platform::table::attribute::attr::{
    ATTEMPTS_WITHOUT_PROGRESS, FIRST_SYNC_CONFIRMED, RERUN_REQUESTED, RERUN_TRIGGER,
};
use crate::platform::table::attribute::{attr, n, s, to_attr};
use crate::platform::table::conditional;
use crate::platform::table::item::{from_item, to_item};
use crate::platform::table::keys::{Sk, key};
use crate::platform::table::rewrite::Rewrite;
use crate::platform::table::units::{self, Unit};
use crate::platform::table::{Store, Transacted};

/// The fence of a run: which run a write belongs to, and the version of the run that was read.
#[derive(Debug, Clone)]
pub(crate) struct Fence {
    pub(crate) install: InstallId,
    pub(crate) connection: Ulid,
    pub(crate) run: Ulid,
    pub(crate) checkpoint: u64,
    pub(crate) attempt: u64,
}

impl Fence {
    /// The fence of a run that was just read.
    pub(crate) fn of(install: &InstallId, run: &Run) -> Self {
        Self {
            install: install.clone(),
            connection: run.connection,
            run: run.id,
            checkpoint: run.checkpoint,
            attempt: run.attempt,
        }
    }
}

/// The result of a request for a run.
#[derive(Debug)]
pub enum Requested {
    /// The run was created.
    Created(Box<Run>),
    /// Another run is open.
    Open(Ulid),
    /// The installation is over.
    Uninstalled,
    /// The connection was changed or removed.
    Gone,
}

/// The items that a worker reads before each page, in one call.
#[derive(Debug, Default)]
pub(crate) struct RunItems {
    pub(crate) meta: Option<Meta>,
    pub(crate) connection: Option<Connection>,
    pub(crate) run: Option<Run>,
    pub(crate) settings: Option<Settings>,
    pub(crate) summary: Option<Summary>,
    /// The progress of adding up automatic payouts; read once a worker, with its claim.
    pub(crate) payouts: Option<Payouts>,
}

/// Who requests a run, and when.
#[derive(Debug, Clone)]
pub struct Request {
    /// The id of the new run.
    pub id: Ulid,
    /// What requests it.
    pub trigger: Trigger,
    /// How much of the history it reads.
    pub scope: Scope,
    /// The time of the request.
    pub now: Millis,
    /// The launch behind it.
    pub launch: Option<Ulid>,
    /// The retention of the audit entry, in seconds.
    pub retention_seconds: i64,
}

fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// Runs: `RUN`.
#[derive(Debug, Clone, Copy)]
pub struct RunRepository<'s> {
    pub(crate) store: &'s Store,
}

impl Store {
    /// Runs: `RUN`.
    #[must_use]
    pub const fn runs(&self) -> RunRepository<'_> {
        RunRepository { store: self }
    }
}

/// The condition that a run still belongs to this worker.
const OURS: &str = "checkpoint = :checkpoint AND attempt = :attempt";

/// The same, and that it has not ended or paused.
pub(crate) const RUNNING: &str =
    "checkpoint = :checkpoint AND attempt = :attempt AND #state = :running";

/// An update of a run on condition that it still belongs to this worker.
pub(crate) fn fenced(fence: &Fence, update: UpdateBuilder) -> UpdateBuilder {
    update
        .set_key(Some(key(&fence.install, &Sk::Run(fence.connection, fence.run))))
        .condition_expression(OURS)
        .expression_attribute_values(":checkpoint", number(fence.checkpoint))
        .expression_attribute_values(":attempt", number(fence.attempt))
}

/// The same, on condition that it has not ended or paused. `#state` names the state.
pub(crate) fn while_running(fence: &Fence, update: UpdateBuilder) -> UpdateBuilder {
    fenced(fence, update)
        .condition_expression(RUNNING)
        .expression_attribute_names("#state", "state")
        .expression_attribute_values(":running", s("running"))
}

impl RunRepository<'_> {
    /// Creates a run, if the install is active and no run is open. One transaction.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn request(
        self,
        install: &InstallId,
        connection: &Connection,
        request: &Request,
    ) -> Result<Requested> {
        let run = new_run(connection, request);
        let first_sync_confirmed = connection.may_start_by_itself()
            || (request.trigger == Trigger::Manual && !run.is_preview());
        let open = Update::builder()
            .table_name(&self.store.table)
            .set_key(Some(key(install, &Sk::Stripe)))
            .update_expression(format!(
                "SET current_run = :run, {FIRST_SYNC_CONFIRMED} = :confirmed REMOVE paused"
            ))
            .expression_attribute_values(":confirmed", AttributeValue::Bool(first_sync_confirmed))
            .condition_expression("#connection = :connection AND attribute_not_exists(current_run)")
            .expression_attribute_names("#connection", "connection")
            .expression_attribute_values(":connection", s(connection.connection.to_string()))
            .expression_attribute_values(":run", s(run.id.to_string()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(Error::internal)?;
        let activity = Activity {
            kind: Kind::RunRequested,
            at: request.now,
            launch_id: request.launch.map(|id| id.to_string()),
            subject: Some(run.id.to_string()),
            ttl: request.now.seconds() + request.retention_seconds,
        };
        let operations = vec![
            self.store.installs().active_in(install, &connection.generation)?,
            TransactWriteItem::builder().update(open).build(),
            self.put(install, &run)?,
            self.store.activity().put(install, run.id, &activity)?,
        ];
        match self.store.transact(operations).await? {
            Transacted::Done => Ok(Requested::Created(Box::new(run))),
            Transacted::Refused(refusals) if refusals.iter().any(|refusal| refusal.at == 0) => {
                Ok(Requested::Uninstalled)
            }
            Transacted::Refused(refusals) => {
                let stored = refusals
                    .into_iter()
                    .find(|refusal| refusal.at == 1)
                    .and_then(|refusal| refusal.item);
                let stored: Option<Connection> = stored.map(from_item).transpose()?;
                let open = stored
                    .filter(|stored| stored.connection == connection.connection)
                    .and_then(|stored| stored.current_run);
                Ok(open.map_or(Requested::Gone, Requested::Open))
            }
        }
    }

    pub(crate) fn put(self, install: &InstallId, run: &Run) -> Result<TransactWriteItem> {
        let put = Put::builder()
            .table_name(&self.store.table)
            .set_item(Some(to_item(install, &Sk::Run(run.connection, run.id), run)?))
            .condition_expression("attribute_not_exists(pk)")
            .build()
            .map_err(Error::internal)?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// Reads `META`, `STRIPE`, `SETTINGS`, `SUMMARY` and the run, strongly consistent, in one call.
    pub(crate) async fn items(self, fence: &Fence) -> Result<RunItems> {
        self.items_and(fence, None).await
    }

    /// The same, and the progress of adding up the connection's automatic payouts.
    pub(crate) async fn items_at_claim(self, fence: &Fence) -> Result<RunItems> {
        self.items_and(fence, Some(Sk::Payouts(fence.connection))).await
    }

    async fn items_and(self, fence: &Fence, payouts: Option<Sk<'_>>) -> Result<RunItems> {
        let run = Sk::Run(fence.connection, fence.run);
        let wanted = [Sk::Meta, Sk::Stripe, run, Sk::Settings, Sk::Summary];
        let keys = wanted.iter().chain(&payouts).map(|sk| key(&fence.install, sk)).collect();
        let payouts_at = payouts.map(|sk| sk.to_string()).unwrap_or_default();
        let mut standing = RunItems::default();
        for item in self.store.read_all(keys).await? {
            match item.get(attr::SK).and_then(|sk| sk.as_s().ok()).map(String::as_str) {
                Some(sk) if sk == payouts_at => standing.payouts = Some(from_item(item)?),
                Some("META") => standing.meta = Some(from_item(item)?),
                Some("STRIPE") => standing.connection = Some(from_item(item)?),
                Some("SETTINGS") => standing.settings = Some(from_item(item)?),
                Some("SUMMARY") => {
                    let summary: Summary = from_item(item)?;
                    standing.summary =
                        Some(summary).filter(|summary| summary.connection == fence.connection);
                }
                Some(_) => standing.run = Some(from_item(item)?),
                None => {}
            }
        }
        Ok(standing)
    }

    /// The condition that the run still belongs to this worker, as an operation in a transaction.
    pub(crate) fn still_ours(self, fence: &Fence) -> Result<TransactWriteItem> {
        let check = ConditionCheck::builder()
            .table_name(&self.store.table)
            .set_key(Some(key(&fence.install, &Sk::Run(fence.connection, fence.run))))
            .condition_expression(OURS)
            .expression_attribute_values(":checkpoint", number(fence.checkpoint))
            .expression_attribute_values(":attempt", number(fence.attempt))
            .build()
            .map_err(Error::internal)?;
        Ok(TransactWriteItem::builder().condition_check(check).build())
    }

    /// Writes a checkpoint: first the units in `with`, in transactions under the same fence if one
    /// cannot hold them all, then the progress. Units replace whole values, so that a crash in
    /// between leaves nothing half-counted. Returns whether the run still belongs to this
    /// worker.
    pub(crate) async fn checkpoint(
        self,
        fence: &mut Fence,
        progress: &Progress,
        with: Vec<Unit>,
    ) -> Result<bool> {
        let mut parts = units::transactions(with);
        let mut last = parts.pop().unwrap_or_default();
        for mut part in parts {
            part.push(self.still_ours(fence)?);
            if !self.store.transact(part).await?.done() {
                return Ok(false);
            }
        }
        let progressed = format!("{ATTEMPTS_WITHOUT_PROGRESS} = :zero");
        let update = Rewrite::of_map("progress", progress)?
            .beside(&["checkpoint = :next", &progressed, "touched_at = :now"], &["waiting"])
            .update(&self.store.table);
        let update = while_running(fence, update)
            .expression_attribute_values(":next", number(fence.checkpoint + 1))
            .expression_attribute_values(":zero", n(0))
            .expression_attribute_values(":now", n(clock::now().0))
            .build()
            .map_err(Error::internal)?;
        last.push(TransactWriteItem::builder().update(update).build());
        let done = self.store.transact(last).await?.done();
        fence.checkpoint += u64::from(done);
        Ok(done)
    }

    /// Records that another run was requested while one is open, and what requested it; a person
    /// takes precedence. Returns whether the run is still open.
    pub(crate) async fn request_rerun(
        self,
        install: &InstallId,
        connection: &Connection,
        open: Ulid,
        trigger: Trigger,
    ) -> Result<bool> {
        let by = if trigger == Trigger::Manual {
            ":by".to_owned()
        } else {
            format!("if_not_exists({RERUN_TRIGGER}, :by)")
        };
        let sent = self
            .store
            .client
            .update_item()
            .table_name(&self.store.table)
            .set_key(Some(key(install, &Sk::Stripe)))
            .update_expression(format!("SET {RERUN_REQUESTED} = :yes, {RERUN_TRIGGER} = {by}"))
            .expression_attribute_values(":by", to_attr(&trigger)?)
            .condition_expression("#connection = :connection AND current_run = :open")
            .expression_attribute_names("#connection", "connection")
            .expression_attribute_values(":connection", s(connection.connection.to_string()))
            .expression_attribute_values(":open", s(open.to_string()))
            .expression_attribute_values(":yes", AttributeValue::Bool(true))
            .send()
            .await;
        Ok(conditional(sent)?.is_some())
    }
}

/// A run that was just requested.
pub(crate) fn new_run(connection: &Connection, request: &Request) -> Run {
    let (depth, lower) = plan::range(connection, request.scope, request.now);
    Run {
        id: request.id,
        connection: connection.connection,
        generation: connection.generation.clone(),
        trigger: request.trigger,
        scope: request.scope,
        depth,
        lower,
        state: RunState::Queued,
        requested_at: request.now,
        started_at: None,
        finished_at: None,
        touched_at: None,
        checkpoint: 0,
        attempt: 0,
        attempts_without_progress: 0,
        stop_requested: false,
        approvals: Approvals::default(),
        progress: Progress {
            resume: connection
                .resume
                .clone()
                .filter(|resume| resume.serves(request.scope, connection)),
            ..Progress::default()
        },
        verdict: None,
        proof: None,
        certificate: None,
        error: None,
        waiting: None,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    use crate::model::connection::tests::connection;

    use crate::platform::table::attribute::Item;

    #[test]
    fn a_run_survives_the_table() {
        let request = Request {
            id: Ulid::from_parts(1_760_000_000_001, 2),
            trigger: Trigger::Manual,
            scope: Scope::New,
            now: Millis(1_760_000_000_001),
            launch: None,
            retention_seconds: 60,
        };
        let run = new_run(&connection(), &request);
        let item: Item = serde_dynamo::to_item(&run).unwrap();
        let back: Run = from_item(item).unwrap();
        assert_eq!(format!("{back:?}"), format!("{run:?}"));
        let stored: Connection = from_item(serde_dynamo::to_item(connection()).unwrap()).unwrap();
        assert_eq!(stored.leg_kinds, connection().leg_kinds);
    }
}
