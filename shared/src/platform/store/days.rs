//! Stored days: reads, and the marks of hours on which both sides agree.

use std::collections::{BTreeMap, HashSet};

use aws_sdk_dynamodb::types::{TransactWriteItem, Update};
use ulid::Ulid;

use crate::model::error::{Error, Result};
use crate::model::install::id::InstallId;
use crate::model::ledger::SECONDS_PER_HOUR;
use crate::model::ledger::{BalanceKind, Figures, Slice, utc_date};
use crate::model::money::{Currency, Sum};
use crate::model::run::hole::UnreadableRanges;
use crate::model::run::progress::Maturing;
use crate::model::run::proof_progress::Verified;
use crate::platform::table::Store;
use crate::platform::table::attribute::{Item, s, to_attr};
use crate::platform::table::keys::{Sk, key};
use crate::platform::table::read::sort_key;

/// The attribute prefixes in a day: an hour's figures, its amounts that become available later, and
/// its opening entries.
pub(crate) const FIGURES: &str = "h";

pub(crate) const MATURING: &str = "m";

pub(crate) const OPENINGS: &str = "o";

/// Hours of a day.
pub(crate) const HOURS: i64 = 24;

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
    /// The digest on which the ledger agreed earlier, which is not trusted now.
    verified_before: Option<String>,
    /// Stripe's list has a hole in this hour: the figures are partial.
    pub(crate) incomplete: bool,
}

impl Hour {
    #[cfg(test)]
    pub(crate) const fn new(begins: i64, figures: Figures, verified: Option<String>) -> Self {
        Self {
            begins,
            figures,
            later: BTreeMap::new(),
            verified,
            verified_before: None,
            incomplete: false,
        }
    }

    /// Whether the ledger was found to hold exactly these figures.
    pub(crate) fn agreed(&self) -> bool {
        self.verified.as_deref() == Some(&digest_text(self.figures.digest))
    }
}

impl DayHours {
    /// Lets every hour be read again: their marks no longer count.
    pub(crate) fn clear_marks(&mut self) {
        for hour in &mut self.hours {
            hour.verified_before = hour.verified.take().or(hour.verified_before.take());
        }
    }

    /// Marks the hours that contain a hole in Stripe's list.
    pub(crate) fn mark_incomplete(&mut self, holes: &UnreadableRanges) {
        for hour in &mut self.hours {
            hour.incomplete = holes.in_hour(hour.begins);
        }
    }

    /// Whether an hour is already stored as agreed.
    pub(crate) fn is_marked(&self, slice: &Slice, digest: u128) -> bool {
        let hour = self.hours.iter().find(|hour| hour.begins == slice.hour);
        self.kind == slice.kind
            && self.currency == slice.currency
            && hour
                .is_some_and(|hour| hour.verified_before.as_deref() == Some(&digest_text(digest)))
    }

    /// Whether an hour has a stored mark, valid or not.
    fn has_mark(&self, slice: &Slice) -> bool {
        let hour = self.hours.iter().find(|hour| hour.begins == slice.hour);
        self.kind == slice.kind
            && self.currency == slice.currency
            && hour.is_some_and(|hour| hour.verified_before.is_some() || hour.verified.is_some())
    }

    /// Whether the ledger holds exactly the figures of every hour, as far as they are known.
    pub(crate) fn agrees(&self) -> bool {
        self.hours.iter().all(|hour| hour.agreed() && !hour.incomplete)
    }

    /// Hours that should have been read again, but were not.
    pub(crate) fn unread(&self) -> impl Iterator<Item = Slice> {
        let unread =
            self.hours.iter().filter(|hour| hour.verified_before.is_some() && !hour.agreed());
        unread.map(|hour| Slice {
            kind: self.kind.clone(),
            currency: self.currency,
            hour: hour.begins,
        })
    }

    /// # Errors
    /// [`Error::Internal`] for an item that is not a day.
    pub(crate) fn of(item: &Item, prefix: &str) -> Result<Self> {
        let (date, kind, currency) = subject(sort_key(item), prefix)?;
        let midnight = jiff::tz::Offset::UTC
            .to_timestamp(date.to_datetime(jiff::civil::Time::midnight()))
            .map_err(Error::internal)?
            .as_second();
        let mut hours = Vec::new();
        for hour in 0..HOURS {
            // The counts of a walk and the entries of a start are written separately, so that
            // neither needs to know the other.
            let parts = [figures_in(item, FIGURES, hour)?, figures_in(item, OPENINGS, hour)?];
            if parts.iter().all(Option::is_none) {
                continue;
            }
            let mut figures = Figures::default();
            parts
                .iter()
                .flatten()
                .try_for_each(|part| figures.merge(part))
                .map_err(Error::internal)?;
            let later = item.get(&format!("{MATURING}{hour:02}")).cloned();
            let later = later
                .map(serde_dynamo::from_attribute_value)
                .transpose()
                .map_err(Error::internal)?
                .unwrap_or_default();
            let verified = item
                .get(&format!("{VERIFIED}{hour:02}"))
                .and_then(|digest| digest.as_s().ok().cloned());
            hours.push(Hour {
                begins: midnight + hour * SECONDS_PER_HOUR,
                figures,
                later,
                verified,
                verified_before: None,
                incomplete: false,
            });
        }
        Ok(Self { kind, currency, hours })
    }
}

pub(crate) fn figures_in(item: &Item, what: &str, hour: i64) -> Result<Option<Figures>> {
    let stored = item.get(&format!("{what}{hour:02}")).cloned();
    stored.map(serde_dynamo::from_attribute_value).transpose().map_err(Error::internal)
}

/// Whether an item holds exactly these figures of an hour, and this net that is not available yet.
pub(crate) fn is_stored<'m>(
    item: Option<&Item>,
    hour: i64,
    figures: &Figures,
    maturing: impl Iterator<Item = &'m Maturing>,
) -> Result<bool> {
    let Some(item) = item else { return Ok(false) };
    let hour = hour.rem_euclid(HOURS * SECONDS_PER_HOUR) / SECONDS_PER_HOUR;
    let same = item.get(&format!("{FIGURES}{hour:02}")) == Some(&to_attr(figures)?);
    let later = item.get(&format!("{MATURING}{hour:02}"));
    let none = to_attr(&BTreeMap::<String, Sum>::new())?;
    Ok(same && later.unwrap_or(&none) == &to_attr(&later_sums(maturing))?)
}

/// Net amounts that become available later, by the day on which they do.
pub(crate) fn later_sums<'m>(
    maturing: impl Iterator<Item = &'m Maturing>,
) -> BTreeMap<String, Sum> {
    let mut later: BTreeMap<String, Sum> = BTreeMap::new();
    for item in maturing {
        let sum = later.entry(item.available_on.to_string()).or_default();
        sum.0 = sum.0.saturating_add(item.net.0);
    }
    later
}

pub(crate) fn subject(
    sk: &str,
    prefix: &str,
) -> Result<(jiff::civil::Date, BalanceKind, Currency)> {
    let damaged = || Error::internal(format!("invalid sort key of a day: {sk}"));
    let mut parts = sk.strip_prefix(prefix).ok_or_else(damaged)?.split('#');
    let date = parts.next().and_then(|date| date.parse().ok()).ok_or_else(damaged)?;
    let kind = parts
        .next()
        .and_then(|name| serde_json::from_value(serde_json::Value::String(name.to_owned())).ok())
        .ok_or_else(damaged)?;
    let currency = parts.next().and_then(|code| code.parse().ok()).ok_or_else(damaged)?;
    Ok((date, kind, currency))
}

/// The attribute of an hour's digest on which both sides agreed.
pub(crate) const VERIFIED: &str = "v";

/// A write that marks the hours of a day as agreed, or no longer agreed.
#[derive(Debug)]
pub(crate) struct Marks {
    pub(crate) date: String,
    pub(crate) kind: BalanceKind,
    pub(crate) currency: Currency,
    /// A mark is removed.
    pub(crate) lost: bool,
    pub(crate) write: TransactWriteItem,
}

/// The writes that mark hours as agreed or no longer agreed: one for each day, balance and
/// currency. Marks that `days` hold already are not written again.
pub(crate) fn mark_operations(
    store: &Store,
    install: &InstallId,
    connection: Ulid,
    verified: &Verified,
    read: &[DayHours],
) -> Result<Vec<Marks>> {
    type Day = (String, BalanceKind, Currency);
    let mut days: BTreeMap<Day, Vec<(i64, Option<u128>)>> = BTreeMap::new();
    let is_new = |slice: &Slice, digest: u128| !read.iter().any(|day| day.is_marked(slice, digest));
    let agreed = verified
        .agreed
        .iter()
        .filter(|(slice, digest)| is_new(slice, *digest))
        .map(|(slice, digest)| (slice, Some(*digest)));
    let gone = verified.differing.iter().map(|hour| &hour.slice).chain(&verified.unread);
    // An hour must appear only once: a differing hour was also due to be re-read, and was read.
    let is_marked = |slice: &Slice| read.iter().any(|day| day.has_mark(slice));
    let gone: HashSet<&Slice> = gone.filter(|slice| is_marked(slice)).collect();
    for (slice, digest) in agreed.chain(gone.into_iter().map(|slice| (slice, None))) {
        let date = utc_date(slice.hour).map_err(Error::internal)?;
        let hour = slice.hour.rem_euclid(HOURS * SECONDS_PER_HOUR) / SECONDS_PER_HOUR;
        days.entry((date, slice.kind.clone(), slice.currency)).or_default().push((hour, digest));
    }
    let mut marks = Vec::new();
    for ((date, kind, currency), hours) in days {
        let sk = Sk::Day(connection, &date, kind.as_str(), currency.as_str());
        let (mut set, mut remove) = (Vec::new(), Vec::new());
        let mut update =
            Update::builder().table_name(&store.table).set_key(Some(key(install, &sk)));
        for (hour, digest) in hours {
            match digest {
                Some(digest) => {
                    set.push(format!("{VERIFIED}{hour:02} = :{VERIFIED}{hour:02}"));
                    update = update.expression_attribute_values(
                        format!(":{VERIFIED}{hour:02}"),
                        s(digest_text(digest)),
                    );
                }
                None => remove.push(format!("{VERIFIED}{hour:02}")),
            }
        }
        let lost = !remove.is_empty();
        let clauses = [("SET", set), ("REMOVE", remove)];
        let clauses = clauses
            .iter()
            .filter(|(_, parts)| !parts.is_empty())
            .map(|(word, parts)| format!("{word} {}", parts.join(", ")));
        let update = update
            .update_expression(clauses.collect::<Vec<_>>().join(" "))
            .condition_expression("attribute_exists(pk)")
            .build()
            .map_err(Error::internal)?;
        let write = TransactWriteItem::builder().update(update).build();
        marks.push(Marks { date, kind, currency, lost, write });
    }
    Ok(marks)
}

/// A digest in its stored and displayed form.
pub(crate) fn digest_text(digest: u128) -> String {
    format!("{digest:032x}")
}
