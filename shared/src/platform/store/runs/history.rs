//! Runs as the portal shows and controls them: one, a page of them, stopped, cancelled, resumed.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{
    ReturnValue, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};
use ulid::Ulid;

use crate::model::certificate::Verdict;
use crate::model::connection::{Connection, Pause};
use crate::model::error::{Error, Result};
use crate::model::install::id::InstallId;
use crate::model::run::request::Trigger;
use crate::model::run::{Run, RunState};
use crate::model::time::Millis;
use crate::platform::store::activity::AuditEntry;
use crate::platform::store::runs::RunRepository;
use crate::platform::store::span::Span;
use crate::platform::table::attribute::{attr, n, s, to_attr};
use crate::platform::table::conditional;
use crate::platform::table::item::{from_item, known_item, known_items};
use crate::platform::table::keys::{Sk, key, pk};
use crate::platform::table::{Transacted, unavailable};

/// The maximum number of runs in a page of the history.
pub const MAX_RUNS_PAGE: i32 = 50;

/// The maximum number of runs that one filtered read examines.
pub(crate) const MAX_RUNS_LOOKED_AT: i32 = 200;

/// The maximum number of runs in a file.
pub const MAX_RUNS_FILE: usize = 1000;

/// The maximum number of reads for one file. A narrow filter finds little in each, and the caller
/// waits.
const READS_FOR_A_FILE: usize = 25;

/// A page of the history.
#[derive(Debug)]
pub struct RunPage {
    /// Newest first.
    pub runs: Vec<Run>,
    /// Where the next page begins.
    pub next: Option<Ulid>,
}

/// Which runs.
#[derive(Debug, Clone, Copy, Default)]
pub struct RunsWanted<'a> {
    /// In one of these states; in any, when none is named.
    pub states: &'a [RunState],
    /// Started by this.
    pub trigger: Option<Trigger>,
    /// With this verdict of their proof.
    pub verdict: Option<Verdict>,
    /// Requested in this span.
    pub span: Span,
}

impl RunRepository<'_> {
    /// Reads one run.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn get(self, install: &InstallId, connection: Ulid, id: Ulid) -> Result<Option<Run>> {
        let item = self.store.get(install, &Sk::Run(connection, id)).await?;
        item.map_or(Ok(None), known_item)
    }

    /// The wanted runs of a connection, newest first, in one read. A filter is applied after the
    /// read, so there may be fewer than requested although more follow.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn page(
        self,
        install: &InstallId,
        connection: Ulid,
        wanted: &RunsWanted<'_>,
        limit: i32,
    ) -> Result<RunPage> {
        let Some((first, last)) = wanted.span.ids() else {
            return Ok(RunPage { runs: Vec::new(), next: None });
        };
        let limit = limit.clamp(1, MAX_RUNS_PAGE);
        let mut query = self
            .store
            .client
            .query()
            .table_name(&self.store.table)
            .key_condition_expression("pk = :pk AND sk BETWEEN :first AND :last")
            .expression_attribute_values(":pk", s(pk(install)))
            .expression_attribute_values(":first", s(Sk::Run(connection, first).to_string()))
            .expression_attribute_values(":last", s(Sk::Run(connection, last).to_string()))
            .scan_index_forward(false);
        let mut conditions = Vec::new();
        if !wanted.states.is_empty() {
            let mut names = Vec::new();
            for (at, state) in wanted.states.iter().enumerate() {
                names.push(format!(":s{at}"));
                query = query.expression_attribute_values(format!(":s{at}"), to_attr(state)?);
            }
            query = query.expression_attribute_names("#state", "state");
            conditions.push(format!("#state IN ({})", names.join(", ")));
        }
        if let Some(trigger) = wanted.trigger {
            query = query
                .expression_attribute_names("#trigger", "trigger")
                .expression_attribute_values(":trigger", to_attr(&trigger)?);
            conditions.push("#trigger = :trigger".to_owned());
        }
        if let Some(verdict) = wanted.verdict {
            query = query
                .expression_attribute_names("#verdict", "verdict")
                .expression_attribute_values(":verdict", to_attr(&verdict)?);
            conditions.push("#verdict = :verdict".to_owned());
        }
        // A filter is applied after the limit: one read examines many runs.
        query = if conditions.is_empty() {
            query.limit(limit)
        } else {
            query.limit(MAX_RUNS_LOOKED_AT).filter_expression(conditions.join(" AND "))
        };
        let answer = query.send().await.map_err(|error| unavailable(error.into_service_error()))?;
        let mut runs: Vec<Run> = known_items(answer.items.unwrap_or_default())?;
        let page = usize::try_from(limit).unwrap_or_default();
        if runs.len() > page {
            runs.truncate(page);
            let next = runs.last().map(|run| run.id);
            return Ok(RunPage { runs, next });
        }
        let last =
            answer.last_evaluated_key.as_ref().and_then(|last| last.get(attr::SK)?.as_s().ok());
        let next = last.and_then(|sk| sk.rsplit('#').next()?.parse().ok());
        Ok(RunPage { runs, next })
    }

    /// The wanted runs as a file, limited to [`MAX_RUNS_FILE`] runs and a number of reads. The rest
    /// begins at its `next`.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn file(
        self,
        install: &InstallId,
        connection: Ulid,
        wanted: &RunsWanted<'_>,
    ) -> Result<RunPage> {
        let mut file = RunPage { runs: Vec::new(), next: wanted.span.before };
        for _ in 0..READS_FOR_A_FILE {
            let span = Span { before: file.next, ..wanted.span };
            let part = RunsWanted { span, ..*wanted };
            let page = self.page(install, connection, &part, MAX_RUNS_PAGE).await?;
            file.runs.extend(page.runs);
            file.next = page.next;
            if file.next.is_none() || file.runs.len() >= MAX_RUNS_FILE {
                break;
            }
        }
        Ok(file)
    }
}

impl RunRepository<'_> {
    /// The operation that cancels a run whose connection is removed. A worker that holds it loses
    /// its fence.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn cancel(
        self,
        install: &InstallId,
        connection: Ulid,
        id: Ulid,
        now: Millis,
        why: &str,
    ) -> Result<TransactWriteItem> {
        let error =
            crate::model::run::RunError { code: "cancelled".to_owned(), text: why.to_owned() };
        let update = Update::builder()
            .table_name(&self.store.table)
            .set_key(Some(key(install, &Sk::Run(connection, id))))
            .update_expression(
                "SET #state = :cancelled, finished_at = :now, #error = :error, \
                    attempt = attempt + :one REMOVE waiting",
            )
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_names("#state", "state")
            .expression_attribute_names("#error", "error")
            .expression_attribute_values(":cancelled", s("cancelled"))
            .expression_attribute_values(":now", n(now.0))
            .expression_attribute_values(":error", to_attr(&error)?)
            .expression_attribute_values(":one", n(1))
            .build()
            .map_err(Error::internal)?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    /// Records a person's approval of what a run is paused for, and lets it continue at its next
    /// wake-up. The approval covers only what was shown. One transaction.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such run, [`Error::Conflict`] when it is not paused for
    /// this, [`Error::Unavailable`].
    pub async fn approve(
        self,
        install: &InstallId,
        connection: &Connection,
        id: Ulid,
        code: &str,
        audit: &AuditEntry,
    ) -> Result<Run> {
        let mut run = self.get(install, connection.connection, id).await?.ok_or(Error::NotFound)?;
        let waits = || Error::conflict("not_asked", "The run does not wait for this approval.");
        let asked = run.approval_needed().filter(|needed| needed.code() == code);
        let asked = asked.cloned().ok_or_else(waits)?;
        run.approvals.grant(&asked);
        let approval = Update::builder()
            .table_name(&self.store.table)
            .set_key(Some(key(install, &Sk::Run(connection.connection, id))))
            .update_expression("SET approvals = :approvals, #state = :queued REMOVE #error")
            .condition_expression("#state = :paused AND checkpoint = :checkpoint")
            .expression_attribute_names("#state", "state")
            .expression_attribute_names("#error", "error")
            .expression_attribute_values(":queued", to_attr(&RunState::Queued)?)
            .expression_attribute_values(":approvals", to_attr(&run.approvals)?)
            .expression_attribute_values(":paused", s("paused"))
            .expression_attribute_values(
                ":checkpoint",
                n(i64::try_from(run.checkpoint).map_err(Error::internal)?),
            )
            .build()
            .map_err(Error::internal)?;
        let lift = Update::builder()
            .table_name(&self.store.table)
            .set_key(Some(key(install, &Sk::Stripe)))
            .update_expression("REMOVE paused")
            .condition_expression("#connection = :connection AND current_run = :run")
            .expression_attribute_names("#connection", "connection")
            .expression_attribute_values(":connection", s(connection.connection.to_string()))
            .expression_attribute_values(":run", s(id.to_string()))
            .build()
            .map_err(Error::internal)?;
        let operations = vec![
            self.store.installs().active_in(install, &connection.generation)?,
            TransactWriteItem::builder().update(approval).build(),
            TransactWriteItem::builder().update(lift).build(),
            self.store.activity().put(install, audit.id, &audit.activity)?,
        ];
        match self.store.transact(operations).await? {
            Transacted::Done => Ok(Run { state: RunState::Queued, error: None, ..run }),
            Transacted::Refused(_) => Err(waits()),
        }
    }

    /// Lifts a pause, so that the open run continues at its next wake-up.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn lift_pause(self, install: &InstallId, connection: Ulid) -> Result<()> {
        let sent = self
            .store
            .client
            .update_item()
            .table_name(&self.store.table)
            .set_key(Some(key(install, &Sk::Stripe)))
            .update_expression("REMOVE paused")
            .condition_expression("#connection = :connection")
            .expression_attribute_names("#connection", "connection")
            .expression_attribute_values(":connection", s(connection.to_string()))
            .send()
            .await;
        conditional(sent).map(|_| ())
    }

    /// Lifts a pause, unless another one has replaced it.
    pub(crate) async fn lift_this_pause(
        self,
        install: &InstallId,
        connection: Ulid,
        pause: &Pause,
    ) -> Result<()> {
        let sent = self
            .store
            .client
            .update_item()
            .table_name(&self.store.table)
            .set_key(Some(key(install, &Sk::Stripe)))
            .update_expression("REMOVE paused")
            .condition_expression("#connection = :connection AND paused = :paused")
            .expression_attribute_names("#connection", "connection")
            .expression_attribute_values(":connection", s(connection.to_string()))
            .expression_attribute_values(":paused", to_attr(pause)?)
            .send()
            .await;
        conditional(sent).map(|_| ())
    }

    /// Requests that an open run stops. The worker ends it before its next page.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the run is not open, [`Error::Unavailable`].
    pub async fn stop(self, install: &InstallId, connection: Ulid, id: Ulid) -> Result<Run> {
        let sent = self
            .store
            .client
            .update_item()
            .table_name(&self.store.table)
            .set_key(Some(key(install, &Sk::Run(connection, id))))
            .update_expression("SET stop_requested = :yes")
            .condition_expression("#state IN (:queued, :running, :paused)")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(
                ":yes",
                aws_sdk_dynamodb::types::AttributeValue::Bool(true),
            )
            .expression_attribute_values(":queued", s("queued"))
            .expression_attribute_values(":running", s("running"))
            .expression_attribute_values(":paused", s("paused"))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match sent.map_err(aws_sdk_dynamodb::error::SdkError::into_service_error) {
            Ok(answer) => from_item(answer.attributes.unwrap_or_default()),
            Err(UpdateItemError::ConditionalCheckFailedException(failed)) => {
                match failed.item.filter(|item| !item.is_empty()) {
                    None => Err(Error::NotFound),
                    Some(_) => Err(Error::conflict("run_over", "This run has already ended.")),
                }
            }
            Err(error) => Err(unavailable(error)),
        }
    }
}
