//! The start of a mirror: which records are posted, which entry represents those before it, and
//! what happens if those change later.
//!
//! Records before the start are read like all others, to the end of the list, and added up. Once
//! the sum is stored, one entry represents it. From then on these records are only compared. A
//! record of the last day before the start that is not part of the sum appeared late and is posted.
//! An older day that changed is a problem, and a difference that is named.

use std::collections::{BTreeMap, HashMap, HashSet};

use aws_sdk_dynamodb::types::TransactWriteItem;
use futures::stream;
use futures::stream::{StreamExt, TryStreamExt};

use crate::engine::context::Context;
use crate::engine::stop::Stop;
use crate::model::connection::{Connection, Start};
use crate::model::ledger::{
    BalanceKind, ChargeAccounts, LATE_SECONDS, Opening, OpeningChange, OpeningEntry,
    OpeningReference, Reference, WHOLE_HISTORY, mirror, rfc3339,
};
use crate::model::money::Currency;
use crate::model::problem::code::ProblemCode;
use crate::model::settings::Settings;
use crate::model::stripe::types::movement::BalanceTransaction;
use crate::model::stripe::types::{List, Unread};
use crate::platform::blnk::types::mirror_delta;
use crate::platform::blnk::{Filter, MAX_LOOKUP_VALUES, Operator};
use crate::platform::store::openings::Openings;

/// The limit of an owner's opening entries: one for each balance and currency, and as many again
/// each time the start was moved.
pub(crate) const MAX_OPENINGS: usize = 5_000;

/// Mirrors whose entries are counted concurrently.
pub(crate) const COUNTS: usize = 8;

/// What a run does about the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Decision {
    /// The start stays as it is.
    Keep,
    /// The start moves to an earlier time.
    Earlier(i64),
    /// This connection has not posted anything yet. Holds the start that the settings request.
    First(i64),
}

/// Decides what a run does about the start, given the current settings.
pub(crate) fn decide(connection: &Connection, chosen: Option<&str>) -> Decision {
    let wanted = chosen.and_then(Settings::start_of).unwrap_or(WHOLE_HISTORY);
    match &connection.start {
        Some(start) if start.chosen.as_deref() == chosen || wanted >= start.at => Decision::Keep,
        Some(_) => Decision::Earlier(wanted),
        // The whole history was posted before there was a start.
        None if connection.posted_from().is_some() => Decision::Keep,
        None => Decision::First(wanted),
    }
}

/// The time from which records are posted, in Unix seconds.
pub(crate) fn start(ctx: &Context<'_>) -> i64 {
    let fixed = || ctx.connection.start.as_ref().map_or(WHOLE_HISTORY, |start| start.at);
    ctx.progress.planned_start.unwrap_or_else(fixed)
}

/// Whether the openings for the start are in the ledger. Until then runs read the list to its end.
pub(crate) fn opened(ctx: &Context<'_>) -> bool {
    ctx.progress.planned_start.is_none()
        && ctx.connection.start.as_ref().is_none_or(|start| start.opened)
}

/// Fixes the start before a run's first read. Returns the operations that go with the first
/// checkpoint.
pub(crate) async fn decide_start(ctx: &mut Context<'_>) -> Result<Vec<TransactWriteItem>, Stop> {
    if ctx.run.is_preview() {
        ctx.progress.planned_start =
            match decide(&ctx.connection, ctx.settings.start_date.as_deref()) {
                Decision::Keep => None,
                Decision::Earlier(at) => Some(at),
                Decision::First(wanted) => Some(first_start(ctx, wanted).await?),
            };
        return Ok(Vec::new());
    }
    if ctx.progress.read_only {
        return Ok(Vec::new());
    }
    let chosen = ctx.settings.start_date.clone();
    let start = match decide(&ctx.connection, chosen.as_deref()) {
        Decision::Keep => return Ok(Vec::new()),
        Decision::Earlier(at) => Start { at, chosen, opened: false, later: None },
        Decision::First(wanted) => {
            let at = first_start(ctx, wanted).await?;
            if at != WHOLE_HISTORY {
                // A run that posted nothing, completed or not, counted these days as if everything
                // were to be posted.
                if !ctx.services.store.openings().forget_days(&ctx.fence).await? {
                    return Err(Stop::Superseded);
                }
                ctx.closed = None;
            }
            // The start that was found applies first, whatever was chosen. It does not satisfy the
            // choice of an earlier start; the next run moves the start there.
            Start { at, chosen: chosen.filter(|_| wanted >= at), opened: false, later: None }
        }
    };
    tracing::info!(install = %ctx.fence.install, at = start.at, "fixed the start");
    let operation = ctx.services.store.openings().set_start(&ctx.fence, &start)?;
    ctx.connection.start = Some(start);
    Ok(vec![operation])
}

/// The start of a connection that has posted nothing yet. The openings and entries of an earlier
/// installation stay for good. If those entries reach further back than wanted, the whole history
/// is mirrored.
async fn first_start(ctx: &Context<'_>, wanted: i64) -> Result<i64, Stop> {
    let there = openings_there(ctx).await?;
    let adopted = there.values().flatten().map(|entry| entry.at.saturating_add(1)).min();
    let (start, posted_from) = match adopted {
        // Records that appeared late may be posted up to a day before it.
        Some(start) => (start, start.saturating_sub(LATE_SECONDS)),
        None => (wanted, wanted),
    };
    if start <= WHOLE_HISTORY || posted_before(ctx, posted_from).await? {
        Ok(WHOLE_HISTORY)
    } else {
        Ok(start)
    }
}

/// Whether the mirrors hold anything that takes effect before a time.
async fn posted_before(ctx: &Context<'_>, instant: i64) -> Result<bool, Stop> {
    let before = rfc3339(instant)?;
    let mirrors = ctx
        .blnk
        .balances_by_indicator(&ctx.chart.known_mirrors(), ctx.deadline)
        .await
        .map_err(Stop::of_look)?;
    let counts = stream::iter(mirrors).map(|mirror| {
        let filters = [
            Filter::eq("balance_id", &mirror.balance_id),
            Filter::compare("effective_date", Operator::Lt, before.as_str()),
        ];
        async move { ctx.blnk.count_transactions(&filters, ctx.deadline).await }
    });
    let mut counts = counts.buffered(COUNTS);
    while let Some(count) = counts.try_next().await.map_err(Stop::of_look)? {
        if count > 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The opening entries in the ledger, by balance and currency. The latest effective time comes
/// first, which is the order of posting.
pub(crate) async fn openings_there(
    ctx: &Context<'_>,
) -> Result<BTreeMap<(BalanceKind, Currency), Vec<OpeningEntry>>, Stop> {
    let named =
        [Filter::compare("reference", Operator::Like, OpeningReference::pattern(&ctx.owner))];
    let rows =
        ctx.blnk.transactions(&named, MAX_OPENINGS, ctx.deadline).await.map_err(Stop::of_look)?;
    let ours = |text: &str| {
        text.parse::<OpeningReference>().ok().filter(|reference| *reference.owner() == ctx.owner)
    };
    let ours: Vec<_> = rows
        .iter()
        .filter_map(|row| Some((row, ours(&row.reference)?)))
        .filter(|(row, _)| row.is_applied())
        .collect();
    if ours.is_empty() {
        return Ok(BTreeMap::new());
    }
    let indicators: HashSet<String> =
        ours.iter().map(|(_, reference)| ctx.chart.mirror(reference.kind())).collect();
    let indicators: Vec<String> = indicators.into_iter().collect();
    let balances =
        ctx.blnk.balances_by_indicator(&indicators, ctx.deadline).await.map_err(Stop::of_look)?;
    let ids: HashMap<(String, String), String> = balances
        .into_iter()
        .filter_map(|row| Some(((row.indicator?, row.currency), row.balance_id)))
        .collect();
    let mut there: BTreeMap<(BalanceKind, Currency), Vec<OpeningEntry>> = BTreeMap::new();
    for (row, reference) in ours {
        let Some(id) =
            ids.get(&(ctx.chart.mirror(reference.kind()), reference.currency().to_string()))
        else {
            continue;
        };
        let Some(at) = row.effective_date.filter(|_| row.source == *id || row.destination == *id)
        else {
            continue;
        };
        let entry = OpeningEntry {
            reference: row.reference.clone(),
            at: at.as_second(),
            moves: mirror_delta(row, id),
            posted: true,
        };
        there.entry((reference.kind().clone(), reference.currency())).or_default().push(entry);
    }
    there.values_mut().for_each(|entries| entries.sort_by_key(|entry| std::cmp::Reverse(entry.at)));
    Ok(there)
}

/// Whether an unreadable record may lie before a start whose openings are not added up yet. Only
/// the records beside it give a hint of its time.
pub(crate) fn may_lie_before(
    ctx: &Context<'_>,
    page: &List<BalanceTransaction>,
    unread: &[Unread],
) -> bool {
    let last = page.data.last().map(|record| record.created);
    let ends = || unread.iter().any(|row| row.id.is_some() && row.id.as_deref() == page.last_id());
    !unread.is_empty() && !opened(ctx) && (last.is_none_or(|last| last < start(ctx)) || ends())
}

/// The records that are not posted because they are before the start.
pub(crate) async fn before_start<'r>(
    ctx: &Context<'_>,
    records: &'r [BalanceTransaction],
) -> Result<HashSet<&'r str>, Stop> {
    let start = start(ctx);
    let mut before: HashSet<&str> = records
        .iter()
        .filter(|record| record.created < start)
        .map(|record| record.id.as_str())
        .collect();
    if before.is_empty() {
        return Ok(before);
    }
    let from = start.saturating_sub(LATE_SECONDS);
    let last_day: Vec<&BalanceTransaction> =
        records.iter().filter(|record| record.created < start && record.created >= from).collect();
    if opened(ctx) {
        let ids: Vec<&str> = last_day.iter().map(|record| record.id.as_str()).collect();
        let known = ctx
            .services
            .store
            .openings()
            .records(&ctx.fence.install, ctx.fence.connection, &ids)
            .await?;
        before.retain(|id| !ids.contains(id) || known.contains(*id));
    } else {
        let posted = posted_of(ctx, &last_day).await?;
        before.retain(|id| !posted.contains(*id));
    }
    Ok(before)
}

/// The records that already have entries in the ledger.
async fn posted_of<'r>(
    ctx: &Context<'_>,
    records: &[&'r BalanceTransaction],
) -> Result<HashSet<&'r str>, Stop> {
    let mut named: HashMap<String, &'r str> = HashMap::new();
    for record in records {
        let Ok(mirrored) = mirror(record, &ctx.chart, &ChargeAccounts::none()) else { continue };
        for leg in mirrored.legs {
            named.insert(
                Reference::new(&ctx.owner, &record.id, leg.kind)?.to_string(),
                record.id.as_str(),
            );
        }
    }
    let references: Vec<&String> = named.keys().collect();
    let mut posted = HashSet::new();
    for part in references.chunks(MAX_LOOKUP_VALUES) {
        let rows =
            ctx.blnk.transactions_by_reference(part, ctx.deadline).await.map_err(Stop::of_look)?;
        posted.extend(rows.iter().filter_map(|row| named.get(&row.reference).copied()));
    }
    Ok(posted)
}

/// The openings of this connection, loaded once per worker.
pub(crate) async fn known<'c>(ctx: &'c mut Context<'_>) -> Result<&'c mut Openings, Stop> {
    let known = match ctx.openings.take() {
        Some(known) => known,
        None if ctx.connection.start.is_none() => Openings::new(),
        None => ctx.services.store.openings().all(&ctx.fence.install, ctx.fence.connection).await?,
    };
    Ok(ctx.openings.insert(known))
}

/// Whether an earlier run found all openings settled, and this one has not loaded them.
pub(crate) const fn is_known_settled(ctx: &Context<'_>) -> bool {
    ctx.openings.is_none() && ctx.known_empty.openings
}

/// Whether each opening entry is posted, and no day before the start has changed.
pub(crate) fn are_settled(openings: &Openings) -> bool {
    openings.values().all(|opening| {
        opening.change() == OpeningChange::default()
            && opening.entries.iter().all(|entry| entry.posted)
    })
}

/// The aspect that distinguishes the problems about one day.
pub(crate) fn aspect(opening: &Opening) -> String {
    format!("{}:{}:{}", opening.kind, opening.currency, ProblemCode::BeforeTheStart.as_str())
}

/// The id of the problem about a day.
pub(crate) fn before_the_start_id(opening: &Opening, day: &str) -> String {
    format!("{day}:{}", aspect(opening))
}

#[cfg(test)]
mod tests;
