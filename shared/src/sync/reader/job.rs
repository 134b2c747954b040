//! The reader within a run: what it learnt is kept with the run, and what it could not have becomes problems.

use std::collections::HashSet;

use super::{Answer, Hole, Holes, PageRead, Place, Reader, Stop, is_patient};
use crate::blnk::MAX_LOOKUP_VALUES;
use crate::clock;
use crate::http::Deadline;
use crate::ledger::Mirrored;
use crate::ledger::Reference;
use crate::stripe::types::{BalanceTransaction, List};
use crate::stripe::{PageRequest, StripeClient, StripeError};
use crate::sync::driver::Job;
use crate::sync::halt::{Halt, Party};
use crate::sync::problem::{Met, PAGE_UNREADABLE, RECORD_UNRENDERED};
use crate::sync::run::Walk;

/// Times a run may store how far it came with places that take too long; beyond, it goes on without.
const MAX_STEPS: u32 = 200;
/// Records set aside in one run beyond which the objects behind them are what cannot be had, and not the records.
const MAX_NEW: u64 = 20;
/// The same, as a share of the records read (one in so many)…
const ONE_IN: u64 = 10;
/// …of at least so many.
const AT_LEAST: u64 = 100;

/// A page that was asked for while the one before it was handled.
#[derive(Debug)]
pub(in crate::sync) struct Ahead {
    /// The record before it.
    after: Option<String>,
    answer: Answer<List<BalanceTransaction>>,
}

impl Ahead {
    /// Asks for a page, once or twice.
    pub(in crate::sync) async fn ask(stripe: &StripeClient, request: &PageRequest, deadline: Deadline) -> Self {
        let patient = is_patient(deadline);
        let outcome = stripe.impatient().balance_transactions(request, deadline).await;
        Self { after: request.starting_after.clone(), answer: Answer { outcome, patient } }
    }

    pub(super) fn into_answer(self) -> Answer<List<BalanceTransaction>> {
        self.answer
    }

    /// Whether it answers for the page, for good or ill: what only asks to wait is asked for again.
    fn counts(&self) -> bool {
        self.answer.outcome.as_ref().map_or_else(StripeError::may_be_of_content, |_| true)
    }
}

impl From<Stop> for Halt {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::TimedOut => Self::later(Party::Stripe, "Stripe did not answer for a page of its list in time"),
            Stop::Error(error) => error.into(),
        }
    }
}

impl Job<'_> {
    /// A reader that knows what this run has learnt of the list.
    pub(in crate::sync) fn reader(&self) -> Reader {
        let known = self.known.iter().flatten().filter(|(_, problem)| problem.code == RECORD_UNRENDERED);
        let known: HashSet<String> = known.map(|(_, problem)| problem.subject.clone()).collect();
        Reader::new(&self.stripe, self.deadline, known, self.progress.hints.clone())
    }

    /// How the walk asks for the page after a record.
    pub(in crate::sync) fn request(&self, starting_after: Option<String>) -> PageRequest {
        let limit = self.progress.hints.limit(starting_after.as_deref());
        let Walk { lower, upper, .. } = self.progress.walk;
        PageRequest { created_gte: lower, created_lt: upper, starting_after, limit, ..PageRequest::default() }
    }

    /// The page to ask for while this one is handled; none where it cannot be had like others.
    pub(in crate::sync) fn request_ahead(&self, page: &List<BalanceTransaction>) -> Option<PageRequest> {
        let last = page.data.last().filter(|_| page.has_more)?;
        self.progress.hints.is_plain(&last.id).then(|| self.request(Some(last.id.clone())))
    }

    /// The next page of the walk. Nothing when it takes another worker: how far this one came is stored.
    pub(in crate::sync) async fn next_page(&mut self, ahead: Option<Ahead>) -> Result<Option<PageRead>, Halt> {
        // What was set aside before is not tried once more at each place.
        self.know().await?;
        let ahead = ahead.filter(Ahead::counts);
        let after = ahead.as_ref().map_or_else(|| self.progress.walk.cursor.clone(), |ahead| ahead.after.clone());
        let newest =
            self.progress.walk.last_created.or(self.progress.walk.upper).unwrap_or_else(|| clock::now().seconds().saturating_add(1));
        let mut place = self.progress.walk.place.take().unwrap_or_else(|| self.progress.hints.place(after.as_deref()));
        let mut reader = self.reader();
        let read = Box::pin(reader.next(&self.request(after), newest, &mut place, ahead)).await;
        self.progress.hints = reader.into_hints();
        match read {
            Ok(read) => Ok(Some(read)),
            Err(Stop::TimedOut) if self.progress.steps < MAX_STEPS => {
                self.progress.steps += 1;
                self.progress.walk.place = Some(place);
                self.checkpoint(Vec::new()).await?;
                Ok(None)
            }
            Err(stop) => Err(stop.into()),
        }
    }

    /// A page for a look that keeps no place of its own: what took too long is remembered for the next worker's look.
    pub(in crate::sync) async fn look_at_page(&mut self, request: &PageRequest, newest: i64) -> Result<PageRead, Halt> {
        self.know().await?;
        let mut place = self.progress.hints.place(request.starting_after.as_deref());
        let mut reader = self.reader();
        let read = Box::pin(reader.next(request, newest, &mut place, None)).await;
        reader.hints.remember_place(request.starting_after.as_deref(), &place);
        self.progress.hints = reader.into_hints();
        if matches!(read, Err(Stop::TimedOut)) && self.progress.steps < MAX_STEPS {
            self.progress.steps += 1;
            self.checkpoint(Vec::new()).await?;
        }
        Ok(read?)
    }

    /// The holes that are known, those of this run among them.
    pub(in crate::sync) async fn holes(&mut self) -> Result<Holes, Halt> {
        let holes = self.know().await?.values().filter(|problem| problem.code == PAGE_UNREADABLE);
        let mut holes: Vec<_> = holes.filter_map(|problem| problem.hole.clone()).collect();
        holes.sort_by_key(|hole| (hole.newest, hole.oldest));
        Ok(Holes(holes))
    }

    /// Records a hole that the walk went round, and finds others gone that it did not meet again. Answers how many problems are new.
    pub(in crate::sync) async fn note_holes(&mut self, read: &PageRead) -> Result<u64, Halt> {
        let met: Vec<Met> = read.hole.iter().map(Met::hole).collect();
        let fresh = self.record(&met).await?;
        if !read.list.has_more {
            let run = self.fence.run;
            let Walk { lower, upper, .. } = self.progress.walk;
            // Only what this walk has passed: below the place where a failed run stopped, what lies above it was not looked at.
            let passed = |hole: &Hole| lower.is_none_or(|lower| hole.oldest >= lower) && upper.is_none_or(|upper| hole.newest < upper);
            let gone = self.know().await?.iter().filter(|(_, problem)| problem.run != run && problem.hole.as_ref().is_some_and(passed));
            let gone: Vec<String> = gone.map(|(id, _)| id.clone()).collect();
            self.resolve_known(&gone).await?;
        }
        Ok(fresh)
    }

    /// Stops the run where so many records cannot be had with what is behind them that it cannot be the records.
    pub(in crate::sync) async fn stand_for_records(&mut self, read: &PageRead) -> Result<(), Halt> {
        if read.bare.is_empty() {
            return Ok(());
        }
        let before = self.progress.unrendered.clone();
        let known = self.know().await?;
        let is_fresh = |id: &&String| !before.contains(*id) && !known.values().any(|problem| problem.subject == **id);
        let fresh: Vec<String> = read.bare.iter().filter(is_fresh).cloned().collect();
        let all = (before.len() + fresh.len()) as u64;
        let records = self.progress.counters.records.saturating_add(read.list.data.len() as u64).max(AT_LEAST);
        if !fresh.is_empty() && (all > MAX_NEW || all.saturating_mul(ONE_IN) > records) {
            return Err(Halt::later(Party::Stripe, "Stripe answers for many movements only without what is behind them"));
        }
        self.progress.unrendered.extend(fresh);
        Ok(())
    }

    /// Which legs of bare records are not in the ledger, as problems. A record that was posted while it could be had lacks nothing.
    pub(in crate::sync) async fn unrendered(&self, records: &[(&BalanceTransaction, Mirrored)]) -> Result<Vec<Met>, Halt> {
        let mut references = Vec::new();
        for (transaction, record) in records {
            for leg in &record.legs {
                references.push(Reference::new(&self.owner, &transaction.id, leg.word)?.to_string());
            }
        }
        let mut there: HashSet<String> = HashSet::new();
        for part in references.chunks(MAX_LOOKUP_VALUES) {
            there.extend(self.blnk.transactions_by_reference(part, self.deadline).await?.into_iter().map(|row| row.reference));
        }
        let mut met = Vec::new();
        let mut references = references.iter();
        for (transaction, record) in records {
            let legs = record.legs.iter().zip(references.by_ref().take(record.legs.len()));
            let missing: Vec<_> = legs.filter(|(_, reference)| !there.contains(*reference)).map(|(leg, _)| leg).collect();
            if !missing.is_empty() {
                met.push(Met::unrendered(transaction, record, &missing));
            }
        }
        Ok(met)
    }
}

impl super::Hints {
    /// The size of the page after a record.
    fn limit(&self, after: Option<&str>) -> u8 {
        let hinted = self.of(after).map(|hint| hint.limit).filter(|limit| *limit != super::BARE);
        hinted.unwrap_or(crate::stripe::client::MAX_PAGE)
    }

    /// Whether the page after a record can be asked for like any other, of whatever size.
    fn is_plain(&self, after: &str) -> bool {
        self.of(Some(after)).is_none_or(|hint| hint.limit != super::BARE)
    }

    /// Keeps how far a look came with a place.
    fn remember_place(&mut self, after: Option<&str>, place: &Place) {
        if place.ladder != super::Ladder::default() {
            let below = self.of(after).and_then(|hint| hint.below);
            self.remember(after, super::Hint { limit: place.ladder.limit, below });
        }
    }
}
