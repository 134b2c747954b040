//! At the end of a walk through the whole list, the sums become openings, and the openings become
//! entries.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use aws_sdk_dynamodb::types::TransactWriteItem;

use crate::engine::context::Context;
use crate::engine::stages::guard;
use crate::engine::stages::openings::start::BEFORE_THE_START;
use crate::engine::stages::post;
use crate::engine::stages::problems;
use crate::engine::stages::read::PageRead;
use crate::engine::stop::Stop;
use crate::model::connection::Start;
use crate::model::ledger::{BalanceKind, Entry, Figures, Opening, Slice, WHOLE_HISTORY, hour_of};
use crate::model::money::Currency;
use crate::model::problem::ProblemReport;
use crate::platform::store::days::opening_operation;
use crate::platform::store::openings::Openings;

/// Adds up the records before the start. Returns the writes that store the sums; they come before
/// anything is posted.
pub(crate) async fn sum_up(ctx: &mut Context<'_>) -> Result<Vec<TransactWriteItem>, Stop> {
    let Some(start) = ctx.connection.start.clone().filter(|_| !ctx.progress.opened) else { return Ok(Vec::new()) };
    if !start.opened && start.at > WHOLE_HISTORY && ctx.progress.walk.unsummed {
        // The sum would lack the unreadable records for good. A problem names them, and each run
        // reads the list again.
        tracing::warn!(install = %ctx.fence.install, "the openings wait: some records before the start are unreadable");
        ctx.progress.opened = true;
        return Ok(Vec::new());
    }
    if start.opened { Ok(Vec::new()) } else { settle(ctx, &start).await }
}

/// Posts the entries that stand for the records before the start, unless they exist. Returns the
/// writes that record it.
pub(crate) async fn post(ctx: &mut Context<'_>) -> Result<Vec<TransactWriteItem>, Stop> {
    let Some(start) = ctx.connection.start.clone().filter(|_| !ctx.progress.opened) else { return Ok(Vec::new()) };
    let unposted =
        crate::engine::stages::openings::start::known(ctx).await?.values().any(|opening| opening.entries.iter().any(|entry| !entry.posted));
    let writes = if !start.opened || unposted { post_openings(ctx, start).await? } else { Vec::new() };
    ctx.progress.opened = true;
    Ok(writes)
}

/// Records that something before the start was unreadable.
pub(crate) fn note_gap(ctx: &mut Context<'_>, read: &PageRead) {
    let start = crate::engine::stages::openings::start::start(ctx);
    ctx.progress.walk.unsummed |= read.hole.as_ref().is_some_and(|hole| hole.oldest < start);
}

/// Why the opening is not in the ledger yet, if it should be.
pub(crate) fn waits(ctx: &Context<'_>) -> Option<&'static str> {
    let due = ctx.connection.start.as_ref().is_some_and(|start| !start.opened) && !ctx.progress.read_only;
    due.then_some("Something before the start could not be read, so the opening entries wait.")
}

async fn settle(ctx: &mut Context<'_>, start: &Start) -> Result<Vec<TransactWriteItem>, Stop> {
    let mut there = crate::engine::stages::openings::start::openings_there(ctx).await?;
    let listed: BTreeMap<(BalanceKind, Currency), Figures> =
        ctx.progress.walk.before_sums.iter().map(|(slice, figures)| ((slice.kind.clone(), slice.currency), *figures)).collect();
    let stored = crate::engine::stages::openings::start::known(ctx).await?;
    let subjects: BTreeSet<(BalanceKind, Currency)> = listed.keys().chain(there.keys()).chain(stored.keys()).cloned().collect();
    let mut openings = Openings::new();
    let (mut operations, mut met) = (Vec::new(), Vec::new());
    for subject in subjects {
        let (of_list, of_ledger) = (listed.get(&subject).copied().unwrap_or_default(), there.remove(&subject).unwrap_or_default());
        let opening = Opening::settle(&ctx.owner, (&subject.0, subject.1), start.at, of_list, of_ledger)?;
        met.extend(opening.changed.iter().map(|(day, change)| ProblemReport::before_the_start(&opening, day, change)));
        operations.push(ctx.services.store.openings().put(&ctx.fence.install, ctx.fence.connection, &opening)?);
        openings.insert(subject, opening);
    }
    ctx.openings = Some(openings);
    ctx.progress.counters.problems += problems::record(ctx, &met).await?;
    problems::resolve_codes(ctx, &[BEFORE_THE_START], &met).await?;
    Ok(operations)
}

async fn post_openings(ctx: &mut Context<'_>, start: Start) -> Result<Vec<TransactWriteItem>, Stop> {
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
    if !ctx.progress.read_only {
        guard::guard_openings(ctx, &entries).await?;
        in_ledger = entries.iter().map(|entry| entry.reference.clone()).collect();
        let posted = post::post(ctx, entries, true).await?;
        posted.problems.iter().flat_map(|met| &met.references).for_each(|reference| {
            in_ledger.remove(reference);
        });
        ctx.progress.counters.entries_posted += posted.posted;
        ctx.progress.counters.entries_already_there += posted.already_there;
        ctx.progress.counters.problems += problems::record(ctx, &posted.problems).await?;
        let gone: Vec<String> = in_ledger.iter().map(|reference| format!("{reference}:entry")).collect();
        problems::resolve_known(ctx, &gone).await?;
        ctx.progress.walk.posted |= posted.posted > 0;
    }
    let (store, install, connection) = (&ctx.services.store, &ctx.fence.install, ctx.fence.connection);
    let mut operations = Vec::new();
    for opening in openings.values_mut() {
        opening.entries.iter_mut().for_each(|entry| entry.posted |= in_ledger.contains(&entry.reference));
        for entry in &opening.entries {
            let slice = Slice { kind: opening.kind.clone(), currency: opening.currency, hour: hour_of(entry.at) };
            operations.push(opening_operation(store, install, connection, &slice, &opening.figures(entry)?)?);
        }
        operations.push(store.openings().put(install, connection, opening)?);
    }
    ctx.openings = Some(openings);
    ctx.progress.opened = true;
    if !ctx.progress.read_only {
        let opened = Start { opened: true, ..start };
        // The last operation. The ones before it may take several transactions.
        operations.push(store.openings().set_start(&ctx.fence, &opened)?);
        ctx.connection.start = Some(opened);
    }
    Ok(operations)
}
