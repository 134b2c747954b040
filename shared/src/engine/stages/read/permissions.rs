//! Handles a refused page: either the key lacks a permission, or one of the page's records needs a
//! permission of its own.
//!
//! The key lacks one if it may not read the list at all, or only few records of the list's newest
//! page. Then the connection pauses and names the permission. Otherwise a binary search finds the
//! record, with seven pages at most, and the record is set aside.

use crate::engine::stages::read::{Attempt, BARE, PageError, Reader};
use crate::model::run::list_place::{Hint, PageSizes};
use crate::model::stripe::types::List;
use crate::model::stripe::types::list::MAX_PAGE;
use crate::model::stripe::types::movement::BalanceTransaction;
use crate::platform::stripe::{PageRequest, StripeError};

/// Records that are read alone to find out what the key may read.
const SAMPLES: usize = 5;

/// Fewer samples than this show little, so others are searched for.
const ENOUGH: usize = 2;

/// The page sizes that samples are taken from: the next one if Stripe cannot render a page, or if
/// it contains too few.
const SAMPLED_FROM: [u8; 4] = [MAX_PAGE, 10, 2, 1];

/// How much older than the newest record that can be listed the samples are, in seconds, if those
/// beside it cannot be listed.
const SAMPLED_BEHIND: [i64; 4] = [10, 600, 86_400, 30 * 86_400];

/// The page size of these.
const SAMPLED_BEHIND_LIMIT: u8 = 10;

/// Records that are read alone.
#[derive(Default)]
struct Samples {
    ids: Vec<String>,
    /// When the newest record was created that was listed on the way, Unix seconds.
    newest: Option<i64>,
    /// Why a page could not be read.
    failure: Option<StripeError>,
}

impl<T> Attempt<T> {
    /// As [`Self::checked`]. A refusal may also be caused by one record, unless no expansions were
    /// requested.
    pub(crate) fn checked_for_record(
        self,
        plain: bool,
    ) -> Result<Result<T, StripeError>, PageError> {
        match self.outcome {
            Err(error @ StripeError::Forbidden { .. }) if !plain => Ok(Err(error)),
            outcome => Self { outcome, patient: self.patient }.checked(),
        }
    }
}

impl Reader {
    /// Accepts a refusal that is about one record. This is checked once in a run; records refused
    /// after that are counted.
    pub(crate) async fn check_refusal(
        &mut self,
        refusal: &StripeError,
        request: &PageRequest,
    ) -> Result<(), PageError> {
        if self.allowed {
            return Ok(());
        }
        let (mut read, mut refused) = (0, 0);
        for id in self.samples(refusal, request).await? {
            match self.once.balance_transaction(&id, self.deadline).await {
                Ok(_) => read += 1,
                Err(StripeError::Forbidden { .. }) => refused += 1,
                Err(error @ StripeError::Unauthorized { .. }) => {
                    return Err(PageError::Error(error));
                }
                // It says nothing about permissions.
                Err(_) => {}
            }
        }
        self.allowed = read > 0 && read >= refused;
        if self.allowed { Ok(()) } else { Err(PageError::Error(refusal.clone())) }
    }

    /// Some records without known failures: from the list's newest page, or if that is unreadable,
    /// from the place itself, or else from further back.
    async fn samples(
        &self,
        refusal: &StripeError,
        request: &PageRequest,
    ) -> Result<Vec<String>, PageError> {
        let mut found = Samples::default();
        let newest = PageRequest::default();
        for (from, limit) in
            [&newest, request].into_iter().flat_map(|from| SAMPLED_FROM.map(|limit| (from, limit)))
        {
            let page = PageRequest { limit, bare: true, ..from.clone() };
            if self.sample(refusal, &page, &mut found).await? {
                return Ok(found.ids);
            }
        }
        for seconds in SAMPLED_BEHIND {
            let Some(newest) = found.newest else { break };
            let created_lt = Some(newest.saturating_sub(seconds));
            let limit = SAMPLED_BEHIND_LIMIT;
            let page = PageRequest { created_lt, limit, bare: true, ..PageRequest::default() };
            if self.sample(refusal, &page, &mut found).await? {
                return Ok(found.ids);
            }
        }
        match found.failure {
            Some(failure) if found.ids.is_empty() => Err(PageError::Error(failure)),
            _ => Ok(found.ids),
        }
    }

    /// Takes samples from a page, if they are more than those before. Returns whether they are
    /// enough.
    async fn sample(
        &self,
        refusal: &StripeError,
        page: &PageRequest,
        found: &mut Samples,
    ) -> Result<bool, PageError> {
        let list = match self.once.balance_transactions(page, self.deadline).await {
            Ok(list) => list,
            Err(StripeError::Forbidden { .. }) => return Err(PageError::Error(refusal.clone())),
            Err(error) if error.may_be_of_content() && !error.is_timeout() => {
                found.failure = Some(error);
                return Ok(false);
            }
            Err(error) => return Err(PageError::Error(error)),
        };
        found.newest = found.newest.or(list.data.first().map(|record| record.created));
        let unknown: Vec<&BalanceTransaction> =
            list.data.iter().filter(|record| !self.known.is_awkward(&record.id)).collect();
        if unknown.len() > found.ids.len() {
            let spread = unknown.iter().step_by((unknown.len() / SAMPLES).max(1)).take(SAMPLES);
            found.ids = spread.map(|record| record.id.clone()).collect();
        }
        Ok(found.ids.len() >= ENOUGH)
    }

    /// Narrows down the record for which a larger page was refused: it is among those that follow
    /// this smaller page.
    pub(crate) fn narrow(
        &mut self,
        request: &PageRequest,
        ladder: &PageSizes,
        list: &List<BalanceTransaction>,
    ) {
        let rest = ladder.refused.saturating_sub(ladder.limit);
        if rest == 0 || request.ending_before.is_some() {
            return;
        }
        let hint =
            if rest == 1 { Hint::of(BARE) } else { Hint { refused: rest, ..Hint::of(rest / 2) } };
        if let Some(last) = list.last_id() {
            self.hints.remember(Some(last), hint);
        }
    }
}
