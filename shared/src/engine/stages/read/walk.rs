//! The reader within a run. What it learns is stored with the run, and what it cannot read becomes
//! problems.

use std::collections::HashSet;

use crate::engine::context::Context;
use crate::engine::stages::read::{PageError, PageRead, PrefetchedPage, Reader};
use crate::engine::stop::Stop;
use crate::model::ledger::{Mirrored, Reference};
use crate::model::party::Party;
use crate::model::problem::ProblemReport;
use crate::model::problem::code::ProblemCode;
use crate::model::problem::item::SubjectKind;
use crate::model::run::hole::{UnreadableRange, UnreadableRanges};
use crate::model::run::list_place::{Incomplete, IncompleteRecords, KnownUnreadable, Place};
use crate::model::run::progress::Walk;
use crate::model::stripe::types::List;
use crate::model::stripe::types::movement::BalanceTransaction;
use crate::platform::blnk::MAX_LOOKUP_VALUES;
use crate::platform::clock;
use crate::platform::store::problems::known::KnownProblem;
use crate::platform::stripe::{PageRequest, StripeError};

/// How often a run may store its progress at slow places. Beyond that it continues without.
pub(crate) const MAX_STEPS: u32 = 200;

/// If more records than this are set aside in one run, the cause lies in their expanded objects and
/// not in the records.
pub(crate) const MAX_NEW: u64 = 20;

/// The same limit as a share of the records read, one in this many…
pub(crate) const ONE_IN: u64 = 10;

/// …once at least this many were read.
pub(crate) const AT_LEAST: u64 = 100;

/// If a key may not read more records than this, the key lacks a permission.
pub(crate) const MAX_DENIED: usize = 20;

impl From<PageError> for Stop {
    fn from(stop: PageError) -> Self {
        match stop {
            PageError::TimedOut => {
                Self::later(Party::Stripe, "Stripe did not answer in time for a page of its list")
            }
            PageError::Error(error) => error.into(),
        }
    }
}

/// A reader with what this run has learned about the list.
pub(crate) fn reader(ctx: &Context<'_>) -> Reader {
    let problems = || ctx.known.iter().flatten().map(|(_, problem)| problem);
    let failing = problems().filter(|problem| problem.code == ProblemCode::RecordUnrendered);
    let denied = problems().filter(|problem| is_denied(problem));
    let holes = problems()
        .filter(|problem| problem.code == ProblemCode::PageUnreadable)
        .filter_map(|problem| problem.hole.clone());
    let known = KnownUnreadable {
        failing: failing.map(|problem| problem.subject.clone()).collect(),
        denied: denied.map(|problem| problem.subject.clone()).collect(),
        holes: holes.filter_map(|hole| Some((hole.after.clone()?, hole))).collect(),
    };
    let reader = Reader::new(&ctx.stripe, ctx.deadline, known, ctx.progress.hints.clone());
    Reader { allowed: ctx.progress.allowed, ..reader }
}

/// Stores what a reader has learned.
pub(crate) fn store_hints(ctx: &mut Context<'_>, reader: Reader) {
    (ctx.progress.hints, ctx.progress.allowed) = reader.into_hints();
}

/// The walk's request for the page after a record.
pub(crate) fn request(ctx: &Context<'_>, starting_after: Option<String>) -> PageRequest {
    let limit = ctx.progress.hints.limit(starting_after.as_deref());
    let Walk { lower, upper, .. } = ctx.progress.walk;
    PageRequest {
        created_gte: lower,
        created_lt: upper,
        starting_after,
        limit,
        ..PageRequest::default()
    }
}

/// The page to request while this one is handled. `None` if it cannot be read in the usual way.
pub(crate) fn request_ahead(
    ctx: &Context<'_>,
    page: &List<BalanceTransaction>,
) -> Option<PageRequest> {
    let last = page.data.last().filter(|_| page.has_more)?;
    let is_hole = |problem: &KnownProblem| {
        problem.hole.as_ref().is_some_and(|hole| hole.after.as_ref() == Some(&last.id))
    };
    let plain = ctx.progress.hints.is_plain(&last.id)
        && !ctx.known.iter().flatten().any(|(_, problem)| is_hole(problem));
    plain.then(|| request(ctx, Some(last.id.clone())))
}

/// The next page of the walk. `None` when another worker has to continue: the progress is in
/// `ctx.progress`, for the caller to store.
pub(crate) async fn next_page(
    ctx: &mut Context<'_>,
    ahead: Option<PrefetchedPage>,
) -> Result<Option<PageRead>, Stop> {
    // Records set aside before are not retried at each place.
    crate::engine::stages::problems::known(ctx).await?;
    let ahead = ahead.filter(PrefetchedPage::counts);
    let after = ahead
        .as_ref()
        .map_or_else(|| ctx.progress.walk.cursor.clone(), |ahead| ahead.after.clone());
    let newest = ctx
        .progress
        .walk
        .last_created
        .or(ctx.progress.walk.upper)
        .unwrap_or_else(|| clock::now().seconds().saturating_add(1));
    let mut reader = reader(ctx);
    let mut place =
        ctx.progress.walk.place.take().unwrap_or_else(|| reader.place(after.as_deref()));
    let read = Box::pin(reader.next(&request(ctx, after), newest, &mut place, ahead)).await;
    store_hints(ctx, reader);
    match read {
        Ok(read) => Ok(Some(read)),
        Err(PageError::TimedOut) if ctx.progress.steps < MAX_STEPS => {
            ctx.progress.steps += 1;
            ctx.progress.walk.place = Some(place);
            Ok(None)
        }
        Err(stop) => Err(stop.into()),
    }
}

/// Reads a page outside the walk. `None` when no answer came in time. The progress of reading the
/// page is left in `place`, for a caller that reads the same page again.
pub(crate) async fn look_at_page(
    ctx: &mut Context<'_>,
    request: &PageRequest,
    newest: i64,
    place: &mut Option<Place>,
) -> Result<Option<PageRead>, Stop> {
    crate::engine::stages::problems::known(ctx).await?;
    let mut reader = reader(ctx).plain();
    let mut at = place.take().unwrap_or_else(|| reader.place(request.starting_after.as_deref()));
    let read = Box::pin(reader.next(request, newest, &mut at, None)).await;
    store_hints(ctx, reader);
    match read {
        Ok(read) => Ok(Some(read)),
        Err(PageError::TimedOut) => {
            *place = Some(at);
            Ok(None)
        }
        Err(stop) => Err(stop.into()),
    }
}

/// The known holes, including those of this run.
pub(crate) async fn holes(ctx: &mut Context<'_>) -> Result<UnreadableRanges, Stop> {
    let holes = crate::engine::stages::problems::known(ctx)
        .await?
        .values()
        .filter(|problem| problem.code == ProblemCode::PageUnreadable);
    let mut holes: Vec<_> = holes.filter_map(|problem| problem.hole.clone()).collect();
    holes.sort_by_key(|hole| (hole.newest, hole.oldest));
    Ok(UnreadableRanges(holes))
}

/// Records a hole that the walk went around, and resolves earlier ones that it did not find again.
/// Returns how many problems are new.
pub(crate) async fn note_holes(ctx: &mut Context<'_>, read: &PageRead) -> Result<u64, Stop> {
    // A hole that was skipped without a look is already reported.
    let mut reports: Vec<ProblemReport> =
        read.hole.iter().map(|hole| ProblemReport::hole(hole, read.failed.as_ref())).collect();
    let run = ctx.fence.run;
    let known = crate::engine::stages::problems::known(ctx).await?;
    reports.retain(|report| {
        read.failed.is_some()
            || known
                .get(&report.id)
                .is_none_or(|known| known.run != run || known.hole != report.hole)
    });
    let fresh = crate::engine::stages::problems::record(ctx, &reports).await?;
    if !read.list.has_more {
        let Walk { lower, upper, .. } = ctx.progress.walk;
        // Only holes in the range of this walk. Below the place where a failed run stopped, nothing
        // above it was read.
        let passed = |hole: &UnreadableRange| {
            lower.is_none_or(|lower| hole.oldest >= lower)
                && upper.is_none_or(|upper| hole.newest < upper)
        };
        let gone = crate::engine::stages::problems::known(ctx)
            .await?
            .iter()
            .filter(|(_, problem)| problem.run != run && problem.hole.as_ref().is_some_and(passed));
        let gone: Vec<String> = gone.map(|(id, _)| id.clone()).collect();
        crate::engine::stages::problems::resolve_known(ctx, &gone).await?;
    }
    Ok(fresh)
}

/// Stops the run when so many records are unreadable with their expanded objects that the records
/// cannot be the cause.
pub(crate) async fn stand_for_records(ctx: &mut Context<'_>, read: &PageRead) -> Result<(), Stop> {
    let failing: Vec<&String> = read
        .bare
        .iter()
        .filter(|(_, lack)| matches!(lack, Incomplete::Fails(_)))
        .map(|(id, _)| id)
        .collect();
    if failing.is_empty() {
        return Ok(());
    }
    let before = ctx.progress.unrendered.clone();
    let known = crate::engine::stages::problems::known(ctx).await?;
    let is_fresh = |id: &&String| {
        !before.contains(*id) && !known.values().any(|problem| problem.subject == **id)
    };
    let fresh: Vec<String> = failing.into_iter().filter(is_fresh).cloned().collect();
    let all = (before.len() + fresh.len()) as u64;
    let records =
        ctx.progress.counters.records.saturating_add(read.list.data.len() as u64).max(AT_LEAST);
    if !fresh.is_empty() && (all > MAX_NEW || all.saturating_mul(ONE_IN) > records) {
        return Err(Stop::later(
            Party::Stripe,
            "Stripe returns many records only without their expanded objects",
        ));
    }
    ctx.progress.unrendered.extend(fresh);
    Ok(())
}

/// Pauses the run when so many records are refused for a missing permission that the key lacks one.
pub(crate) async fn pause_if_permission_missing(
    ctx: &mut Context<'_>,
    read: &PageRead,
) -> Result<(), Stop> {
    let denied = read.bare.iter().filter_map(|(id, lack)| {
        if let Incomplete::Denied(permission, _) = lack { Some((id, permission)) } else { None }
    });
    let denied: Vec<_> = denied.collect();
    let Some((_, permission)) = denied.first() else { return Ok(()) };
    let known: HashSet<String> = crate::engine::stages::problems::known(ctx)
        .await?
        .values()
        .filter(|problem| is_denied(problem))
        .map(|problem| problem.subject.clone())
        .collect();
    let before = ctx.progress.denied.len();
    ctx.progress
        .denied
        .extend(denied.iter().map(|(id, _)| *id).filter(|id| !known.contains(*id)).cloned());
    let new = ctx.progress.denied.len();
    let records =
        ctx.progress.counters.records.saturating_add(read.list.data.len() as u64).max(AT_LEAST);
    let all = ctx.progress.denied.iter().filter(|id| !known.contains(*id)).count() + known.len();
    if new > before && (all > MAX_DENIED || (new as u64).saturating_mul(ONE_IN) > records) {
        return Err(StripeError::Forbidden { permission: (*permission).clone() }.into());
    }
    Ok(())
}

/// The legs of bare records that are not in the ledger, as problems. A record that was posted while
/// it was readable lacks nothing.
pub(crate) async fn unrendered(
    ctx: &Context<'_>,
    records: &[(&BalanceTransaction, Mirrored)],
    bare: &IncompleteRecords,
) -> Result<Vec<ProblemReport>, Stop> {
    let mut references = Vec::new();
    for (transaction, record) in records {
        for leg in &record.legs {
            references.push(Reference::new(&ctx.owner, &transaction.id, leg.kind)?.to_string());
        }
    }
    let mut there: HashSet<String> = HashSet::new();
    for part in references.chunks(MAX_LOOKUP_VALUES) {
        there.extend(
            ctx.blnk
                .transactions_by_reference(part, ctx.deadline)
                .await
                .map_err(Stop::of_look)?
                .into_iter()
                .map(|row| row.reference),
        );
    }
    let mut reports = Vec::new();
    let mut references = references.iter();
    for (transaction, record) in records {
        let legs = record.legs.iter().zip(references.by_ref().take(record.legs.len()));
        let missing: Vec<_> =
            legs.filter(|(_, reference)| !there.contains(*reference)).map(|(leg, _)| leg).collect();
        if missing.is_empty() {
            continue;
        }
        let lack = bare.get(&transaction.id).cloned().unwrap_or(Incomplete::Fails(None));
        let mut problem = ProblemReport::unrendered(transaction, record, &missing, &lack);
        if lack == Incomplete::Fails(None)
            && let Some(cause) = ctx
                .known
                .iter()
                .flatten()
                .find(|(id, _)| **id == problem.id)
                .and_then(|(_, known)| known.cause.clone())
        {
            // It was not requested again here, so the known cause of the failed call stays.
            problem.cause = cause;
        }
        reports.push(problem);
    }
    Ok(reports)
}

impl crate::model::run::list_place::Hints {
    /// The page size after a record.
    fn limit(&self, after: Option<&str>) -> u8 {
        let hinted = self
            .of(after)
            .map(|hint| hint.limit)
            .filter(|limit| *limit != crate::engine::stages::read::BARE);
        hinted.unwrap_or(crate::model::stripe::types::list::MAX_PAGE)
    }

    /// Whether the page after a record can be requested in the usual way, whatever its size.
    fn is_plain(&self, after: &str) -> bool {
        self.of(Some(after)).is_none_or(|hint| hint.limit != crate::engine::stages::read::BARE)
    }
}

/// Whether a problem is about a record that the key may not read.
pub(crate) fn is_denied(problem: &KnownProblem) -> bool {
    problem.code == ProblemCode::PermissionMissing && problem.kind == SubjectKind::Record
}
