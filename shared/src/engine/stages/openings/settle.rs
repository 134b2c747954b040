//! At the end of a walk through the whole list, the sums become openings, and the openings become
//! entries.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use aws_sdk_dynamodb::types::TransactWriteItem;

use crate::engine::context::Context;
use crate::engine::stages::closed;
use crate::engine::stages::guard;
use crate::engine::stages::offsets::{self, Offsets};
use crate::engine::stages::post;
use crate::engine::stages::problems;
use crate::engine::stages::read::PageRead;
use crate::engine::stop::Stop;
use crate::model::connection::Start;
use crate::model::ledger::{
    BalanceKind, Breakdown, Entry, Figures, Offset, Opening, OpeningEntry, Slice, WHOLE_HISTORY,
    hour_of, utc_date,
};
use crate::model::money::Currency;
use crate::model::problem::ProblemReport;
use crate::model::problem::code::ProblemCode;
use crate::model::run::step::Step;
use crate::platform::store::day_units::opening_unit;
use crate::platform::store::openings::Openings;
use crate::platform::store::runs::Fence;
use crate::platform::table::units::Unit;

/// Adds up the records before the start. Returns the writes that store the sums; they come before
/// anything is posted.
pub(crate) async fn sum_up(ctx: &mut Context<'_>) -> Result<Vec<TransactWriteItem>, Stop> {
    let Some(start) = ctx.connection.start.clone().filter(|_| ctx.progress.is_due(Step::Openings))
    else {
        return Ok(Vec::new());
    };
    if !start.opened && start.at > WHOLE_HISTORY && ctx.progress.walk.unsummed {
        // The sum would lack the unreadable records for good. A problem names them, and each run
        // reads the list again.
        tracing::warn!(install = %ctx.fence.install,
            "the openings wait: some records before the start are unreadable");
        ctx.progress.pass(Step::Openings);
        return Ok(Vec::new());
    }
    if start.opened { Ok(Vec::new()) } else { settle(ctx, &start).await }
}

/// Posts the opening entries, unless they exist. Returns the writes that record it.
pub(crate) async fn post(ctx: &mut Context<'_>) -> Result<Vec<Unit>, Stop> {
    let Some(start) = ctx.connection.start.clone().filter(|_| ctx.progress.is_due(Step::Openings))
    else {
        return Ok(Vec::new());
    };
    let has_unposted_entries = !crate::engine::stages::openings::start::is_known_settled(ctx)
        && crate::engine::stages::openings::start::known(ctx)
            .await?
            .values()
            .any(|opening| opening.entries.iter().any(|entry| !entry.posted));
    let writes = if !start.opened || has_unposted_entries {
        post_openings(ctx, start).await?
    } else if start.later.is_none() && !ctx.progress.read_only {
        // An earlier version posted the openings.
        let openings = crate::engine::stages::openings::start::known(ctx).await?;
        let opened = opened(start, openings);
        vec![put_start(ctx, opened)?]
    } else {
        Vec::new()
    };
    ctx.progress.pass(Step::Openings);
    Ok(writes)
}

/// The start, once its opening entries are posted.
fn opened(start: Start, openings: &Openings) -> Start {
    let later = openings.values().flat_map(Opening::later).collect();
    Start { opened: true, later: Some(later), ..start }
}

fn put_start(ctx: &mut Context<'_>, start: Start) -> Result<Unit, Stop> {
    let set = ctx.services.store.openings().set_start(&ctx.fence, &start)?;
    ctx.connection.start = Some(start);
    Ok(Unit(vec![set]))
}

/// Records that something before the start was unreadable.
pub(crate) fn note_gap(ctx: &mut Context<'_>, read: &PageRead) {
    let start = crate::engine::stages::openings::start::start(ctx);
    ctx.progress.walk.unsummed |= read.hole.as_ref().is_some_and(|hole| hole.oldest < start);
}

/// Why the opening is not in the ledger yet, if it should be.
pub(crate) fn waits(ctx: &Context<'_>) -> Option<&'static str> {
    let due =
        ctx.connection.start.as_ref().is_some_and(|start| !start.opened) && !ctx.progress.read_only;
    due.then_some("Something before the start could not be read, so the opening entries wait.")
}

async fn settle(ctx: &mut Context<'_>, start: &Start) -> Result<Vec<TransactWriteItem>, Stop> {
    let mut there = crate::engine::stages::openings::start::openings_there(ctx).await?;
    let listed: BTreeMap<(BalanceKind, Currency), Figures> = ctx
        .progress
        .walk
        .before_sums
        .iter()
        .map(|(slice, figures)| ((slice.kind.clone(), slice.currency), *figures))
        .collect();
    let stored = crate::engine::stages::openings::start::known(ctx).await?;
    let subjects: BTreeSet<(BalanceKind, Currency)> =
        listed.keys().chain(there.keys()).chain(stored.keys()).cloned().collect();
    let mut openings = Openings::new();
    let (mut operations, mut reports) = (Vec::new(), Vec::new());
    for subject in subjects {
        let (of_list, of_ledger) = (
            listed.get(&subject).copied().unwrap_or_default(),
            there.remove(&subject).unwrap_or_default(),
        );
        let opening =
            Opening::settle(&ctx.owner, &subject.0, subject.1, start.at, of_list, of_ledger)?;
        reports.extend(
            opening
                .changed
                .iter()
                .map(|(day, change)| ProblemReport::before_the_start(&opening, day, change)),
        );
        operations.push(ctx.services.store.openings().put(
            &ctx.fence.install,
            ctx.fence.connection,
            &opening,
        )?);
        openings.insert(subject, opening);
    }
    ctx.openings = Some(openings);
    ctx.progress.counters.problems += problems::record(ctx, &reports).await?;
    problems::resolve_codes(ctx, &[ProblemCode::BeforeTheStart], &reports).await?;
    Ok(operations)
}

async fn post_openings(ctx: &mut Context<'_>, start: Start) -> Result<Vec<Unit>, Stop> {
    let run = ctx.fence.run.to_string();
    let (owner, chart) = (ctx.owner.clone(), ctx.chart.clone());
    let mut openings = crate::engine::stages::openings::start::known(ctx).await?.clone();
    let mut entries: Vec<Entry> = Vec::new();
    for opening in openings.values() {
        for entry in opening.entries.iter().filter(|entry| !entry.posted) {
            entries.push(opening.entry(&owner, &chart, &run, entry)?);
        }
    }
    let mut in_ledger: HashSet<String> = HashSet::new();
    let mut accounts = Offsets::new();
    if !ctx.progress.read_only {
        guard::guard_openings(ctx, &entries).await?;
        in_ledger = entries.iter().map(|entry| entry.reference.clone()).collect();
        let posted = post::post(ctx, entries, true).await?;
        posted.problems.iter().flat_map(|report| &report.references).for_each(|reference| {
            in_ledger.remove(reference);
        });
        ctx.progress.counters.entries_posted += posted.posted;
        ctx.progress.counters.entries_already_there += posted.already_there;
        ctx.progress.counters.problems += problems::record(ctx, &posted.problems).await?;
        let gone: Vec<String> =
            in_ledger.iter().map(|reference| format!("{reference}:entry")).collect();
        problems::resolve_known(ctx, &gone).await?;
        ctx.progress.walk.posted |= posted.posted > 0;
        accounts = offsets::resolve(ctx, posted.accounts).await?;
    }
    // Entries of an earlier installation were found, not posted.
    accounts.extend(found_accounts(ctx, &openings, &accounts).await?);
    let (install, connection) = (ctx.fence.install.clone(), ctx.fence.connection);
    let mut units = Vec::new();
    for opening in openings.values_mut() {
        opening
            .entries
            .iter_mut()
            .for_each(|entry| entry.posted |= in_ledger.contains(&entry.reference));
        for entry in &opening.entries {
            let account = accounts.get(&entry.reference).cloned().unwrap_or(Offset::UNPOSTED);
            units.push(count_entry(ctx, opening, entry, account).await?);
        }
        let put = ctx.services.store.openings().put(&install, connection, opening)?;
        units.push(Unit(vec![put]));
    }
    if !ctx.progress.read_only {
        // The last operation. The ones before it may take several transactions.
        units.push(put_start(ctx, opened(start, &openings))?);
    }
    ctx.openings = Some(openings);
    ctx.progress.pass(Step::Openings);
    Ok(units)
}

/// The writes that count an opening entry, and that open its day again.
async fn count_entry(
    ctx: &mut Context<'_>,
    opening: &Opening,
    entry: &OpeningEntry,
    account: Offset,
) -> Result<Unit, Stop> {
    let slice =
        Slice { kind: opening.kind.clone(), currency: opening.currency, hour: hour_of(entry.at) };
    let mut breakdown = Breakdown::default();
    breakdown.add_opening(account, entry.moves)?;
    let (store, figures) = (&ctx.services.store, opening.figures(entry)?);
    let Fence { install, connection, .. } = &ctx.fence;
    let mut unit = opening_unit(store, install, *connection, &slice, &figures, &breakdown)?;
    let day = (utc_date(slice.hour)?, slice.kind, slice.currency);
    unit.0.extend(closed::reopen(ctx, &day, true).await?);
    Ok(unit)
}

/// The accounts of the entries that were in the ledger before.
async fn found_accounts(
    ctx: &mut Context<'_>,
    openings: &Openings,
    known: &Offsets,
) -> Result<Offsets, Stop> {
    let (mut legs, mut kinds) = (BTreeMap::new(), BTreeSet::new());
    for opening in openings.values() {
        let found =
            opening.entries.iter().filter(|it| it.posted && !known.contains_key(&it.reference));
        for entry in found {
            kinds.insert(opening.kind.clone());
            legs.insert(entry.reference.clone(), (opening.currency, entry.moves));
        }
    }
    if legs.is_empty() {
        return Ok(Offsets::new());
    }
    Box::pin(offsets::of_legs(ctx, &legs, &kinds)).await
}
