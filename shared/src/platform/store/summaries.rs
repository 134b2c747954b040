//! Summaries in the table, `SUMMARY`, and how often runs stopped at a response in an undocumented
//! shape.

use aws_sdk_dynamodb::types::TransactWriteItem;
use ulid::Ulid;

use crate::model::error::{Error, Result};
use crate::model::install::id::InstallId;
use crate::model::run::unanswered::{RUNS, Unanswered};
use crate::model::shape::Shape;
use crate::model::summary::Summary;
use crate::platform::clock;
use crate::platform::store::runs::Fence;
use crate::platform::table::attribute::{s, to_attr};
use crate::platform::table::conditional;
use crate::platform::table::item::{from_item, to_item};
use crate::platform::table::keys::{Sk, key};
use crate::platform::table::rewrite::Rewrite;
use crate::platform::table::{Store, unavailable};

impl SummaryRepository<'_> {
    /// The summary of a connection.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn get(self, install: &InstallId, connection: Ulid) -> Result<Summary> {
        let stored = self.stored(install, connection).await?;
        Ok(stored.unwrap_or_else(|| Summary::new(connection)))
    }

    /// The summary of a connection, if a run of it has ended.
    pub(crate) async fn stored(
        self,
        install: &InstallId,
        connection: Ulid,
    ) -> Result<Option<Summary>> {
        let item = self.store.get(install, &Sk::Summary).await?;
        let stored: Option<Summary> = item.map(from_item).transpose()?;
        Ok(stored.filter(|summary| summary.connection == connection))
    }
}

impl SummaryRepository<'_> {
    /// The operation that stores a summary. The first summary of a connection replaces an older
    /// connection's; a later one keeps attributes that this version does not know.
    pub(crate) fn put(
        self,
        install: &InstallId,
        summary: &Summary,
        is_new: bool,
    ) -> Result<TransactWriteItem> {
        if is_new {
            return self.store.put(to_item(install, &Sk::Summary, summary)?);
        }
        let update = Rewrite::of(install, &Sk::Summary, summary, None)?
            .update(&self.store.table)
            .build()
            .map_err(Error::internal)?;
        Ok(TransactWriteItem::builder().update(update).build())
    }
}

/// Summaries: `SUMMARY`.
#[derive(Debug, Clone, Copy)]
pub struct SummaryRepository<'s> {
    pub(crate) store: &'s Store,
}

impl Store {
    /// Summaries: `SUMMARY`.
    #[must_use]
    pub const fn summaries(&self) -> SummaryRepository<'_> {
        SummaryRepository { store: self }
    }
}

impl SummaryRepository<'_> {
    /// Notes that a run stopped for an answer in an undocumented shape, and makes it a problem once
    /// it has gone on for too long.
    pub(crate) async fn note_unanswered(self, fence: &Fence, shape: Shape) -> Result<()> {
        let (install, connection) = (&fence.install, fence.connection);
        let summary = self.get(install, connection).await?;
        let before = summary.unanswered.as_ref();
        let now = Unanswered::after(before, shape, fence.run, clock::now());
        if before == Some(&now) {
            return Ok(());
        }
        tracing::warn!(%install, call = now.call, seen = now.seen, runs = now.runs,
            "a call was answered in an undocumented shape");
        self.put_unanswered(install, connection, &now).await?;
        if now.runs >= RUNS {
            let first = before.is_none_or(|before| before.run != now.run);
            self.store
                .problems()
                .record(install, connection, fence.run, &now.problem(), clock::now(), first)
                .await?;
        }
        Ok(())
    }

    async fn put_unanswered(
        self,
        install: &InstallId,
        connection: Ulid,
        now: &Unanswered,
    ) -> Result<()> {
        let sent = self
            .store
            .client
            .update_item()
            .table_name(&self.store.table)
            .set_key(Some(key(install, &Sk::Summary)))
            .update_expression("SET unanswered = :now")
            .condition_expression("#connection = :connection")
            .expression_attribute_names("#connection", "connection")
            .expression_attribute_values(":connection", s(connection.to_string()))
            .expression_attribute_values(":now", to_attr(now)?)
            .send()
            .await;
        if conditional(sent)?.is_none() {
            // No run of this connection has ended yet.
            let mut summary = Summary::new(connection);
            summary.unanswered = Some(now.clone());
            let put = self
                .store
                .client
                .put_item()
                .table_name(&self.store.table)
                .set_item(Some(to_item(install, &Sk::Summary, &summary)?));
            put.send().await.map_err(|error| unavailable(error.into_service_error()))?;
        }
        Ok(())
    }

    /// Clears the record after a completed run: its calls were all answered.
    pub(crate) async fn forget_unanswered(
        self,
        install: &InstallId,
        connection: Ulid,
    ) -> Result<()> {
        let sent = self
            .store
            .client
            .update_item()
            .table_name(&self.store.table)
            .set_key(Some(key(install, &Sk::Summary)))
            .update_expression("REMOVE unanswered")
            .condition_expression("#connection = :connection")
            .expression_attribute_names("#connection", "connection")
            .expression_attribute_values(":connection", s(connection.to_string()))
            .send()
            .await;
        conditional(sent).map(|_| ())
    }
}
