//! A typed client for the part of Stripe's API that the mirror needs.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use reqwest::{Client, Method, Request, Url};
use secrecy::SecretString;
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::model::failed_call::FailedCall;
use crate::model::shape::Noted;
use crate::model::stripe::resource::{BALANCE, BALANCE_TRANSACTIONS, CUSTOMERS, PAYOUTS, Resource};
use crate::model::stripe::types::list::MAX_PAGE;
use crate::model::stripe::types::movement::BalanceTransaction;
use crate::model::stripe::types::{Balance, Customer, List, Source};
use crate::model::text::mended;
use crate::platform::http::reply::Fault;
use crate::platform::http::{BaseUrl, CallLimits, Deadline, LastFailure, RetryPolicy, SetupError, bearer, exchange};
use crate::platform::stripe::error::{Failure, StripeError, UnavailableCause};
use crate::platform::stripe::expected::{Expected, Kind};

/// The API version sent with every request. Fields do not change within a version. Open
/// enumerations get new values on old versions too.
pub const API_VERSION: &str = "2026-07-29.dahlia";

/// The time limit of one call. Stripe's own libraries wait up to 80 s for long expanded lists,
/// which no worker's budget allows.
pub const CALL_LIMITS: CallLimits = CallLimits { longest: Duration::from_secs(30), reserve: Duration::from_secs(1) };

/// The largest response body that is read. A page of 100 expanded records is under 2 MiB, so a
/// larger body is not from Stripe.
pub const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;

/// The retry policy for calls that may never succeed.
pub(crate) const IMPATIENT: RetryPolicy =
    RetryPolicy { base: Duration::from_millis(300), cap: Duration::from_millis(300), max_attempts: 2 };

pub(crate) const VERSION_HEADER: HeaderName = HeaderName::from_static("stripe-version");

pub(crate) const IDEMPOTENCY_HEADER: HeaderName = HeaderName::from_static("idempotency-key");

/// The response header that holds Stripe's request id.
pub(crate) const REQUEST_ID: &str = "request-id";

/// The expansions that a page of balance transactions needs to name its customers. Four levels deep
/// is Stripe's limit.
pub(crate) const MOVEMENT_EXPANSIONS: [&str; 4] =
    ["data.source", "data.source.customer", "data.source.charge", "data.source.charge.customer"];

/// Selects a page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// Only records created at or after this Unix second.
    pub created_gte: Option<i64>,
    /// Only records created before this Unix second.
    pub created_lt: Option<i64>,
    /// The id of the last record of the previous page. The page continues with the next older
    /// record.
    pub starting_after: Option<String>,
    /// The alternative to `starting_after`: the page ends with the record that is next newer than
    /// this id.
    pub ending_before: Option<String>,
    /// Records per page, 1 to [`MAX_PAGE`]. Other values are clamped to that range.
    pub limit: u8,
    /// Requests only the ids of the objects behind the records, without expansion.
    pub bare: bool,
}

impl Default for PageRequest {
    fn default() -> Self {
        Self { created_gte: None, created_lt: None, starting_after: None, ending_before: None, limit: MAX_PAGE, bare: false }
    }
}

/// Sends requests for one Stripe account with one key.
///
/// Requests are retried within the deadline when Stripe is busy or unreachable. An invalid key, a
/// missing permission and an invalid request are reported at once.
#[derive(Clone)]
pub struct StripeClient {
    http: Client,
    base: BaseUrl,
    authorization: HeaderValue,
    retry: RetryPolicy,
    /// Whether a call that timed out is retried.
    repeats_timeouts: bool,
    calls: Arc<AtomicU64>,
    noted: Noted,
    failed: LastFailure,
}

impl StripeClient {
    /// Creates a client for the API at `base` (`https://api.stripe.com` in production).
    ///
    /// # Errors
    ///
    /// [`SetupError`] for a base URL or a key that cannot be used in a request.
    pub fn new(http: Client, base: &str, key: &SecretString) -> Result<Self, SetupError> {
        let (base, authorization) = (BaseUrl::parse(base)?, bearer(key)?);
        Ok(Self {
            http,
            base,
            authorization,
            retry: RetryPolicy::default(),
            repeats_timeouts: true,
            calls: Arc::default(),
            noted: Noted::default(),
            failed: LastFailure::default(),
        })
    }

    /// The same client for calls that may never succeed: a call is retried once, after a short
    /// delay, and not at all after a time-out.
    #[must_use]
    pub fn impatient(&self) -> Self {
        Self { retry: IMPATIENT, repeats_timeouts: false, ..self.clone() }
    }

    /// The same client with another back-off.
    #[must_use]
    pub fn with_retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// The same client, which records responses of an undocumented shape in the given place.
    #[must_use]
    pub(crate) fn noting(mut self, noted: Noted) -> Self {
        self.noted = noted;
        self
    }

    /// The same client for calls about a single record: it gives up early and keeps its own last
    /// failure.
    #[must_use]
    pub fn alone(&self) -> Self {
        Self { failed: LastFailure::default(), ..self.impatient() }
    }

    /// The last failed call of this client and its clones.
    pub fn last_failure(&self) -> Option<FailedCall> {
        self.failed.get()
    }

    /// How many requests this client and its clones have sent, including retries.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// Reads the account's current balance.
    ///
    /// # Errors
    ///
    /// Any [`StripeError`] but [`StripeError::CursorGone`].
    pub async fn balance(&self, deadline: Deadline) -> Result<Balance, StripeError> {
        self.get(BALANCE, Kind::Balance, &[], "a balance", deadline).await
    }

    /// Reads one page of the account's balance transactions, newest first, with their sources
    /// expanded down to the customer. Records that cannot be read are listed separately.
    ///
    /// # Errors
    ///
    /// Any [`StripeError`]; [`StripeError::CursorGone`] when `starting_after` or `ending_before`
    /// names a record that Stripe does not know, or no longer knows.
    pub async fn balance_transactions(&self, page: &PageRequest, deadline: Deadline) -> Result<List<BalanceTransaction>, StripeError> {
        let limit = page.limit.clamp(1, MAX_PAGE).to_string();
        let created = page.created_gte.map(|second| second.to_string());
        let before = page.created_lt.map(|second| second.to_string());
        let mut query = vec![("limit", limit.as_str())];
        query.extend(created.as_deref().map(|second| ("created[gte]", second)));
        query.extend(before.as_deref().map(|second| ("created[lt]", second)));
        query.extend(page.starting_after.as_deref().map(|id| ("starting_after", id)));
        query.extend(page.ending_before.as_deref().map(|id| ("ending_before", id)));
        if !page.bare {
            query.extend(MOVEMENT_EXPANSIONS.map(|path| ("expand[]", path)));
        }
        let page: List<BalanceTransaction> =
            self.get(BALANCE_TRANSACTIONS, Kind::List, &query, "a page of balance transactions", deadline).await?;
        if !page.unread.is_empty() {
            tracing::warn!(count = page.unread.len(), "a page from Stripe has unreadable records");
        }
        Ok(page)
    }

    /// Reads a customer. For a deleted customer only the deletion is known. `None` when Stripe does
    /// not know the customer.
    ///
    /// # Errors
    ///
    /// Any [`StripeError`] but [`StripeError::CursorGone`].
    pub async fn customer(&self, id: &str, deadline: Deadline) -> Result<Option<Customer>, StripeError> {
        self.find(CUSTOMERS, id, &[], "a customer", deadline).await
    }

    /// Reads one balance transaction, with its source expanded as in a page. `None` when Stripe
    /// does not know it, or no longer knows it.
    ///
    /// # Errors
    ///
    /// Any [`StripeError`] but [`StripeError::CursorGone`].
    pub async fn balance_transaction(&self, id: &str, deadline: Deadline) -> Result<Option<BalanceTransaction>, StripeError> {
        let query = MOVEMENT_EXPANSIONS.map(|path| ("expand[]", path.strip_prefix("data.").unwrap_or(path)));
        self.find(BALANCE_TRANSACTIONS, id, &query, "a balance transaction", deadline).await
    }

    /// Reads one balance transaction without the object behind it. `None` when Stripe does not know
    /// it, or no longer knows it.
    ///
    /// # Errors
    ///
    /// Any [`StripeError`] but [`StripeError::CursorGone`].
    pub async fn bare_balance_transaction(&self, id: &str, deadline: Deadline) -> Result<Option<BalanceTransaction>, StripeError> {
        self.find(BALANCE_TRANSACTIONS, id, &[], "a balance transaction", deadline).await
    }

    /// Reads a payout, refund, dispute or charge by id. `None` when Stripe does not know it, or no
    /// longer knows it.
    ///
    /// # Errors
    ///
    /// Any [`StripeError`] but [`StripeError::CursorGone`].
    pub async fn object(&self, resource: Resource, id: &str, deadline: Deadline) -> Result<Option<Source>, StripeError> {
        self.find(resource.path(), id, &[], "an object", deadline).await
    }

    /// Reads the newest [`MAX_PAGE`] objects of a resource that were created at or after a Unix
    /// second.
    ///
    /// # Errors
    ///
    /// Any [`StripeError`] but [`StripeError::CursorGone`].
    pub async fn objects(&self, resource: Resource, created_gte: i64, deadline: Deadline) -> Result<List<Source>, StripeError> {
        let (limit, since) = (MAX_PAGE.to_string(), created_gte.to_string());
        let query = [("limit", limit.as_str()), ("created[gte]", since.as_str())];
        self.whole(resource.path(), &query, "a list of objects", deadline).await
    }

    /// Reads a limited number of payouts created before a Unix second, newest first. `after` is the
    /// last id of the previous page.
    ///
    /// # Errors
    ///
    /// Any [`StripeError`]; [`StripeError::CursorGone`] when `after` names a payout that Stripe
    /// does not know, or no longer knows.
    pub async fn payouts_before(
        &self,
        created_lt: i64,
        after: Option<&str>,
        limit: u8,
        deadline: Deadline,
    ) -> Result<List<Source>, StripeError> {
        let (limit, before) = (limit.clamp(1, MAX_PAGE).to_string(), created_lt.to_string());
        let mut query = vec![("limit", limit.as_str()), ("created[lt]", before.as_str())];
        query.extend(after.map(|id| ("starting_after", id)));
        self.whole(PAYOUTS, &query, "a list of payouts", deadline).await
    }

    /// Reads a limited number of the balance transactions that an automatic payout settled, newest
    /// first, including the payout's own. `after` is the last id of the previous page.
    ///
    /// # Errors
    ///
    /// Any [`StripeError`]; [`StripeError::CursorGone`] when `after` names a record that Stripe
    /// does not know, or no longer knows; [`StripeError::Malformed`] also when one member cannot be
    /// read, because the sum of the others means nothing.
    pub async fn payout_members(
        &self,
        payout: &str,
        after: Option<&str>,
        limit: u8,
        deadline: Deadline,
    ) -> Result<List<BalanceTransaction>, StripeError> {
        let limit = limit.clamp(1, MAX_PAGE).to_string();
        let mut query = vec![("limit", limit.as_str()), ("payout", payout)];
        query.extend(after.map(|id| ("starting_after", id)));
        self.whole(BALANCE_TRANSACTIONS, &query, "a page of a payout's members", deadline).await
    }

    /// Reads an object by id. `None` when Stripe does not know it.
    pub(crate) async fn find<T: DeserializeOwned>(
        &self,
        list: &'static str,
        id: &str,
        query: &[(&str, &str)],
        what: &'static str,
        deadline: Deadline,
    ) -> Result<Option<T>, StripeError> {
        // A merchant may choose the ids of customers: they can hold any character and go into the
        // path percent-encoded.
        if !fits_a_path(id) {
            return Ok(None);
        }
        let expected = Expected { call: list, kind: Kind::Object(Some(id)) };
        let outgoing = Outgoing { id: Some(id), ..Outgoing::get(list, query, expected) };
        match self.send(&outgoing, deadline).await {
            Ok(body) => decode(&body, what).map(Some),
            Err(error) if error.is_missing() => Ok(None),
            // Any gateway on the way may answer 404. Only Stripe's own error says that the object
            // does not exist.
            Err(StripeError::Invalid { status: status @ 404, .. }) => {
                Err(StripeError::Unavailable { cause: UnavailableCause::Status(status) })
            }
            Err(error) => Err(error),
        }
    }

    /// Reads one record of a resource to learn whether the key is allowed to.
    ///
    /// # Errors
    ///
    /// [`StripeError::Forbidden`] when it is not; any other [`StripeError`] when this could not be
    /// determined.
    pub async fn probe(&self, resource: Resource, deadline: Deadline) -> Result<(), StripeError> {
        let mut query = Vec::new();
        if resource.is_list() {
            query.push(("limit", "1"));
        }
        if resource == Resource::BalanceTransactions {
            query.extend(MOVEMENT_EXPANSIONS.map(|path| ("expand[]", path)));
        }
        self.get::<IgnoredAny>(
            resource.path(),
            if resource.is_list() { Kind::List } else { Kind::Any },
            &query,
            "an object or a list",
            deadline,
        )
        .await
        .map(|_| ())
    }

    /// Reads a page in which every object must be readable.
    pub(crate) async fn whole<T: DeserializeOwned>(
        &self,
        path: &'static str,
        query: &[(&str, &str)],
        what: &'static str,
        deadline: Deadline,
    ) -> Result<List<T>, StripeError> {
        let page: List<T> = self.get(path, Kind::List, query, what, deadline).await?;
        if page.unread.is_empty() { Ok(page) } else { Err(StripeError::Malformed { what }) }
    }

    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        path: &'static str,
        kind: Kind<'_>,
        query: &[(&str, &str)],
        what: &'static str,
        deadline: Deadline,
    ) -> Result<T, StripeError> {
        let expected = Expected { call: path, kind };
        let body = self.send(&Outgoing::get(path, query, expected), deadline).await?;
        decode(&body, what)
    }

    /// Sends a request and retries it until the answer is final. The request must be idempotent: a
    /// read, a deletion, or a write with an idempotency key.
    pub(crate) async fn send(&self, outgoing: &Outgoing<'_>, deadline: Deadline) -> Result<Vec<u8>, StripeError> {
        self.ask(outgoing, deadline).await.map_err(|failure| failure.error)
    }

    /// Like [`Self::send`], with all details of a failure.
    pub(crate) async fn ask(&self, outgoing: &Outgoing<'_>, deadline: Deadline) -> Result<Vec<u8>, Failure> {
        let url = self.base.join_object(outgoing.path, outgoing.id, outgoing.query);
        let mut attempt = 1;
        loop {
            let failure = match self.attempt(outgoing, url.clone(), deadline).await {
                Ok(body) => return Ok(body),
                Err(failure) => failure,
            };
            let again = failure.retry && (self.repeats_timeouts || !failure.error.is_timeout());
            if !again || !self.retry.pause(attempt, failure.retry_after, deadline, CALL_LIMITS).await {
                self.noted.note(failure.error.shape());
                return Err(failure);
            }
            tracing::debug!(path = outgoing.path, attempt, error = %failure.error, "retrying a Stripe request");
            attempt += 1;
        }
    }

    async fn attempt(&self, outgoing: &Outgoing<'_>, url: Url, deadline: Deadline) -> Result<Vec<u8>, Failure> {
        let timeout = deadline.call_timeout(CALL_LIMITS).ok_or_else(|| Failure::of_fault(Fault::NoTimeLeft))?;
        let mut request = match outgoing.form {
            None => Request::new(outgoing.method.clone(), url),
            Some(form) => self.http.request(outgoing.method.clone(), url).form(form).build().map_err(|_| Failure::unsendable())?,
        };
        request.headers_mut().insert(AUTHORIZATION, self.authorization.clone());
        request.headers_mut().insert(VERSION_HEADER, HeaderValue::from_static(API_VERSION));
        if let Some(key) = &outgoing.idempotency_key {
            request.headers_mut().insert(IDEMPOTENCY_HEADER, key.clone());
        }
        self.calls.fetch_add(1, Ordering::Relaxed);
        let reply = exchange(&self.http, request, timeout, MAX_BODY_BYTES).await;
        let below = if outgoing.id.is_some() { "/:id" } else { "" };
        self.failed.note(&outgoing.method, &format!("{}{below}", outgoing.path), reply.as_ref().ok(), REQUEST_ID);
        let reply = reply.map_err(Failure::of_fault)?;
        if !reply.status.is_success() {
            return Err(Failure::of_reply(&reply));
        }
        let body = mended(reply.body.map_err(Failure::of_fault)?);
        outgoing.expected.check(&body).map_err(Failure::of_shape)?;
        Ok(body)
    }
}

/// A request without the key and the version header.
pub(crate) struct Outgoing<'a> {
    pub(crate) method: Method,
    pub(crate) path: &'a str,
    /// The id of the object below the path. It can hold any character.
    pub(crate) id: Option<&'a str>,
    pub(crate) query: &'a [(&'a str, &'a str)],
    /// The body, sent form-encoded.
    pub(crate) form: Option<&'a [(&'a str, &'a str)]>,
    /// The idempotency key: Stripe answers a repeated write with the result of the first.
    pub(crate) idempotency_key: Option<HeaderValue>,
    /// The shape that a successful response must have.
    pub(crate) expected: Expected<'a>,
}

impl<'a> Outgoing<'a> {
    /// A read.
    pub(crate) const fn get(path: &'a str, query: &'a [(&'a str, &'a str)], expected: Expected<'a>) -> Self {
        Self { method: Method::GET, path, id: None, query, form: None, idempotency_key: None, expected }
    }
}

/// Whether an id can be one path segment. `.` and `..` name another path however they are encoded.
pub(crate) fn fits_a_path(id: &str) -> bool {
    const LONGEST: usize = 255;
    !matches!(id, "" | "." | "..") && id.chars().count() <= LONGEST && !id.contains(char::is_control)
}

pub(crate) fn decode<T: DeserializeOwned>(body: &[u8], what: &'static str) -> Result<T, StripeError> {
    serde_json::from_slice(body).map_err(|error| {
        // The position is safe to log. The error's own text may quote a value.
        tracing::warn!(what, line = error.line(), column = error.column(), "unreadable response from Stripe");
        StripeError::Malformed { what }
    })
}

impl fmt::Debug for StripeClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StripeClient").field("base", &self.base).field("calls", &self.calls()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
