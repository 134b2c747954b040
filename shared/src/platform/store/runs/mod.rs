//! Runs in the table: created, claimed, advanced and read. Every write that can race is
//! conditional.

pub mod close;
pub mod history;
pub mod waiting;

use crate::platform::store::Item;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, Put, ReturnValue, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};
use ulid::Ulid;

use crate::model::activity::{Activity, Kind};
use crate::model::approval::Approvals;
use crate::model::asked::{Scope, Trigger};
use crate::model::connection::Connection;
use crate::model::error::{Error, Result};
use crate::model::install::Meta;
use crate::model::install::id::InstallId;
use crate::model::plan;
use crate::model::progress::Progress;
use crate::model::run::{Run, RunState};
use crate::model::settings::Settings;
use crate::model::time::Millis;
use crate::platform::clock;
use crate::platform::store::attribute::{attr, n, s, to_attr};
use crate::platform::store::conditional;
use crate::platform::store::item::{from_item, to_item};
use crate::platform::store::keys::{Sk, key};
use crate::platform::store::rewrite::Rewrite;
use crate::platform::store::{MAX_TRANSACTION, Store, Transacted, unavailable};

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
        Self { install: install.clone(), connection: run.connection, run: run.id, checkpoint: run.checkpoint, attempt: run.attempt }
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

/// How a wake-up treats a waiting run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Urgency {
    /// It is retried now: a person asked, or it has to end.
    AtOnce,
    /// It is retried when it is due. The request is recorded on the connection.
    Patient,
    /// This is the attempt announced for that time, unless another attempt failed since: then a
    /// later message is on its way. A run that has made progress since continues: the worker that
    /// advanced it may have died, and its message was redelivered.
    Announced(Millis),
}

/// The items that a worker reads before each page, in one call.
#[derive(Debug)]
pub(crate) struct RunItems {
    pub(crate) meta: Option<Meta>,
    pub(crate) connection: Option<Connection>,
    pub(crate) run: Option<Run>,
    pub(crate) settings: Option<Settings>,
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

impl RunRepository<'_> {
    /// Creates a run, if the install is active and no run is open. One transaction.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn request(self, install: &InstallId, connection: &Connection, request: &Request) -> Result<Requested> {
        let run = new_run(connection, request);
        let confirmed = connection.may_start_by_itself() || (request.trigger == Trigger::Manual && !run.is_preview());
        let open = Update::builder()
            .table_name(&self.store.table)
            .set_key(Some(key(install, &Sk::Stripe)))
            .update_expression("SET current_run = :run, confirmed = :confirmed REMOVE paused")
            .expression_attribute_values(":confirmed", AttributeValue::Bool(confirmed))
            .condition_expression("#connection = :connection AND attribute_not_exists(current_run)")
            .expression_attribute_names("#connection", "connection")
            .expression_attribute_values(":connection", s(connection.connection.to_string()))
            .expression_attribute_values(":run", s(run.id.to_string()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(Error::internal)?;
        let trail = Activity {
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
            self.store.activity().put(install, run.id, &trail)?,
        ];
        match self.store.transact(operations).await? {
            Transacted::Done => Ok(Requested::Created(Box::new(run))),
            Transacted::Refused(refusals) if refusals.iter().any(|refusal| refusal.at == 0) => Ok(Requested::Uninstalled),
            Transacted::Refused(refusals) => {
                let stored = refusals.into_iter().find(|refusal| refusal.at == 1).and_then(|refusal| refusal.item);
                let stored: Option<Connection> = stored.map(from_item).transpose()?;
                let open = stored.filter(|stored| stored.connection == connection.connection).and_then(|stored| stored.current_run);
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

    /// Claims a run for a worker: from here on, checkpoints of an earlier worker fail.
    pub(crate) async fn claim(self, install: &InstallId, connection: Ulid, id: Ulid, now: Millis) -> Result<Option<Run>> {
        self.claim_for(install, connection, id, Urgency::AtOnce, now).await
    }

    /// Like `claim`, unless the run waits for longer than this wake-up may shorten.
    pub(crate) async fn claim_for(
        self,
        install: &InstallId,
        connection: Ulid,
        id: Ulid,
        urgency: Urgency,
        now: Millis,
    ) -> Result<Option<Run>> {
        const OPEN: &str = "#state IN (:queued, :running, :paused)";
        const DUE: &str = "attribute_not_exists(waiting) OR waiting.next_attempt <= :now";
        let claim = self.store.client.update_item();
        let (claim, condition) = match urgency {
            Urgency::AtOnce => (claim, OPEN.to_owned()),
            Urgency::Patient => (claim, format!("{OPEN} AND ({DUE})")),
            Urgency::Announced(at) => {
                let claim = claim.expression_attribute_values(":announced", n(at.0));
                (claim, format!("{OPEN} AND ({DUE} OR waiting.next_attempt = :announced)"))
            }
        };
        let sent = claim
            .table_name(&self.store.table)
            .set_key(Some(key(install, &Sk::Run(connection, id))))
            .update_expression("SET #state = :running, started_at = if_not_exists(started_at, :now), touched_at = :now, attempt = attempt + :one, barren = barren + :one, progress = if_not_exists(progress, :no_progress) REMOVE #error")
            .condition_expression(condition)
            .expression_attribute_names("#state", "state")
            .expression_attribute_names("#error", "error")
            .expression_attribute_values(":queued", s("queued"))
            .expression_attribute_values(":running", s("running"))
            .expression_attribute_values(":paused", s("paused"))
            .expression_attribute_values(":now", n(now.0))
            // Each checkpoint writes inside this map.
            .expression_attribute_values(":no_progress", AttributeValue::M(Item::new()))
            .expression_attribute_values(":one", n(1))
            .return_values(ReturnValue::AllNew)
            .send()
            .await;
        match sent.map_err(aws_sdk_dynamodb::error::SdkError::into_service_error) {
            Ok(answer) => answer.attributes.map(from_item).transpose(),
            Err(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(None),
            Err(error) => Err(unavailable(error)),
        }
    }

    /// Reads `META`, `STRIPE`, `SETTINGS` and the run, strongly consistent, in one call.
    pub(crate) async fn items(self, fence: &Fence) -> Result<RunItems> {
        let wanted = [Sk::Meta, Sk::Stripe, Sk::Run(fence.connection, fence.run), Sk::Settings];
        let keys = wanted.iter().map(|sk| key(&fence.install, sk)).collect();
        let mut standing = RunItems { meta: None, connection: None, run: None, settings: None };
        for item in self.store.read_all(keys).await? {
            match item.get(attr::SK).and_then(|sk| sk.as_s().ok()).map(String::as_str) {
                Some("META") => standing.meta = Some(from_item(item)?),
                Some("STRIPE") => standing.connection = Some(from_item(item)?),
                Some("SETTINGS") => standing.settings = Some(from_item(item)?),
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
            .condition_expression("checkpoint = :checkpoint AND attempt = :attempt")
            .expression_attribute_values(":checkpoint", number(fence.checkpoint))
            .expression_attribute_values(":attempt", number(fence.attempt))
            .build()
            .map_err(Error::internal)?;
        Ok(TransactWriteItem::builder().condition_check(check).build())
    }

    /// Writes a checkpoint: first the operations in `with`, in transactions under the same fence if
    /// one cannot hold them all, then the progress. The operations replace whole values, so that a
    /// crash in between leaves nothing half-counted. Returns whether the run still belongs to this
    /// worker.
    pub(crate) async fn checkpoint(self, fence: &mut Fence, progress: &Progress, mut with: Vec<TransactWriteItem>) -> Result<bool> {
        while with.len() >= MAX_TRANSACTION {
            let mut part: Vec<_> = with.drain(..MAX_TRANSACTION - 1).collect();
            part.push(self.still_ours(fence)?);
            if !self.store.transact(part).await?.done() {
                return Ok(false);
            }
        }
        let update = Rewrite::of_map("progress", progress)?
            .beside(&["checkpoint = :next", "barren = :zero", "touched_at = :now"], &["waiting"])
            .update(&self.store.table)
            .set_key(Some(key(&fence.install, &Sk::Run(fence.connection, fence.run))))
            .condition_expression("checkpoint = :checkpoint AND attempt = :attempt AND #state = :running")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":checkpoint", number(fence.checkpoint))
            .expression_attribute_values(":attempt", number(fence.attempt))
            .expression_attribute_values(":next", number(fence.checkpoint + 1))
            .expression_attribute_values(":zero", n(0))
            .expression_attribute_values(":now", n(clock::now().0))
            .expression_attribute_values(":running", s("running"))
            .build()
            .map_err(Error::internal)?;
        with.push(TransactWriteItem::builder().update(update).build());
        let done = self.store.transact(with).await?.done();
        fence.checkpoint += u64::from(done);
        Ok(done)
    }

    /// Records that another run was requested while one is open, and what requested it; a person
    /// takes precedence. Returns whether the run is still open.
    pub(crate) async fn request_rerun(self, install: &InstallId, connection: &Connection, open: Ulid, trigger: Trigger) -> Result<bool> {
        let by = if trigger == Trigger::Manual { ":by" } else { "if_not_exists(again_by, :by)" };
        let sent = self
            .store
            .client
            .update_item()
            .table_name(&self.store.table)
            .set_key(Some(key(install, &Sk::Stripe)))
            .update_expression(format!("SET again = :yes, again_by = {by}"))
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
            resume: connection.resume.clone().filter(|resume| resume.serves(request.scope, connection)),
            ..Progress::default()
        },
        verdict: None,
        proof: None,
        error: None,
        waiting: None,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    use crate::model::connection::tests::connection;

    use crate::platform::store::attribute::Item;

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
        assert_eq!(stored.words, connection().words);
    }
}
