//! A typed client for the part of Stripe's API that the mirror needs.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use reqwest::{Client, Method, Request, Url};
use secrecy::SecretString;
use serde::de::DeserializeOwned;

use crate::model::failed_call::FailedCall;
use crate::model::shape::NotedShape;
use crate::model::stripe::types::List;
use crate::model::text::mended;
use crate::platform::http::reply::Fault;
use crate::platform::http::{
    BaseUrl, CallLimits, Deadline, LastFailure, RetryPolicy, SetupError, bearer, exchange,
};
use crate::platform::stripe::error::{FailedAttempt, StripeError, UnavailableCause};
use crate::platform::stripe::expected::{ExpectedResponse, ResponseKind};

/// The API version sent with every request. Fields do not change within a version. Open
/// enumerations get new values on old versions too.
pub const API_VERSION: &str = "2026-07-29.dahlia";

/// The time limit of one call. Stripe's own libraries wait up to 80 s for long expanded lists,
/// which no worker's budget allows.
pub const CALL_LIMITS: CallLimits =
    CallLimits { longest: Duration::from_secs(30), reserve: Duration::from_secs(1) };

/// The largest response body that is read. A page of 100 expanded records is under 2 MiB, so a
/// larger body is not from Stripe.
pub const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;

/// The retry policy for calls that may never succeed.
pub(crate) const IMPATIENT: RetryPolicy =
    RetryPolicy::new(Duration::from_millis(300), Duration::from_millis(300), 2);

pub(crate) const VERSION_HEADER: HeaderName = HeaderName::from_static("stripe-version");

pub(crate) const IDEMPOTENCY_HEADER: HeaderName = HeaderName::from_static("idempotency-key");

/// The response header that holds Stripe's request id.
pub(crate) const REQUEST_ID: &str = "request-id";

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
    noted: NotedShape,
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
            noted: NotedShape::default(),
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
    pub(crate) fn noting(mut self, noted: NotedShape) -> Self {
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
        let expected = ExpectedResponse { call: list, kind: ResponseKind::Object(Some(id)) };
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

    /// Reads a page in which every object must be readable.
    pub(crate) async fn whole<T: DeserializeOwned>(
        &self,
        path: &'static str,
        query: &[(&str, &str)],
        what: &'static str,
        deadline: Deadline,
    ) -> Result<List<T>, StripeError> {
        let page: List<T> = self.get(path, ResponseKind::List, query, what, deadline).await?;
        if page.unread.is_empty() { Ok(page) } else { Err(StripeError::Malformed { what }) }
    }

    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        path: &'static str,
        kind: ResponseKind<'_>,
        query: &[(&str, &str)],
        what: &'static str,
        deadline: Deadline,
    ) -> Result<T, StripeError> {
        let expected = ExpectedResponse { call: path, kind };
        let body = self.send(&Outgoing::get(path, query, expected), deadline).await?;
        decode(&body, what)
    }

    /// Sends a request and retries it until the answer is final. The request must be idempotent: a
    /// read, a deletion, or a write with an idempotency key.
    pub(crate) async fn send(
        &self,
        outgoing: &Outgoing<'_>,
        deadline: Deadline,
    ) -> Result<Vec<u8>, StripeError> {
        self.ask(outgoing, deadline).await.map_err(|failure| failure.error)
    }

    /// Like [`Self::send`], with all details of a failure.
    pub(crate) async fn ask(
        &self,
        outgoing: &Outgoing<'_>,
        deadline: Deadline,
    ) -> Result<Vec<u8>, FailedAttempt> {
        let url = self.base.join_object(outgoing.path, outgoing.id, outgoing.query);
        let mut attempt = 1;
        loop {
            let failure = match self.attempt(outgoing, url.clone(), deadline).await {
                Ok(body) => return Ok(body),
                Err(failure) => failure,
            };
            let again = failure.retry && (self.repeats_timeouts || !failure.error.is_timeout());
            if !again
                || !self.retry.pause(attempt, failure.retry_after, deadline, CALL_LIMITS).await
            {
                self.noted.note(failure.error.shape());
                return Err(failure);
            }
            tracing::debug!(path = outgoing.path, attempt, error = %failure.error,
                "retrying a Stripe request");
            attempt += 1;
        }
    }

    async fn attempt(
        &self,
        outgoing: &Outgoing<'_>,
        url: Url,
        deadline: Deadline,
    ) -> Result<Vec<u8>, FailedAttempt> {
        let timeout = deadline
            .call_timeout(CALL_LIMITS)
            .ok_or_else(|| FailedAttempt::of_fault(Fault::NoTimeLeft))?;
        let mut request = match outgoing.form {
            None => Request::new(outgoing.method.clone(), url),
            Some(form) => self
                .http
                .request(outgoing.method.clone(), url)
                .form(form)
                .build()
                .map_err(|_| FailedAttempt::unsendable())?,
        };
        request.headers_mut().insert(AUTHORIZATION, self.authorization.clone());
        request.headers_mut().insert(VERSION_HEADER, HeaderValue::from_static(API_VERSION));
        if let Some(key) = &outgoing.idempotency_key {
            request.headers_mut().insert(IDEMPOTENCY_HEADER, key.clone());
        }
        self.calls.fetch_add(1, Ordering::Relaxed);
        let reply = exchange(&self.http, request, timeout, MAX_BODY_BYTES).await;
        let below = if outgoing.id.is_some() { "/:id" } else { "" };
        self.failed.note(
            &outgoing.method,
            &format!("{}{below}", outgoing.path),
            reply.as_ref().ok(),
            REQUEST_ID,
        );
        let reply = reply.map_err(FailedAttempt::of_fault)?;
        if !reply.status.is_success() {
            return Err(FailedAttempt::of_reply(&reply));
        }
        let body = mended(reply.body.map_err(FailedAttempt::of_fault)?);
        outgoing.expected.check(&body).map_err(FailedAttempt::of_shape)?;
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
    pub(crate) expected: ExpectedResponse<'a>,
}

impl<'a> Outgoing<'a> {
    /// A read.
    pub(crate) const fn get(
        path: &'a str,
        query: &'a [(&'a str, &'a str)],
        expected: ExpectedResponse<'a>,
    ) -> Self {
        Self {
            method: Method::GET,
            path,
            id: None,
            query,
            form: None,
            idempotency_key: None,
            expected,
        }
    }
}

/// Whether an id can be one path segment. `.` and `..` name another path however they are encoded.
pub(crate) fn fits_a_path(id: &str) -> bool {
    const LONGEST: usize = 255;
    !matches!(id, "" | "." | "..")
        && id.chars().count() <= LONGEST
        && !id.contains(char::is_control)
}

pub(crate) fn decode<T: DeserializeOwned>(
    body: &[u8],
    what: &'static str,
) -> Result<T, StripeError> {
    serde_json::from_slice(body).map_err(|error| {
        // The position is safe to log. The error's own text may quote a value.
        tracing::warn!(
            what,
            line = error.line(),
            column = error.column(),
            "unreadable response from Stripe"
        );
        StripeError::Malformed { what }
    })
}

impl fmt::Debug for StripeClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StripeClient")
            .field("base", &self.base)
            .field("calls", &self.calls())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
