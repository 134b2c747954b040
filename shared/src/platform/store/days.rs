//! Stored days: reads, and the operations that write them.

use std::collections::{BTreeMap, HashSet};

use aws_sdk_dynamodb::types::{TransactWriteItem, Update};
use ulid::Ulid;

use crate::model::error::{Error, Result};
use crate::model::hole::UnreadableRanges;
use crate::model::install::id::InstallId;
use crate::model::ledger::error::LedgerError;
use crate::model::ledger::{BalanceKind, Figures, Slice, Slices, utc_date};
use crate::model::money::{Currency, Sum};
use crate::model::progress::Maturing;
use crate::model::proof_progress::Verified;
use crate::platform::store::Store;
use crate::platform::store::attribute::{Item, attr, s, to_attr};
use crate::platform::store::keys::{Sk, key, pk};

pub(crate) const SECONDS_PER_HOUR: i64 = 3600;

/// The attribute prefixes in a day: an hour's figures, its amounts that become available later, and
/// its opening entries.
pub(crate) const FIGURES: &str = "h";

pub(crate) const MATURING: &str = "m";

pub(crate) const OPENINGS: &str = "o";

/// Hours of a day.
pub(crate) const HOURS: i64 = 24;

/// The number of items in one read of many. A full page of a megabyte would take tens of megabytes
/// once decoded.
pub(crate) const ITEMS_AT_ONCE: i32 = 250;

/// A stored day of one balance in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DayHours {
    pub(crate) kind: BalanceKind,
    pub(crate) currency: Currency,
    pub(crate) hours: Vec<Hour>,
}

/// One hour of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hour {
    /// Unix seconds.
    pub(crate) begins: i64,
    pub(crate) figures: Figures,
    pub(crate) later: BTreeMap<String, Sum>,
    /// The digest on which the ledger agreed, as text.
    pub(crate) verified: Option<String>,
    /// The hour's earlier agreement is stored, but not trusted.
    distrusted: bool,
    /// Stripe's list has a hole in this hour: the figures are partial.
    pub(crate) incomplete: bool,
}

impl Hour {
    #[cfg(test)]
    pub(crate) const fn new(begins: i64, figures: Figures, verified: Option<String>) -> Self {
        Self { begins, figures, later: BTreeMap::new(), verified, distrusted: false, incomplete: false }
    }

    /// Whether the ledger was found to hold exactly these figures.
    pub(crate) fn agreed(&self) -> bool {
        self.verified.as_deref() == Some(&digest_text(self.figures.digest))
    }
}

impl DayHours {
    pub(crate) fn distrust(&mut self) {
        for hour in &mut self.hours {
            hour.distrusted |= hour.verified.take().is_some();
        }
    }

    /// Marks the hours that contain a hole in Stripe's list.
    pub(crate) fn mark_incomplete(&mut self, holes: &UnreadableRanges) {
        for hour in &mut self.hours {
            hour.incomplete = holes.in_hour(hour.begins);
        }
    }

    /// Hours that should have been read again, but were not.
    pub(crate) fn unread(&self) -> impl Iterator<Item = Slice> {
        let unread = self.hours.iter().filter(|hour| hour.distrusted && !hour.agreed());
        unread.map(|hour| Slice { kind: self.kind.clone(), currency: self.currency, hour: hour.begins })
    }

    /// # Errors
    /// [`Error::Internal`] for an item that is not a day.
    pub(crate) fn of(item: &Item, prefix: &str) -> Result<Self> {
        let (date, kind, currency) = subject(sort_key(item), prefix)?;
        let midnight =
            jiff::tz::Offset::UTC.to_timestamp(date.to_datetime(jiff::civil::Time::midnight())).map_err(Error::internal)?.as_second();
        let mut hours = Vec::new();
        for hour in 0..HOURS {
            // The counts of a walk and the entries of a start are written separately, so that
            // neither needs to know the other.
            let parts = [figures_in(item, FIGURES, hour)?, figures_in(item, OPENINGS, hour)?];
            if parts.iter().all(Option::is_none) {
                continue;
            }
            let mut figures = Figures::default();
            parts.iter().flatten().try_for_each(|part| figures.merge(part)).map_err(Error::internal)?;
            let later = item.get(&format!("{MATURING}{hour:02}")).cloned();
            let later = later.map(serde_dynamo::from_attribute_value).transpose().map_err(Error::internal)?.unwrap_or_default();
            let verified = item.get(&format!("{VERIFIED}{hour:02}")).and_then(|digest| digest.as_s().ok().cloned());
            hours.push(Hour { begins: midnight + hour * SECONDS_PER_HOUR, figures, later, verified, distrusted: false, incomplete: false });
        }
        Ok(Self { kind, currency, hours })
    }
}

pub(crate) fn figures_in(item: &Item, what: &str, hour: i64) -> Result<Option<Figures>> {
    let stored = item.get(&format!("{what}{hour:02}")).cloned();
    stored.map(serde_dynamo::from_attribute_value).transpose().map_err(Error::internal)
}

pub(crate) fn sort_key(item: &Item) -> &str {
    item.get(attr::SK).and_then(|sk| sk.as_s().ok()).map_or("", String::as_str)
}

/// The operations that replace the slices of complete hours: one for each day, balance and
/// currency.
pub(crate) fn day_operations(
    store: &Store,
    install: &InstallId,
    connection: Ulid,
    complete: &Slices,
    mature: &[Maturing],
) -> Result<Vec<TransactWriteItem>> {
    type Day<'a> = (String, &'a BalanceKind, String);
    let mut days: BTreeMap<Day<'_>, Vec<(&Slice, &Figures)>> = BTreeMap::new();
    for (slice, figures) in complete.iter() {
        let date = utc_date(slice.hour).map_err(|error: LedgerError| Error::internal(error))?;
        days.entry((date, &slice.kind, slice.currency.to_string())).or_default().push((slice, figures));
    }
    let mut operations = Vec::new();
    for ((date, kind, currency), slices) in days {
        let mut set = Vec::new();
        let mut update =
            Update::builder().table_name(&store.table).set_key(Some(key(install, &Sk::Day(connection, &date, kind.as_str(), &currency))));
        for (slice, figures) in slices {
            let hour = slice.hour.rem_euclid(HOURS * SECONDS_PER_HOUR) / SECONDS_PER_HOUR;
            let mut later: BTreeMap<String, Sum> = BTreeMap::new();
            for item in mature.iter().filter(|item| item.slice == *slice) {
                let sum = later.entry(item.available_on.to_string()).or_default();
                sum.0 = sum.0.saturating_add(item.net.0);
            }
            set.push(format!("{FIGURES}{hour:02} = :{FIGURES}{hour:02}, {MATURING}{hour:02} = :{MATURING}{hour:02}"));
            update = update
                .expression_attribute_values(format!(":{FIGURES}{hour:02}"), to_attr(figures)?)
                .expression_attribute_values(format!(":{MATURING}{hour:02}"), to_attr(&later)?);
        }
        let update = update
            .update_expression(format!("SET #day = :day, {}", set.join(", ")))
            .expression_attribute_names("#day", "day")
            .expression_attribute_values(":day", s(date))
            .build()
            .map_err(Error::internal)?;
        operations.push(TransactWriteItem::builder().update(update).build());
    }
    Ok(operations)
}

/// The operation that counts an opening entry in the hour in which it takes effect.
pub(crate) fn opening_operation(
    store: &Store,
    install: &InstallId,
    connection: Ulid,
    slice: &Slice,
    figures: &Figures,
) -> Result<TransactWriteItem> {
    let date = utc_date(slice.hour).map_err(Error::internal)?;
    let name = format!("{OPENINGS}{:02}", slice.hour.rem_euclid(HOURS * SECONDS_PER_HOUR) / SECONDS_PER_HOUR);
    let update = Update::builder()
        .table_name(&store.table)
        .set_key(Some(key(install, &Sk::Day(connection, &date, slice.kind.as_str(), slice.currency.as_str()))))
        .update_expression(format!("SET #day = :day, {name} = :{name}"))
        .expression_attribute_names("#day", "day")
        .expression_attribute_values(":day", s(&date))
        .expression_attribute_values(format!(":{name}"), to_attr(figures)?)
        .build()
        .map_err(Error::internal)?;
    Ok(TransactWriteItem::builder().update(update).build())
}

pub(crate) fn subject(sk: &str, prefix: &str) -> Result<(jiff::civil::Date, BalanceKind, Currency)> {
    let damaged = || Error::internal(format!("invalid sort key of a day: {sk}"));
    let mut parts = sk.strip_prefix(prefix).ok_or_else(damaged)?.split('#');
    let date = parts.next().and_then(|date| date.parse().ok()).ok_or_else(damaged)?;
    let kind = parts.next().and_then(|name| serde_json::from_value(serde_json::Value::String(name.to_owned())).ok()).ok_or_else(damaged)?;
    let currency = parts.next().and_then(|code| code.parse().ok()).ok_or_else(damaged)?;
    Ok((date, kind, currency))
}

/// The attribute of an hour's digest on which both sides agreed.
pub(crate) const VERIFIED: &str = "v";

/// The operations that mark hours as agreed or no longer agreed: one for each day, balance and
/// currency.
pub(crate) fn mark_operations(
    store: &Store,
    install: &InstallId,
    connection: ulid::Ulid,
    verified: &Verified,
) -> Result<Vec<TransactWriteItem>> {
    let mut days: BTreeMap<String, Vec<(i64, Option<u128>)>> = BTreeMap::new();
    let agreed = verified.agreed.iter().map(|(slice, digest)| (slice, Some(*digest)));
    let gone = verified.differing.iter().map(|hour| &hour.slice).chain(&verified.unread);
    // An hour must be named only once: an hour that differs was also due to be read again, and was
    // read.
    let gone: HashSet<&Slice> = gone.collect();
    for (slice, digest) in agreed.chain(gone.into_iter().map(|slice| (slice, None))) {
        let date = utc_date(slice.hour).map_err(Error::internal)?;
        let hour = slice.hour.rem_euclid(HOURS * SECONDS_PER_HOUR) / SECONDS_PER_HOUR;
        let sk = Sk::Day(connection, &date, slice.kind.as_str(), slice.currency.as_str()).to_string();
        days.entry(sk).or_default().push((hour, digest));
    }
    let mut operations = Vec::new();
    for (sk, hours) in days {
        let (mut set, mut remove) = (Vec::new(), Vec::new());
        let mut update = Update::builder().table_name(&store.table).key(attr::PK, s(pk(install))).key(attr::SK, s(sk));
        for (hour, digest) in hours {
            match digest {
                Some(digest) => {
                    set.push(format!("{VERIFIED}{hour:02} = :{VERIFIED}{hour:02}"));
                    update = update.expression_attribute_values(format!(":{VERIFIED}{hour:02}"), s(digest_text(digest)));
                }
                None => remove.push(format!("{VERIFIED}{hour:02}")),
            }
        }
        let clauses = [("SET", set), ("REMOVE", remove)];
        let clauses = clauses.iter().filter(|(_, parts)| !parts.is_empty()).map(|(word, parts)| format!("{word} {}", parts.join(", ")));
        let update = update
            .update_expression(clauses.collect::<Vec<_>>().join(" "))
            .condition_expression("attribute_exists(pk)")
            .build()
            .map_err(Error::internal)?;
        operations.push(TransactWriteItem::builder().update(update).build());
    }
    Ok(operations)
}

/// A digest in its stored and displayed form.
pub(crate) fn digest_text(digest: u128) -> String {
    format!("{digest:032x}")
}
