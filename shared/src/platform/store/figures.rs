//! Stored breakdowns: `FIGURES` items, hour by hour beside the `DAY` items, in the same
//! transactions. A day is split into parts of six hours, so that an item stays far below DynamoDB's
//! limit even if every hour has every category and account.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::{TransactWriteItem, Update};
use ulid::Ulid;

use crate::model::error::{Error, Result};
use crate::model::install::id::InstallId;
use crate::model::ledger::SECONDS_PER_HOUR;
use crate::model::ledger::{BalanceKind, Breakdown, Slice, utc_date};
use crate::model::money::Currency;
use crate::platform::store::days::{FIGURES, HOURS, OPENINGS, subject};
use crate::platform::table::Store;
use crate::platform::table::attribute::{Item, n, to_attr};
use crate::platform::table::keys::{Sk, key};
use crate::platform::table::kind::ItemKind;
use crate::platform::table::read::sort_key;

/// Hours of a part of a day.
pub(crate) const HOURS_OF_A_PART: i64 = 6;

/// The figures of a part of a day, of one balance in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayPart {
    /// The UTC date.
    pub date: jiff::civil::Date,
    /// Which of Stripe's balances.
    pub kind: BalanceKind,
    /// Settlement currency.
    pub currency: Currency,
    /// By hour of the day: the counts of a walk, and the opening entries.
    pub hours: BTreeMap<i64, Breakdown>,
}

impl DayPart {
    /// # Errors
    /// [`Error::Internal`] for an item that holds no figures.
    pub fn of(item: &Item) -> Result<Self> {
        let sk = sort_key(item);
        let damaged = || Error::internal(format!("invalid sort key of figures: {sk}"));
        let (whole, _part) = sk.rsplit_once('#').ok_or_else(damaged)?;
        let connection = whole
            .strip_prefix(ItemKind::Figures.prefix())
            .and_then(|rest| rest.split_once('#'))
            .and_then(|(connection, _)| connection.parse().ok())
            .ok_or_else(damaged)?;
        let (date, kind, currency) = subject(whole, &ItemKind::Figures.of_connection(connection))?;
        let mut hours: BTreeMap<i64, Breakdown> = BTreeMap::new();
        for hour in 0..HOURS {
            for what in [FIGURES, OPENINGS] {
                let Some(stored) = item.get(&format!("{what}{hour:02}")) else { continue };
                let stored: Breakdown =
                    serde_dynamo::from_attribute_value(stored.clone()).map_err(Error::internal)?;
                hours.entry(hour).or_default().merge(&stored).map_err(Error::internal)?;
            }
        }
        Ok(Self { date, kind, currency, hours })
    }

    /// The whole part.
    ///
    /// # Errors
    /// [`Error::Internal`] beyond 128 bits.
    pub fn sum(&self) -> Result<Breakdown> {
        let mut sum = Breakdown::default();
        self.hours.values().try_for_each(|hour| sum.merge(hour)).map_err(Error::internal)?;
        Ok(sum)
    }
}

/// The operations that replace the figures of these slices: one for each part of a day.
pub(crate) fn replace<'b>(
    store: &Store,
    install: &InstallId,
    connection: Ulid,
    slices: impl IntoIterator<Item = (&'b Slice, &'b Breakdown)>,
) -> Result<Vec<TransactWriteItem>> {
    write(store, install, connection, FIGURES, slices)
}

/// The operations that replace the figures of the opening entries that take effect in these hours.
pub(crate) fn replace_openings<'b>(
    store: &Store,
    install: &InstallId,
    connection: Ulid,
    slices: impl IntoIterator<Item = (&'b Slice, &'b Breakdown)>,
) -> Result<Vec<TransactWriteItem>> {
    write(store, install, connection, OPENINGS, slices)
}

fn write<'b>(
    store: &Store,
    install: &InstallId,
    connection: Ulid,
    what: &str,
    slices: impl IntoIterator<Item = (&'b Slice, &'b Breakdown)>,
) -> Result<Vec<TransactWriteItem>> {
    type Part<'a> = (String, &'a BalanceKind, String, i64);
    let mut parts: BTreeMap<Part<'_>, Vec<(i64, &Breakdown)>> = BTreeMap::new();
    for (slice, breakdown) in slices {
        let date = utc_date(slice.hour).map_err(Error::internal)?;
        let hour = slice.hour.rem_euclid(HOURS * SECONDS_PER_HOUR) / SECONDS_PER_HOUR;
        let part = part_of(slice.hour);
        parts
            .entry((date, &slice.kind, slice.currency.to_string(), part))
            .or_default()
            .push((hour, breakdown));
    }
    let mut operations = Vec::new();
    for ((date, kind, currency, part), hours) in parts {
        let sk = Sk::Figures(connection, &date, kind.as_str(), &currency, part);
        let mut set = vec!["#schema = :schema".to_owned()];
        let mut update = Update::builder()
            .table_name(&store.table)
            .set_key(Some(key(install, &sk)))
            .expression_attribute_names("#schema", "schema")
            .expression_attribute_values(":schema", n(ItemKind::Figures.schema()));
        for (hour, breakdown) in hours {
            set.push(format!("{what}{hour:02} = :{what}{hour:02}"));
            update = update
                .expression_attribute_values(format!(":{what}{hour:02}"), to_attr(breakdown)?);
        }
        let update = update
            .update_expression(format!("SET {}", set.join(", ")))
            .build()
            .map_err(Error::internal)?;
        operations.push(TransactWriteItem::builder().update(update).build());
    }
    Ok(operations)
}

/// The first hour of the part of a day that an hour belongs to.
pub(crate) fn part_of(hour: i64) -> i64 {
    let hour = hour.rem_euclid(HOURS * SECONDS_PER_HOUR) / SECONDS_PER_HOUR;
    hour - hour % HOURS_OF_A_PART
}

/// The sort key of a slice's figures.
pub(crate) fn sk_of(connection: Ulid, date: &str, slice: &Slice) -> String {
    let (balance, currency) = (slice.kind.as_str(), slice.currency.as_str());
    Sk::Figures(connection, date, balance, currency, part_of(slice.hour)).to_string()
}

/// Whether an item holds exactly these figures of an hour.
pub(crate) fn is_stored(item: Option<&Item>, hour: i64, breakdown: &Breakdown) -> Result<bool> {
    let hour = hour.rem_euclid(HOURS * SECONDS_PER_HOUR) / SECONDS_PER_HOUR;
    let stored = item.and_then(|item| item.get(&format!("{FIGURES}{hour:02}")));
    Ok(stored == Some(&to_attr(breakdown)?))
}

/// The date from which figures of a connection are read, as a sort key.
#[must_use]
pub fn from_date(connection: Ulid, date: jiff::civil::Date) -> String {
    format!("{}{date}", ItemKind::Figures.of_connection(connection))
}

#[cfg(test)]
mod tests;
