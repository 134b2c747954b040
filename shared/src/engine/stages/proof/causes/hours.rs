//! Compares one hour record by record: the entries that its records should have made, and the
//! entries in the ledger.

use std::collections::{BTreeMap, HashMap};

use crate::engine::context::Context;
use crate::engine::stages::charges;
use crate::engine::stages::openings::start;
use crate::engine::stages::proof::causes::found::{FoundCauses, cause, of_row};
use crate::engine::stages::proof::causes::others;
use crate::engine::stages::proof::verify::entries_between;
use crate::engine::stages::read::{PageError, walk};
use crate::engine::stop::Stop;
use crate::model::certificate::{Cause, CauseKind};
use crate::model::ledger::{ChargeAccounts, Reference, Slice, hour_of, mirror, rfc3339};
use crate::model::ledger::{MirrorIds, SECONDS_PER_HOUR};
use crate::model::money::{Currency, Sum};
use crate::model::run::list_place::Place;
use crate::platform::blnk::types::mirror_delta;
use crate::platform::blnk::{LedgerTransaction, MAX_LOOKUP_VALUES};
use crate::platform::stripe::PageRequest;

/// Pages of Stripe's list that are read for an hour.
const MAX_HOUR_PAGES: u32 = 20;

/// What the records of an hour should have made: the mirror's movements by reference. `None` when
/// there are too many.
async fn expected_of(
    ctx: &Context<'_>,
    slice: &Slice,
) -> Result<Option<BTreeMap<String, i128>>, Stop> {
    let mut expected = BTreeMap::new();
    let openings = ctx.openings.iter().flat_map(|openings| openings.values());
    for opening in
        openings.filter(|opening| opening.kind == slice.kind && opening.currency == slice.currency)
    {
        let entries = opening.entries.iter().filter(|entry| hour_of(entry.at) == slice.hour);
        expected.extend(entries.map(|entry| (entry.reference.clone(), entry.moves)));
    }
    let mut request = PageRequest {
        created_gte: Some(slice.hour),
        created_lt: Some(slice.hour + SECONDS_PER_HOUR),
        ..PageRequest::default()
    };
    let mut reader = walk::reader(ctx).plain();
    let mut newest = slice.hour + SECONDS_PER_HOUR;
    for _ in 0..MAX_HOUR_PAGES {
        if ctx.out_of_time() {
            break;
        }
        let read = match Box::pin(reader.next(&request, newest, &mut Place::default(), None)).await
        {
            Ok(read) => read,
            // Another attempt would take up the time of one worker after the other.
            Err(PageError::TimedOut) => break,
            Err(stop) => return Err(stop.into()),
        };
        if read.hole.is_some() {
            break;
        }
        let page = read.list;
        newest = page.data.last().map_or(newest, |last| last.created);
        let before = start::before_start(ctx, &page.data).await?;
        let posted = page.data.iter().filter(|record| !before.contains(record.id.as_str()));
        // A leg's offset account does not affect the mirror's movement.
        let records =
            posted.filter_map(|record| mirror(record, &ctx.chart, &ChargeAccounts::none()).ok());
        for record in
            records.filter(|record| record.kind == slice.kind && record.currency == slice.currency)
        {
            for leg in &record.legs {
                expected.insert(
                    Reference::new(&ctx.owner, &record.transaction, leg.kind)?.to_string(),
                    leg.mirror_delta(),
                );
            }
        }
        match page.last_id() {
            Some(last) if page.has_more => request.starting_after = Some(last.to_owned()),
            _ => return Ok(Some(expected)),
        }
    }
    Ok(None)
}

/// Compares an hour's records with the mirror's entries of that hour.
pub(crate) async fn compare_hour(
    ctx: &Context<'_>,
    slice: &Slice,
    ids: &MirrorIds,
    found: &mut FoundCauses,
) -> Result<(), Stop> {
    let line = (ctx.chart.mirror(&slice.kind), slice.currency);
    let Some(mut expected) = expected_of(ctx, slice).await? else {
        found.more = true;
        return Ok(());
    };
    let at = rfc3339(slice.hour)?;
    let id = ids.get(&(line.0.clone(), line.1.to_string())).map_or("", String::as_str);
    if !id.is_empty() {
        let span = (slice.hour, slice.hour + SECONDS_PER_HOUR);
        entries_between(&ctx.blnk, id, span, ctx.deadline, |row| {
            if row.is_applied() {
                compare_entry(ctx, row, &line, id, &mut expected, found);
            }
            Ok(())
        })
        .await?;
    }
    let missing: Vec<String> = expected.keys().cloned().collect();
    let mut elsewhere: HashMap<String, LedgerTransaction> = HashMap::new();
    for part in missing.chunks(MAX_LOOKUP_VALUES) {
        let part: Vec<&str> = part.iter().map(String::as_str).collect();
        // If it cannot be determined whether an entry is elsewhere, it is still missing here.
        let (rows, _) = charges::look_up(ctx, &part).await?;
        elsewhere.extend(rows.into_iter().map(|row| (row.reference.clone(), row)));
    }
    for (reference, moved) in expected {
        let row = elsewhere.get(&reference);
        let kind = if row.is_some() { CauseKind::Different } else { CauseKind::Missing };
        let here =
            row.filter(|row| row.is_applied() && (row.source == id || row.destination == id));
        found.add(Cause {
            ledger_id: row.map(|row| row.transaction_id.clone()),
            expected: Some(Sum(moved)),
            found: here.map(|row| Sum(mirror_delta(row, id))),
            at: Some(at.clone()),
            ..cause(kind, &line, &reference, &ctx.owner)
        });
    }
    Ok(())
}

fn compare_entry(
    ctx: &Context<'_>,
    row: &LedgerTransaction,
    line: &(String, Currency),
    mirror_id: &str,
    expected: &mut BTreeMap<String, i128>,
    found: &mut FoundCauses,
) {
    match expected.remove(&row.reference) {
        Some(moved) if moved == mirror_delta(row, mirror_id) && row.currency == line.1.as_str() => {
        }
        Some(moved) => {
            let differs = of_row(CauseKind::Different, line, row, mirror_id, &ctx.owner);
            found.add(Cause { expected: Some(Sum(moved)), ..differs });
        }
        None => found.add(of_row(
            others::kind_of_unexpected(ctx, row),
            line,
            row,
            mirror_id,
            &ctx.owner,
        )),
    }
}
