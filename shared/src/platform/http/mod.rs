//! Shared parts of the Stripe and Blnk clients: one connection pool, deadlines, bounded bodies and
//! back-off.
//!
//! Nothing here is specific to one API. Errors carry no URL, no header and no body, so they cannot
//! leak a key or a customer's data.

pub mod failed;
pub mod reply;

use std::time::Duration;

pub(crate) use failed::LastFailure;
use reqwest::header::HeaderValue;
use reqwest::{Client, Request, Response, Url, redirect};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::{Instant, timeout_at};

use crate::platform::http::reply::{Fault, Reply};

/// The time limit of a TCP and TLS handshake. A connection that was never established has carried
/// no request, which is worth knowing early.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long an idle connection is kept. It is shorter than the usual 60 s of load balancers, so
/// that our side closes first.
pub const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(50);

/// The shortest time for a call. With less, the call is not started, because it could only time
/// out.
pub const SHORTEST_CALL: Duration = Duration::from_millis(200);

const USER_AGENT: &str = concat!("stripe-sync-for-blnk/", env!("CARGO_PKG_VERSION"));

/// Why a client could not be created. All of these are configuration errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetupError {
    /// The TLS stack or the connection pool could not be built.
    #[error("the HTTP client could not be built")]
    Client,
    /// A base URL is not an absolute `http` or `https` URL without credentials, query and fragment.
    #[error("the base URL must be an absolute http or https URL without credentials, query or fragment")]
    BaseUrl,
    /// A key holds characters that a header cannot carry.
    #[error("the key cannot be sent in a header")]
    Key,
}

/// Creates the HTTP client that all API clients of a process share: one pool, HTTP/1.1 over TLS.
///
/// It follows no redirect (a redirect would send the key elsewhere), uses no proxy from the
/// environment, and never retries a request, because only the calling client knows what the request
/// does.
///
/// # Errors
///
/// [`SetupError::Client`] when the TLS stack cannot be initialised.
pub fn client() -> Result<Client, SetupError> {
    Client::builder()
        .user_agent(USER_AGENT)
        .redirect(redirect::Policy::none())
        .referer(false)
        .retry(reqwest::retry::never())
        .no_proxy()
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(POOL_IDLE_TIMEOUT)
        .tcp_nodelay(true)
        .build()
        .map_err(|_| SetupError::Client)
}

/// The time by which the caller must be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline(Instant);

impl Deadline {
    /// A deadline at this instant.
    pub fn at(instant: Instant) -> Self {
        Self(instant)
    }

    /// A deadline this long from now.
    pub fn after(time: Duration) -> Self {
        let now = Instant::now();
        Self(now.checked_add(time).unwrap_or(now))
    }

    /// The time left; zero once it has passed.
    pub fn remaining(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// The time-out of a call that starts now. `None` when too little time is left to start one.
    pub fn call_timeout(self, limits: CallLimits) -> Option<Duration> {
        let left = self.remaining().checked_sub(limits.reserve)?;
        (left >= SHORTEST_CALL).then(|| left.min(limits.longest))
    }
}

/// The time limits of one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallLimits {
    /// The longest time-out, however far away the deadline is.
    pub longest: Duration,
    /// The time kept free before the deadline, for the work that follows the call.
    pub reserve: Duration,
}

/// Exponential back-off with full jitter: the n-th wait is random between zero and `min(cap, base ·
/// 2^(n-1))`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The ceiling of the first wait.
    pub base: Duration,
    /// The maximum wait. When the API asks for a longer one, the caller decides.
    pub cap: Duration,
    /// The total number of attempts, including the first.
    pub max_attempts: u32,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { base: Duration::from_millis(500), cap: Duration::from_secs(5), max_attempts: 8 }
    }
}

impl RetryPolicy {
    /// The longest possible wait after this attempt (counted from 1).
    pub fn ceiling(&self, attempt: u32) -> Duration {
        let factor = 1_u32.checked_shl(attempt.saturating_sub(1)).unwrap_or(u32::MAX);
        self.base.saturating_mul(factor).min(self.cap)
    }

    /// Waits before the attempt that follows `attempt`, at least as long as the API asked for.
    ///
    /// Returns `false` immediately when the attempts are used up, when the API asked for a wait
    /// longer than the cap, or when the deadline leaves no time for the wait and another call.
    pub(crate) async fn pause(&self, attempt: u32, asked: Option<Duration>, deadline: Deadline, limits: CallLimits) -> bool {
        if attempt >= self.max_attempts || asked.is_some_and(|asked| asked > self.cap) {
            return false;
        }
        let wait = jitter(self.ceiling(attempt)).max(asked.unwrap_or_default());
        let needed = wait.saturating_add(limits.reserve).saturating_add(SHORTEST_CALL);
        if needed > deadline.remaining() {
            return false;
        }
        tokio::time::sleep(wait).await;
        true
    }
}

/// A uniformly random duration from zero to `ceiling`, in milliseconds.
pub(crate) fn jitter(ceiling: Duration) -> Duration {
    let millis = u64::try_from(ceiling.as_millis()).unwrap_or(u64::MAX);
    let mut bytes = [0; 8];
    match aws_lc_rs::rand::fill(&mut bytes) {
        Ok(()) => Duration::from_millis(u64::from_le_bytes(bytes) % millis.saturating_add(1)),
        // Without randomness, use the longest wait.
        Err(_) => ceiling,
    }
}

/// Sends one request and reads the response, all within `timeout`, and the body up to `max_body`
/// bytes (after decompression).
pub(crate) async fn exchange(client: &Client, request: Request, timeout: Duration, max_body: usize) -> Result<Reply, Fault> {
    let until = Instant::now() + timeout;
    let response = match timeout_at(until, client.execute(request)).await {
        Err(_) => return Err(Fault::Timeout),
        Ok(Err(error)) => return Err(Fault::of(&error)),
        Ok(Ok(response)) => response,
    };
    let status = response.status();
    let headers = response.headers().clone();
    let body = timeout_at(until, read_bounded(response, max_body)).await.unwrap_or(Err(Fault::Timeout));
    Ok(Reply { status, headers, body })
}

async fn read_bounded(mut response: Response, max: usize) -> Result<Vec<u8>, Fault> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| Fault::of(&error))? {
        if body.len() + chunk.len() > max {
            return Err(Fault::BodyTooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The base URL of an API. Paths are appended to the base's own path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BaseUrl(Url);

impl BaseUrl {
    /// Parses and validates a configured URL.
    pub(crate) fn parse(text: &str) -> Result<Self, SetupError> {
        let url = Url::parse(text).map_err(|_| SetupError::BaseUrl)?;
        let plain = url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
        let web = matches!(url.scheme(), "http" | "https") && url.has_host();
        if plain && web { Ok(Self(url)) } else { Err(SetupError::BaseUrl) }
    }

    /// The URL of a path (`/v1/charges`) with a query, with everything percent-encoded.
    pub(crate) fn join(&self, path: &str, query: &[(&str, &str)]) -> Url {
        self.join_object(path, None, query)
    }

    /// Like [`Self::join`], for an object below a path: its id is one path segment, whatever
    /// characters it has.
    pub(crate) fn join_object(&self, path: &str, id: Option<&str>, query: &[(&str, &str)]) -> Url {
        let mut url = self.0.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path.split('/').filter(|segment| !segment.is_empty())).extend(id);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }
}

/// `Authorization: Bearer …`, marked so that no Debug output of a request shows it.
pub(crate) fn bearer(key: &SecretString) -> Result<HeaderValue, SetupError> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", key.expose_secret())).map_err(|_| SetupError::Key)?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests;
