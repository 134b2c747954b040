//! Reads Stripe's list of balance transactions, even where Stripe cannot render a page.
//!
//! A page of a hundred records with their expanded objects may be too much for Stripe: it answers
//! 5xx, or not in time. Then a smaller page is requested, down to one record, and finally that
//! record without expansions: its id, its time and its amounts. Such a record is then read alone.
//! If that also fails, it is passed on as *bare*: it is counted and not posted. If not even an id
//! is readable, the walk goes around the place, see [`around`]. What was learned about a place is
//! kept for the run, so that later readings do not have to learn it again.
//!
//! All of this happens only while Stripe answers another call of the same kind. If it does not,
//! nothing is wrong with the page.
//!
//! The same applies to a page that is refused for a missing permission while the list without
//! expansions is not refused and most records are readable. Then one of the page's records needs a
//! permission of its own, and a binary search finds it. See [`permissions`].

pub mod around;
pub mod past;
pub mod permissions;
pub mod single;
pub mod walk;

use std::time::Duration;

use crate::model::failed_call::FailedCall;
use crate::model::run::hole::UnreadableRange;
use crate::model::run::list_place::{
    Hint, Hints, HoleSearch, IncompleteRecords, KnownUnreadable, PageSizes, Place,
};
use crate::model::stripe::types::List;
use crate::model::stripe::types::list::MAX_PAGE;
use crate::model::stripe::types::movement::BalanceTransaction;
use crate::platform::http::{Deadline, RetryPolicy};
use crate::platform::stripe::client::CALL_LIMITS;
use crate::platform::stripe::{PageRequest, StripeClient, StripeError};

/// Page sizes requested in turn if a page of [`MAX_PAGE`] cannot be rendered. After the last one:
/// no expansions.
const SMALLER: [u8; 4] = [50, 25, 10, 1];

/// The step below all of these: one record without expansions.
pub(crate) const BARE: u8 = 0;

/// A call that had less time than this and got no answer says nothing about what was requested.
const PATIENCE: Duration = Duration::from_secs(20);

/// The retry policy of a call that is made once.
const ONCE: RetryPolicy = RetryPolicy::new(Duration::ZERO, Duration::ZERO, 1);

/// A page, and what is incomplete in it.
#[derive(Debug)]
pub(crate) struct PageRead {
    /// Its records in list order, including bare ones.
    pub(crate) list: List<BalanceTransaction>,
    /// The records that are readable only without their expanded objects.
    pub(crate) bare: IncompleteRecords,
    /// The unreadable range before the first record.
    pub(crate) hole: Option<UnreadableRange>,
    /// The call that failed there. `None` if the hole was known before.
    pub(crate) failed: Option<FailedCall>,
}

impl PageRead {
    fn of(list: List<BalanceTransaction>) -> Self {
        Self { list, bare: IncompleteRecords::new(), hole: None, failed: None }
    }
}

/// Why nothing was read.
#[derive(Debug)]
pub(crate) enum PageError {
    /// No answer came in time. The place records how to continue; another call of this kind is left
    /// to another worker.
    TimedOut,
    /// The cause is not the page.
    Error(StripeError),
}

/// One attempt to read a page or a record.
#[derive(Debug)]
pub(crate) struct Attempt<T> {
    outcome: Result<T, StripeError>,
    /// The call had enough time for an answer.
    patient: bool,
}

impl<T> Attempt<T> {
    /// The answer, or the failure that the requested content may have caused.
    fn checked(self) -> Result<Result<T, StripeError>, PageError> {
        match self.outcome {
            Ok(answer) => Ok(Ok(answer)),
            Err(error) if error.may_be_of_content() && (self.patient || !error.is_timeout()) => {
                Ok(Err(error))
            }
            Err(error) => Err(PageError::Error(error)),
        }
    }
}

/// What follows a place in the list.
#[derive(Debug)]
pub(crate) enum Chunk {
    Read(PageRead),
    /// Not even an id is readable.
    Unreadable(StripeError, Option<FailedCall>),
}

/// Reads Stripe's list.
#[derive(Debug)]
pub(crate) struct Reader {
    stripe: StripeClient,
    quick: StripeClient,
    once: StripeClient,
    deadline: Deadline,
    known: KnownUnreadable,
    hints: Hints,
    /// The key may read most records with their expanded objects, so a refusal is about one record.
    allowed: bool,
    /// Only the records themselves are requested.
    plain: bool,
}

impl Reader {
    fn new(
        stripe: &StripeClient,
        deadline: Deadline,
        known: KnownUnreadable,
        hints: Hints,
    ) -> Self {
        let (quick, once) = (stripe.impatient(), stripe.impatient().with_retry(ONCE));
        Self {
            stripe: stripe.clone(),
            quick,
            once,
            deadline,
            known,
            hints,
            allowed: false,
            plain: false,
        }
    }

    /// A reader of records without expansions, which is all that a sum or a comparison of ids
    /// needs. Few pages are then too heavy, and none needs further permissions.
    pub(crate) fn plain(self) -> Self {
        Self { plain: true, ..self }
    }

    /// What was learned about the list, and whether the key may read most records.
    pub(crate) fn into_hints(self) -> (Hints, bool) {
        (self.hints, self.allowed)
    }

    /// How the reading of a place begins.
    fn place(&self, after: Option<&str>) -> Place {
        let mut place = self.hints.place(after);
        let hole = after.is_some_and(|after| self.known.holes.contains_key(after));
        if self.plain {
            // How heavy it is with expansions does not matter here.
            let limit = if hole { BARE } else { MAX_PAGE };
            place.ladder = PageSizes { limit, ..PageSizes::default() };
        } else if hole {
            place.ladder.limit = BARE;
        }
        place
    }

    /// Reads the page of a request, or as much of it as possible. `newest` is when the record
    /// before it was created. `first` is the result of an earlier request for it.
    pub(crate) async fn next(
        &mut self,
        request: &PageRequest,
        newest: i64,
        place: &mut Place,
        first: Option<PrefetchedPage>,
    ) -> Result<PageRead, PageError> {
        let after = request.starting_after.clone();
        if place.around.is_none() {
            if let Some(read) = self.past(request).await? {
                *place = Place::default();
                return Ok(read);
            }
            place.around = self.round_again(request, newest);
        }
        if place.around.is_none() {
            match self
                .chunk(request, &mut place.ladder, first.map(PrefetchedPage::into_answer))
                .await?
            {
                Chunk::Read(read) => {
                    let PageSizes { limit, refused, .. } = place.ladder;
                    if limit < MAX_PAGE && !self.plain {
                        self.hints.remember(after.as_deref(), Hint { refused, ..Hint::of(limit) });
                    }
                    *place = Place::default();
                    return Ok(read);
                }
                Chunk::Unreadable(error, failed) => {
                    self.control(&error).await?;
                    let below = self.hints.of(after.as_deref()).and_then(|hint| hint.below);
                    place.around = Some(HoleSearch::new(
                        newest,
                        below.or_else(|| self.known_below(request)),
                        failed,
                    ));
                    if error.is_timeout() {
                        return Err(PageError::TimedOut);
                    }
                }
            }
        }
        Box::pin(self.go_round(request, place)).await
    }

    /// The records after a place, as many as one call returns.
    async fn chunk(
        &mut self,
        request: &PageRequest,
        ladder: &mut PageSizes,
        first: Option<Attempt<List<BalanceTransaction>>>,
    ) -> Result<Chunk, PageError> {
        let mut first = first;
        while ladder.limit != BARE {
            let answer = match first.take() {
                Some(answer) => answer,
                None => {
                    self.ask(&PageRequest {
                        limit: ladder.limit,
                        bare: self.plain,
                        ..request.clone()
                    })
                    .await
                }
            };
            let error = match answer.checked_for_record(self.plain)? {
                Ok(list) => {
                    self.narrow(request, ladder, &list);
                    return Ok(Chunk::Read(PageRead::of(list)));
                }
                Err(error) => error,
            };
            if let StripeError::Forbidden { .. } = error {
                self.check_refusal(&error, request).await?;
                ladder.refused = ladder.limit;
            } else if !ladder.alive {
                self.control(&error).await?;
                ladder.alive = true;
            }
            self.smaller(request, ladder).await;
            tracing::info!(limit = ladder.limit, %error, "page failed, requesting a smaller one");
            if error.is_timeout() {
                return Err(PageError::TimedOut);
            }
        }
        self.bare(request, ladder).await
    }

    /// Chooses the next smaller page. If unreadable records are known, it ends before the first of
    /// them.
    async fn smaller(&mut self, request: &PageRequest, ladder: &mut PageSizes) {
        let any_known = !self.known.failing.is_empty() || !self.known.denied.is_empty();
        if ladder.limit == MAX_PAGE && any_known && request.ending_before.is_none() && !self.plain {
            let bare = PageRequest { limit: MAX_PAGE, bare: true, ..request.clone() };
            if let Ok(list) = self.once.balance_transactions(&bare, self.deadline).await
                && let Some(at) =
                    list.data.iter().position(|record| self.known.is_awkward(&record.id))
            {
                if let Some(before) = at.checked_sub(1).and_then(|before| list.data.get(before)) {
                    self.hints.remember(Some(&before.id), Hint::of(BARE));
                }
                (ladder.limit, ladder.refused) = (u8::try_from(at).unwrap_or(BARE), 0);
                return;
            }
        }
        ladder.limit = if ladder.refused == ladder.limit {
            ladder.limit / 2
        } else {
            SMALLER.into_iter().find(|smaller| *smaller < ladder.limit).unwrap_or(BARE)
        };
    }

    /// Reads one record without expansions, and then with them if it is readable alone.
    async fn bare(
        &mut self,
        request: &PageRequest,
        ladder: &mut PageSizes,
    ) -> Result<Chunk, PageError> {
        let list = match self
            .ask(&PageRequest { limit: 1, bare: true, ..request.clone() })
            .await
            .checked()?
        {
            Ok(list) => list,
            Err(error) if error.is_timeout() && ladder.misses == 0 => {
                ladder.misses = 1;
                return Err(PageError::TimedOut);
            }
            Err(error) => return Ok(Chunk::Unreadable(error, self.quick.last_failure())),
        };
        let Some(record) = list.data.first().filter(|_| !self.plain) else {
            return Ok(Chunk::Read(PageRead::of(list)));
        };
        let id = record.id.clone();
        Ok(Chunk::Read(match self.alone(&id, &mut ladder.tries).await? {
            Ok(record) => PageRead::of(List::of(vec![record], Vec::new(), list.has_more, Some(id))),
            Err(lack) => {
                PageRead { bare: IncompleteRecords::from([(id, lack)]), ..PageRead::of(list) }
            }
        }))
    }

    /// Requests a page. Only a rate limit is waited for.
    async fn ask(&self, request: &PageRequest) -> Attempt<List<BalanceTransaction>> {
        let patient = self.is_patient();
        let outcome = match self.quick.balance_transactions(request, self.deadline).await {
            Err(StripeError::RateLimited { .. }) => {
                self.stripe.balance_transactions(request, self.deadline).await
            }
            other => other,
        };
        Attempt { outcome, patient }
    }

    fn is_patient(&self) -> bool {
        is_patient(self.deadline)
    }
}

/// Requests a page of another list, with smaller and smaller pages while Stripe fails.
pub(crate) async fn smaller_and_smaller<T, A>(
    mut ask: impl FnMut(u8) -> A,
) -> Result<T, StripeError>
where
    A: Future<Output = Result<T, StripeError>>,
{
    let mut outcome = ask(MAX_PAGE).await;
    for limit in SMALLER {
        match &outcome {
            Err(StripeError::Malformed { .. }) => break,
            Err(error) if error.may_be_of_content() && !error.is_timeout() => {
                outcome = ask(limit).await;
            }
            _ => break,
        }
    }
    outcome
}

/// Whether a call that starts now has the time that a heavy page may take.
fn is_patient(deadline: Deadline) -> bool {
    deadline.call_timeout(CALL_LIMITS).is_some_and(|time| time >= PATIENCE)
}

/// A page that was requested while the one before it was handled.
#[derive(Debug)]
pub(crate) struct PrefetchedPage {
    /// The record before it.
    after: Option<String>,
    answer: Attempt<List<BalanceTransaction>>,
}

impl PrefetchedPage {
    /// Requests a page, once or twice.
    pub(crate) async fn ask(
        stripe: &StripeClient,
        request: &PageRequest,
        deadline: Deadline,
    ) -> Self {
        let patient = is_patient(deadline);
        let outcome = stripe.impatient().balance_transactions(request, deadline).await;
        Self { after: request.starting_after.clone(), answer: Attempt { outcome, patient } }
    }

    pub(crate) fn into_answer(self) -> Attempt<List<BalanceTransaction>> {
        self.answer
    }

    /// Whether the answer, success or failure, is about the page. A rate-limited page is requested
    /// again.
    fn counts(&self) -> bool {
        let is_of_page = |error: &StripeError| {
            error.may_be_of_content() || matches!(error, StripeError::Forbidden { .. })
        };
        self.answer.outcome.as_ref().map_or_else(is_of_page, |_| true)
    }
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod tests_of_permissions;
