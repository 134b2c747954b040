//! Shared parts of the Stripe and Blnk clients: one connection pool, deadlines, bounded bodies and
//! back-off.
//!
//! Nothing here is specific to one API. Errors carry no URL, no header and no body, so they cannot
//! leak a key or a customer's data.

pub mod deadline;
pub mod failed;
pub mod reply;
pub mod retry;

use std::time::Duration;

pub(crate) use failed::LastFailure;
use reqwest::header::HeaderValue;
use reqwest::{Client, Request, Response, Url, redirect};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::{Instant, timeout_at};

pub use crate::platform::http::deadline::{CallLimits, Deadline, SHORTEST_CALL};
use crate::platform::http::reply::{Fault, Reply};
pub use crate::platform::http::retry::RetryPolicy;

/// The time limit of a TCP and TLS handshake. A connection that was never established has carried
/// no request, which is worth knowing early.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long an idle connection is kept. It is shorter than the usual 60 s of load balancers, so
/// that our side closes first.
pub const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(50);

const USER_AGENT: &str = concat!("stripe-sync-for-blnk/", env!("CARGO_PKG_VERSION"));

/// Why a client could not be created. All of these are configuration errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetupError {
    /// The TLS stack or the connection pool could not be built.
    #[error("the HTTP client could not be built")]
    Client,
    /// A base URL is not an absolute `http` or `https` URL without credentials, query and fragment.
    #[error(
        "the base URL must be an absolute http or https URL without credentials, query or fragment"
    )]
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

/// Sends one request and reads the response, all within `timeout`, and the body up to `max_body`
/// bytes (after decompression).
pub(crate) async fn exchange(
    client: &Client,
    request: Request,
    timeout: Duration,
    max_body: usize,
) -> Result<Reply, Fault> {
    let until = Instant::now() + timeout;
    let response = match timeout_at(until, client.execute(request)).await {
        Err(_) => return Err(Fault::Timeout),
        Ok(Err(error)) => return Err(Fault::of(&error)),
        Ok(Ok(response)) => response,
    };
    let status = response.status();
    let headers = response.headers().clone();
    let body =
        timeout_at(until, read_bounded(response, max_body)).await.unwrap_or(Err(Fault::Timeout));
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
        let plain = url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
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
            segments
                .pop_if_empty()
                .extend(path.split('/').filter(|segment| !segment.is_empty()))
                .extend(id);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }
}

/// `Authorization: Bearer …`, marked so that no Debug output of a request shows it.
pub(crate) fn bearer(key: &SecretString) -> Result<HeaderValue, SetupError> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", key.expose_secret()))
        .map_err(|_| SetupError::Key)?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests;
