//! The platform's side of an app's lifecycle, with an app of three routes.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::common::{Sandbox, answer, start};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};

/// What the app received, and how it answers next.
#[derive(Default)]
struct App {
    seen: Mutex<Vec<(Value, Option<String>)>>,
    status: Mutex<u16>,
    delay: Mutex<Duration>,
}

impl App {
    fn behave(&self, status: u16, delay_ms: u64) {
        *self.status.lock().unwrap() = status;
        *self.delay.lock().unwrap() = Duration::from_millis(delay_ms);
    }

    fn last(&self) -> (Value, Option<String>) {
        self.seen.lock().unwrap().last().cloned().unwrap()
    }
}

async fn receive(
    State(app): State<Arc<App>>,
    Path(route): Path<String>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> (StatusCode, Json<Value>) {
    let key = headers.get("Idempotency-Key").map(|key| key.to_str().unwrap().to_owned());
    app.seen.lock().unwrap().push((body, key));
    let delay = *app.delay.lock().unwrap();
    tokio::time::sleep(delay).await;
    let status = StatusCode::from_u16(*app.status.lock().unwrap()).unwrap();
    let url = format!("http://localhost/{route}?token=t");
    (status, Json(json!({"ok": true, "portal_url": url})))
}

/// A sandbox with a deadline of 400 ms and a registered app.
async fn world() -> (Sandbox, Arc<App>) {
    let app = Arc::new(App::default());
    app.behave(200, 0);
    let router = Router::new().route("/{route}", post(receive)).with_state(Arc::clone(&app));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move { axum::serve(listener, router).await });
    let sandbox = start(&["--deadline-ms", "400"]).await;
    // Any name under localhost is this machine: a local AWS names its APIs so.
    let spec = json!({"callback_url": format!("http://localhost:{port}/callback"),
        "portal_url": format!("http://api.localhost:{port}/portal")});
    sandbox.control_post("/cloud/apps", &spec).await;
    (sandbox, app)
}

/// The status of a read and of a write with a key.
async fn powers(sandbox: &Sandbox, install: &Value) -> (u16, u16) {
    let instance = install["instance_id"].as_str().unwrap();
    let key = install["api_key"].as_str().unwrap();
    let read = sandbox.cloud(&format!("/data/ledgers?instance_id={instance}"));
    let write = sandbox.cloud(&format!("/proxy/ledgers?instance_id={instance}"));
    let read = answer(sandbox.http.get(read).bearer_auth(key)).await;
    let write = answer(sandbox.http.post(write).bearer_auth(key).json(&json!({"name": "n"}))).await;
    (read.0, write.0)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_install_follows_the_apps_answers() {
    let (sandbox, app) = world().await;
    let install = sandbox.control_post("/cloud/install", &json!({})).await;
    assert_eq!(install["status"], "active");
    assert_eq!(powers(&sandbox, &install).await, (200, 201));
    let (event, header) = app.last();
    let id = install["installed_app_id"].as_str().unwrap();
    assert_eq!(event["idempotency_key"], format!("install:{id}"));
    assert_eq!(event["api_key"], install["api_key"]);
    assert_eq!((event.get("organization_id"), header), (None, None));

    let launched = sandbox.control_post(&format!("/cloud/installs/{id}/launch"), &json!({})).await;
    assert_eq!(launched["portal_url"], "http://localhost/portal?token=t");
    app.behave(409, 0);
    let launched = sandbox.control_post(&format!("/cloud/installs/{id}/launch"), &json!({})).await;
    assert_eq!(
        (&launched["callback_status"], &launched["portal_url"]),
        (&json!(409), &Value::Null)
    );

    app.behave(500, 0);
    let gone = sandbox.control_post(&format!("/cloud/installs/{id}/uninstall"), &json!({})).await;
    assert_eq!((&gone["status"], &gone["callback_status"]), (&json!("active"), &json!(500)));
    assert_eq!(
        powers(&sandbox, &install).await,
        (200, 201),
        "the key survives a refused uninstall"
    );
    app.behave(200, 0);
    let gone = sandbox.control_post(&format!("/cloud/installs/{id}/uninstall"), &json!({})).await;
    assert_eq!(gone["status"], "uninstalled");
    assert_eq!(powers(&sandbox, &install).await, (401, 401));

    let again = sandbox.control_post("/cloud/install", &json!({"installed_app_id": id})).await;
    assert_eq!(again["instance_id"], install["instance_id"]);
    assert_ne!(again["api_key"], install["api_key"]);
    assert_eq!(powers(&sandbox, &again).await, (200, 201));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_answers_late_or_refuses_loses_its_key() {
    let (sandbox, app) = world().await;
    app.behave(200, 900);
    let late = sandbox.control_post("/cloud/install", &json!({})).await;
    assert_eq!((&late["status"], &late["callback_status"]), (&json!("failed"), &Value::Null));
    assert!((400..900).contains(&late["elapsed_ms"].as_u64().unwrap()), "{late}");
    assert_eq!(powers(&sandbox, &late).await, (401, 401));
    app.behave(503, 0);
    let refused = sandbox.control_post("/cloud/install", &json!({})).await;
    assert_eq!(powers(&sandbox, &refused).await, (401, 401));
    let kept = sandbox.control_post("/cloud/install", &json!({"keep_key_on_failure": true})).await;
    assert_eq!(kept["status"], "failed");
    assert_eq!(powers(&sandbox, &kept).await, (200, 201));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_payload_format_is_sent_exactly() {
    let (sandbox, app) = world().await;
    let seed = sandbox.control_post("/cloud/install", &json!({"payload": "seed"})).await;
    assert_eq!(app.last().0["organization_id"], seed["organization_id"]);
    let path = format!("/cloud/installs/{}", seed["installed_app_id"].as_str().unwrap());
    sandbox
        .control_post(&format!("{path}/launch"), &json!({"payload": "seed", "user_id": "user_7"}))
        .await;
    assert_eq!(app.last().0["user_id"], "user_7");

    let beta = sandbox.control_post("/cloud/install", &json!({"payload": "beta"})).await;
    let (event, header) = app.last();
    let id = beta["installed_app_id"].as_str().unwrap();
    assert_eq!(header, Some(format!("install:{id}")));
    for absent in ["idempotency_key", "api_key_prefix"] {
        assert!(event.get(absent).is_none(), "{event}");
    }
    sandbox
        .control_post(&format!("/cloud/installs/{id}/uninstall"), &json!({"payload": "beta"}))
        .await;
    assert_eq!(app.last(), (json!({"installed_app_id": id}), Some(format!("uninstall:{id}"))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_opens_only_its_instance_within_its_scopes() {
    let (sandbox, _) = world().await;
    let reader =
        sandbox.control_post("/cloud/install", &json!({"permissions": ["data:read"]})).await;
    assert_eq!(powers(&sandbox, &reader).await, (200, 403));
    let writer =
        sandbox.control_post("/cloud/install", &json!({"permissions": ["data:write"]})).await;
    assert_eq!(powers(&sandbox, &writer).await, (403, 201));
    let instance = reader["instance_id"].as_str().unwrap();
    let key = reader["api_key"].as_str().unwrap();
    let get = |path: String| sandbox.http.get(sandbox.cloud(&path));
    let (status, body) = answer(get(format!("/data/ledgers?instance_id={instance}"))).await;
    assert_eq!((status, body), (401, json!({"error": "Authorization header is required"})));
    let other = writer["instance_id"].as_str().unwrap();
    assert_eq!(
        answer(get(format!("/data/ledgers?instance_id={other}")).bearer_auth(key)).await.0,
        403
    );
    assert_eq!(answer(get("/data/ledgers".to_owned()).bearer_auth(key)).await.0, 400);
    for path in ["/proxy/transactions/txn_1", "/proxy/hooks", "/anomalies"] {
        let status = answer(get(format!("{path}?instance_id={instance}")).bearer_auth(key)).await.0;
        assert_eq!(status, 404, "{path}");
    }
    let id = reader["installed_app_id"].as_str().unwrap();
    sandbox.control_post(&format!("/cloud/installs/{id}/revoke-key"), &json!({})).await;
    assert_eq!(powers(&sandbox, &reader).await, (401, 401));
}

/// A key and its instance, for calls to Cloud.
struct Caller<'a> {
    sandbox: &'a Sandbox,
    instance: String,
    key: String,
}

impl<'a> Caller<'a> {
    async fn install(sandbox: &'a Sandbox) -> Self {
        let install = sandbox.control_post("/cloud/install", &json!({})).await;
        let text = |field: &str| install[field].as_str().unwrap().to_owned();
        Self { sandbox, instance: text("instance_id"), key: text("api_key") }
    }

    fn url(&self, path: &str) -> String {
        let join = if path.contains('?') { '&' } else { '?' };
        self.sandbox.cloud(&format!("{path}{join}instance_id={}", self.instance))
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        answer(self.sandbox.http.get(self.url(path)).bearer_auth(&self.key)).await
    }

    async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        answer(self.sandbox.http.post(self.url(path)).bearer_auth(&self.key).json(body)).await
    }

    /// Posts entries `t-0`, `t-1`, … of 1, 2, … minor units.
    async fn fill(&self, count: usize) {
        let entry = |at: usize| {
            json!({"precise_amount": at + 1, "precision": 100,
                "currency": "USD", "reference": format!("t-{at}"), "description": "d", "source": "@m",
            "destination": "@o", "allow_overdraft": true})
        };
        let items: Vec<_> = (0..count).map(entry).collect();
        let bulk = json!({"transactions": items, "skip_queue": true});
        assert_eq!(self.post("/proxy/transactions/bulk", &bulk).await.0, 201);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_page_and_count_within_their_caps() {
    let (sandbox, _) = world().await;
    let app = Caller::install(&sandbox).await;
    app.fill(1234).await;
    let (_, first) = app.get("/data/transactions").await;
    assert_eq!((first["data"].as_array().unwrap().len(), &first["total"]), (20, &json!(1234)));
    let (_, page) = app.get("/data/transactions?page=13&pageSize=100").await;
    assert_eq!(page["data"].as_array().unwrap().len(), 34);
    let (_, past) = app.get("/data/transactions?page=14&pageSize=100").await;
    assert_eq!(past, json!({"data": [], "total": 1234}));
    let (_, over) = app.get("/data/transactions?pageSize=101").await;
    assert_eq!(over["data"].as_array().unwrap().len(), 20);
    let (_, found) = app.get("/data/transactions?reference_in=t-1,t-2,nope").await;
    assert_eq!(found["total"], 2);
    let (_, found) = app.get("/data/balances?indicator_eq=%40m&currency_eq=USD").await;
    assert_eq!(found["data"][0]["balance"], -(1234 * 1235 / 2));
    let id = found["data"][0]["balance_id"].as_str().unwrap();
    let (status, detail) = app.get(&format!("/data/balances/{id}")).await;
    assert_eq!((status, &detail), (200, &found["data"][0]));
    let many: Vec<_> = (0..101).map(|at| at.to_string()).collect();
    assert_eq!(
        app.get(&format!("/data/transactions?reference_in={}", many.join(","))).await.0,
        400
    );
    let long = "x".repeat(1001);
    assert_eq!(app.get(&format!("/data/transactions?reference_eq={long}")).await.0, 400);
    let (_, unseen) = app.get("/data/transactions?reference_startswith=zzz").await;
    assert_eq!(unseen["total"], 1234, "an unknown suffix filters nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_may_return_estimates_and_single_posts_get_defaults() {
    let (sandbox, _) = world().await;
    let app = Caller::install(&sandbox).await;
    app.fill(1234).await;
    let every = json!({"filters": []});
    let (_, guess) = app.post("/transactions/filter", &every).await;
    assert_eq!((&guess["total_is_estimate"], &guess["total"]), (&json!(true), &json!(1000)));
    let (_, exact) = app.post("/transactions/filter?strict_total=true", &every).await;
    assert_eq!((&exact["total_source"], &exact["total"]), (&json!("exact"), &json!(1234)));
    let names: Vec<_> = (0..100).map(|at| format!("t-{at}")).collect();
    let by_reference =
        json!({"filters": [{"field": "reference", "operator": "in", "values": names}]});
    let (_, found) = app.post("/transactions/filter?pageSize=100", &by_reference).await;
    assert_eq!(found["data"].as_array().unwrap().len(), 100);
    assert_eq!(app.post("/transactions/filter", &json!({})).await.0, 400);
    let bogus = json!({"filters": [{"field": "bogus", "operator": "eq", "value": 1}]});
    assert_eq!(app.post("/transactions/filter", &bogus).await.0, 400);

    let single = json!({"precise_amount": 5, "currency": "USD", "description": "d", "source": "@m",
        "destination": "@o", "allow_overdraft": true, "skip_queue": true});
    let (status, filled) = app.post("/proxy/transactions", &single).await;
    assert_eq!((status, &filled["precision"]), (201, &json!(100)));
    assert!(filled["reference"].as_str().unwrap().starts_with("ref_"));
    let (_, refused) =
        app.post("/proxy/transactions/bulk", &json!({"transactions": [single]})).await;
    assert_eq!(refused["errors"], "transactions[0]: reference: cannot be blank.");
    let (_, counts) =
        answer(sandbox.http.get(sandbox.control("/cloud/instances/inst_sandbox"))).await;
    assert_eq!(counts["transactions"], 0, "another instance's ledger stays empty");
}

/// The README's example app, exactly as printed there, through its lifecycle.
#[tokio::test(flavor = "multi_thread")]
async fn the_readmes_example_app_completes_its_lifecycle() {
    let readme = include_str!("../../README.md");
    let program =
        readme.split("```python\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = free.local_addr().unwrap().port().to_string();
    drop(free);
    let mut python = tokio::process::Command::new("python3");
    let mut app =
        python.arg("-c").arg(program.replace("3000", &port)).kill_on_drop(true).spawn().unwrap();
    let sandbox = start(&[
        "--callback-url",
        &format!("http://localhost:{port}/callback"),
        "--portal-url",
        &format!("http://localhost:{port}/portal"),
    ])
    .await;
    for _ in 0..100 {
        if tokio::net::TcpStream::connect(format!("127.0.0.1:{port}")).await.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    for payload in ["newest", "beta"] {
        let install = sandbox.control_post("/cloud/install", &json!({"payload": payload})).await;
        assert_eq!(powers(&sandbox, &install).await, (200, 201), "{payload}");
        let path = format!("/cloud/installs/{}", install["installed_app_id"].as_str().unwrap());
        let launch = || async {
            sandbox.control_post(&format!("{path}/launch"), &json!({})).await["portal_url"].clone()
        };
        let (first, second) = (launch().await, launch().await);
        assert!(first.is_string() && second.is_string() && first != second, "{payload}");
        let gone =
            sandbox.control_post(&format!("{path}/uninstall"), &json!({"payload": payload})).await;
        assert_eq!(gone["status"], "uninstalled");
        assert_eq!(powers(&sandbox, &install).await, (401, 401), "{payload}");
        assert_eq!(launch().await, Value::Null);
    }
    app.kill().await.unwrap();
}
