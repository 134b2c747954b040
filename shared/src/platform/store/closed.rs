//! Closed days, `CLOSED`: one sum for each balance and currency, and one head for a connection.

use aws_sdk_dynamodb::types::{AttributeValue, Delete, TransactWriteItem, Update};
use jiff::civil::Date;
use ulid::Ulid;

use crate::model::backfill::Backfill;
use crate::model::closed::{ClosedDays, ClosedHead, month_of};
use crate::model::error::{Error, Result};
use crate::model::install::id::InstallId;
use crate::model::ledger::BalanceKind;
use crate::model::money::Currency;
use crate::model::month::{Month, MonthTotals};
use crate::model::payout::Payouts;
use crate::model::run::proof_progress::Subtotal;
use crate::platform::store::days::DayHours;
use crate::platform::store::figures::DayPart;
use crate::platform::table::Store;
use crate::platform::table::attribute::{Item, n};
use crate::platform::table::item::{from_item, to_item};
use crate::platform::table::keys::{Sk, key};
use crate::platform::table::kind::ItemKind;
use crate::platform::table::read::sort_key;
use crate::platform::table::rewrite::Rewrite;

/// The extent of the stored figures.
#[derive(Debug, Default)]
pub(crate) struct FiguresReach {
    /// The head of the closed days: up to where days are closed, and which months are computed.
    pub(crate) head: ClosedHead,
    /// The progress of the backfill, while it is under way.
    pub(crate) backfill: Option<Backfill>,
    /// The totals of the months.
    pub(crate) totals: MonthTotals,
    /// The progress of adding up payouts; absent before the first run.
    pub(crate) payouts: Option<Payouts>,
}

impl FiguresReach {
    /// Whether the totals are those of the head's months. An earlier version of the app computes
    /// months without totals, and one read of several items may see some of them before a month is
    /// written and some after.
    pub(crate) fn have_totals(&self) -> bool {
        self.head.months_to.is_some()
            && self.totals.to == self.head.months_to
            && self.totals.made == self.head.months_made
    }
}

/// A closed day that opens again.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReopenedDay<'d> {
    /// The day, as `yyyy-mm-dd`.
    pub(crate) date: &'d str,
    /// The balance.
    pub(crate) kind: &'d BalanceKind,
    /// The currency.
    pub(crate) currency: Currency,
    /// The sum of closed days holds it, and its expected figures change.
    pub(crate) in_sum: bool,
    /// The figures of its month are made.
    pub(crate) in_month: bool,
}

/// Closed days: `CLOSED`.
#[derive(Debug, Clone, Copy)]
pub struct ClosedRepository<'s> {
    store: &'s Store,
}

impl Store {
    /// Closed days: `CLOSED`.
    #[must_use]
    pub const fn closed(&self) -> ClosedRepository<'_> {
        ClosedRepository { store: self }
    }
}

impl ClosedRepository<'_> {
    /// All of a connection, in one read.
    pub(crate) async fn get(self, install: &InstallId, connection: Ulid) -> Result<ClosedDays> {
        let items = self.store.items(install, &ItemKind::Closed.of_connection(connection)).await?;
        let head = Sk::ClosedHead(connection).to_string();
        let mut closed = ClosedDays::default();
        for item in items {
            if sort_key(&item) == head {
                closed.head = from_item(item)?;
            } else {
                closed.sums.push(from_item(item)?);
            }
        }
        Ok(closed)
    }

    /// The writes that store it.
    pub(crate) fn put(
        self,
        install: &InstallId,
        connection: Ulid,
        closed: &ClosedDays,
    ) -> Result<Vec<TransactWriteItem>> {
        let mut writes = vec![self.put_head(install, connection, &closed.head)?];
        for sum in &closed.sums {
            let sk = Sk::Closed(connection, sum.kind.as_str(), sum.currency.as_str());
            writes.push(self.store.put(to_item(install, &sk, sum)?)?);
        }
        Ok(writes)
    }

    /// The writes that store it in place of what there was: a sum of a balance and currency that no
    /// longer has any is deleted. It would be counted as one of the head's.
    pub(crate) fn replace(
        self,
        install: &InstallId,
        connection: Ulid,
        closed: &ClosedDays,
        before: &[Subtotal],
    ) -> Result<Vec<TransactWriteItem>> {
        let mut writes = self.put(install, connection, closed)?;
        let is_kept = |gone: &Subtotal| {
            closed.sums.iter().any(|it| it.kind == gone.kind && it.currency == gone.currency)
        };
        for gone in before.iter().filter(|gone| !is_kept(gone)) {
            let sk = Sk::Closed(connection, gone.kind.as_str(), gone.currency.as_str());
            writes.push(self.delete(install, &sk)?);
        }
        Ok(writes)
    }

    fn delete(self, install: &InstallId, sk: &Sk<'_>) -> Result<TransactWriteItem> {
        let delete = Delete::builder()
            .table_name(&self.store.table)
            .set_key(Some(key(install, sk)))
            .build()
            .map_err(Error::internal)?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }

    /// The write that stores the head alone.
    pub(crate) fn put_head(
        self,
        install: &InstallId,
        connection: Ulid,
        head: &ClosedHead,
    ) -> Result<TransactWriteItem> {
        let head = Rewrite::of(install, &Sk::ClosedHead(connection), head, None)?;
        let head = head.update(&self.store.table).build().map_err(Error::internal)?;
        Ok(TransactWriteItem::builder().update(head).build())
    }

    /// The writes that reopen a day: they remove its sum if the day's expected figures change, and
    /// the figures of its month, if there are any.
    pub(crate) fn reopen(
        self,
        install: &InstallId,
        connection: Ulid,
        day: ReopenedDay<'_>,
    ) -> Result<Vec<TransactWriteItem>> {
        let ReopenedDay { date, kind, currency, in_sum, in_month } = day;
        let mut writes = Vec::new();
        if in_sum {
            let sk = Sk::Closed(connection, kind.as_str(), currency.as_str());
            writes.push(self.delete(install, &sk)?);
        }
        if in_month {
            let (balance, currency) = (kind.as_str(), currency.as_str());
            let sk = Sk::Month(connection, month_of(date), balance, currency);
            writes.push(self.delete(install, &sk)?);
        }
        let mut update = Update::builder()
            .table_name(&self.store.table)
            .set_key(Some(key(install, &Sk::ClosedHead(connection))))
            .expression_attribute_names("#schema", "schema")
            .expression_attribute_values(":schema", n(ItemKind::Closed.schema()));
        let mut expression = "SET #schema = :schema".to_owned();
        if in_sum {
            expression.push_str(" REMOVE #until");
            update = update.expression_attribute_names("#until", "until");
        }
        if in_month {
            expression.push_str(" ADD reopened :month");
            let month = AttributeValue::Ss(vec![month_of(date).to_owned()]);
            update = update.expression_attribute_values(":month", month);
        }
        let update = update.update_expression(expression).build().map_err(Error::internal)?;
        writes.push(TransactWriteItem::builder().update(update).build());
        Ok(writes)
    }

    /// The writes that store a month's figures.
    pub(crate) fn put_month(
        self,
        install: &InstallId,
        connection: Ulid,
        month: &Month,
    ) -> Result<TransactWriteItem> {
        let sk = Sk::Month(connection, &month.month, month.kind.as_str(), month.currency.as_str());
        let item: Item = to_item(install, &sk, month)?;
        self.store.put(item)
    }

    /// The write that stores the totals of all months.
    pub(crate) fn put_totals(
        self,
        install: &InstallId,
        connection: Ulid,
        totals: &MonthTotals,
    ) -> Result<TransactWriteItem> {
        self.store.put(to_item(install, &Sk::MonthTotals(connection), totals)?)
    }

    /// What every read of figures starts with, in one read.
    pub(crate) async fn reach(self, install: &InstallId, connection: Ulid) -> Result<FiguresReach> {
        let keys = [
            Sk::ClosedHead(connection),
            Sk::Backfill(connection),
            Sk::MonthTotals(connection),
            Sk::Payouts(connection),
        ];
        let keys = keys.iter().map(|sk| key(install, sk)).collect();
        let mut reach = FiguresReach::default();
        for item in self.store.read_all(keys).await? {
            match ItemKind::of(sort_key(&item)) {
                Some(ItemKind::Backfill) => reach.backfill = Some(from_item(item)?),
                Some(ItemKind::Month) => reach.totals = from_item(item)?,
                Some(ItemKind::Payouts) => reach.payouts = Some(from_item(item)?),
                _ => reach.head = from_item(item)?,
            }
        }
        Ok(reach)
    }

    /// The figures of months up to one, from one on or from the first, as `yyyy-mm`.
    pub(crate) async fn months(
        self,
        install: &InstallId,
        connection: Ulid,
        from: Option<String>,
        to: &str,
    ) -> Result<Vec<Month>> {
        let prefix = ItemKind::Month.of_connection(connection);
        let from = format!("{prefix}{}", from.unwrap_or_default());
        let items = self.store.items_between(install, &from, &format!("{prefix}{to}~")).await?;
        items.into_iter().map(from_item).collect()
    }

    /// The figures of the days between two dates, both included.
    pub(crate) async fn figures(
        self,
        install: &InstallId,
        connection: Ulid,
        from: Date,
        to: Date,
    ) -> Result<Vec<DayPart>> {
        let prefix = ItemKind::Figures.of_connection(connection);
        let (from, to) = (format!("{prefix}{from}"), format!("{prefix}{to}~"));
        let items = self.store.items_between(install, &from, &to).await?;
        items.iter().map(DayPart::of).collect()
    }

    /// For each day, balance and currency between two dates, both included: whether the ledger was
    /// found to hold the expected entries.
    pub(crate) async fn day_states(
        self,
        install: &InstallId,
        connection: Ulid,
        from: Date,
        to: Date,
    ) -> Result<Vec<(String, bool)>> {
        let prefix = ItemKind::Day.of_connection(connection);
        let (from, to) = (format!("{prefix}{from}"), format!("{prefix}{to}~"));
        let items = self.store.items_between(install, &from, &to).await?;
        let state = |item: &Item| -> Result<(String, bool)> {
            let day = DayHours::of(item, &prefix)?;
            let date = sort_key(item).strip_prefix(&prefix).and_then(|rest| rest.get(..10));
            Ok((date.unwrap_or_default().to_owned(), day.agrees()))
        };
        items.iter().map(state).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use test_support::{Aws, TABLE};

    use super::*;
    use crate::model::ledger::{Breakdown, Figures};

    fn sum(currency: &str) -> Subtotal {
        Subtotal {
            kind: BalanceKind::Payments,
            currency: currency.parse().unwrap(),
            figures: Figures { records: 3, legs: 4, ..Figures::default() },
            agreed: 2,
            differing: 0,
            later: BTreeMap::new(),
        }
    }

    async fn write(store: &Store, writes: Vec<TransactWriteItem>) {
        assert!(store.transact(writes).await.unwrap().done());
    }

    /// State: closed days and the figures of a month. Action: a day of one currency is written.
    /// What must hold: that sum and that month go, the others stay, and the head holds what to make
    /// again.
    #[tokio::test]
    async fn a_day_that_opens_takes_its_sum_and_its_month_and_nothing_else() {
        let aws = Aws::direct();
        let sdk = aws.sdk(crate::platform::aws::defaults()).await;
        let store = Store { client: crate::platform::aws::dynamodb(&sdk), table: TABLE.to_owned() };
        let (install, id) = (InstallId::parse("instapp_1").unwrap(), Ulid::from_parts(1, 1));
        let head = ClosedHead {
            until: Some("2026-03-05".to_owned()),
            subjects: 2,
            left_open: vec!["DAY#x".to_owned()],
            months_to: Some("2026-03".to_owned()),
            ..ClosedHead::default()
        };
        let closed = ClosedDays { head, sums: vec![sum("EUR"), sum("USD")] };
        write(&store, store.closed().put(&install, id, &closed).unwrap()).await;
        assert_eq!(store.closed().get(&install, id).await.unwrap(), closed);
        for currency in ["EUR", "USD"] {
            let month = Month {
                month: "2026-02".to_owned(),
                kind: BalanceKind::Payments,
                currency: currency.parse().unwrap(),
                figures: Breakdown::default(),
            };
            let write_of = store.closed().put_month(&install, id, &month).unwrap();
            write(&store, vec![write_of]).await;
        }
        let day = ReopenedDay {
            date: "2026-02-11",
            kind: &BalanceKind::Payments,
            currency: "USD".parse().unwrap(),
            in_sum: true,
            in_month: true,
        };
        let writes = store.closed().reopen(&install, id, day).unwrap();
        write(&store, writes).await;
        let open = store.closed().get(&install, id).await.unwrap();
        assert_eq!(open.sums, [sum("EUR")]);
        assert_eq!((open.until(), open.head.months_to.as_deref()), (None, Some("2026-03")));
        assert_eq!(open.head.reopened.iter().collect::<Vec<_>>(), ["2026-02"]);
        let months = store.closed().months(&install, id, None, "2026-12").await.unwrap();
        assert_eq!(months.iter().map(|it| it.currency.to_string()).collect::<Vec<_>>(), ["EUR"]);
        // Closed again, the head names nothing to make again.
        let again = ClosedHead { reopened: Default::default(), ..closed.head.clone() };
        write(&store, vec![store.closed().put_head(&install, id, &again).unwrap()]).await;
        assert_eq!(store.closed().get(&install, id).await.unwrap().head, again);
    }
}
