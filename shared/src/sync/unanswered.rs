//! Calls that are answered in an undocumented shape, run after run. A run waits for a better answer as it waits for any; after some runs
//! in a row somebody must hear which call it is, and what comes instead of an answer.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use serde::{Deserialize, Serialize};
use ulid::Ulid;

use super::driver::Job;
use super::halt::Halt;
use super::problem::{Met, SubjectKind, UNKNOWN_SHAPE};
use super::summary::Summary;
use super::table::Fence;
use crate::clock::{self, Millis};
use crate::error::Result;
use crate::install::InstallId;
use crate::shape::Shape;
use crate::store::{Sk, Store, key, s, to_attr, to_item, unavailable};

/// Runs in a row after which it is told.
const RUNS: u32 = 3;
/// A run that stands still for so long counts as another one.
const STANDS_SECONDS: i64 = 3_600;

/// The last such answer that a run halted for, since one completed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Unanswered {
    call: String,
    seen: String,
    /// Runs that halted so, one after the other.
    runs: u32,
    /// The last of them.
    run: Ulid,
    /// When it was last counted.
    #[serde(default)]
    at: Millis,
}

impl Unanswered {
    /// What is known after a run has halted for an answer.
    fn after(before: Option<&Self>, shape: Shape, run: Ulid, now: Millis) -> Self {
        let same = before.filter(|before| before.run == run && now < before.at.plus_seconds(STANDS_SECONDS));
        let runs = same.map_or_else(|| before.map_or(1, |before| before.runs + 1), |same| same.runs);
        Self { call: shape.call().to_owned(), seen: shape.seen(), runs, run, at: same.map_or(now, |same| same.at) }
    }

    fn problem(&self) -> Met {
        let cause = format!(
            "{} was answered in a shape that is not documented, by sync after sync: {}. Such an answer proves nothing, so the sync waits.",
            self.call, self.seen
        );
        Met::new(SubjectKind::Call, &self.call, "shape", UNKNOWN_SHAPE, cause)
    }
}

impl Store {
    /// Notes that a run halted for an answer in an undocumented shape, and makes it a problem once it has gone on for too long.
    pub(super) async fn note_unanswered(&self, fence: &Fence, shape: Shape) -> Result<()> {
        let (install, connection) = (&fence.install, fence.connection);
        let summary = self.summary(install, connection).await?;
        let before = summary.unanswered.as_ref();
        let now = Unanswered::after(before, shape, fence.run, clock::now());
        if before == Some(&now) {
            return Ok(());
        }
        tracing::warn!(%install, call = now.call, seen = now.seen, runs = now.runs, "an answer in an undocumented shape");
        self.put_unanswered(install, connection, &now).await?;
        if now.runs >= RUNS {
            let first = before.is_none_or(|before| before.run != now.run);
            self.record_problem(install, connection, fence.run, &now.problem(), (clock::now(), first)).await?;
        }
        Ok(())
    }

    async fn put_unanswered(&self, install: &InstallId, connection: Ulid, now: &Unanswered) -> Result<()> {
        let sent = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key(install, &Sk::Summary)))
            .update_expression("SET unanswered = :now")
            .condition_expression("#connection = :connection")
            .expression_attribute_names("#connection", "connection")
            .expression_attribute_values(":connection", s(connection.to_string()))
            .expression_attribute_values(":now", to_attr(now)?)
            .send()
            .await;
        match sent.map_err(SdkError::into_service_error) {
            Ok(_) => Ok(()),
            Err(UpdateItemError::ConditionalCheckFailedException(_)) => {
                // No run of this connection has ended yet.
                let mut summary = Summary::new(connection);
                summary.unanswered = Some(now.clone());
                let put = self.client.put_item().table_name(&self.table).set_item(Some(to_item(install, &Sk::Summary, &summary)?));
                put.send().await.map_err(|error| unavailable(error.into_service_error()))?;
                Ok(())
            }
            Err(error) => Err(unavailable(error)),
        }
    }

    /// A run came to its end: whatever was not answered has been since.
    async fn forget_unanswered(&self, install: &InstallId, connection: Ulid) -> Result<()> {
        let sent = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key(install, &Sk::Summary)))
            .update_expression("REMOVE unanswered")
            .condition_expression("#connection = :connection")
            .expression_attribute_names("#connection", "connection")
            .expression_attribute_values(":connection", s(connection.to_string()))
            .send()
            .await;
        match sent.map_err(SdkError::into_service_error) {
            Ok(_) | Err(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(()),
            Err(error) => Err(unavailable(error)),
        }
    }
}

impl Job<'_> {
    /// Every call was answered at last: what was told of those that were not is over.
    pub(super) async fn answered(&mut self) -> std::result::Result<(), Halt> {
        let summary = self.worker.store.summary(&self.fence.install, self.fence.connection).await?;
        if summary.unanswered.is_none() {
            return Ok(());
        }
        self.resolve_codes(&[UNKNOWN_SHAPE], &[]).await?;
        Ok(self.worker.store.forget_unanswered(&self.fence.install, self.fence.connection).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_counted_and_receives_are_not() {
        let shape = Shape::of("/balances/filter", b"{\"message\":\"ok\"}");
        let (soon, later) = (Millis(1_000), Millis(STANDS_SECONDS * 1000));
        let first = Unanswered::after(None, shape, Ulid::from_parts(1, 1), Millis(0));
        assert_eq!(Unanswered::after(Some(&first), shape, Ulid::from_parts(1, 1), soon), first);
        assert_eq!(Unanswered::after(Some(&first), shape, Ulid::from_parts(1, 1), later).runs, 2, "it stands still");
        let second = Unanswered::after(Some(&first), shape, Ulid::from_parts(2, 1), soon);
        let third = Unanswered::after(Some(&second), Shape::of("/v1/balance", b"null"), Ulid::from_parts(3, 1), soon);
        assert_eq!((first.runs, second.runs, third.runs), (1, 2, RUNS));
        let told = second.problem();
        assert_eq!((told.subject.as_str(), told.code), ("/balances/filter", UNKNOWN_SHAPE));
        assert!(told.cause.contains("an object with message"), "{}", told.cause);
        assert_eq!(third.problem().subject, "/v1/balance");
    }
}
