//! Goes around a place in the list where not even an id is readable. It searches for an older
//! record by time and reads the list upwards from there, so that the unreadable range, the *hole*,
//! is as small as possible.

use crate::engine::stages::read::{Attempt, BARE, Chunk, PageError, PageRead, Reader};
use crate::model::failed_call::FailedCall;
use crate::model::run::hole::UnreadableRange;
use crate::model::run::list_place::{Hint, HoleSearch, IncompleteRecords, PageSizes, Place};
use crate::model::stripe::types::movement::BalanceTransaction;
use crate::model::stripe::types::{List, Unread};
use crate::platform::stripe::{PageRequest, StripeError};

/// Each search for an older record goes this many times further back than the last one…
pub(crate) const FARTHER: i64 = 8;

/// …and once one is found, the range is halved until it is this many seconds.
pub(crate) const NEAR: i64 = 1;

/// After this many calls without an answer in time, the bound is close enough.
pub(crate) const MAX_SLOW: u32 = 4;

/// The limit of records read upwards that are kept. The rest beyond it becomes part of the hole.
pub(crate) const MAX_ABOVE: usize = 2_000;

impl HoleSearch {
    /// Starts at a record created at second `origin`. `below` is a bound found earlier.
    pub(crate) fn new(origin: i64, below: Option<i64>, failed: Option<FailedCall>) -> Self {
        let up = PageSizes {
            limit: if below.is_some() { BARE } else { PageSizes::default().limit },
            ..PageSizes::default()
        };
        // Records created in the same second as this one are left to the upward reading.
        let first = below.map_or(origin, |below| below.min(origin));
        Self {
            origin,
            fails: first.saturating_add(NEAR),
            reads: None,
            from: None,
            slow: 0,
            up,
            first: Some(first),
            found: false,
            failed,
        }
    }

    /// The next time bound to search below. `None` when it is close enough.
    fn look(&self, bound: i64) -> Option<i64> {
        let next = match (self.first, self.reads) {
            (Some(first), _) => first,
            (None, None) => self.origin.saturating_sub(
                self.origin.saturating_sub(self.fails).saturating_mul(FARTHER).max(1),
            ),
            (None, Some(reads))
                if self.fails - reads <= NEAR || (self.slow >= MAX_SLOW && self.from.is_some()) =>
            {
                return None;
            }
            (None, Some(reads)) => reads + (self.fails - reads) / 2,
        };
        let next = next.max(bound.saturating_add(1));
        (next < self.fails && self.reads != Some(next)).then_some(next)
    }
}

/// The records of a page that are older than the one created at second `made`, and whether that one
/// was in the page.
pub(crate) fn below(
    list: List<BalanceTransaction>,
    id: Option<&str>,
    made: i64,
) -> (Vec<BalanceTransaction>, Vec<Unread>, bool) {
    let mut data = list.data;
    if let Some(at) = data.iter().position(|record| Some(record.id.as_str()) == id) {
        data.drain(..=at);
        return (data, list.unread, true);
    }
    let reached = id.is_some() && list.unread.iter().any(|row| row.id.as_deref() == id);
    if reached {
        // Its position among the others is unknown.
        data.retain(|record| record.created < made);
    }
    (data, list.unread, reached)
}

impl Reader {
    /// The page after an unreadable place.
    pub(crate) async fn go_round(
        &mut self,
        request: &PageRequest,
        place: &mut Place,
    ) -> Result<PageRead, PageError> {
        let Some(around) = &mut place.around else { return Err(unreadable()) };
        if !around.found {
            self.look_below(request, around).await?;
        }
        let (origin, reads, failed) = (around.origin, around.reads, around.failed.clone());
        let mut read = self.upwards(request, around).await?;
        if read.hole.is_some() && !around.is_slow() && self.can_be_read(request).await? {
            // The place was not the cause, so it is read normally.
            self.hints.forget(request.starting_after.as_deref());
            *place = Place::default();
            return Err(unreadable());
        }
        if let Some(hole) = &read.hole {
            tracing::warn!(
                oldest = hole.oldest,
                newest = origin,
                "Stripe's list is unreadable between two records"
            );
        }
        self.hints.remember(
            request.starting_after.as_deref(),
            Hint { below: reads, hole: read.hole.is_some(), ..Hint::of(BARE) },
        );
        read.failed = failed.filter(|_| read.hole.is_some());
        *place = Place::default();
        Ok(read)
    }

    /// Finds a record older than the hole.
    async fn look_below(
        &mut self,
        request: &PageRequest,
        around: &mut HoleSearch,
    ) -> Result<(), PageError> {
        // Nothing older than the list's own bound is requested.
        let bound = request.created_gte.unwrap_or_default();
        while let Some(look) = around.look(bound) {
            let patient = self.is_patient();
            let older = PageRequest {
                created_lt: Some(look),
                starting_after: None,
                limit: 1,
                bare: true,
                ..request.clone()
            };
            around.first = None;
            match (Attempt {
                outcome: self.once.balance_transactions(&older, self.deadline).await,
                patient,
            })
            .checked()?
            {
                Ok(list) => {
                    around.reads = Some(look);
                    around.from = list.last_id().map(str::to_owned).or(around.from.take());
                }
                Err(error) => {
                    around.fails = look;
                    if error.is_timeout() {
                        around.slow += 1;
                        return Err(PageError::TimedOut);
                    }
                }
            }
        }
        // Either every call failed or there are no older records. This check distinguishes the two.
        if around.from.is_none() && !self.gives_records(request.starting_after.as_deref()).await {
            return Err(unreadable());
        }
        around.found = true;
        Ok(())
    }

    /// Reads the list upwards to the hole, or to the record before it, in which case there is no
    /// hole.
    async fn upwards(
        &mut self,
        request: &PageRequest,
        around: &mut HoleSearch,
    ) -> Result<PageRead, PageError> {
        let after = request.starting_after.clone();
        let bound = request.created_gte.unwrap_or_default();
        let Some(mut from) = around.from.clone() else {
            let hole =
                UnreadableRange { after, before: None, newest: around.origin, oldest: bound };
            return Ok(PageRead {
                hole: Some(hole),
                ..PageRead::of(List::of(Vec::new(), Vec::new(), false, None))
            });
        };
        let (mut above, mut unread, mut bare) = (Vec::new(), Vec::new(), IncompleteRecords::new());
        let whole = loop {
            let newer = PageRequest {
                starting_after: None,
                ending_before: Some(from.clone()),
                ..request.clone()
            };
            let read = match Box::pin(self.chunk(&newer, &mut around.up, None)).await? {
                Chunk::Read(read) => read,
                Chunk::Unreadable(error, _) => {
                    around.slow += u32::from(error.is_timeout());
                    break false;
                }
            };
            around.up = PageSizes::default();
            bare.extend(read.bare);
            let more = read.list.has_more;
            let (part, rows, reached) = below(read.list, after.as_deref(), around.origin);
            let first = part
                .first()
                .map(|record| record.id.clone())
                .or_else(|| rows.first().and_then(|row| row.id.clone()));
            unread.extend(rows);
            above.splice(0..0, part);
            match first {
                Some(first) if more && !reached && above.len() < MAX_ABOVE => from = first,
                Some(_) if more && !reached => break false,
                _ => break true,
            }
            around.from = Some(from.clone());
        };
        let (mut data, mut last) = (above, None);
        if data.is_empty() {
            last = Some(from.clone());
            self.at(&from, &mut data, &mut unread, &mut bare).await?;
        }
        let last = data.last().map(|record| record.id.clone()).or(last).or_else(|| after.clone());
        let oldest = data.first().map_or(bound, |record| record.created);
        let hole = (!whole).then(|| UnreadableRange {
            after,
            before: data.first().map(|record| record.id.clone()),
            newest: around.origin,
            oldest,
        });
        let list = List::of(data, unread, true, last);
        Ok(PageRead { bare, hole, ..PageRead::of(list) })
    }

    /// Reads the record at the lower end of the hole.
    pub(crate) async fn at(
        &mut self,
        id: &str,
        data: &mut Vec<BalanceTransaction>,
        unread: &mut Vec<Unread>,
        bare: &mut IncompleteRecords,
    ) -> Result<(), PageError> {
        let mut tries = 0;
        let lack = match self.plain {
            true => None,
            false => match self.alone(id, &mut tries).await? {
                Ok(record) => {
                    data.push(record);
                    return Ok(());
                }
                Err(lack) => Some(lack),
            },
        };
        match self.quick.bare_balance_transaction(id, self.deadline).await {
            Ok(Some(record)) => {
                bare.extend(lack.map(|lack| (id.to_owned(), lack)));
                data.push(record);
            }
            Ok(None) => {}
            Err(StripeError::Malformed { .. }) => {
                unread.push(Unread {
                    id: Some(id.to_owned()),
                    net: None,
                    fingerprint: String::new(),
                });
            }
            Err(error) => return Err(PageError::Error(error)),
        }
        Ok(())
    }

    /// Whether the place is readable after all.
    async fn can_be_read(&self, request: &PageRequest) -> Result<bool, PageError> {
        let bare = PageRequest { limit: 1, bare: true, ..request.clone() };
        let patient = self.is_patient();
        let answer = Attempt {
            outcome: self.once.balance_transactions(&bare, self.deadline).await,
            patient,
        };
        Ok(answer.checked()?.is_ok())
    }
}

impl HoleSearch {
    /// Whether the last call got no answer in time. This worker's time does not allow another one.
    const fn is_slow(&self) -> bool {
        self.slow > 0
    }
}

/// The cause is something other than the page, so it is requested again later.
pub(crate) fn unreadable() -> PageError {
    PageError::Error(StripeError::Unavailable {
        cause: crate::platform::stripe::error::UnavailableCause::Network(
            crate::platform::http::reply::Fault::Disconnected,
        ),
    })
}
