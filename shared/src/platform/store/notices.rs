//! Notices in the table, `NOTICE`: matters that were reported and are not over, and every message
//! with its delivery. Ids of messages hold their times, so that the newest messages, and those that
//! may be due, are each one read.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, TransactWriteItem};
use ulid::Ulid;

use crate::model::error::{Error, Result};
use crate::model::install::id::InstallId;
use crate::model::notice::message::{LONGEST_DELIVERY, Message, TEST_PAUSE};
use crate::model::notice::plan::StandingNotice;
use crate::model::retention::Retention;
use crate::model::time::Millis;
use crate::platform::table::attribute::{attr, n, s, to_attr};
use crate::platform::table::item::{known_item, known_items, to_item};
use crate::platform::table::keys::{Sk, key, pk};
use crate::platform::table::kind::ItemKind;
use crate::platform::table::rewrite::Rewrite;
use crate::platform::table::{Store, conditional, unavailable};

/// The maximum number of messages in a page.
pub const MAX_NOTICES_PAGE: i32 = 100;

/// The maximum number of earlier connections whose notices are searched for.
const MAX_EARLIER: usize = 50;

/// The notices of a connection.
#[derive(Debug, Clone, Copy)]
pub struct NoticeRepository<'s> {
    store: &'s Store,
    install: &'s InstallId,
    connection: Ulid,
}

/// A page of messages.
#[derive(Debug)]
pub struct MessagePage {
    /// Newest first.
    pub messages: Vec<Message>,
    /// Where the next page begins.
    pub next: Option<Ulid>,
}

impl Store {
    /// The notices of a connection: `NOTICE`.
    #[must_use]
    pub const fn notices<'s>(
        &'s self,
        install: &'s InstallId,
        connection: Ulid,
    ) -> NoticeRepository<'s> {
        NoticeRepository { store: self, install, connection }
    }
}

impl NoticeRepository<'_> {
    /// The matters that were reported and are not over.
    pub(crate) async fn standing(self) -> Result<BTreeMap<String, StandingNotice>> {
        let prefix = format!("{}open#", ItemKind::Notice.of_connection(self.connection));
        let items = self.store.items(self.install, &prefix).await?;
        let standing: Vec<StandingNotice> = known_items(items)?;
        Ok(standing.into_iter().map(|one| (one.matter.clone(), one)).collect())
    }

    /// The matters of earlier connections of this install that were reported and are not over. The
    /// ids of connections are in chronological order.
    pub(crate) async fn of_earlier(self) -> Result<Vec<(Ulid, StandingNotice)>> {
        let mut standing = Vec::new();
        let mut from = ItemKind::Notice.prefix().to_owned();
        let own = ItemKind::Notice.of_connection(self.connection);
        for _ in 0..MAX_EARLIER {
            let Some(earlier) = self.first_connection(&from, &own).await? else { break };
            let theirs = Self { connection: earlier, ..self }.standing().await?;
            standing.extend(theirs.into_values().map(|one| (earlier, one)));
            from = format!("{}~", ItemKind::Notice.of_connection(earlier));
        }
        Ok(standing)
    }

    /// The connection of the first item between two sort keys.
    async fn first_connection(self, from: &str, before: &str) -> Result<Option<Ulid>> {
        let answer = self
            .store
            .client
            .query()
            .table_name(&self.store.table)
            .key_condition_expression("pk = :pk AND sk BETWEEN :from AND :before")
            .expression_attribute_values(":pk", s(pk(self.install)))
            .expression_attribute_values(":from", s(from))
            .expression_attribute_values(":before", s(before))
            .limit(1)
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| unavailable(error.into_service_error()))?;
        let items = answer.items.unwrap_or_default();
        let sk = items.first().and_then(|item| item.get(attr::SK)?.as_s().ok());
        Ok(sk.and_then(|sk| sk.split('#').nth(1)?.parse().ok()))
    }

    /// Moves a matter that an earlier connection reported to this one, unless this one has reported
    /// it too. Does nothing when another worker was faster.
    pub(crate) async fn adopt(
        self,
        from: Ulid,
        theirs: &StandingNotice,
        adopted: &StandingNotice,
    ) -> Result<()> {
        let delete = Delete::builder()
            .table_name(&self.store.table)
            .set_key(Some(key(self.install, &Sk::NoticeStanding(from, &theirs.matter))))
            .condition_expression("notice = :notice AND revision = :revision")
            .expression_attribute_values(":notice", to_attr(&theirs.notice)?)
            .expression_attribute_values(":revision", to_attr(&theirs.revision)?)
            .build()
            .map_err(Error::internal)?;
        let sk = Sk::NoticeStanding(self.connection, &adopted.matter);
        let put = Rewrite::of(self.install, &sk, adopted, None)?
            .update(&self.store.table)
            .condition_expression("attribute_not_exists(pk)")
            .build()
            .map_err(Error::internal)?;
        let operations = vec![
            TransactWriteItem::builder().update(put).build(),
            TransactWriteItem::builder().delete(delete).build(),
        ];
        self.store.transact(operations).await.map(|_| ())
    }

    /// Records that the matters of earlier connections were taken over.
    pub(crate) async fn adopted(self) -> Result<()> {
        let update = self
            .store
            .client
            .update_item()
            .table_name(&self.store.table)
            .set_key(Some(key(self.install, &Sk::Stripe)))
            .update_expression("SET notices_adopted = :yes")
            .condition_expression("#connection = :connection")
            .expression_attribute_names("#connection", "connection")
            .expression_attribute_values(":connection", s(self.connection.to_string()))
            .expression_attribute_values(":yes", AttributeValue::Bool(true));
        conditional(update.send().await).map(|_| ())
    }

    /// The messages that are recent enough to be sent, oldest first.
    pub(crate) async fn recent(self, now: Millis) -> Result<Vec<Message>> {
        let since = now.plus_seconds(-LONGEST_DELIVERY).0;
        let first = Ulid::from_parts(u64::try_from(since).unwrap_or_default(), 0);
        let mut messages = self.between(first, Ulid(u128::MAX), None).await?.messages;
        messages.reverse();
        Ok(messages)
    }

    /// A page of the messages, newest first.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn page(self, before: Option<Ulid>, limit: i32) -> Result<MessagePage> {
        let last = match before {
            None => Ulid(u128::MAX),
            Some(before) => Ulid(before.0.saturating_sub(1)),
        };
        self.between(Ulid::nil(), last, Some(limit.clamp(1, MAX_NOTICES_PAGE))).await
    }

    async fn between(self, first: Ulid, last: Ulid, limit: Option<i32>) -> Result<MessagePage> {
        let sk = |id| s(Sk::NoticeMessage(self.connection, id).to_string());
        let mut messages = Vec::new();
        let mut after = None;
        loop {
            let answer = self
                .store
                .client
                .query()
                .table_name(&self.store.table)
                .key_condition_expression("pk = :pk AND sk BETWEEN :first AND :last")
                .expression_attribute_values(":pk", s(pk(self.install)))
                .expression_attribute_values(":first", sk(first))
                .expression_attribute_values(":last", sk(last))
                .scan_index_forward(false)
                .set_limit(limit)
                .set_exclusive_start_key(after)
                .consistent_read(true)
                .send()
                .await
                .map_err(|error| unavailable(error.into_service_error()))?;
            messages.extend(known_items::<Message>(answer.items.unwrap_or_default())?);
            after = answer.last_evaluated_key;
            if after.is_none() || limit.is_some() {
                break;
            }
        }
        let last_read = after.as_ref().and_then(|key| key.get(attr::SK)?.as_s().ok());
        let next = last_read.and_then(|sk| sk.rsplit('#').next()?.parse().ok());
        Ok(MessagePage { messages, next })
    }

    /// A message.
    pub(crate) async fn get(self, id: Ulid) -> Result<Option<Message>> {
        let item = self.store.get(self.install, &Sk::NoticeMessage(self.connection, id)).await?;
        item.map_or(Ok(None), known_item)
    }

    /// Stores a matter that needs attention, with its messages. Does nothing when another worker
    /// was faster. Returns whether it was stored.
    pub(crate) async fn raise(
        self,
        standing: &StandingNotice,
        known: bool,
        messages: &[Message],
        retention: Retention,
    ) -> Result<bool> {
        let sk = Sk::NoticeStanding(self.connection, &standing.matter);
        let put = Rewrite::of(self.install, &sk, standing, None)?.update(&self.store.table);
        let put = if known {
            put.condition_expression("revision = :before").expression_attribute_values(
                ":before",
                to_attr(&standing.revision.saturating_sub(1))?,
            )
        } else {
            put.condition_expression("attribute_not_exists(pk)")
        };
        let mut operations = vec![
            TransactWriteItem::builder().update(put.build().map_err(Error::internal)?).build(),
        ];
        for message in messages {
            operations.push(self.put(message, retention)?);
        }
        Ok(self.store.transact(operations).await?.done())
    }

    /// Removes a matter that is over, with the messages that say so.
    pub(crate) async fn resolve(
        self,
        standing: &StandingNotice,
        messages: &[Message],
        retention: Retention,
    ) -> Result<bool> {
        let sk = Sk::NoticeStanding(self.connection, &standing.matter);
        let delete = Delete::builder()
            .table_name(&self.store.table)
            .set_key(Some(key(self.install, &sk)))
            .condition_expression("notice = :notice")
            .expression_attribute_values(":notice", to_attr(&standing.notice)?)
            .build()
            .map_err(Error::internal)?;
        let mut operations = vec![TransactWriteItem::builder().delete(delete).build()];
        for message in messages {
            operations.push(self.put(message, retention)?);
        }
        Ok(self.store.transact(operations).await?.done())
    }

    fn put(self, message: &Message, retention: Retention) -> Result<TransactWriteItem> {
        let sk = Sk::NoticeMessage(self.connection, message.id);
        let mut item = to_item(self.install, &sk, message)?;
        item.insert(attr::TTL.to_owned(), n(retention.expiry(message.created)));
        self.store.put(item)
    }

    /// Replaces a message that was read. Does nothing when another worker was faster. Returns
    /// whether it was written.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn change(
        self,
        before: &Message,
        after: &Message,
        retention: Retention,
    ) -> Result<bool> {
        let sk = Sk::NoticeMessage(self.connection, after.id);
        let ttl = Some(retention.expiry(after.created));
        let update = Rewrite::of(self.install, &sk, after, ttl)?
            .request(&self.store.client, &self.store.table)
            .condition_expression("attempts = :before AND #state = :state")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":before", n(i64::from(before.attempts)))
            .expression_attribute_values(":state", to_attr(&before.state)?);
        Ok(conditional(update.send().await)?.is_some())
    }

    /// Stores a test message, unless one was stored a moment ago. Returns whether it was.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn test(
        self,
        message: &Message,
        audit_write: TransactWriteItem,
        retention: Retention,
    ) -> Result<bool> {
        let now = message.created;
        let mut item = to_item(
            self.install,
            &Sk::NoticeTest(self.connection),
            &BTreeMap::from([("tested_at", now)]),
        )?;
        item.insert(attr::TTL.to_owned(), n(retention.expiry(now)));
        let put = Put::builder()
            .table_name(&self.store.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(pk) OR tested_at < :until")
            .expression_attribute_values(":until", n(now.plus_seconds(-TEST_PAUSE).0))
            .build()
            .map_err(Error::internal)?;
        let operations = vec![
            TransactWriteItem::builder().put(put).build(),
            self.put(message, retention)?,
            audit_write,
        ];
        Ok(self.store.transact(operations).await?.done())
    }
}
