//! `DAY` items: the expected figures of each day. A walk writes them hour by hour, and the proof
//! adds them up.

mod reading;
mod sums;

use crate::engine::context::Context;
use crate::engine::stages::closed;
use crate::engine::stages::openings::before_start;
use crate::engine::stop::Stop;
use crate::model::closed::{MAX_LEFT_OPEN, bound, date_of};
use crate::model::run::proof_progress::{DaySums, Differing, ExpectedAll, Reread};
use crate::model::run::request::Depth;
use crate::platform::clock;
use crate::platform::table::attribute::Item;
use crate::platform::table::keys::key_of;
use crate::platform::table::kind::ItemKind;
use crate::platform::table::read::sort_key;
use crate::platform::table::units::Unit;
use reading::{Group, read_back};
use sums::REREAD_LEGS;

/// Closed days in one read, when some of them are read again.
const CLOSED_DAYS_AT_ONCE: i32 = 24;

/// Reads of days between two checkpoints.
pub(crate) const READS_TO_CHECKPOINT: u32 = 4;

/// The progress of adding up the days.
pub(crate) enum Added {
    /// The hours read back so far need to be stored; then it continues.
    More(Vec<Unit>),
    /// The same, and the time is up. The next worker continues where this one stopped.
    Later(Vec<Unit>),
    /// All days: what the mirrors should hold, the hours in which the ledger differs, and what
    /// closes.
    All(ExpectedAll, Vec<Differing>, Vec<Unit>),
}

/// Where adding up goes on after a group of days.
enum Next {
    /// With the next group.
    Group,
    /// After a checkpoint.
    Checkpoint(Added),
}

/// Adds up the days to what the mirrors should hold. `reads` counts this worker's reads of days.
///
/// Each hour that is not yet known to agree with the ledger is read back along the way.
pub(crate) async fn add_up(ctx: &mut Context<'_>, reads: &mut u32) -> Result<Added, Stop> {
    let prefix = ItemKind::Day.of_connection(ctx.fence.connection);
    let mut adding = match ctx.progress.adding.take() {
        Some(adding) => adding,
        None => begin(ctx).await?,
    };
    if let Some(added) = Box::pin(reread_closed(ctx, &mut adding, &prefix)).await? {
        return Ok(added);
    }
    while !adding.done {
        let (items, after) = next_group(ctx, &adding, &prefix).await?;
        *reads += 1;
        match Box::pin(add_group(ctx, &mut adding, &prefix, items, after, *reads)).await? {
            Next::Group => {}
            Next::Checkpoint(added) => {
                ctx.progress.adding = Some(adding);
                return Ok(added);
            }
        }
    }
    let mut expected = adding.expected(clock::now().seconds());
    before_start::expect_changes(ctx, &mut expected).await?;
    let differing = adding.differing.clone();
    ctx.progress.reread_next = adding.reread.next();
    let closing = close(ctx, &mut adding).await?;
    ctx.progress.adding = Some(adding);
    Ok(Added::All(expected, differing, closing))
}

/// Begins with the sums of closed days, unless everything is read again.
async fn begin(ctx: &mut Context<'_>) -> Result<DaySums, Stop> {
    let reread = Reread::of(ctx.run.depth, reread_after(ctx));
    begin_with(ctx, reread).await
}

async fn begin_with(ctx: &mut Context<'_>, reread: Reread) -> Result<DaySums, Stop> {
    let mut adding =
        DaySums { closes_to: date_of(bound(clock::now().seconds())), ..DaySums::default() };
    let whole = reread.whole;
    let prefix = ItemKind::Day.of_connection(ctx.fence.connection);
    let known = closed::known(ctx).await?;
    if let Some(until) = known.until().filter(|_| !whole) {
        adding.after = Some(format!("{prefix}{until}"));
        adding.until = Some(until.to_owned());
        adding.left_open_added = known.head.left_open.is_empty();
        adding.sums.clone_from(&known.sums);
        adding.closing.clone_from(&known.sums);
    }
    adding.reread = reread;
    Ok(adding)
}

/// The next days: those that are in no sum of closed days, and then all days after the sums.
async fn next_group(
    ctx: &mut Context<'_>,
    adding: &DaySums,
    prefix: &str,
) -> Result<(Vec<Item>, Option<String>), Stop> {
    let install = ctx.fence.install.clone();
    if adding.until.is_some() && !adding.left_open_added {
        let left_open = closed::known(ctx).await?.head.left_open.clone();
        if !left_open.is_empty() {
            let keys = left_open.iter().map(|sk| key_of(&install, sk)).collect();
            let mut items = ctx.services.store.read_all(keys).await?;
            items.sort_by(|one, other| sort_key(one).cmp(sort_key(other)));
            return Ok((items, adding.after.clone()));
        }
    }
    Ok(ctx.services.store.items_after(&install, prefix, adding.after.as_deref()).await?)
}

/// Reads back and adds a group of days.
async fn add_group(
    ctx: &mut Context<'_>,
    adding: &mut DaySums,
    prefix: &str,
    items: Vec<Item>,
    after: Option<String>,
    reads: u32,
) -> Result<Next, Stop> {
    // Days outside the sums of closed days do not take part in re-reading by turns.
    let group = if adding.until.is_some() && !adding.left_open_added {
        Group::LeftOpen
    } else {
        Group::Open
    };
    let (days, marks, whole) = read_back(ctx, adding, prefix, &items, group).await?;
    if !whole {
        // The marks record which hours were read back, for the next worker. The days of this group
        // are added up once all of them were. Hours that agreed are then not read a second time,
        // and hours that had to be read again and could not be have lost their mark.
        adding.reread.after =
            items.last().map(|item| sort_key(item).to_owned()).max(adding.reread.after.take());
        return Ok(Next::Checkpoint(Added::Later(marks)));
    }
    let at = clock::now().seconds();
    for (item, day) in items.iter().zip(&days) {
        adding.add(sort_key(item), day, at)?;
    }
    if adding.until.is_some() && !adding.left_open_added {
        adding.left_open_added = true;
    } else {
        adding.done = after.is_none();
        adding.after = after;
    }
    let time_is_up = ctx.out_of_time();
    if !marks.is_empty()
        || (!adding.done && (time_is_up || reads.is_multiple_of(READS_TO_CHECKPOINT)))
    {
        let is_over = !adding.done && time_is_up;
        let added = if is_over { Added::Later(marks) } else { Added::More(marks) };
        return Ok(Next::Checkpoint(added));
    }
    Ok(Next::Group)
}

/// Re-reads some closed days, from where the last run stopped. If the ledger no longer agrees with
/// one, its sum is reopened, and all days are added up one by one.
async fn reread_closed(
    ctx: &mut Context<'_>,
    adding: &mut DaySums,
    prefix: &str,
) -> Result<Option<Added>, Stop> {
    let Some(until) = adding.until.clone() else { return Ok(None) };
    // Every run reads a small ledger completely. Of a larger one the daily run reads as many
    // entries as its budget allows, and other runs none: an idle run costs the same whatever the
    // history.
    let known = closed::known(ctx).await?;
    let legs: u64 = known.sums.iter().map(|sum| sum.figures.legs).sum();
    if !adding.reread.whole_day && legs > REREAD_LEGS {
        (adding.reread.spent, adding.closed_reread) = (true, true);
    }
    let end = format!("{prefix}{until}");
    while !adding.closed_reread {
        let from = adding.reread.reached.clone().or_else(|| adding.reread.after.clone());
        if adding.reread.spent || from.as_deref().is_some_and(|from| from >= end.as_str()) {
            adding.closed_reread = true;
            break;
        }
        let (mut items, more) = ctx
            .services
            .store
            .some_after(&ctx.fence.install, prefix, from.as_deref(), CLOSED_DAYS_AT_ONCE)
            .await?;
        let read = items.len();
        items.retain(|item| sort_key(item) < end.as_str());
        let (_, marks, whole) = read_back(ctx, adding, prefix, &items, Group::Closed).await?;
        let is_over = more.is_none() || items.len() < read;
        adding.closed_reread = whole && (is_over || adding.reread.spent);
        if closed::known(ctx).await?.until().is_none() {
            let reread = Reread { spent: true, ..adding.reread.clone() };
            let differing = std::mem::take(&mut adding.differing);
            ctx.progress.adding = Some(DaySums { differing, ..begin_with(ctx, reread).await? });
            let added = if whole { Added::More(marks) } else { Added::Later(marks) };
            return Ok(Some(added));
        }
        if !whole || !marks.is_empty() || ctx.out_of_time() {
            let is_late = !whole || ctx.out_of_time();
            ctx.progress.adding = Some(std::mem::take(adding));
            return Ok(Some(if is_late { Added::Later(marks) } else { Added::More(marks) }));
        }
    }
    Ok(None)
}

/// Closes the days that are old enough, once a day. Returns the writes.
async fn close(ctx: &mut Context<'_>, adding: &mut DaySums) -> Result<Vec<Unit>, Stop> {
    let Some(to) = adding.closes_to.take() else { return Ok(Vec::new()) };
    let (sums, left_open) =
        (std::mem::take(&mut adding.closing), std::mem::take(&mut adding.left_open));
    let install = ctx.fence.install.clone();
    let connection = ctx.fence.connection;
    let known = closed::known(ctx).await?;
    let is_new =
        known.until().is_none_or(|until| until < to.as_str()) || known.head.left_open != left_open;
    if left_open.len() > MAX_LEFT_OPEN || (!is_new || (sums.is_empty() && left_open.is_empty())) {
        return Ok(Vec::new());
    }
    known.head.until = Some(to);
    known.head.subjects = sums.len() as u64;
    known.head.left_open = left_open;
    let before = std::mem::replace(&mut known.sums, sums);
    let known = known.clone();
    let store = &ctx.services.store;
    Ok(vec![Unit(store.closed().replace(&install, connection, &known, &before)?)])
}

fn reread_after(ctx: &Context<'_>) -> Option<String> {
    ctx.summary.as_ref().and_then(|summary| summary.reread_after.clone())
}

/// Restarts adding up the days without relying on any mark. Returns whether that is new work.
pub(crate) fn begin_full_reread(ctx: &mut Context<'_>) -> bool {
    let is_new = ctx.progress.adding.as_ref().is_none_or(|adding| !adding.reread.whole);
    if is_new {
        ctx.progress.adding = Some(DaySums {
            reread: Reread::of(Depth::Everything, None),
            closes_to: date_of(bound(clock::now().seconds())),
            ..DaySums::default()
        });
    }
    is_new
}
