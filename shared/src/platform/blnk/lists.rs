//! Whole lists, page by page, with every row checked.

use std::collections::HashSet;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::model::shape::Shape;
use crate::platform::blnk::body::encode;
use crate::platform::blnk::classify::{CallError, classify};
use crate::platform::blnk::client::{BlnkClient, CALL_LIMITS};
use crate::platform::blnk::error::{BlnkError, RefusalCode, UnknownCause};
use crate::platform::blnk::filter::Filter;
use crate::platform::blnk::page::{BlnkPage, TRANSACTIONS};
use crate::platform::blnk::types::Row;
use crate::platform::http::Deadline;
use crate::platform::http::reply::Fault;

/// The largest page that every version serves. A larger limit can return fewer rows.
pub const PAGE_SIZE: usize = 100;

/// The most values that one look-up accepts.
pub const MAX_LOOKUP_VALUES: usize = 100;

/// A list longer than this was not filtered as requested.
pub(crate) const MAX_ROWS: usize = 20_000;

/// How often a list is read when it turns out shorter than its own count.
pub(crate) const MAX_LISTINGS: u32 = 4;

#[derive(Serialize)]
pub(crate) struct Question<'a> {
    filters: &'a [Filter],
}

/// The rows of a list, each once.
pub(crate) struct Rows<T> {
    seen: HashSet<String>,
    found: Vec<T>,
}

impl BlnkClient {
    /// Reads rows whose `field` is one of `values`. Each row is checked, because an ignored
    /// condition would return the whole table.
    pub(crate) async fn look_up<T: DeserializeOwned + Row, S: AsRef<str>>(
        &self,
        path: &'static str,
        field: &str,
        values: &[S],
        also: &[Filter],
        value_of: impl Fn(&T) -> Option<&str>,
        deadline: Deadline,
    ) -> Result<Vec<T>, BlnkError> {
        let asked: HashSet<&str> = values.iter().map(AsRef::as_ref).collect();
        if asked.is_empty() {
            return Ok(Vec::new());
        }
        if asked.len() > MAX_LOOKUP_VALUES {
            return Err(BlnkError::Malformed { what: "more values than one look-up may ask for" });
        }
        let mut filters = vec![Filter::is_in(field, values)];
        filters.extend_from_slice(also);
        let found: Vec<T> = self.list(path, &filters, MAX_ROWS, deadline).await?;
        let fits = |row: &T| value_of(row).is_some_and(|value| asked.contains(value));
        if found.iter().all(fits) {
            Ok(found)
        } else {
            Err(BlnkError::Malformed { what: "rows that were not asked for" })
        }
    }

    /// Reads all pages, until one is short or `most` rows are read. Rows that a page repeats (new
    /// ones push old ones down) count once. The order of rows with the same time may change from
    /// page to page, so that one row can be on no page: a list with fewer rows than its exact total
    /// is read again.
    pub(crate) async fn list<T: DeserializeOwned + Row>(
        &self,
        path: &'static str,
        filters: &[Filter],
        most: usize,
        deadline: Deadline,
    ) -> Result<Vec<T>, BlnkError> {
        let mut rows = Rows { seen: HashSet::new(), found: Vec::new() };
        let mut attempt = 1;
        while !self.list_once(path, filters, most, &mut rows, deadline).await? {
            if attempt >= MAX_LISTINGS
                || !self.retry.pause(attempt, None, deadline, CALL_LIMITS).await
            {
                return Err(BlnkError::Unavailable { cause: UnknownCause::Incomplete });
            }
            tracing::debug!(path, attempt, "the list is shorter than its count");
            attempt += 1;
        }
        Ok(rows.found)
    }

    /// Reads a list from its first page. Returns whether `rows` holds all of it.
    async fn list_once<T: DeserializeOwned + Row>(
        &self,
        path: &'static str,
        filters: &[Filter],
        most: usize,
        rows: &mut Rows<T>,
        deadline: Deadline,
    ) -> Result<bool, BlnkError> {
        let size = PAGE_SIZE.to_string();
        let mut in_this_reading = HashSet::new();
        let mut number = 1_usize;
        while rows.found.len() < most {
            let page_number = number.to_string();
            let mut query = vec![("page", page_number.as_str()), ("pageSize", size.as_str())];
            if path == TRANSACTIONS {
                query.push(("strict_total", "true"));
            }
            let page: BlnkPage<T> = self.page(path, &query, filters, deadline).await?;
            if number == 1 && page.denies_its_count() {
                return Ok(false);
            }
            let served = page.data.len();
            let before = in_this_reading.len();
            for row in page.data {
                in_this_reading.insert(row.id().to_owned());
                if rows.seen.insert(row.id().to_owned()) {
                    rows.found.push(row);
                }
            }
            if rows.found.len() > MAX_ROWS {
                return Err(BlnkError::Malformed { what: "a list without end" });
            }
            // The server may serve smaller pages than requested. Its total then shows that more
            // rows follow.
            let all_counted = page.total.is_none_or(|total| {
                usize::try_from(total).unwrap_or(usize::MAX) <= rows.found.len()
            });
            let exact = path == TRANSACTIONS && page.total.is_some() && !page.total_is_estimate;
            if served == 0 {
                return Ok(all_counted || !exact);
            }
            if all_counted && (served < PAGE_SIZE || exact) {
                return Ok(true);
            }
            if in_this_reading.len() == before {
                return if exact {
                    Ok(false)
                } else {
                    Err(BlnkError::Malformed { what: "a list that does not advance" })
                };
            }
            number += 1;
        }
        Ok(true)
    }

    pub(crate) async fn page<T: DeserializeOwned>(
        &self,
        path: &'static str,
        query: &[(&str, &str)],
        filters: &[Filter],
        deadline: Deadline,
    ) -> Result<BlnkPage<T>, BlnkError> {
        let body = encode(&Question { filters })?;
        self.read(path, query, &body, deadline, |body| BlnkPage::of(path, body)).await
    }

    /// A read, retried while a retry may help and time is left. A response that cannot be parsed
    /// counts as a failure.
    async fn read<P>(
        &self,
        path: &str,
        query: &[(&str, &str)],
        body: &[u8],
        deadline: Deadline,
        parse: impl Fn(&[u8]) -> Result<P, Shape>,
    ) -> Result<P, BlnkError> {
        let mut attempt = 1;
        loop {
            let reply = self.post(path, query, body.to_vec(), deadline).await;
            let failure = match reply {
                Ok(reply) if reply.status.is_success() => match reply.body.map(|body| parse(&body))
                {
                    Ok(Ok(parsed)) => return Ok(parsed),
                    Ok(Err(shape)) => CallError::Unknown(UnknownCause::Shape(shape)),
                    Err(fault) => CallError::Unknown(UnknownCause::Network(fault)),
                },
                Ok(reply) => classify(&reply, &self.key),
                Err(fault) => CallError::Unknown(UnknownCause::Network(fault)),
            };
            let (error, retry, asked) = read_error(failure);
            if !retry || !self.retry.pause(attempt, asked, deadline, CALL_LIMITS).await {
                self.noted.note(error.shape());
                return Err(error);
            }
            tracing::debug!(path, attempt, %error, "retrying a ledger read");
            attempt += 1;
        }
    }
}

/// The error of a failed read, whether a retry may help, and the pause that the ledger asks for.
pub(crate) fn read_error(failure: CallError) -> (BlnkError, bool, Option<std::time::Duration>) {
    match failure {
        CallError::Unknown(UnknownCause::Network(Fault::BodyTooLarge)) => {
            (BlnkError::Malformed { what: "a body within the size limit" }, false, None)
        }
        CallError::Unknown(cause) => (BlnkError::Unavailable { cause }, cause.is_transient(), None),
        CallError::Refused(refusal) => {
            let (code, message, retry_after) = (refusal.code, refusal.message, refusal.retry_after);
            // An older Core reports its own faults as it does refusals.
            let retry = code.is_retryable() || code == RefusalCode::Unrecognized;
            (BlnkError::Refused { code, message, retry_after }, retry, retry_after)
        }
    }
}
