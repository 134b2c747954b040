//! The writes of days: a `DAY` item, and the `FIGURES` items beside it.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::{TransactWriteItem, Update};
use ulid::Ulid;

use crate::model::error::{Error, Result};
use crate::model::install::id::InstallId;
use crate::model::ledger::SECONDS_PER_HOUR;
use crate::model::ledger::error::LedgerError;
use crate::model::ledger::{BalanceKind, Breakdown, Breakdowns, Figures, Slice, Slices, utc_date};
use crate::model::run::progress::Maturing;
use crate::platform::store::days::{FIGURES, HOURS, MATURING, OPENINGS, later_sums};
use crate::platform::store::figures;
use crate::platform::table::Store;
use crate::platform::table::attribute::{attr, n, s, to_attr};
use crate::platform::table::keys::{Sk, key};
use crate::platform::table::kind::ItemKind;
use crate::platform::table::units::Unit;

/// Complete hours of one day, balance and currency.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HoursToWrite<'a> {
    /// The expected figures.
    pub(crate) expected: &'a Slices,
    /// The breakdowns.
    pub(crate) breakdowns: &'a Breakdowns,
    /// Net that is not available yet.
    pub(crate) maturing: &'a [Maturing],
}

/// The writes that replace the slices of complete hours: one unit for each day, balance and
/// currency, of the `DAY` item and the `FIGURES` items beside it.
pub(crate) fn day_units(
    store: &Store,
    install: &InstallId,
    connection: Ulid,
    hours: HoursToWrite<'_>,
) -> Result<Vec<Unit>> {
    type Day<'a> = (String, &'a BalanceKind, String);
    let mut days: BTreeMap<Day<'_>, Vec<(&Slice, &Figures)>> = BTreeMap::new();
    for (slice, figures) in hours.expected.iter() {
        let date = utc_date(slice.hour).map_err(|error: LedgerError| Error::internal(error))?;
        days.entry((date, &slice.kind, slice.currency.to_string()))
            .or_default()
            .push((slice, figures));
    }
    let mut units = Vec::new();
    for ((date, kind, currency), slices) in days {
        let sk = Sk::Day(connection, &date, kind.as_str(), &currency);
        let mut writes = vec![day_operation(store, install, &sk, &date, &slices, hours.maturing)?];
        let broken_down =
            slices.iter().filter_map(|(slice, _)| Some((*slice, hours.breakdowns.get(slice)?)));
        writes.extend(figures::replace(store, install, connection, broken_down)?);
        units.push(Unit(writes));
    }
    Ok(units)
}

fn day_operation(
    store: &Store,
    install: &InstallId,
    sk: &Sk<'_>,
    date: &str,
    slices: &[(&Slice, &Figures)],
    maturing: &[Maturing],
) -> Result<TransactWriteItem> {
    let mut set = Vec::new();
    let mut update = Update::builder().table_name(&store.table).set_key(Some(key(install, sk)));
    for (slice, figures) in slices {
        let hour = slice.hour.rem_euclid(HOURS * SECONDS_PER_HOUR) / SECONDS_PER_HOUR;
        let later = later_sums(maturing.iter().filter(|item| item.slice == **slice));
        set.push(format!(
            "{FIGURES}{hour:02} = :{FIGURES}{hour:02}, {MATURING}{hour:02} = :{MATURING}{hour:02}"
        ));
        update = update
            .expression_attribute_values(format!(":{FIGURES}{hour:02}"), to_attr(figures)?)
            .expression_attribute_values(format!(":{MATURING}{hour:02}"), to_attr(&later)?);
    }
    let update = update
        .update_expression(format!("SET #day = :day, #schema = :schema, {}", set.join(", ")))
        .expression_attribute_names("#day", "day")
        .expression_attribute_names("#schema", attr::SCHEMA)
        .expression_attribute_values(":day", s(date))
        .expression_attribute_values(":schema", n(ItemKind::Day.schema()))
        .build()
        .map_err(Error::internal)?;
    Ok(TransactWriteItem::builder().update(update).build())
}

/// The writes that count an opening entry in the hour in which it takes effect: one unit of the
/// `DAY` item and the `FIGURES` item beside it.
pub(crate) fn opening_unit(
    store: &Store,
    install: &InstallId,
    connection: Ulid,
    slice: &Slice,
    figures: &Figures,
    breakdown: &Breakdown,
) -> Result<Unit> {
    let date = utc_date(slice.hour).map_err(Error::internal)?;
    let name = format!(
        "{OPENINGS}{:02}",
        slice.hour.rem_euclid(HOURS * SECONDS_PER_HOUR) / SECONDS_PER_HOUR
    );
    let update = Update::builder()
        .table_name(&store.table)
        .set_key(Some(key(
            install,
            &Sk::Day(connection, &date, slice.kind.as_str(), slice.currency.as_str()),
        )))
        .update_expression(format!("SET #day = :day, #schema = :schema, {name} = :{name}"))
        .expression_attribute_names("#day", "day")
        .expression_attribute_names("#schema", attr::SCHEMA)
        .expression_attribute_values(":day", s(&date))
        .expression_attribute_values(":schema", n(ItemKind::Day.schema()))
        .expression_attribute_values(format!(":{name}"), to_attr(figures)?)
        .build()
        .map_err(Error::internal)?;
    let mut writes = vec![TransactWriteItem::builder().update(update).build()];
    writes.extend(figures::replace_openings(store, install, connection, [(slice, breakdown)])?);
    Ok(Unit(writes))
}
