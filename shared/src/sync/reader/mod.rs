//! Stripe's list of movements, also where a page of it cannot be written.
//!
//! A page of a hundred records with the objects behind them may be too much for Stripe: it answers 5xx, or not in time. Then a smaller one
//! is asked for, down to one record, and that one without what is behind it: its id, its time and its amounts. Such a record is read alone;
//! where that fails too, it is handed on as *bare*: it is counted, and not posted. Where not even an id can be had, the walk goes round the
//! place: see [`around`]. What was learnt about a place is kept for the run, so that the looks that follow do not learn it again.
//!
//! All of this happens only while Stripe answers another call of the kind. When it does not, nothing is wrong with the page.

mod again;
mod around;
mod hole;
mod job;
mod met;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::http::{Deadline, RetryPolicy};
use crate::stripe::client::{CALL_LIMITS, MAX_PAGE};
use crate::stripe::types::{BalanceTransaction, List};
use crate::stripe::{PageRequest, StripeClient, StripeError};
use around::Around;
pub use hole::Hole;
pub(super) use hole::{Holes, veil};
pub(super) use job::Ahead;

/// What is asked for, one after the other, where a page of [`MAX_PAGE`] cannot be written. After the last one: without expansions.
const SMALLER: [u8; 4] = [50, 25, 10, 1];
/// The rung below all of these: one record, without expansions.
const BARE: u8 = 0;
/// A record that could not be read alone so often is set aside.
const TRIES: u8 = 3;
/// The pause between two of these tries.
const BETWEEN_TRIES: Duration = Duration::from_millis(if cfg!(test) { 1 } else { 400 });
/// A call that had less time than this and got no answer says nothing about what was asked for.
const PATIENCE: Duration = Duration::from_secs(20);
/// The call that shows whether Stripe answers at all waits no longer than this.
const CONTROL: Duration = Duration::from_secs(6);
/// No record was made before this second.
const BEFORE_ALL: i64 = 1;
/// A call that is made once.
const ONCE: RetryPolicy = RetryPolicy { base: Duration::ZERO, cap: Duration::ZERO, max_attempts: 1 };
/// Places of which a run remembers how they can be read.
const MAX_HINTS: usize = 200;

/// A page, and what is not as it should be in it.
#[derive(Debug)]
pub(super) struct PageRead {
    /// Its records in the order of the list, bare ones among them.
    pub(super) list: List<BalanceTransaction>,
    /// The ids of those that could only be had without the objects behind them.
    pub(super) bare: HashSet<String>,
    /// What is before the first of them and could not be had at all.
    pub(super) hole: Option<Hole>,
}

impl PageRead {
    fn of(list: List<BalanceTransaction>) -> Self {
        Self { list, bare: HashSet::new(), hole: None }
    }
}

/// How small a page is asked for at a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Ladder {
    /// Records; none for one without expansions.
    limit: u8,
    /// Stripe answered another call since this failed.
    alive: bool,
    /// How often the record there could not be read alone.
    tries: u8,
    /// How often not even its id came in time.
    misses: u8,
}

impl Default for Ladder {
    fn default() -> Self {
        Self { limit: MAX_PAGE, alive: false, tries: 0, misses: 0 }
    }
}

/// How far the reading of one place has come; kept when it takes more than one worker.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Place {
    ladder: Ladder,
    #[serde(skip_serializing_if = "Option::is_none")]
    around: Option<Around>,
}

/// How a place was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Hint {
    limit: u8,
    /// What is older than this second can be read; the walk went round what is between.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    below: Option<i64>,
}

/// How places were read that cannot be read like others, by the record before them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Hints(BTreeMap<String, Hint>);

impl Hints {
    /// Whether nothing is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn of(&self, after: Option<&str>) -> Option<Hint> {
        self.0.get(after.unwrap_or_default()).copied()
    }

    fn remember(&mut self, after: Option<&str>, hint: Hint) {
        let after = after.unwrap_or_default();
        if self.0.len() < MAX_HINTS || self.0.contains_key(after) {
            self.0.insert(after.to_owned(), hint);
        }
    }

    /// Where the reading of a place begins.
    fn place(&self, after: Option<&str>) -> Place {
        let ladder = self.of(after).map_or_else(Ladder::default, |hint| Ladder { limit: hint.limit, ..Ladder::default() });
        Place { ladder, around: None }
    }
}

/// Why nothing was read.
#[derive(Debug)]
pub(super) enum Stop {
    /// No answer came in time. The place knows how to go on; another call of the kind waits for another worker.
    TimedOut,
    /// It is not the page.
    Error(StripeError),
}

/// What came of asking.
#[derive(Debug)]
struct Answer<T> {
    outcome: Result<T, StripeError>,
    /// There was time enough to answer.
    patient: bool,
}

impl<T> Answer<T> {
    /// What was asked for, or the failure that may be due to it.
    fn judged(self) -> Result<Result<T, StripeError>, Stop> {
        match self.outcome {
            Ok(answer) => Ok(Ok(answer)),
            Err(error) if error.may_be_of_content() && (self.patient || !error.is_timeout()) => Ok(Err(error)),
            Err(error) => Err(Stop::Error(error)),
        }
    }
}

/// What is next to a place of the list.
#[derive(Debug)]
enum Chunk {
    Read(PageRead),
    /// Not even an id can be had.
    Unreadable(StripeError),
}

/// Reads Stripe's list.
#[derive(Debug)]
pub(super) struct Reader {
    stripe: StripeClient,
    quick: StripeClient,
    once: StripeClient,
    deadline: Deadline,
    /// Records that were set aside, and are not tried again here.
    known: HashSet<String>,
    hints: Hints,
}

impl Reader {
    pub(super) fn new(stripe: &StripeClient, deadline: Deadline, known: HashSet<String>, hints: Hints) -> Self {
        let (quick, once) = (stripe.impatient(), stripe.impatient().with_retry(ONCE));
        Self { stripe: stripe.clone(), quick, once, deadline, known, hints }
    }

    /// What was learnt of the list.
    pub(super) fn into_hints(self) -> Hints {
        self.hints
    }

    /// The page that a request asks for, or what of it can be had. `newest` is when the record before it was made. `first` is what came of
    /// asking for it already.
    pub(super) async fn next(
        &mut self,
        request: &PageRequest,
        newest: i64,
        place: &mut Place,
        first: Option<Ahead>,
    ) -> Result<PageRead, Stop> {
        let after = request.starting_after.clone();
        if place.around.is_none() {
            match self.chunk(request, &mut place.ladder, first.map(Ahead::into_answer)).await? {
                Chunk::Read(read) => {
                    if place.ladder.limit < MAX_PAGE {
                        self.hints.remember(after.as_deref(), Hint { limit: place.ladder.limit, below: None });
                    }
                    *place = Place::default();
                    return Ok(read);
                }
                Chunk::Unreadable(error) => {
                    self.control(&error).await?;
                    let below = self.hints.of(after.as_deref()).and_then(|hint| hint.below);
                    place.around = Some(Around::new(newest, below));
                    if error.is_timeout() {
                        return Err(Stop::TimedOut);
                    }
                }
            }
        }
        Box::pin(self.go_round(request, place)).await
    }

    /// The records next to a place, as many as can be had at once.
    async fn chunk(
        &mut self,
        request: &PageRequest,
        ladder: &mut Ladder,
        first: Option<Answer<List<BalanceTransaction>>>,
    ) -> Result<Chunk, Stop> {
        let mut first = first;
        while ladder.limit != BARE {
            let answer = match first.take() {
                Some(answer) => answer,
                None => self.ask(&PageRequest { limit: ladder.limit, bare: false, ..request.clone() }).await,
            };
            let error = match answer.judged()? {
                Ok(list) => return Ok(Chunk::Read(PageRead::of(list))),
                Err(error) => error,
            };
            if !ladder.alive {
                self.control(&error).await?;
                ladder.alive = true;
            }
            ladder.limit = self.smaller(request, ladder.limit).await;
            tracing::info!(limit = ladder.limit, %error, "a page could not be had and is asked for smaller");
            if error.is_timeout() {
                return Err(Stop::TimedOut);
            }
        }
        self.bare(request, ladder).await
    }

    /// The next smaller page. Where records are known that cannot be had, it ends before the first of them.
    async fn smaller(&mut self, request: &PageRequest, limit: u8) -> u8 {
        if limit == MAX_PAGE && !self.known.is_empty() && request.ending_before.is_none() {
            let bare = PageRequest { limit: MAX_PAGE, bare: true, ..request.clone() };
            if let Ok(list) = self.once.balance_transactions(&bare, self.deadline).await
                && let Some(at) = list.data.iter().position(|record| self.known.contains(&record.id))
            {
                if let Some(before) = at.checked_sub(1).and_then(|before| list.data.get(before)) {
                    self.hints.remember(Some(&before.id), Hint { limit: BARE, below: None });
                }
                return u8::try_from(at).unwrap_or(BARE);
            }
        }
        SMALLER.into_iter().find(|smaller| *smaller < limit).unwrap_or(BARE)
    }

    /// One record without what is behind it, and then that, if it can be had alone.
    async fn bare(&mut self, request: &PageRequest, ladder: &mut Ladder) -> Result<Chunk, Stop> {
        let list = match self.ask(&PageRequest { limit: 1, bare: true, ..request.clone() }).await.judged()? {
            Ok(list) => list,
            Err(error) if error.is_timeout() && ladder.misses == 0 => {
                ladder.misses = 1;
                return Err(Stop::TimedOut);
            }
            Err(error) => return Ok(Chunk::Unreadable(error)),
        };
        let Some(record) = list.data.first() else { return Ok(Chunk::Read(PageRead::of(list))) };
        let id = record.id.clone();
        Ok(Chunk::Read(match self.alone(&id, &mut ladder.tries).await? {
            Some(record) => PageRead::of(List::of(vec![record], Vec::new(), list.has_more, Some(id))),
            None => PageRead { bare: HashSet::from([id]), ..PageRead::of(list) },
        }))
    }

    /// A record read alone with what is behind it; nothing when it cannot be had so, although Stripe answers between the tries.
    async fn alone(&mut self, id: &str, tries: &mut u8) -> Result<Option<BalanceTransaction>, Stop> {
        while *tries < TRIES && !self.known.contains(id) {
            let patient = self.is_patient();
            let outcome = self.once.balance_transaction(id, self.deadline).await;
            if matches!(outcome, Err(StripeError::Invalid { .. } | StripeError::Forbidden { .. })) {
                // It is this record that is refused: the lists are not.
                break;
            }
            let error = match (Answer { outcome, patient }).judged()? {
                Ok(found) => return Ok(found),
                Err(error) => error,
            };
            *tries += 1;
            tracing::info!(record = id, tries, %error, "a record could not be read");
            self.control(&error).await?;
            if error.is_timeout() {
                return Err(Stop::TimedOut);
            }
            if *tries < TRIES {
                tokio::time::sleep(BETWEEN_TRIES).await;
            }
        }
        self.known.insert(id.to_owned());
        Ok(None)
    }

    /// Whether Stripe answers a call of the kind. If not, the failure says nothing about what was asked for.
    async fn control(&self, failure: &StripeError) -> Result<(), Stop> {
        let deadline = Deadline::after(CONTROL.min(self.deadline.remaining()));
        // The newest record; or, since that may be the one that cannot be had, the time before there was any.
        for created_lt in [None, Some(BEFORE_ALL)] {
            let request = PageRequest { created_lt, limit: 1, bare: true, ..PageRequest::default() };
            match self.once.balance_transactions(&request, deadline).await {
                Ok(_) => return Ok(()),
                Err(error) if error.is_timeout() => break,
                Err(_) => {}
            }
        }
        Err(Stop::Error(failure.clone()))
    }

    /// Whether Stripe gives any record at all, when it gives none that is older than one.
    async fn gives_records(&self, after: Option<&str>) -> bool {
        let newest = PageRequest { limit: 1, bare: true, ..PageRequest::default() };
        if self.once.balance_transactions(&newest, self.deadline).await.is_ok_and(|list| list.last_id().is_some()) {
            return true;
        }
        match after {
            Some(id) => self.once.bare_balance_transaction(id, self.deadline).await.is_ok_and(|record| record.is_some()),
            None => false,
        }
    }

    /// Asks for a page. Only who asks to be left alone for a while is waited for.
    async fn ask(&self, request: &PageRequest) -> Answer<List<BalanceTransaction>> {
        let patient = self.is_patient();
        let outcome = match self.quick.balance_transactions(request, self.deadline).await {
            Err(StripeError::RateLimited { .. }) => self.stripe.balance_transactions(request, self.deadline).await,
            other => other,
        };
        Answer { outcome, patient }
    }

    fn is_patient(&self) -> bool {
        is_patient(self.deadline)
    }
}

/// Asks for a page of another list, smaller and smaller while Stripe fails at it.
pub(super) async fn smaller_and_smaller<T, A>(mut ask: impl FnMut(u8) -> A) -> Result<T, StripeError>
where
    A: Future<Output = Result<T, StripeError>>,
{
    let mut outcome = ask(MAX_PAGE).await;
    for limit in SMALLER {
        match &outcome {
            Err(StripeError::Malformed { .. }) => break,
            Err(error) if error.may_be_of_content() && !error.is_timeout() => outcome = ask(limit).await,
            _ => break,
        }
    }
    outcome
}

/// Whether a call that starts now has the time that a heavy page may take.
fn is_patient(deadline: Deadline) -> bool {
    deadline.call_timeout(CALL_LIMITS).is_some_and(|time| time >= PATIENCE)
}
