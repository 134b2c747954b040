//! A page that is refused: does the key lack a right, or does one of the page's records need a right of its own?
//!
//! The key lacks one where it may not read the list at all, or only few of the records of the list's newest page: then the connection
//! rests, and says which right. Otherwise the record is looked for by halves, which takes seven pages at most, and set aside.

use crate::engine::stages::read::{Asked, BARE, PageError, Reader};
use crate::model::list_place::{Hint, PageSizes};
use crate::model::stripe::types::List;
use crate::model::stripe::types::list::MAX_PAGE;
use crate::model::stripe::types::movement::BalanceTransaction;
use crate::platform::stripe::{PageRequest, StripeError};

/// Records that are read alone to see what the key may.
const SAMPLES: usize = 5;

/// Fewer than these show little: others are looked for.
const ENOUGH: usize = 2;

/// The pages that they are taken from: the next one where Stripe cannot write one, or where it holds too few.
const SAMPLED_FROM: [u8; 3] = [MAX_PAGE, 10, 2];

impl<T> Asked<T> {
    /// As [`Self::judged`]; a refusal, too, may be due to a record of the page, unless nothing behind the records was asked for.
    pub(crate) fn of_a_record(self, plain: bool) -> Result<Result<T, StripeError>, PageError> {
        match self.outcome {
            Err(error @ StripeError::Forbidden { .. }) if !plain => Ok(Err(error)),
            outcome => Self { outcome, patient: self.patient }.judged(),
        }
    }
}

impl Reader {
    /// Lets a refusal pass that is about a record. It is asked once in a run; records refused after that are counted.
    pub(crate) async fn told_apart(&mut self, refusal: &StripeError, request: &PageRequest) -> Result<(), PageError> {
        if self.allowed {
            return Ok(());
        }
        let (mut read, mut refused) = (0, 0);
        for id in self.samples(refusal, request).await? {
            match self.once.balance_transaction(&id, self.deadline).await {
                Ok(_) => read += 1,
                Err(StripeError::Forbidden { .. }) => refused += 1,
                Err(error @ StripeError::Unauthorized { .. }) => return Err(PageError::Error(error)),
                // It says nothing of rights.
                Err(_) => {}
            }
        }
        self.allowed = read > 0 && read >= refused;
        if self.allowed { Ok(()) } else { Err(PageError::Error(refusal.clone())) }
    }

    /// Some records that nothing is known against: of the list's newest page, or where that cannot be had, of those at the place itself.
    async fn samples(&self, refusal: &StripeError, request: &PageRequest) -> Result<Vec<String>, PageError> {
        let mut few = Vec::new();
        let mut failure = None;
        let newest = PageRequest::default();
        for (from, limit) in [&newest, request].into_iter().flat_map(|from| SAMPLED_FROM.map(|limit| (from, limit))) {
            let bare = PageRequest { limit, bare: true, ..from.clone() };
            let list = match self.once.balance_transactions(&bare, self.deadline).await {
                Ok(list) => list,
                Err(StripeError::Forbidden { .. }) => return Err(PageError::Error(refusal.clone())),
                Err(error) if error.may_be_of_content() && !error.is_timeout() => {
                    failure = Some(error);
                    continue;
                }
                Err(error) => return Err(PageError::Error(error)),
            };
            let unknown: Vec<&BalanceTransaction> = list.data.iter().filter(|record| !self.known.is_awkward(&record.id)).collect();
            let spread = unknown.iter().step_by((unknown.len() / SAMPLES).max(1)).take(SAMPLES).map(|record| record.id.clone());
            if unknown.len() > few.len() {
                few = spread.collect();
            }
            if few.len() >= ENOUGH {
                return Ok(few);
            }
        }
        match failure {
            Some(failure) if few.is_empty() => Err(PageError::Error(failure)),
            _ => Ok(few),
        }
    }

    /// Remembers where the record must be that a larger page was refused for: among those that come after this smaller one.
    pub(crate) fn narrow(&mut self, request: &PageRequest, ladder: &PageSizes, list: &List<BalanceTransaction>) {
        let rest = ladder.refused.saturating_sub(ladder.limit);
        if rest == 0 || request.ending_before.is_some() {
            return;
        }
        let hint = if rest == 1 { Hint::of(BARE) } else { Hint { refused: rest, ..Hint::of(rest / 2) } };
        if let Some(last) = list.last_id() {
            self.hints.remember(Some(last), hint);
        }
    }
}
