//! How a request reaches Blnk Cloud.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Body, Client, Method, Request};
use secrecy::SecretString;

use crate::model::failed_call::FailedCall;
use crate::model::shape::NotedShape;
use crate::platform::http::reply::{Fault, Reply};
use crate::platform::http::{
    BaseUrl, CallLimits, Deadline, LastFailure, RetryPolicy, SetupError, bearer, exchange,
};

/// The time limit of one call. Core may wait 3 s for a lock at each entry. The reserve is for what
/// the caller must do after a time-out.
pub const CALL_LIMITS: CallLimits =
    CallLimits { longest: Duration::from_secs(30), reserve: Duration::from_secs(3) };

/// The largest response body that is read. A page of 100 rows is far smaller.
pub const MAX_BODY_BYTES: usize = 8 * 1024 * 1024;

/// The response header that holds Blnk Cloud's request id.
const REQUEST_ID: &str = "x-request-id";

/// Works on the ledger of one Blnk instance with one installation's key.
///
/// Reads are retried within the deadline. A write is sent once: when its outcome is unknown, the
/// caller must look it up before a retry.
#[derive(Clone)]
pub struct BlnkClient {
    http: Client,
    base: BaseUrl,
    authorization: HeaderValue,
    instance_id: String,
    pub(crate) key: SecretString,
    pub(crate) retry: RetryPolicy,
    calls: Arc<AtomicU64>,
    pub(crate) noted: NotedShape,
    failed: LastFailure,
}

impl BlnkClient {
    /// Creates a client for the Cloud at `base` and the ledger of `instance_id`, with the
    /// installation's key.
    ///
    /// # Errors
    ///
    /// [`SetupError`] for a base URL or a key that cannot be used in a request.
    pub fn new(
        http: Client,
        base: &str,
        api_key: SecretString,
        instance_id: impl Into<String>,
    ) -> Result<Self, SetupError> {
        Ok(Self {
            http,
            base: BaseUrl::parse(base)?,
            authorization: bearer(&api_key)?,
            instance_id: instance_id.into(),
            key: api_key,
            retry: RetryPolicy::default(),
            calls: Arc::default(),
            noted: NotedShape::default(),
            failed: LastFailure::default(),
        })
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

    /// The same client, which never retries and keeps its own last failure.
    #[must_use]
    pub fn alone(&self) -> Self {
        let retry = self.retry.with_max_attempts(1);
        Self { retry, failed: LastFailure::default(), ..self.clone() }
    }

    /// The last failed call of this client and its clones.
    pub fn last_failure(&self) -> Option<FailedCall> {
        self.failed.get()
    }

    /// How many requests this client and its clones have sent, including retries.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// The instance that owns this ledger.
    pub fn instance_id(&self) -> &str {
        &self.instance_id
    }

    /// Posts a JSON body once. Every call names the instance, as the platform requires.
    pub(crate) async fn post(
        &self,
        path: &str,
        query: &[(&str, &str)],
        body: Vec<u8>,
        deadline: Deadline,
    ) -> Result<Reply, Fault> {
        self.call(Method::POST, path, query, Some(body), deadline).await
    }

    /// Sends a request once.
    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: Option<Vec<u8>>,
        deadline: Deadline,
    ) -> Result<Reply, Fault> {
        let timeout = deadline.call_timeout(CALL_LIMITS).ok_or(Fault::NoTimeLeft)?;
        let mut query = query.to_vec();
        query.push(("instance_id", &self.instance_id));
        let mut request = Request::new(method.clone(), self.base.join(path, &query));
        request.headers_mut().insert(AUTHORIZATION, self.authorization.clone());
        if let Some(body) = body {
            request
                .headers_mut()
                .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            *request.body_mut() = Some(Body::from(body));
        }
        self.calls.fetch_add(1, Ordering::Relaxed);
        let reply = exchange(&self.http, request, timeout, MAX_BODY_BYTES).await;
        self.failed.note(&method, path, reply.as_ref().ok(), REQUEST_ID);
        reply
    }
}

impl fmt::Debug for BlnkClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlnkClient")
            .field("base", &self.base)
            .field("instance_id", &self.instance_id)
            .field("calls", &self.calls())
            .finish_non_exhaustive()
    }
}
