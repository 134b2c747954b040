//! Recounts hours that were mirrored before, without posting anything: reads Stripe's records
//! again, and the accounts of the ledger's own entries.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::context::Context;
use crate::engine::stages::closed;
use crate::engine::stages::offsets;
use crate::engine::stages::openings::start;
use crate::engine::stages::read::walk;
use crate::engine::stages::tally;
use crate::engine::stop::Stop;
use crate::model::ledger::{Breakdown, ChargeAccounts, Mirrored, Offset, Slice, hour_of, mirror};
use crate::model::run::progress::Walk;
use crate::model::stripe::types::movement::BalanceTransaction;
use crate::platform::clock;
use crate::platform::store::figures;
use crate::platform::stripe::PageRequest;
use crate::platform::table::units::Unit;

/// A walk over a part of the list, Unix seconds, the end exclusive. Absent bounds are the list's.
pub(crate) fn walk_of(lower: Option<i64>, upper: Option<i64>) -> Walk {
    // It keeps no ids: it is not a reading of the list for a proof.
    Walk { upper, ..Walk::new(lower, i64::MAX) }
}

/// Counts the next page of a walk. Returns the writes of the hours that it completed, or `None`
/// when the page did not come in time: `walk.place` holds how far it was read.
pub(crate) async fn page(
    ctx: &mut Context<'_>,
    walk: &mut Walk,
) -> Result<Option<Vec<Unit>>, Stop> {
    let request = PageRequest {
        created_gte: walk.lower,
        created_lt: walk.upper,
        starting_after: walk.cursor.clone(),
        ..PageRequest::default()
    };
    let newest = walk
        .last_created
        .or(walk.upper)
        .unwrap_or_else(|| clock::now().seconds().saturating_add(1));
    let look = walk::look_at_page(ctx, &request, newest, &mut walk.place);
    let Some(read) = Box::pin(look).await? else {
        return Ok(None);
    };
    let records = &read.list.data;
    tally::in_order(walk, records)?;
    let before = start::before_start(ctx, records).await?;
    let counted = records.iter().filter(|record| !before.contains(record.id.as_str()));
    let mirrored: Vec<(&BalanceTransaction, Mirrored)> = counted
        .filter_map(|record| {
            // A record that cannot be mirrored is in no day, and has a problem.
            Some((record, mirror(record, &ctx.chart, &ChargeAccounts::none()).ok()?))
        })
        .collect();
    let each: Vec<&Mirrored> = mirrored.iter().map(|(_, record)| record).collect();
    let offsets = Box::pin(offsets::of_records(ctx, &each)).await?;
    let now = clock::now().seconds();
    let complete = tally::count(walk, &ctx.owner, &read.list, &mirrored, &offsets, now)?;
    Ok(Some(Box::pin(closed::writes(ctx, complete)).await?))
}

/// The writes of the figures of opening entries that were posted by versions without figures.
pub(crate) async fn openings(ctx: &mut Context<'_>) -> Result<Vec<Unit>, Stop> {
    let openings = start::known(ctx).await?.clone();
    let (mut legs, mut kinds) = (BTreeMap::new(), BTreeSet::new());
    for opening in openings.values() {
        kinds.insert(opening.kind.clone());
        for entry in &opening.entries {
            legs.insert(entry.reference.clone(), (opening.currency, entry.moves));
        }
    }
    if legs.is_empty() {
        return Ok(Vec::new());
    }
    let accounts = Box::pin(offsets::of_legs(ctx, &legs, &kinds)).await?;
    let mut units = Vec::new();
    for opening in openings.values() {
        for entry in &opening.entries {
            let account = accounts.get(&entry.reference).cloned().unwrap_or(Offset::UNPOSTED);
            let mut breakdown = Breakdown::default();
            breakdown.add_opening(account, entry.moves)?;
            let slice = Slice {
                kind: opening.kind.clone(),
                currency: opening.currency,
                hour: hour_of(entry.at),
            };
            let (store, fence) = (&ctx.services.store, &ctx.fence);
            units.push(Unit(figures::replace_openings(
                store,
                &fence.install,
                fence.connection,
                [(&slice, &breakdown)],
            )?));
        }
    }
    Ok(units)
}
