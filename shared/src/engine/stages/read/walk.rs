//! The reader within a run: what it learnt is kept with the run, and what it could not have becomes problems.

use std::collections::HashSet;

use crate::engine::context::Context;
use crate::engine::stages::read::{Ahead, PageError, PageRead, Reader};
use crate::engine::stop::Stop;
use crate::model::hole::{UnreadableRange, UnreadableRanges};
use crate::model::ledger::{Mirrored, Reference};
use crate::model::list_place::{Incomplete, IncompleteRecords, Known};
use crate::model::party::Party;
use crate::model::problem::ProblemReport;
use crate::model::problem::code::{PAGE_UNREADABLE, RECORD_UNRENDERED, RIGHT_MISSING};
use crate::model::problem::item::SubjectKind;
use crate::model::progress::Walk;
use crate::model::stripe::types::List;
use crate::model::stripe::types::movement::BalanceTransaction;
use crate::platform::blnk::MAX_LOOKUP_VALUES;
use crate::platform::clock;
use crate::platform::store::problems::reads::KnownProblem;
use crate::platform::stripe::{PageRequest, StripeError};

/// Times a run may store how far it came with places that take too long; beyond, it goes on without.
pub(crate) const MAX_STEPS: u32 = 200;

/// Records set aside in one run beyond which the objects behind them are what cannot be had, and not the records.
pub(crate) const MAX_NEW: u64 = 20;

/// The same, as a share of the records read (one in so many)…
pub(crate) const ONE_IN: u64 = 10;

/// …of at least so many.
pub(crate) const AT_LEAST: u64 = 100;

/// Records that one key may not read beyond which it is the key that lacks a right.
pub(crate) const MAX_DENIED: usize = 20;

impl From<PageError> for Stop {
    fn from(stop: PageError) -> Self {
        match stop {
            PageError::TimedOut => Self::later(Party::Stripe, "Stripe did not answer for a page of its list in time"),
            PageError::Error(error) => error.into(),
        }
    }
}

/// A reader that knows what this run has learnt of the list.
pub(crate) fn reader(ctx: &Context<'_>) -> Reader {
    let problems = || ctx.known.iter().flatten().map(|(_, problem)| problem);
    let failing = problems().filter(|problem| problem.code == RECORD_UNRENDERED);
    let denied = problems().filter(|problem| is_denied(problem));
    let holes = problems().filter(|problem| problem.code == PAGE_UNREADABLE).filter_map(|problem| problem.hole.clone());
    let known = Known {
        failing: failing.map(|problem| problem.subject.clone()).collect(),
        denied: denied.map(|problem| problem.subject.clone()).collect(),
        holes: holes.filter_map(|hole| Some((hole.after.clone()?, hole))).collect(),
    };
    let reader = Reader::new(&ctx.stripe, ctx.deadline, known, ctx.progress.hints.clone());
    Reader { allowed: ctx.progress.allowed, ..reader }
}

/// Keeps what a reader has learnt.
pub(crate) fn learn_from(ctx: &mut Context<'_>, reader: Reader) {
    (ctx.progress.hints, ctx.progress.allowed) = reader.into_learnt();
}

/// How the walk asks for the page after a record.
pub(crate) fn request(ctx: &Context<'_>, starting_after: Option<String>) -> PageRequest {
    let limit = ctx.progress.hints.limit(starting_after.as_deref());
    let Walk { lower, upper, .. } = ctx.progress.walk;
    PageRequest { created_gte: lower, created_lt: upper, starting_after, limit, ..PageRequest::default() }
}

/// The page to ask for while this one is handled; none where it cannot be had like others.
pub(crate) fn request_ahead(ctx: &Context<'_>, page: &List<BalanceTransaction>) -> Option<PageRequest> {
    let last = page.data.last().filter(|_| page.has_more)?;
    let is_hole = |problem: &KnownProblem| problem.hole.as_ref().is_some_and(|hole| hole.after.as_ref() == Some(&last.id));
    let plain = ctx.progress.hints.is_plain(&last.id) && !ctx.known.iter().flatten().any(|(_, problem)| is_hole(problem));
    plain.then(|| request(ctx, Some(last.id.clone())))
}

/// The next page of the walk. Nothing when it takes another worker: how far this one came is in the progress, for the caller to store.
pub(crate) async fn next_page(ctx: &mut Context<'_>, ahead: Option<Ahead>) -> Result<Option<PageRead>, Stop> {
    // What was set aside before is not tried once more at each place.
    crate::engine::stages::problems::known(ctx).await?;
    let ahead = ahead.filter(Ahead::counts);
    let after = ahead.as_ref().map_or_else(|| ctx.progress.walk.cursor.clone(), |ahead| ahead.after.clone());
    let newest = ctx.progress.walk.last_created.or(ctx.progress.walk.upper).unwrap_or_else(|| clock::now().seconds().saturating_add(1));
    let mut reader = reader(ctx);
    let mut place = ctx.progress.walk.place.take().unwrap_or_else(|| reader.place(after.as_deref()));
    let read = Box::pin(reader.next(&request(ctx, after), newest, &mut place, ahead)).await;
    learn_from(ctx, reader);
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

/// A page for a look that keeps no place of its own. Nothing when no answer came in time: then the look has shown nothing, and what is
/// there is for the walk to find out, which goes on where it stopped.
pub(crate) async fn look_at_page(ctx: &mut Context<'_>, request: &PageRequest, newest: i64) -> Result<Option<PageRead>, Stop> {
    crate::engine::stages::problems::known(ctx).await?;
    let mut reader = reader(ctx).plain();
    let mut place = reader.place(request.starting_after.as_deref());
    let read = Box::pin(reader.next(request, newest, &mut place, None)).await;
    learn_from(ctx, reader);
    match read {
        Ok(read) => Ok(Some(read)),
        Err(PageError::TimedOut) => Ok(None),
        Err(stop) => Err(stop.into()),
    }
}

/// The holes that are known, those of this run among them.
pub(crate) async fn holes(ctx: &mut Context<'_>) -> Result<UnreadableRanges, Stop> {
    let holes = crate::engine::stages::problems::known(ctx).await?.values().filter(|problem| problem.code == PAGE_UNREADABLE);
    let mut holes: Vec<_> = holes.filter_map(|problem| problem.hole.clone()).collect();
    holes.sort_by_key(|hole| (hole.newest, hole.oldest));
    Ok(UnreadableRanges(holes))
}

/// Records a hole that the walk went round, and finds others gone that it did not meet again. Answers how many problems are new.
pub(crate) async fn note_holes(ctx: &mut Context<'_>, read: &PageRead) -> Result<u64, Stop> {
    // One that was passed without a look is told of already.
    let mut met: Vec<ProblemReport> = read.hole.iter().map(|hole| ProblemReport::hole(hole, read.failed.as_ref())).collect();
    let run = ctx.fence.run;
    let known = crate::engine::stages::problems::known(ctx).await?;
    met.retain(|met| read.failed.is_some() || known.get(&met.id).is_none_or(|known| known.run != run || known.hole != met.hole));
    let fresh = crate::engine::stages::problems::record(ctx, &met).await?;
    if !read.list.has_more {
        let Walk { lower, upper, .. } = ctx.progress.walk;
        // Only what this walk has passed: below the place where a failed run stopped, what lies above it was not looked at.
        let passed =
            |hole: &UnreadableRange| lower.is_none_or(|lower| hole.oldest >= lower) && upper.is_none_or(|upper| hole.newest < upper);
        let gone = crate::engine::stages::problems::known(ctx)
            .await?
            .iter()
            .filter(|(_, problem)| problem.run != run && problem.hole.as_ref().is_some_and(passed));
        let gone: Vec<String> = gone.map(|(id, _)| id.clone()).collect();
        crate::engine::stages::problems::resolve_known(ctx, &gone).await?;
    }
    Ok(fresh)
}

/// Stops the run where so many records cannot be had with what is behind them that it cannot be the records.
pub(crate) async fn stand_for_records(ctx: &mut Context<'_>, read: &PageRead) -> Result<(), Stop> {
    let failing: Vec<&String> = read.bare.iter().filter(|(_, lack)| matches!(lack, Incomplete::Fails(_))).map(|(id, _)| id).collect();
    if failing.is_empty() {
        return Ok(());
    }
    let before = ctx.progress.unrendered.clone();
    let known = crate::engine::stages::problems::known(ctx).await?;
    let is_fresh = |id: &&String| !before.contains(*id) && !known.values().any(|problem| problem.subject == **id);
    let fresh: Vec<String> = failing.into_iter().filter(is_fresh).cloned().collect();
    let all = (before.len() + fresh.len()) as u64;
    let records = ctx.progress.counters.records.saturating_add(read.list.data.len() as u64).max(AT_LEAST);
    if !fresh.is_empty() && (all > MAX_NEW || all.saturating_mul(ONE_IN) > records) {
        return Err(Stop::later(Party::Stripe, "Stripe answers for many movements only without what is behind them"));
    }
    ctx.progress.unrendered.extend(fresh);
    Ok(())
}

/// Rests where so many records are refused for want of a right that it is the key that lacks one.
pub(crate) async fn stand_for_rights(ctx: &mut Context<'_>, read: &PageRead) -> Result<(), Stop> {
    let denied = read.bare.iter().filter_map(|(id, lack)| if let Incomplete::Denied(right, _) = lack { Some((id, right)) } else { None });
    let denied: Vec<_> = denied.collect();
    let Some((_, right)) = denied.first() else { return Ok(()) };
    let known: HashSet<String> = crate::engine::stages::problems::known(ctx)
        .await?
        .values()
        .filter(|problem| is_denied(problem))
        .map(|problem| problem.subject.clone())
        .collect();
    let before = ctx.progress.denied.len();
    ctx.progress.denied.extend(denied.iter().map(|(id, _)| *id).filter(|id| !known.contains(*id)).cloned());
    let new = ctx.progress.denied.len();
    let records = ctx.progress.counters.records.saturating_add(read.list.data.len() as u64).max(AT_LEAST);
    let all = ctx.progress.denied.iter().filter(|id| !known.contains(*id)).count() + known.len();
    if new > before && (all > MAX_DENIED || (new as u64).saturating_mul(ONE_IN) > records) {
        return Err(StripeError::Forbidden { right: (*right).clone() }.into());
    }
    Ok(())
}

/// Which legs of bare records are not in the ledger, as problems. A record that was posted while it could be had lacks nothing.
pub(crate) async fn unrendered(
    ctx: &Context<'_>,
    records: &[(&BalanceTransaction, Mirrored)],
    bare: &IncompleteRecords,
) -> Result<Vec<ProblemReport>, Stop> {
    let mut references = Vec::new();
    for (transaction, record) in records {
        for leg in &record.legs {
            references.push(Reference::new(&ctx.owner, &transaction.id, leg.word)?.to_string());
        }
    }
    let mut there: HashSet<String> = HashSet::new();
    for part in references.chunks(MAX_LOOKUP_VALUES) {
        there.extend(
            ctx.blnk.transactions_by_reference(part, ctx.deadline).await.map_err(Stop::of_look)?.into_iter().map(|row| row.reference),
        );
    }
    let mut met = Vec::new();
    let mut references = references.iter();
    for (transaction, record) in records {
        let legs = record.legs.iter().zip(references.by_ref().take(record.legs.len()));
        let missing: Vec<_> = legs.filter(|(_, reference)| !there.contains(*reference)).map(|(leg, _)| leg).collect();
        if missing.is_empty() {
            continue;
        }
        let lack = bare.get(&transaction.id).cloned().unwrap_or(Incomplete::Fails(None));
        let mut problem = ProblemReport::unrendered(transaction, record, &missing, &lack);
        if lack == Incomplete::Fails(None)
            && let Some(cause) = ctx.known.iter().flatten().find(|(id, _)| **id == problem.id).and_then(|(_, known)| known.cause.clone())
        {
            // It was not asked for again here: what is known of the call that failed stays said.
            problem.cause = cause;
        }
        met.push(problem);
    }
    Ok(met)
}

impl crate::model::list_place::Hints {
    /// The size of the page after a record.
    fn limit(&self, after: Option<&str>) -> u8 {
        let hinted = self.of(after).map(|hint| hint.limit).filter(|limit| *limit != crate::engine::stages::read::BARE);
        hinted.unwrap_or(crate::model::stripe::types::list::MAX_PAGE)
    }

    /// Whether the page after a record can be asked for like any other, of whatever size.
    fn is_plain(&self, after: &str) -> bool {
        self.of(Some(after)).is_none_or(|hint| hint.limit != crate::engine::stages::read::BARE)
    }
}

/// Whether a problem is about a record that the key may not read.
pub(crate) fn is_denied(problem: &KnownProblem) -> bool {
    problem.code == RIGHT_MISSING && problem.kind == SubjectKind::Record
}
