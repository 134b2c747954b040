//! Outgoing HTTP: to ledgers, and to apps.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderValue, Method, StatusCode, header};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::Semaphore;

use super::state::CoreTarget;
use crate::faults::UNSEEN_HEADER;

/// Calls to ledgers that may be under way at once; more of them wait.
const CORE_CALLS: usize = 128;
/// Connections to ledgers kept open for the next call.
const IDLE_CONNECTIONS: usize = 32;
/// How long a ledger may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Everything under `localhost` is this machine, whatever the system's resolver makes of it.
struct LocalNames;

impl Resolve for LocalNames {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_owned();
        Box::pin(async move {
            if host == "localhost" || host.ends_with(".localhost") {
                let local = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
                return Ok(Box::new(std::iter::once(local)) as Addrs);
            }
            let found: Vec<_> = tokio::net::lookup_host((host, 0)).await?.collect();
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

fn builder() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .dns_resolver(Arc::new(LocalNames))
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .user_agent("Blnk-Cloud-Sandbox/1.0")
}

/// A client for apps: each event is one connection and one request, answered before the deadline or
/// not at all.
pub(crate) fn to_apps(deadline: Duration) -> Result<reqwest::Client, String> {
    let client = builder().timeout(deadline).pool_max_idle_per_host(0).build();
    client.map_err(|error| error.to_string())
}

/// A call to a ledger.
#[derive(Debug)]
pub(super) struct CoreCall<'a> {
    pub(super) method: Method,
    /// Starts with `/`, may hold a query.
    pub(super) path: &'a str,
    pub(super) body: Bytes,
    pub(super) content_type: Option<HeaderValue>,
    /// Made by the sandbox itself: no fault hits it, and it is not counted.
    pub(super) unseen: bool,
}

impl<'a> CoreCall<'a> {
    pub(super) fn new(method: Method, path: &'a str, body: impl Into<Bytes>) -> Self {
        Self { method, path, body: body.into(), content_type: None, unseen: false }
    }

    pub(super) fn unseen(self) -> Self {
        Self { unseen: true, ..self }
    }
}

/// A ledger's answer.
#[derive(Debug)]
pub(super) struct CoreAnswer {
    pub(super) status: StatusCode,
    pub(super) content_type: Option<HeaderValue>,
    pub(super) body: Bytes,
}

/// Calls ledgers. A call whose future is dropped closes its connection, so that the ledger sees its
/// caller go.
#[derive(Debug)]
pub(super) struct CoreClient {
    http: reqwest::Client,
    calls: Semaphore,
}

impl CoreClient {
    pub(super) fn new() -> Result<Self, String> {
        let client = builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_max_idle_per_host(IDLE_CONNECTIONS)
            .build();
        Ok(Self {
            http: client.map_err(|error| error.to_string())?,
            calls: Semaphore::new(CORE_CALLS),
        })
    }

    /// One call. `Err` = no answer.
    pub(super) async fn call(
        &self,
        target: &CoreTarget,
        call: CoreCall<'_>,
    ) -> Result<CoreAnswer, String> {
        let _permit = self.calls.acquire().await.map_err(|error| error.to_string())?;
        let mut request = self
            .http
            .request(call.method, format!("{}{}", target.url, call.path))
            .header("X-Blnk-Key", &target.key)
            .header(header::CONTENT_TYPE, call.content_type.unwrap_or(JSON))
            .body(call.body);
        if call.unseen {
            request = request.header(UNSEEN_HEADER, "1");
        }
        let response = request.send().await.map_err(|error| error.to_string())?;
        let status = response.status();
        let content_type = response.headers().get(header::CONTENT_TYPE).cloned();
        let body = response.bytes().await.map_err(|error| error.to_string())?;
        Ok(CoreAnswer { status, content_type, body })
    }
}
