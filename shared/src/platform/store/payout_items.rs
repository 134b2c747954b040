//! Payouts in the table, `PAYOUT`: the whole payout under its id, and a line under its creation
//! time.
//!
//! Both are written in one transaction, on condition that the payout is unchanged since it was
//! read. A lost write is not an error: the next read of the payout repeats it.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::{ConditionCheck, TransactWriteItem};
use jiff::civil::Date;
use ulid::Ulid;

use crate::model::connection::Connection;
use crate::model::error::{Error, Result};
use crate::model::install::id::InstallId;
use crate::model::ledger::rfc3339;
use crate::model::payout::item::{PayoutItem, PayoutLine, Reconciliation};
use crate::platform::table::attribute::{attr, n, s};
use crate::platform::table::item::{known_item, known_items};
use crate::platform::table::keys::{Sk, key, pk};
use crate::platform::table::kind::ItemKind;
use crate::platform::table::rewrite::Rewrite;
use crate::platform::table::{Store, unavailable};

/// Payouts in a page of the list.
pub const PAYOUTS_PAGE: usize = 25;

/// Payouts in a file of the list.
pub const PAYOUTS_FILE: usize = 1_000;

/// The maximum number of lines that one filtered read examines.
const MAX_LINES_LOOKED_AT: i32 = 200;

/// Payouts in one transaction: two writes each.
const PAYOUTS_AT_ONCE: usize = 40;

/// Where a page of the list ends: the last payout on it. As a text it is `time.id`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PayoutPlace {
    created: String,
    id: String,
}

impl PayoutPlace {
    /// The place of a payout.
    ///
    /// # Errors [`Error::Internal`] for a time outside the calendar.
    pub fn of(created: i64, id: &str) -> Result<Self> {
        Ok(Self { created: rfc3339(created).map_err(Error::internal)?, id: id.to_owned() })
    }

    /// Parses the `next` of a page. `None` for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (created, id) = text.split_once('.')?;
        let seconds = created.parse::<jiff::Timestamp>().ok()?.as_second();
        let is_id = crate::model::stripe::types::list::is_id(id);
        Self::of(seconds, id).ok().filter(|place| is_id && place.created == created)
    }
}

impl std::fmt::Display for PayoutPlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.created, self.id)
    }
}

/// Which payouts a list shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PayoutFilter {
    /// Created in this UTC month, `yyyy-mm`.
    pub month: Option<String>,
    /// In this status.
    pub status: Option<String>,
    /// With this state of their members.
    pub reconciliation: Option<Reconciliation>,
    /// In this currency, upper case.
    pub currency: Option<String>,
}

impl PayoutFilter {
    fn takes(&self, line: &PayoutLine) -> bool {
        let is = |wanted: &Option<String>, found: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| found == Some(wanted))
        };
        is(&self.status, Some(&line.status))
            && is(&self.currency, line.currency.as_deref())
            && self.reconciliation.is_none_or(|wanted| line.reconciliation == wanted)
    }

    /// Whether it omits lines that a query reads.
    const fn selects(&self) -> bool {
        self.status.is_some() || self.currency.is_some() || self.reconciliation.is_some()
    }

    /// Whether a page with this filter can end at a place. It cannot end in another month.
    #[must_use]
    pub fn may_end_at(&self, place: &PayoutPlace) -> bool {
        self.month.as_ref().is_none_or(|month| place.created.starts_with(month))
    }
}

/// A page of payouts.
#[derive(Debug)]
pub struct PayoutPage {
    /// Newest first.
    pub payouts: Vec<PayoutLine>,
    /// Where the next page begins.
    pub next: Option<PayoutPlace>,
}

/// Payouts: `PAYOUT`.
#[derive(Debug, Clone, Copy)]
pub struct PayoutItemRepository<'s> {
    store: &'s Store,
}

impl Store {
    /// Payouts: `PAYOUT`.
    #[must_use]
    pub const fn payout_items(&self) -> PayoutItemRepository<'_> {
        PayoutItemRepository { store: self }
    }
}

impl PayoutItemRepository<'_> {
    /// One payout.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn get(
        self,
        install: &InstallId,
        connection: Ulid,
        id: &str,
    ) -> Result<Option<PayoutItem>> {
        let item = self.store.get(install, &Sk::Payout(connection, id)).await?;
        item.map_or(Ok(None), known_item)
    }

    /// Those of these payouts that are stored, by id.
    pub(crate) async fn get_all<'i>(
        self,
        install: &InstallId,
        connection: Ulid,
        ids: impl Iterator<Item = &'i str>,
    ) -> Result<BTreeMap<String, PayoutItem>> {
        let keys = ids.map(|id| key(install, &Sk::Payout(connection, id))).collect();
        let found: Vec<PayoutItem> = known_items(self.store.read_all(keys).await?)?;
        Ok(found.into_iter().map(|item| (item.id.clone(), item)).collect())
    }

    /// Stores payouts, except those that another writer changed since they were read. Returns
    /// whether all were stored.
    pub(crate) async fn put(
        self,
        install: &InstallId,
        connection: Ulid,
        items: &[PayoutItem],
    ) -> Result<bool> {
        let mut all = true;
        for part in items.chunks(PAYOUTS_AT_ONCE) {
            let mut operations = Vec::new();
            for item in part {
                operations.extend(self.writes(install, connection, item)?);
            }
            all &= self.store.transact(operations).await?.done();
        }
        Ok(all)
    }

    /// Stores a payout that a person has opened, if the connection still exists: an item of an
    /// ended connection would never be removed.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn put_opened(
        self,
        install: &InstallId,
        connection: &Connection,
        item: &PayoutItem,
    ) -> Result<bool> {
        let stands = ConditionCheck::builder()
            .table_name(&self.store.table)
            .set_key(Some(key(install, &Sk::Stripe)))
            .condition_expression("#connection = :connection")
            .expression_attribute_names("#connection", "connection")
            .expression_attribute_values(":connection", s(connection.connection.to_string()))
            .build()
            .map_err(Error::internal)?;
        let mut operations = vec![
            self.store.installs().active_in(install, &connection.generation)?,
            TransactWriteItem::builder().condition_check(stands).build(),
        ];
        operations.extend(self.writes(install, connection.connection, item)?);
        Ok(self.store.transact(operations).await?.done())
    }

    fn writes(
        self,
        install: &InstallId,
        connection: Ulid,
        item: &PayoutItem,
    ) -> Result<[TransactWriteItem; 2]> {
        let next = PayoutItem { revision: item.revision + 1, ..item.clone() };
        let before = i64::try_from(item.revision).unwrap_or(i64::MAX);
        let whole = Rewrite::of(install, &Sk::Payout(connection, &item.id), &next, None)?
            .update(&self.store.table)
            .condition_expression("attribute_not_exists(pk) OR revision = :revision")
            .expression_attribute_values(":revision", n(before))
            .build()
            .map_err(Error::internal)?;
        let created = rfc3339(item.created).map_err(Error::internal)?;
        let place = Sk::PayoutLine(connection, &created, &item.id);
        let line = Rewrite::of(install, &place, &PayoutLine::of(item), None)?
            .update(&self.store.table)
            .build()
            .map_err(Error::internal)?;
        Ok([whole, line].map(|update| TransactWriteItem::builder().update(update).build()))
    }

    /// The payouts created from one UTC day up to but excluding another, newest first, in one read,
    /// and whether there are more.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn created_between(
        self,
        install: &InstallId,
        connection: Ulid,
        from: Date,
        before: Date,
    ) -> Result<(Vec<PayoutLine>, bool)> {
        let prefix = format!("{}at#", ItemKind::Payout.of_connection(connection));
        let answer = self
            .store
            .client
            .query()
            .table_name(&self.store.table)
            .key_condition_expression("pk = :pk AND sk BETWEEN :from AND :before")
            .expression_attribute_values(":pk", s(pk(install)))
            .expression_attribute_values(":from", s(format!("{prefix}{from}")))
            .expression_attribute_values(":before", s(format!("{prefix}{before}")))
            // A statement that no longer changes is added up from them.
            .consistent_read(true)
            .scan_index_forward(false)
            .send()
            .await
            .map_err(|error| unavailable(error.into_service_error()))?;
        let more = answer.last_evaluated_key.is_some();
        Ok((known_items(answer.items.unwrap_or_default())?, more))
    }

    /// A part of the list, newest first, of at most this many payouts. With a filter, one read may
    /// find fewer, even none, before the end.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn page(
        self,
        install: &InstallId,
        connection: Ulid,
        filter: &PayoutFilter,
        before: Option<&PayoutPlace>,
        most: usize,
    ) -> Result<PayoutPage> {
        let month = filter.month.as_deref().unwrap_or_default();
        let prefix = format!("{}at#{month}", ItemKind::Payout.of_connection(connection));
        let limit = i32::try_from(most).unwrap_or(i32::MAX);
        let limit = if filter.selects() { MAX_LINES_LOOKED_AT } else { limit };
        let mut query = self
            .store
            .client
            .query()
            .table_name(&self.store.table)
            .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
            .expression_attribute_values(":pk", s(pk(install)))
            .expression_attribute_values(":prefix", s(prefix))
            .scan_index_forward(false)
            .limit(limit);
        if let Some(PayoutPlace { created, id }) = before {
            let start = key(install, &Sk::PayoutLine(connection, created, id));
            query = query.set_exclusive_start_key(Some(start));
        }
        let answer = query.send().await.map_err(|error| unavailable(error.into_service_error()))?;
        let mut payouts: Vec<PayoutLine> = known_items(answer.items.unwrap_or_default())?;
        payouts.retain(|line| filter.takes(line));
        if payouts.len() > most {
            payouts.truncate(most);
            let last = payouts.last().map(|last| PayoutPlace::of(last.created, &last.id));
            return Ok(PayoutPage { payouts, next: last.transpose()? });
        }
        let last =
            answer.last_evaluated_key.as_ref().and_then(|last| last.get(attr::SK)?.as_s().ok());
        let next = last.and_then(|sk| {
            let (rest, id) = sk.rsplit_once('#')?;
            let (_, created) = rest.rsplit_once('#')?;
            Some(PayoutPlace { created: created.to_owned(), id: id.to_owned() })
        });
        Ok(PayoutPage { payouts, next })
    }
}

#[cfg(test)]
mod tests;
