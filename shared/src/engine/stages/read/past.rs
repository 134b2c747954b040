//! Skips places that are known to be holes, without waiting there a second time.

use crate::engine::stages::read::{PageError, PageRead, Reader};
use crate::model::run::list_place::{HoleSearch, IncompleteRecords};
use crate::model::stripe::types::List;
use crate::platform::stripe::PageRequest;

impl Reader {
    /// The page after a hole that this run has already gone around; `None` elsewhere. If the hole
    /// has become readable, the next run finds out.
    pub(crate) async fn past(
        &mut self,
        request: &PageRequest,
    ) -> Result<Option<PageRead>, PageError> {
        let Some(after) =
            request.starting_after.as_deref().filter(|_| request.ending_before.is_none())
        else {
            return Ok(None);
        };
        let Some(hole) = self
            .known
            .holes
            .get(after)
            .filter(|_| self.hints.of(Some(after)).is_some_and(|hint| hint.hole))
            .cloned()
        else {
            return Ok(None);
        };
        let bound = request.created_gte.unwrap_or_default();
        let Some(id) = hole.before.clone().filter(|_| hole.oldest >= bound) else {
            // Nothing follows it, as far as the search went.
            let end = PageRead {
                hole: Some(hole.clone()),
                ..PageRead::of(List::of(Vec::new(), Vec::new(), false, None))
            };
            return Ok((hole.oldest <= bound).then_some(end));
        };
        let (mut data, mut unread, mut bare) = (Vec::new(), Vec::new(), IncompleteRecords::new());
        self.at(&id, &mut data, &mut unread, &mut bare).await?;
        if data.is_empty() && unread.is_empty() {
            // The record is gone, so the search for what follows the hole starts again.
            return Ok(None);
        }
        Ok(Some(PageRead {
            bare,
            hole: Some(hole),
            ..PageRead::of(List::of(data, unread, true, Some(id)))
        }))
    }

    /// The way around a place that this run went around before, where the place itself need not be
    /// requested first.
    pub(crate) fn round_again(&self, request: &PageRequest, newest: i64) -> Option<HoleSearch> {
        let after =
            request.starting_after.as_deref().filter(|_| request.ending_before.is_none())?;
        let below = self.hints.of(Some(after))?.below?;
        Some(HoleSearch::new(newest, Some(below), None))
    }

    /// Records older than this second were readable when a hole was found here before.
    pub(crate) fn known_below(&self, request: &PageRequest) -> Option<i64> {
        let hole = self.known.holes.get(request.starting_after.as_deref()?)?;
        hole.before.is_some().then(|| hole.oldest.saturating_add(1))
    }
}
