//! Requests to receivers that customers choose. They reach public addresses only, whatever a name,
//! a redirect or DNS returns:
//!
//! - The URL is checked by [`Destination`] before each request.
//! - A name is resolved once for each connection, every address is checked, and the connection goes
//!   to one of these addresses: nothing is resolved between the check and the use.
//! - Redirects are never followed. No proxy of the environment is used, and no connection is kept.
//! - Only the status of a response is read, so no response is too long.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Url, redirect};

use crate::model::destination::{Destination, Forbidden, public};
use crate::model::notice::message::{DeliveryResult, Outcome};
use crate::platform::http::SetupError;

/// The time limit of a TCP and TLS handshake with a receiver.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// The time limit of a request to a receiver, from the look-up of its name to its status.
pub const RECEIVER_TIMEOUT: Duration = Duration::from_secs(5);

const USER_AGENT: &str = concat!("stripe-sync-for-blnk/", env!("CARGO_PKG_VERSION"));

/// Looks up the addresses of a name.
pub trait NameResolver: fmt::Debug + Send + Sync {
    /// The addresses. A port other than 0 replaces that of the URL.
    fn look_up(&self, host: String) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>>;
}

/// The system's resolver.
#[derive(Debug)]
struct System;

impl NameResolver for System {
    fn look_up(&self, host: String) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> {
        Box::pin(async move { Ok(tokio::net::lookup_host((host, 0)).await?.collect()) })
    }
}

/// Which addresses are allowed.
type AddressRule = fn(IpAddr) -> bool;

/// A resolver that returns allowed addresses only, and none if any address is not allowed.
#[derive(Debug)]
struct CheckedResolver {
    names: Arc<dyn NameResolver>,
    rule: AddressRule,
}

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (looked_up, rule) = (self.names.look_up(name.as_str().to_owned()), self.rule);
        Box::pin(async move {
            let addresses = looked_up.await?;
            if !addresses.iter().all(|address| rule(address.ip())) {
                return Err(Forbidden::NotPublic.into());
            }
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// Sends requests to receivers.
#[derive(Debug, Clone)]
pub struct Receivers {
    client: Client,
    /// Only tests use a server without a certificate.
    plain: bool,
}

impl Receivers {
    /// Receivers on the public Internet, by the system's resolver.
    ///
    /// # Errors
    /// [`SetupError::Client`] when the TLS stack cannot be initialised.
    pub fn public() -> Result<Self, SetupError> {
        Self::named_by(Arc::new(System))
    }

    /// Receivers on the public Internet, by another resolver: its addresses are checked like the
    /// system resolver's.
    ///
    /// # Errors
    /// As [`Self::public`].
    pub fn named_by(names: Arc<dyn NameResolver>) -> Result<Self, SetupError> {
        Ok(Self { client: client(names, public, false)?, plain: false })
    }

    /// Receivers of a test, mostly without TLS.
    #[cfg(test)]
    pub(crate) fn tested(names: Arc<dyn NameResolver>, rule: AddressRule, plain: bool) -> Self {
        Self { client: client(names, rule, plain).unwrap(), plain }
    }

    /// Posts a body. Any response other than 2xx is a failure, and so is no response.
    pub(crate) async fn post(
        &self,
        url: &str,
        headers: &[(&'static str, String)],
        body: Vec<u8>,
        timeout: Duration,
    ) -> DeliveryResult {
        let Ok(destination) = Destination::parse(url) else { return Outcome::NotPublic.into() };
        let Some(headers) = header_map(headers) else { return Outcome::NotReady.into() };
        let request = self
            .client
            .post(self.url(destination.url()))
            .timeout(timeout.min(RECEIVER_TIMEOUT))
            .headers(headers)
            .body(body);
        match request.send().await {
            Ok(answer) => {
                let status = answer.status();
                let outcome = if status.is_success() {
                    Outcome::Accepted
                } else if status.is_redirection() {
                    Outcome::Redirected
                } else {
                    Outcome::Refused
                };
                DeliveryResult { outcome, status: Some(status.as_u16()) }
            }
            Err(error) => outcome_of(&error).into(),
        }
    }

    fn url(&self, url: &Url) -> Url {
        let mut url = url.clone();
        if self.plain {
            // A URL that was parsed as https accepts the other scheme of the web.
            let _ = url.set_scheme("http");
        }
        url
    }
}

fn client(
    names: Arc<dyn NameResolver>,
    rule: AddressRule,
    plain: bool,
) -> Result<Client, SetupError> {
    Client::builder()
        .user_agent(USER_AGENT)
        .https_only(!plain)
        .redirect(redirect::Policy::none())
        .referer(false)
        .retry(reqwest::retry::never())
        .no_proxy()
        .dns_resolver(Arc::new(CheckedResolver { names, rule }))
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_max_idle_per_host(0)
        .build()
        .map_err(|_| SetupError::Client)
}

fn header_map(headers: &[(&'static str, String)]) -> Option<HeaderMap> {
    let json = (CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let given = headers.iter().map(|(name, value)| {
        Some((HeaderName::from_static(name), HeaderValue::from_str(value).ok()?))
    });
    std::iter::once(Some(json)).chain(given).collect()
}

fn outcome_of(error: &reqwest::Error) -> Outcome {
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        if inner.is::<Forbidden>() {
            return Outcome::NotPublic;
        }
        cause = inner.source();
    }
    if error.is_timeout() { Outcome::TimedOut } else { Outcome::Unreachable }
}
