//! Outgoing HTTP: to ledgers, and to apps.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{Method, StatusCode};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::Semaphore;

use super::state::CoreTarget;

/// Calls to ledgers that may be under way at once; more of them wait.
const CORE_CALLS: usize = 128;
/// Connections to ledgers kept open for the next call.
const IDLE_CONNECTIONS: usize = 32;

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

/// A client for apps: each event is one connection and one request, answered before the deadline or not at all.
pub(super) fn to_apps(deadline: Duration) -> Result<reqwest::Client, String> {
    let client = builder().timeout(deadline).pool_max_idle_per_host(0).build();
    client.map_err(|error| error.to_string())
}

/// Calls ledgers. A call whose future is dropped closes its connection, so that the ledger sees its caller go.
#[derive(Debug)]
pub(super) struct CoreClient {
    http: reqwest::Client,
    calls: Semaphore,
}

impl CoreClient {
    pub(super) fn new() -> Result<Self, String> {
        let client = builder().pool_max_idle_per_host(IDLE_CONNECTIONS).build();
        Ok(Self { http: client.map_err(|error| error.to_string())?, calls: Semaphore::new(CORE_CALLS) })
    }

    /// One call; `path` starts with `/` and may hold a query. `Err` = no answer.
    pub(super) async fn call(&self, target: &CoreTarget, method: Method, path: &str, body: Bytes) -> Result<(StatusCode, Bytes), String> {
        let _permit = self.calls.acquire().await.map_err(|error| error.to_string())?;
        let request = self
            .http
            .request(method, format!("{}{path}", target.url))
            .header("X-Blnk-Key", &target.key)
            .header("Content-Type", "application/json")
            .body(body);
        let response = request.send().await.map_err(|error| error.to_string())?;
        let status = response.status();
        let body = response.bytes().await.map_err(|error| error.to_string())?;
        Ok((status, body))
    }
}
