//! A simulated Stripe over HTTP, with a clock that the test controls.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use sandbox::stripe::{AccountInfo, AccountSpec, Stripe, control_router, router};
use serde_json::Value;

/// A fixed end of history: 2026-11-01 12:00 UTC.
pub(crate) const NOW: i64 = 1_793_534_400;

/// A Stripe on this machine, with a clock that the test controls.
pub(crate) struct World {
    pub(crate) stripe: Arc<Stripe>,
    pub(crate) clock: Arc<AtomicI64>,
    pub(crate) url: String,
    pub(crate) http: reqwest::Client,
}

impl World {
    pub(crate) async fn start() -> Self {
        let clock = Arc::new(AtomicI64::new(NOW * 1000));
        let time = Arc::clone(&clock);
        let stripe = Stripe::with_clock(move || time.load(Ordering::SeqCst));
        let app = router(Arc::clone(&stripe))
            .merge(axum::Router::new().nest("/stripe", control_router(Arc::clone(&stripe))));
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { stripe, clock, url, http: reqwest::Client::new() }
    }

    pub(crate) fn account(&self, seed: u64, movements: u32) -> AccountInfo {
        self.stripe.create_account(spec(seed, movements))
    }

    pub(crate) async fn get(&self, key: &str, path: &str) -> (u16, Value) {
        let request = self.http.get(format!("{}{path}", self.url)).bearer_auth(key);
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    pub(crate) async fn ok(&self, key: &str, path: &str) -> Value {
        let (status, body) = self.get(key, path).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    pub(crate) async fn control(&self, account: &str, what: &str, body: Value) -> Value {
        let url = format!("{}/stripe/accounts/{account}/{what}", self.url);
        let response = self.http.post(url).json(&body).send().await.unwrap();
        assert!(response.status().is_success(), "{what}: {}", response.status());
        response.json().await.unwrap_or_default()
    }

    /// Every object of a list, newest first.
    pub(crate) async fn all(&self, key: &str, path: &str, query: &str, limit: usize) -> Vec<Value> {
        let mut all: Vec<Value> = Vec::new();
        loop {
            let after = all.last().map_or_else(String::new, |last| {
                format!("&starting_after={}", last["id"].as_str().unwrap())
            });
            let page = self.ok(key, &format!("{path}?limit={limit}{query}{after}")).await;
            all.extend(page["data"].as_array().unwrap().iter().cloned());
            if page["has_more"] == false {
                return all;
            }
        }
    }
}

pub(crate) fn spec(seed: u64, movements: u32) -> AccountSpec {
    AccountSpec { seed, movements, now: Some(NOW), ..AccountSpec::default() }
}
