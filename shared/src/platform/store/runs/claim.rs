//! The claim of a run by a worker.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use ulid::Ulid;

use crate::model::error::Result;
use crate::model::install::id::InstallId;
use crate::model::run::Run;
use crate::model::time::Millis;
use crate::platform::store::runs::RunRepository;
use crate::platform::table::attribute::Item;
use crate::platform::table::attribute::attr::ATTEMPTS_WITHOUT_PROGRESS;
use crate::platform::table::attribute::{n, s};
use crate::platform::table::conditional;
use crate::platform::table::item::from_item;
use crate::platform::table::keys::{Sk, key};

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

impl RunRepository<'_> {
    /// Claims a run for a worker: from here on, checkpoints of an earlier worker fail.
    pub(crate) async fn claim(
        self,
        install: &InstallId,
        connection: Ulid,
        id: Ulid,
        now: Millis,
    ) -> Result<Option<Run>> {
        self.claim_for(install, connection, id, Urgency::AtOnce, now).await
    }

    /// Like `claim`, but leaves a waiting run alone if this wake-up may not shorten the wait.
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
            .update_expression(format!(
                "SET #state = :running, started_at = if_not_exists(started_at, :now), \
                    touched_at = :now, attempt = attempt + :one, \
                    {ATTEMPTS_WITHOUT_PROGRESS} = {ATTEMPTS_WITHOUT_PROGRESS} + :one, \
                    progress = if_not_exists(progress, :no_progress) REMOVE #error"
            ))
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
        let changed = conditional(sent)?.and_then(|answer| answer.attributes);
        changed.map(from_item).transpose()
    }
}
