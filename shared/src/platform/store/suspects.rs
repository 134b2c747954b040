//! Suspects in the table: one small item each.

use ulid::Ulid;

use crate::model::error::Result;
use crate::model::install::id::InstallId;
use crate::model::suspect::record::{CallKind, Suspect};
use crate::model::time::Millis;
use crate::platform::store::runs::Fence;
use crate::platform::table::attribute::attr::ATTEMPTS_WITHOUT_PROGRESS;
use crate::platform::table::attribute::{n, s};
use crate::platform::table::conditional;
use crate::platform::table::item::known_items;
use crate::platform::table::keys::{Sk, key};
use crate::platform::table::kind::ItemKind;
use crate::platform::table::rewrite::Rewrite;
use crate::platform::table::{Store, unavailable};

/// How long, in seconds, suspects that were not set aside are kept.
const KEPT_SECONDS: i64 = 7 * 86_400;

/// Suspects: `SUSPECT`.
#[derive(Debug, Clone, Copy)]
pub struct SuspectRepository<'s> {
    pub(crate) store: &'s Store,
}

impl Store {
    /// Suspects: `SUSPECT`.
    #[must_use]
    pub const fn suspects(&self) -> SuspectRepository<'_> {
        SuspectRepository { store: self }
    }
}

impl SuspectRepository<'_> {
    /// All suspects of a connection.
    pub(crate) async fn all(self, install: &InstallId, connection: Ulid) -> Result<Vec<Suspect>> {
        known_items(self.store.items(install, &ItemKind::Suspect.of_connection(connection)).await?)
    }

    /// Stores the facts about a suspect.
    pub(crate) async fn put(
        self,
        install: &InstallId,
        connection: Ulid,
        facts: &Suspect,
        now: Millis,
    ) -> Result<()> {
        let sk = Sk::Suspect(connection, facts.kind.as_str(), &facts.subject);
        let ttl = facts.aside.is_none().then(|| now.seconds() + KEPT_SECONDS);
        let sent = Rewrite::of(install, &sk, facts, ttl)?
            .request(&self.store.client, &self.store.table)
            .send()
            .await;
        sent.map(|_| ()).map_err(|error| unavailable(error.into_service_error()))
    }

    /// Removes a suspect.
    pub(crate) async fn remove(
        self,
        install: &InstallId,
        connection: Ulid,
        kind: CallKind,
        subject: &str,
    ) -> Result<()> {
        let sk = Sk::Suspect(connection, kind.as_str(), subject);
        let sent = self
            .store
            .client
            .delete_item()
            .table_name(&self.store.table)
            .set_key(Some(key(install, &sk)))
            .send()
            .await;
        sent.map(|_| ()).map_err(|error| unavailable(error.into_service_error()))
    }

    /// Records on the connection whether there are suspects: the next worker reads them only if
    /// there are.
    pub(crate) async fn note(self, install: &InstallId, connection: Ulid, any: bool) -> Result<()> {
        let sent = self
            .store
            .client
            .update_item()
            .table_name(&self.store.table)
            .set_key(Some(key(install, &Sk::Stripe)))
            .update_expression("SET suspects = :any")
            .condition_expression("#connection = :connection")
            .expression_attribute_names("#connection", "connection")
            .expression_attribute_values(":connection", s(connection.to_string()))
            .expression_attribute_values(":any", aws_sdk_dynamodb::types::AttributeValue::Bool(any))
            .send()
            .await;
        conditional(sent).map(|_| ())
    }

    /// Records that a run made progress without a checkpoint: resets the count of deliveries
    /// without progress.
    pub(crate) async fn note_progress(self, fence: &Fence) -> Result<()> {
        let sent = self
            .store
            .client
            .update_item()
            .table_name(&self.store.table)
            .set_key(Some(key(&fence.install, &Sk::Run(fence.connection, fence.run))))
            .update_expression(format!("SET {ATTEMPTS_WITHOUT_PROGRESS} = :zero"))
            .condition_expression("attempt = :attempt")
            .expression_attribute_values(":zero", n(0))
            .expression_attribute_values(
                ":attempt",
                aws_sdk_dynamodb::types::AttributeValue::N(fence.attempt.to_string()),
            )
            .send()
            .await;
        conditional(sent).map(|_| ())
    }
}
