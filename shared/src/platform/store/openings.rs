//! Openings in the table: their sums, and the days and records behind them.

use std::collections::{BTreeMap, HashMap, HashSet};

use aws_sdk_dynamodb::types::{AttributeValue, Delete, TransactWriteItem, Update};
use serde::{Deserialize, Serialize};
use ulid::Ulid;

use crate::model::connection::Start;
use crate::model::error::{Error, Result};
use crate::model::install::id::InstallId;
use crate::model::ledger::{BalanceKind, Figures, Opening, Slice, utc_date};
use crate::model::money::Currency;
use crate::platform::store::runs::Fence;
use crate::platform::table::attribute::{Item, attr, s, to_attr};
use crate::platform::table::item::{from_item, to_item};
use crate::platform::table::keys::{Sk, key};
use crate::platform::table::kind::ItemKind;
use crate::platform::table::rewrite::Rewrite;
use crate::platform::table::{MAX_TRANSACTION, Store};

/// The openings of a connection, by balance and currency.
pub(crate) type Openings = BTreeMap<(BalanceKind, Currency), Opening>;

/// The maximum number of items (day, balance and currency) added up to count the movements that an
/// earlier start posts.
const MAX_DAYS_COUNTED: usize = 5_000;

/// What a run counts of the list, by day.
const COUNTED: [ItemKind; 4] =
    [ItemKind::Day, ItemKind::Figures, ItemKind::Closed, ItemKind::Month];

/// What Stripe listed for a day.
#[derive(Serialize, Deserialize)]
struct Day {
    figures: Figures,
}

/// Openings: `OPENING`.
#[derive(Debug, Clone, Copy)]
pub struct OpeningRepository<'s> {
    pub(crate) store: &'s Store,
}

impl Store {
    /// Openings: `OPENING`.
    #[must_use]
    pub const fn openings(&self) -> OpeningRepository<'_> {
        OpeningRepository { store: self }
    }
}

impl OpeningRepository<'_> {
    /// All openings of a connection.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn all(self, install: &InstallId, connection: Ulid) -> Result<Openings> {
        let items = self
            .store
            .items(install, &format!("{}sum#", ItemKind::Opening.of_connection(connection)))
            .await?;
        let openings: Vec<Opening> = items.into_iter().map(from_item).collect::<Result<_>>()?;
        Ok(openings
            .into_iter()
            .map(|opening| ((opening.kind.clone(), opening.currency), opening))
            .collect())
    }

    /// The operation that stores an opening.
    pub(crate) fn put(
        self,
        install: &InstallId,
        connection: Ulid,
        opening: &Opening,
    ) -> Result<TransactWriteItem> {
        let sk = Sk::Opening(connection, opening.kind.as_str(), opening.currency.as_str());
        let update = Rewrite::of(install, &sk, opening, None)?
            .update(&self.store.table)
            .build()
            .map_err(Error::internal)?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    /// The operation that stores what Stripe listed for a day.
    pub(crate) fn put_day(
        self,
        install: &InstallId,
        connection: Ulid,
        day: &Slice,
        figures: &Figures,
    ) -> Result<TransactWriteItem> {
        let date = utc_date(day.hour).map_err(Error::internal)?;
        let sk = Sk::OpeningDay(connection, &date, day.kind.as_str(), day.currency.as_str());
        self.put_item(to_item(install, &sk, &Day { figures: *figures })?)
    }

    /// The operation that stores a record as part of an opening.
    pub(crate) fn put_record(
        self,
        install: &InstallId,
        connection: Ulid,
        id: &str,
    ) -> Result<TransactWriteItem> {
        self.put_item(key(install, &Sk::OpeningRecord(connection, id)))
    }

    fn put_item(self, item: Item) -> Result<TransactWriteItem> {
        self.store.put(item)
    }

    /// The given records that are part of an opening.
    pub(crate) async fn records(
        self,
        install: &InstallId,
        connection: Ulid,
        ids: &[&str],
    ) -> Result<HashSet<String>> {
        let keys = ids.iter().map(|id| key(install, &Sk::OpeningRecord(connection, id))).collect();
        let prefix = Sk::OpeningRecord(connection, "").to_string();
        let items = self.store.read_all(keys).await?;
        Ok(items
            .iter()
            .filter_map(|item| {
                item.get(attr::SK)?.as_s().ok()?.strip_prefix(&prefix).map(str::to_owned)
            })
            .collect())
    }

    /// What Stripe listed for the given days when they were summed.
    pub(crate) async fn days(
        self,
        install: &InstallId,
        connection: Ulid,
        days: &[&Slice],
    ) -> Result<HashMap<Slice, Figures>> {
        let mut keys = Vec::new();
        let mut named: HashMap<String, &Slice> = HashMap::new();
        for day in days {
            let date = utc_date(day.hour).map_err(Error::internal)?;
            let sk = Sk::OpeningDay(connection, &date, day.kind.as_str(), day.currency.as_str());
            keys.push(key(install, &sk));
            named.insert(sk.to_string(), day);
        }
        let mut found = HashMap::new();
        for item in self.store.read_all(keys).await? {
            let slice = item
                .get(attr::SK)
                .and_then(|sk| named.get(sk.as_s().ok()?))
                .map(|slice| (*slice).clone());
            if let Some(slice) = slice {
                found.insert(slice, from_item::<Day>(item)?.figures);
            }
        }
        Ok(found)
    }

    /// How many movements Stripe listed from one date to before another when an opening was summed.
    /// `None` when there are too many items to add up at once. Without a first date, from the
    /// beginning.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn movements_before_the_start(
        self,
        install: &InstallId,
        connection: Ulid,
        from: Option<&str>,
        to: &str,
    ) -> Result<Option<u64>> {
        let prefix = format!("{}day#", ItemKind::Opening.of_connection(connection));
        let end = format!("{prefix}{to}");
        let mut after = from.map(|from| format!("{prefix}{from}"));
        let (mut movements, mut days) = (0_u64, 0);
        loop {
            let (items, more) = self.store.items_after(install, &prefix, after.as_deref()).await?;
            for item in items {
                if item.get(attr::SK).and_then(|sk| sk.as_s().ok()).is_none_or(|sk| *sk >= end) {
                    return Ok(Some(movements));
                }
                days += 1;
                movements = movements.saturating_add(from_item::<Day>(item)?.figures.records);
            }
            if more.is_none() {
                return Ok(Some(movements));
            }
            if days >= MAX_DAYS_COUNTED {
                return Ok(None);
            }
            after = more;
        }
    }

    /// The operation that fixes the start of a connection, or records that its opening entries are
    /// posted.
    pub(crate) fn set_start(self, fence: &Fence, start: &Start) -> Result<TransactWriteItem> {
        let update = Update::builder()
            .table_name(&self.store.table)
            .set_key(Some(key(&fence.install, &Sk::Stripe)))
            .update_expression("SET #start = :start")
            .condition_expression("#connection = :connection AND current_run = :run")
            .expression_attribute_names("#start", "start")
            .expression_attribute_names("#connection", "connection")
            .expression_attribute_values(":start", to_attr(start)?)
            .expression_attribute_values(":connection", s(fence.connection.to_string()))
            .expression_attribute_values(":run", s(fence.run.to_string()))
            .build()
            .map_err(Error::internal)?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    /// Deletes all days of a connection, their figures and what is closed, because they are counted
    /// again. Each transaction is fenced: a superseded worker must not delete what the next one has
    /// counted since. Returns whether the run still belongs to this worker.
    pub(crate) async fn forget_days(self, fence: &Fence) -> Result<bool> {
        for kind in COUNTED {
            if !self.forget(fence, &kind.of_connection(fence.connection)).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn forget(self, fence: &Fence, prefix: &str) -> Result<bool> {
        loop {
            let (items, more) = self.store.items_after(&fence.install, prefix, None).await?;
            let keys: Vec<&AttributeValue> =
                items.iter().filter_map(|item| item.get(attr::SK)).collect();
            for part in keys.chunks(MAX_TRANSACTION - 1) {
                let mut operations = part
                    .iter()
                    .map(|sk| self.delete(&fence.install, sk))
                    .collect::<Result<Vec<_>>>()?;
                operations.push(self.store.runs().still_ours(fence)?);
                if !self.store.transact(operations).await?.done() {
                    return Ok(false);
                }
            }
            if more.is_none() {
                return Ok(true);
            }
        }
    }

    fn delete(self, install: &InstallId, sk: &AttributeValue) -> Result<TransactWriteItem> {
        let delete = Delete::builder()
            .table_name(&self.store.table)
            .key(attr::PK, s(crate::platform::table::keys::pk(install)))
            .key(attr::SK, sk.clone());
        Ok(TransactWriteItem::builder().delete(delete.build().map_err(Error::internal)?).build())
    }
}
