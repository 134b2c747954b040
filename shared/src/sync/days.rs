//! `DAY`: what Stripe's records of each day should have made, written hour by hour as a walk passes it, and added up for the proof.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::{TransactWriteItem, Update};
use serde::{Deserialize, Serialize};
use ulid::Ulid;

use super::driver::Job;
use super::halt::Halt;
use super::proof::{Expected, ExpectedAll};
use super::run::{Maturing, Sum};
use crate::clock;
use crate::error::{Error, Result};
use crate::install::InstallId;
use crate::ledger::{BalanceKind, Figures, LedgerError, Slice, Slices, utc_date};
use crate::money::Currency;
use crate::store::{Item, Sk, Store, attr, key, pk, s, to_attr, unavailable};

const SECONDS_PER_HOUR: i64 = 3600;
/// The attribute of an hour's figures in a day, and of what matures later.
const FIGURES: &str = "h";
const MATURING: &str = "m";
/// Items of one read of many. A full page of a megabyte would take tens of megabytes once it is decoded.
const ITEMS_AT_ONCE: i32 = 250;
/// Reads of days between two checkpoints.
const READS_TO_CHECKPOINT: u32 = 4;

/// The days added up so far. A long history takes more than one worker's time, and nobody writes a day between the end of a walk and the
/// beginning of the next.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Adding {
    /// The sort key of the last day that was added.
    after: Option<String>,
    /// All days were added.
    done: bool,
    sums: Vec<Subtotal>,
}

/// One balance in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Subtotal {
    kind: BalanceKind,
    currency: Currency,
    figures: Figures,
    /// Net that is not available yet, by when it will be (Unix seconds).
    #[serde(default)]
    later: BTreeMap<String, Sum>,
}

impl Adding {
    fn of(&mut self, kind: BalanceKind, currency: Currency) -> Option<&mut Subtotal> {
        let known = self.sums.iter().position(|sum| sum.kind == kind && sum.currency == currency);
        let at = known.unwrap_or_else(|| {
            self.sums.push(Subtotal { kind, currency, figures: Figures::default(), later: BTreeMap::new() });
            self.sums.len() - 1
        });
        self.sums.get_mut(at)
    }

    /// Adds a day, as of an instant: what is available by then is not remembered as coming later.
    fn add(&mut self, item: &Item, prefix: &str, at: i64) -> Result<()> {
        let (kind, currency) = subject(sort_key(item), prefix)?;
        let Some(sum) = self.of(kind, currency) else { return Ok(()) };
        for hour in 0..24 {
            if let Some(figures) = item.get(&format!("{FIGURES}{hour:02}")) {
                let figures: Figures = serde_dynamo::from_attribute_value(figures.clone()).map_err(Error::internal)?;
                sum.figures.merge(&figures).map_err(Error::internal)?;
            }
            if let Some(later) = item.get(&format!("{MATURING}{hour:02}")) {
                let later: BTreeMap<String, Sum> = serde_dynamo::from_attribute_value(later.clone()).map_err(Error::internal)?;
                for (when, net) in later.into_iter().filter(|(when, _)| is_later(when, at)) {
                    let known = sum.later.entry(when).or_default();
                    known.0 = known.0.saturating_add(net.0);
                }
            }
        }
        Ok(())
    }

    /// What the mirrors should hold, as of an instant (Unix seconds).
    fn expected(&self, at: i64) -> ExpectedAll {
        let each = self.sums.iter().map(|sum| {
            let pending = sum.later.iter().filter(|(when, _)| is_later(when, at)).map(|(_, net)| net.0).sum();
            ((sum.kind.clone(), sum.currency), Expected { figures: sum.figures, pending })
        });
        each.collect()
    }
}

fn is_later(when: &str, at: i64) -> bool {
    when.parse::<i64>().is_ok_and(|when| when > at)
}

fn sort_key(item: &Item) -> &str {
    item.get(attr::SK).and_then(|sk| sk.as_s().ok()).map_or("", String::as_str)
}

impl Job<'_> {
    /// What the days say the mirrors should hold. Nothing when the time is up: the next worker goes on adding where this one stopped.
    pub(super) async fn expected(&mut self) -> Result<Option<ExpectedAll>, Halt> {
        let prefix = format!("DAY#{}#", self.fence.connection);
        let mut adding = self.progress.adding.take().unwrap_or_default();
        let mut reads = 0;
        while !adding.done {
            let (items, after) = self.worker.store.items_after(&self.fence.install, &prefix, adding.after.as_deref()).await?;
            let at = clock::now().seconds();
            for item in &items {
                adding.add(item, &prefix, at)?;
            }
            adding.done = after.is_none();
            adding.after = after;
            reads += 1;
            let time_is_up = self.out_of_time();
            if !adding.done && (time_is_up || reads % READS_TO_CHECKPOINT == 0) {
                self.progress.adding = Some(adding.clone());
                self.checkpoint(Vec::new()).await?;
            }
            if !adding.done && time_is_up {
                return Ok(None);
            }
        }
        let expected = adding.expected(clock::now().seconds());
        self.progress.adding = Some(adding);
        if reads > READS_TO_CHECKPOINT {
            self.checkpoint(Vec::new()).await?;
        }
        Ok(Some(expected))
    }
}

impl Store {
    /// All items of an install whose sort key begins so, in the order of their keys.
    pub(super) async fn items(&self, install: &InstallId, prefix: &str) -> Result<Vec<Item>> {
        let mut items = Vec::new();
        let mut after = None;
        loop {
            let (page, more) = self.items_after(install, prefix, after.as_deref()).await?;
            items.extend(page);
            after = more;
            if after.is_none() {
                return Ok(items);
            }
        }
    }

    /// A page of them, beginning after a sort key; with it, where the next page begins.
    async fn items_after(&self, install: &InstallId, prefix: &str, after: Option<&str>) -> Result<(Vec<Item>, Option<String>)> {
        let start = after.map(|sk| HashMap::from([(attr::PK.to_owned(), s(pk(install))), (attr::SK.to_owned(), s(sk))]));
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
            .expression_attribute_values(":pk", s(pk(install)))
            .expression_attribute_values(":prefix", s(prefix))
            .consistent_read(true)
            .limit(ITEMS_AT_ONCE)
            .set_exclusive_start_key(start)
            .send()
            .await
            .map_err(|error| unavailable(error.into_service_error()))?;
        let more = answer.last_evaluated_key.as_ref().map(|last| sort_key(last).to_owned());
        Ok((answer.items.unwrap_or_default(), more))
    }
}

/// The operations that replace the slices of complete hours: one for each day, balance and currency.
pub(super) fn day_operations(
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
            let hour = slice.hour.rem_euclid(24 * SECONDS_PER_HOUR) / SECONDS_PER_HOUR;
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

fn subject(sk: &str, prefix: &str) -> Result<(BalanceKind, Currency)> {
    let damaged = || Error::internal(format!("a day under a key that is none: {sk}"));
    let mut parts = sk.strip_prefix(prefix).ok_or_else(damaged)?.split('#').skip(1);
    let kind = parts.next().and_then(|name| serde_json::from_value(serde_json::Value::String(name.to_owned())).ok()).ok_or_else(damaged)?;
    let currency = parts.next().and_then(|code| code.parse().ok()).ok_or_else(damaged)?;
    Ok((kind, currency))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PREFIX: &str = "DAY#c#";

    fn day(subject: &str, hour: u32, debit: i128, later: &[(i64, i128)]) -> Item {
        let figures = Figures { records: 1, legs: 1, debit, credit: 2, digest: u128::MAX / 3 };
        let later: BTreeMap<String, Sum> = later.iter().map(|(when, net)| (when.to_string(), Sum(*net))).collect();
        Item::from([
            (attr::SK.to_owned(), s(format!("{PREFIX}2026-01-01#{subject}"))),
            (format!("{FIGURES}{hour:02}"), to_attr(&figures).unwrap()),
            (format!("{MATURING}{hour:02}"), to_attr(&later).unwrap()),
        ])
    }

    #[test]
    fn days_added_by_two_workers_are_the_days_added_by_one() {
        let days = [
            day("payments#USD", 0, 10, &[]),
            day("payments#JPY", 5, 7, &[]),
            day("issuing#USD", 23, 4, &[(100, -3), (200, -1)]),
            day("payments#USD", 1, i128::from(i64::MAX), &[]),
            day("issuing#USD", 2, 0, &[(200, -5)]),
        ];
        let mut whole = Adding::default();
        days.iter().for_each(|day| whole.add(day, PREFIX, 50).unwrap());
        for split in 0..=days.len() {
            let mut first = Adding::default();
            days[..split].iter().for_each(|day| first.add(day, PREFIX, 50).unwrap());
            let mut second: Adding = serde_dynamo::from_attribute_value(to_attr(&first).unwrap()).unwrap();
            days[split..].iter().for_each(|day| second.add(day, PREFIX, 150).unwrap());
            assert_eq!(second.expected(150), whole.expected(150), "split at {split}");
        }
        let sums = whole.expected(150);
        let usd = || "USD".parse::<Currency>().unwrap();
        assert_eq!(sums[&(BalanceKind::Payments, usd())].figures.debit, 10 + i128::from(i64::MAX));
        assert_eq!((sums[&(BalanceKind::Issuing, usd())].pending, whole.expected(200)[&(BalanceKind::Issuing, usd())].pending), (-6, 0));
        assert!(whole.add(&day("payments#", 0, 1, &[]), PREFIX, 0).is_err(), "a key that names no currency is damage, not zero");
    }
}
