//! A minimal Custom App with two routes: it stores its installs, and opens a portal only for them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use reqwest::Method;
use serde_json::{Value, json};

use crate::common::{Sandbox, answer};

/// An install as the app stores it.
#[derive(Clone)]
struct Kept {
    app_id: Value,
    instance_id: Value,
    key: String,
    active: bool,
    /// Events that changed something.
    changes: usize,
}

#[derive(Default)]
struct Store {
    installs: Mutex<HashMap<String, Kept>>,
    delay: Mutex<Duration>,
    launches: Mutex<u64>,
}

/// The running app.
pub(crate) struct App(Arc<Store>);

async fn callback(
    State(store): State<Arc<Store>>,
    headers: HeaderMap,
    Json(event): Json<Value>,
) -> (StatusCode, Json<Value>) {
    let delay = *store.delay.lock().unwrap();
    tokio::time::sleep(delay).await;
    let header = headers.get("Idempotency-Key").and_then(|key| key.to_str().ok());
    let idempotency_key =
        event["idempotency_key"].as_str().or(header).unwrap_or_default().to_owned();
    let id = event["installed_app_id"].as_str().unwrap_or_default().to_owned();
    let mut installs = store.installs.lock().unwrap();
    if idempotency_key == format!("uninstall:{id}") {
        if let Some(kept) = installs.get_mut(&id) {
            kept.active = false;
        }
        return (StatusCode::OK, Json(json!({"ok": true})));
    }
    let Some(key) = event["api_key"].as_str() else {
        return (StatusCode::BAD_REQUEST, Json(json!({"error": "unknown event"})));
    };
    let known = installs.get(&id);
    // The same install with the same key is the same event; with another key it is a new one.
    if known.is_none_or(|kept| !kept.active || kept.key != key) {
        let changes = known.map_or(0, |kept| kept.changes) + 1;
        let (app_id, instance_id) = (event["app_id"].clone(), event["instance_id"].clone());
        installs
            .insert(id, Kept { app_id, instance_id, key: key.to_owned(), active: true, changes });
    }
    (StatusCode::OK, Json(json!({"ok": true})))
}

async fn portal(
    State(store): State<Arc<Store>>,
    Json(launch): Json<Value>,
) -> (StatusCode, Json<Value>) {
    let id = launch["installed_app_id"].as_str().unwrap_or_default();
    let installs = store.installs.lock().unwrap();
    let known = installs.get(id).filter(|kept| kept.active);
    if known.is_none_or(|kept| {
        kept.app_id != launch["app_id"] || kept.instance_id != launch["instance_id"]
    }) {
        return (StatusCode::FORBIDDEN, Json(json!({"error": "not installed"})));
    }
    let mut launches = store.launches.lock().unwrap();
    *launches += 1;
    (
        StatusCode::OK,
        Json(json!({"portal_url": format!("http://localhost/portal?token={launches}")})),
    )
}

impl App {
    /// Starts it and registers its two URLs.
    pub(crate) async fn start(sandbox: &Sandbox) -> Self {
        let store = Arc::new(Store::default());
        let routes =
            Router::new().route("/callback", post(callback)).route("/portal", post(portal));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let router = routes.with_state(Arc::clone(&store));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let urls = json!({"callback_url": format!("{url}/callback"),
            "portal_url": format!("{url}/portal")});
        sandbox.control_post("/cloud/apps", &urls).await;
        Self(store)
    }

    /// The key of an install, and how often an event changed it.
    pub(crate) fn stored(&self, id: &str) -> Option<(String, usize)> {
        self.0.installs.lock().unwrap().get(id).map(|kept| (kept.key.clone(), kept.changes))
    }

    /// Answers events late from now on.
    pub(crate) fn dawdle(&self, millis: u64) {
        *self.0.delay.lock().unwrap() = Duration::from_millis(millis);
    }

    /// Changes the instance that the app stored for an install.
    pub(crate) fn forget_instance(&self, id: &str) {
        self.0.installs.lock().unwrap().get_mut(id).unwrap().instance_id = json!("inst_other");
    }
}

/// An install, and what calls to Cloud need.
pub(crate) struct Installed {
    pub(crate) id: String,
    pub(crate) instance: String,
    pub(crate) key: String,
    pub(crate) status: String,
    cloud: String,
    http: reqwest::Client,
}

/// Installs the app that was registered last.
pub(crate) async fn installed(sandbox: &Sandbox, spec: Value) -> Installed {
    let install = sandbox.control_post("/cloud/install", &spec).await;
    let text = |field: &str| install[field].as_str().unwrap().to_owned();
    Installed {
        id: text("installed_app_id"),
        instance: text("instance_id"),
        key: text("api_key"),
        status: text("status"),
        cloud: sandbox.cloud(""),
        http: sandbox.http.clone(),
    }
}

impl Installed {
    /// A call to Cloud with this install's key, for its instance; `null` is no body.
    pub(crate) async fn call(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        let join = if path.contains('?') { '&' } else { '?' };
        let url = format!("{}{path}{join}instance_id={}", self.cloud, self.instance);
        let request = self.http.request(method, url).bearer_auth(&self.key);
        answer(if body.is_null() { request } else { request.json(&body) }).await
    }
}
