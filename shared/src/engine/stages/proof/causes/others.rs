//! Entries on a mirror that belong to no record: entries of others, and our own for which Stripe
//! lists nothing.

use std::collections::{HashMap, HashSet};

use crate::engine::context::Context;
use crate::engine::stages::proof::causes::found::{FoundCauses, of_row};
use crate::engine::stop::Stop;
use crate::model::certificate::{Cause, CauseKind, Line};
use crate::model::error::Result;
use crate::model::ledger::{MirrorIds, OpeningReference, Reference, hour_of, utc_date};
use crate::model::money::Currency;
use crate::model::time::Millis;
use crate::platform::blnk::{Filter, LedgerTransaction, MAX_LOOKUP_VALUES, Operator};
use crate::platform::store::days::DayHours;
use crate::platform::table::keys::Sk;
use crate::platform::table::kind::ItemKind;

/// The newest entries of a mirror that are searched for entries of others.
const MAX_ENTRIES_LOOKED_AT: usize = 2_000;

/// Days that are read to find entries of ours without a record.
const MAX_DAYS_READ: usize = 10;

/// The search begins this many seconds before the last match, because two clocks are involved.
const CLOCK_MARGIN_SECONDS: i64 = 3600;

/// Finds the entries of others that were named before. The ledger keeps them, however many entries
/// were added since.
pub(crate) async fn find_again(
    ctx: &Context<'_>,
    known: &[Cause],
    ids: &MirrorIds,
    found: &mut FoundCauses,
) -> Result<(), Stop> {
    let foreign: Vec<&Cause> =
        known.iter().filter(|cause| cause.kind == CauseKind::Foreign).collect();
    for part in foreign.chunks(MAX_LOOKUP_VALUES) {
        let references: Vec<&str> = part.iter().map(|cause| cause.reference.as_str()).collect();
        let rows = ctx.blnk.transactions_by_reference(&references, ctx.deadline).await?;
        for cause in part {
            let Some(id) = ids.get(&(cause.mirror.clone(), cause.currency.clone())) else {
                continue;
            };
            let Ok(currency) = cause.currency.parse::<Currency>() else { continue };
            let same = |row: &&LedgerTransaction| {
                cause.ledger_id.as_ref() == Some(&row.transaction_id) && row.is_applied()
            };
            if let Some(row) =
                rows.iter().find(same).filter(|row| row.source == *id || row.destination == *id)
            {
                found.add(of_row(
                    CauseKind::Foreign,
                    &(cause.mirror.clone(), currency),
                    row,
                    id,
                    &ctx.owner,
                ));
            }
        }
    }
    Ok(())
}

/// The kind of an entry for which no record was expected.
pub(crate) fn kind_of_unexpected(ctx: &Context<'_>, row: &LedgerTransaction) -> CauseKind {
    let of_record =
        row.reference.parse::<Reference>().is_ok_and(|reference| *reference.owner() == ctx.owner);
    let of_start = row
        .reference
        .parse::<OpeningReference>()
        .is_ok_and(|reference| *reference.owner() == ctx.owner);
    let ours = of_record || of_start;
    if ours { CauseKind::Unlisted } else { CauseKind::Foreign }
}

/// Searches the mirror's newest entries for those that are not ours or belong to no record.
pub(crate) async fn look_for_others(
    ctx: &Context<'_>,
    line: &Line,
    compared: &HashSet<i64>,
    ids: &MirrorIds,
    since: Option<Millis>,
    found: &mut FoundCauses,
) -> Result<(), Stop> {
    let Some(id) = ids.get(&(line.mirror.clone(), line.currency.clone())) else { return Ok(()) };
    let Ok(currency) = line.currency.parse::<Currency>() else { return Ok(()) };
    let named = (line.mirror.clone(), currency);
    let mut filters = vec![Filter::eq("balance_id", id)];
    if let Some(since) = since {
        filters.push(Filter::compare(
            "created_at",
            Operator::Gte,
            since.plus_seconds(-CLOCK_MARGIN_SECONDS).rfc3339(),
        ));
    }
    let rows = ctx.blnk.transactions(&filters, MAX_ENTRIES_LOOKED_AT, ctx.deadline).await?;
    let mut days: HashMap<String, HashSet<i64>> = HashMap::new();
    for row in rows.iter().filter(|row| row.is_applied()) {
        if kind_of_unexpected(ctx, row) == CauseKind::Foreign {
            found.add(of_row(CauseKind::Foreign, &named, row, id, &ctx.owner));
            continue;
        }
        let Some(at) = row.effective_date.map(jiff::Timestamp::as_second) else {
            found.add(of_row(CauseKind::Different, &named, row, id, &ctx.owner));
            continue;
        };
        if compared.contains(&hour_of(at)) {
            continue;
        }
        let date = utc_date(at)?;
        if !days.contains_key(&date) {
            if days.len() >= MAX_DAYS_READ {
                continue;
            }
            days.insert(
                date.clone(),
                counted_hours(ctx, &date, &line.balance, &line.currency).await?,
            );
        }
        if days.get(&date).is_some_and(|hours| !hours.contains(&hour_of(at))) {
            found.add(of_row(CauseKind::Unlisted, &named, row, id, &ctx.owner));
        }
    }
    Ok(())
}

/// The hours of a day in which Stripe lists records of a balance.
async fn counted_hours(
    ctx: &Context<'_>,
    date: &str,
    balance: &str,
    currency: &str,
) -> Result<HashSet<i64>> {
    let store = &ctx.services.store;
    let sk = Sk::Day(ctx.fence.connection, date, balance, currency);
    let item = store.get(&ctx.fence.install, &sk).await?;
    let prefix = ItemKind::Day.of_connection(ctx.fence.connection);
    let day = item.map(|item| DayHours::of(&item, &prefix)).transpose()?;
    Ok(day.map(|day| day.hours.iter().map(|hour| hour.begins).collect()).unwrap_or_default())
}
