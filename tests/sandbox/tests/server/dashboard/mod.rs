//! The JSON API of the dashboard's page, with an app that answers as the test sets.

mod explorer;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::common::{Sandbox, answer, start};

const INSTANCE: &str = "inst_by_hand";

/// What the app answers next, after which delay, and the last request it received.
struct App {
    next: Mutex<(u16, Value, Duration)>,
    seen: Mutex<Value>,
}

impl App {
    fn answers(&self, status: u16, body: &Value) {
        *self.next.lock().unwrap() = (status, body.clone(), Duration::ZERO);
    }
}

async fn receive(
    State(app): State<Arc<App>>,
    Json(event): Json<Value>,
) -> (StatusCode, Json<Value>) {
    *app.seen.lock().unwrap() = event;
    let (status, body, delay) = app.next.lock().unwrap().clone();
    tokio::time::sleep(delay).await;
    (StatusCode::from_u16(status).unwrap(), Json(body))
}

/// A sandbox with a deadline of 400 ms and one registered app, whose callback URL contains a
/// secret.
async fn world() -> (Sandbox, Arc<App>) {
    let app = Arc::new(App {
        next: Mutex::new((200, json!({}), Duration::ZERO)),
        seen: Mutex::default(),
    });
    let router = Router::new().route("/{*any}", post(receive)).with_state(Arc::clone(&app));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://api.localhost:{}", listener.local_addr().unwrap().port());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let sandbox = start(&["--deadline-ms", "400"]).await;
    let spec = json!({"name": "Stripe Sync", "callback_url": format!("{url}/callback/s3cret"),
        "portal_url": format!("{url}/portal/s3cret")});
    sandbox.control_post("/cloud/apps", &spec).await;
    (sandbox, app)
}

fn api(sandbox: &Sandbox, path: &str) -> String {
    format!("{}/api{path}", sandbox.running.world.urls.dashboard)
}

async fn get(sandbox: &Sandbox, path: &str) -> Value {
    let (status, body) = answer(sandbox.http.get(api(sandbox, path))).await;
    assert_eq!(status, 200, "{path}: {body}");
    body
}

async fn ask(sandbox: &Sandbox, path: &str, body: &Value) -> (u16, Value) {
    answer(sandbox.http.post(api(sandbox, path)).json(body)).await
}

/// The one app of the library, in the instance of these tests.
async fn card(sandbox: &Sandbox) -> Value {
    get(sandbox, &format!("/workspace?instance_id={INSTANCE}")).await["apps"][0].clone()
}

async fn key_opens(sandbox: &Sandbox, key: &str) -> u16 {
    let url = sandbox.cloud(&format!("/data/ledgers?instance_id={INSTANCE}"));
    answer(sandbox.http.get(url).bearer_auth(key)).await.0
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_is_installed_with_the_granted_permissions_then_launched_and_uninstalled() {
    let (sandbox, app) = world().await;
    let before = card(&sandbox).await;
    assert_eq!(
        (&before["install"], before["permissions"].as_array().unwrap().len()),
        (&Value::Null, 4)
    );
    assert!(
        !before.to_string().contains("s3cret"),
        "the URLs' secrets stay on the server: {before}"
    );

    let request = |permissions: Value| {
        json!({"app_id": before["app_id"], "instance_id": INSTANCE,
            "permissions": permissions})
    };
    let too_much = ask(&sandbox, "/install", &request(json!(["data:read", "ledger:delete"]))).await;
    assert_eq!(too_much.0, 400, "a permission that the app did not request cannot be granted");
    let (status, done) = ask(&sandbox, "/install", &request(json!(["data:read"]))).await;
    assert_eq!(
        (status, &done["accepted"], &done["callback_status"]),
        (200, &json!(true), &json!(200))
    );
    let event = app.seen.lock().unwrap().clone();
    assert_eq!(
        (&event["granted_permissions"], &event["instance_id"]),
        (&json!(["data:read"]), &json!(INSTANCE))
    );
    let key = event["api_key"].as_str().unwrap();
    assert_eq!(key_opens(&sandbox, key).await, 200);
    let (twice, _) = ask(&sandbox, "/install", &request(json!(["data:read"]))).await;
    assert_eq!(twice, 409, "one install of an app in an instance");
    let installed = card(&sandbox).await["install"].clone();
    assert_eq!(installed["permissions"], json!(["data:read"]));
    assert!(!installed.to_string().contains(key), "a key is shown by its prefix alone");

    let id = installed["installed_app_id"].as_str().unwrap();
    app.answers(200, &json!({"portal_url": "http://api.localhost/portal?token=t1"}));
    let (_, launched) = ask(&sandbox, &format!("/installs/{id}/launch"), &json!({})).await;
    assert_eq!(launched["portal_url"], "http://api.localhost/portal?token=t1");
    app.answers(200, &json!({"portal_url": "http://api.localhost/portal?token=t2"}));
    let (_, again) = ask(&sandbox, &format!("/installs/{id}/launch"), &json!({})).await;
    assert_eq!(
        again["portal_url"], "http://api.localhost/portal?token=t2",
        "each launch gets a new URL"
    );

    app.answers(503, &json!({"title": "Service Unavailable", "detail": "Try again later."}));
    let (_, kept) = ask(&sandbox, &format!("/installs/{id}/uninstall"), &json!({})).await;
    assert_eq!((&kept["accepted"], &kept["reason"]), (&json!(false), &json!("Try again later.")));
    assert_eq!(
        (card(&sandbox).await["install"].is_null(), key_opens(&sandbox, key).await),
        (false, 200)
    );
    app.answers(200, &json!({}));
    let (_, gone) = ask(&sandbox, &format!("/installs/{id}/uninstall"), &json!({})).await;
    assert_eq!((&gone["accepted"], &gone["status"]), (&json!(true), &json!("uninstalled")));
    assert_eq!(
        (card(&sandbox).await["install"].is_null(), key_opens(&sandbox, key).await),
        (true, 401)
    );

    app.answers(409, &json!({"detail": "This install is not active."}));
    let (_, refused) = ask(&sandbox, &format!("/installs/{id}/launch"), &json!({})).await;
    assert_eq!(
        (&refused["accepted"], &refused["portal_url"], &refused["callback_status"]),
        (&json!(false), &Value::Null, &json!(409))
    );
    assert_eq!(refused["reason"], "This install is not active.");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_install_that_the_app_refuses_or_misses_leaves_no_key() {
    let (sandbox, app) = world().await;
    let app_id = card(&sandbox).await["app_id"].clone();
    let request = json!({"app_id": app_id, "instance_id": INSTANCE, "permissions": ["data:read"]});
    app.answers(500, &json!({"detail": "The table is on fire."}));
    let (status, refused) = ask(&sandbox, "/install", &request).await;
    assert_eq!(
        (status, &refused["accepted"], &refused["status"]),
        (200, &json!(false), &json!("failed"))
    );
    assert_eq!(
        (&refused["callback_status"], &refused["reason"]),
        (&json!(500), &json!("The table is on fire."))
    );
    let refused_key = app.seen.lock().unwrap()["api_key"].as_str().unwrap().to_owned();

    *app.next.lock().unwrap() = (200, json!({}), Duration::from_secs(30));
    let (_, late) = ask(&sandbox, "/install", &request).await;
    assert_eq!((&late["accepted"], &late["callback_status"]), (&json!(false), &Value::Null));
    assert_eq!(late["reason"], "no answer before the deadline");
    let late_key = app.seen.lock().unwrap()["api_key"].as_str().unwrap().to_owned();

    assert_ne!(refused_key, late_key);
    assert_eq!(
        (key_opens(&sandbox, &refused_key).await, key_opens(&sandbox, &late_key).await),
        (401, 401)
    );
    assert!(card(&sandbox).await["install"].is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_is_shown_exactly_and_only_to_the_dashboards_own_page() {
    let (sandbox, _) = world().await;
    let empty = get(&sandbox, "/ledger/transactions?instance_id=inst_never_seen").await;
    assert_eq!((&empty["data"], &empty["total"]), (&json!([]), &json!(0)));
    let entry = |reference: &str, amount: i128, currency: &str, precision: i64| {
        let amount = serde_json::value::RawValue::from_string(amount.to_string()).unwrap();
        let rest = json!({"precision": precision, "currency": currency, "reference": reference,
            "description": "d", "source": "@from", "destination": "@to", "allow_overdraft": true,
            "skip_queue": true});
        format!("{{\"precise_amount\":{amount},{}", &rest.to_string()[1..])
    };
    let entries = [
        entry("a_1", 90_071_992_547_409_931, "USD", 100),
        entry("aX1", 5, "USD", 100),
        entry("b", 7, "EUR", 100),
        entry("c", 7, "EUR", 1000),
    ];
    for body in entries {
        let request =
            sandbox.http.post(sandbox.core("/transactions")).header("X-Blnk-Key", "core_test_key");
        let posted = answer(request.header("Content-Type", "application/json").body(body)).await;
        assert_eq!(posted.0, 201, "{}", posted.1);
    }
    let found =
        get(&sandbox, "/ledger/transactions?filters=reference_ilike%3D%2525A%255C_1%2525").await;
    assert_eq!(
        (&found["total"], &found["data"][0]["reference"]),
        (&json!(1), &json!("a_1")),
        "an underscore is no wildcard: {found}"
    );
    let row = &found["data"][0];
    assert_eq!(
        (&row["precise_amount"], &row["precision"]),
        (&json!("90071992547409931"), &json!("100")),
        "2^53 is no limit"
    );
    let to = row["destination"].as_str().unwrap();
    assert_eq!(found["names"][to], "@to");
    let of_balance =
        get(&sandbox, &format!("/ledger/transactions?filters=balance_id_eq%3D{to}&limit=1")).await;
    assert_eq!(
        (&of_balance["total"], of_balance["data"].as_array().unwrap().len()),
        (&json!(2), 1)
    );

    let balances = get(&sandbox, "/ledger/balances").await;
    let rows = balances["data"].as_array().unwrap();
    let dollars =
        rows.iter().find(|row| row["indicator"] == "@from" && row["currency"] == "USD").unwrap();
    assert_eq!(dollars["balance"], "-90071992547409936");
    assert_eq!(
        balances["precisions"],
        json!({"USD": "100", "EUR": null}),
        "entries of one currency that differ have no precision in common"
    );

    let foreign = sandbox
        .http
        .get(api(&sandbox, "/stripe/accounts"))
        .header("Origin", "http://api.localhost:4566");
    assert_eq!(answer(foreign).await.0, 403);
    let own = get(&sandbox, "/stripe/accounts").await;
    assert!(own[0]["restricted_key"].as_str().unwrap().starts_with("rk_test_"));
}

/// A fault from the panel hits the next call. The dashboard's own reads continue and are not
/// counted. Once the fault is removed, calls are answered again.
#[tokio::test(flavor = "multi_thread")]
async fn a_fault_hits_calls_until_it_is_removed() {
    let (sandbox, _) = world().await;
    let call = || sandbox.http.get(sandbox.core("/ledgers")).header("X-Blnk-Key", "core_test_key");
    let fault = json!({"surface": "core", "route": "/ledgers", "skip": 1, "times": 0, "status": 429,
        "headers": {"Retry-After": "2"}});
    let (status, added) = ask(&sandbox, "/faults", &fault).await;
    assert_eq!(status, 200, "{added}");
    assert_eq!(
        ask(
            &sandbox,
            "/faults",
            &json!({"surface": "core", "route": "/transactions", "drop": "before"})
        )
        .await
        .0,
        200
    );
    assert_eq!(answer(call()).await.0, 200, "one is let through");
    let hit = call().send().await.unwrap();
    assert_eq!((hit.status().as_u16(), hit.headers()["retry-after"].to_str().unwrap()), (429, "2"));

    get(&sandbox, "/ledger/transactions").await;
    let set = get(&sandbox, "/faults").await;
    let first = &set["faults"][0];
    assert_eq!(
        (&first["id"], &first["seen"], &first["hits"]),
        (&added["id"], &json!(2), &json!(1))
    );
    assert_eq!(set["faults"][1]["seen"], 0, "what the dashboard reads is not seen");
    let calls = get(&sandbox, "/calls?surface=core").await;
    let counted = |status: u16| {
        json!({"surface": "core", "scope": "inst_sandbox", "method": "GET",
            "route": "/ledgers", "status": status, "count": 1})
    };
    assert_eq!(calls, json!({"total": 2, "calls": [counted(200), counted(429)]}));

    let refused = ask(&sandbox, "/faults", &json!({"surface": "core", "route": "ledgers"})).await;
    assert_eq!((refused.0, refused.1["error"].is_string()), (400, true));
    let delete = |path: String| sandbox.http.delete(api(&sandbox, &path));
    let foreign = delete("/faults".to_owned()).header("Origin", "http://api.localhost:4566");
    assert_eq!(answer(foreign).await.0, 403, "an app's page in the frame cannot touch it");
    let one = format!("/faults/{}", added["id"]);
    assert_eq!(answer(delete(one.clone())).await, (200, json!({"removed": 1})));
    assert_eq!(answer(delete(one)).await.0, 404);
    assert_eq!(answer(call()).await.0, 200);
    assert_eq!(answer(delete("/faults".to_owned())).await, (200, json!({"removed": 1})));
    assert_eq!(get(&sandbox, "/faults").await, json!({"faults": []}));
    assert_eq!(answer(delete("/calls?surface=core".to_owned())).await.0, 200);
    assert_eq!(get(&sandbox, "/calls").await["total"], 0);
}

#[tokio::test]
async fn a_file_of_the_page_is_sent_once_and_asked_for_again() {
    let (sandbox, _) = world().await;
    let base = sandbox.running.world.urls.dashboard.clone();
    for path in ["/", "/assets/app.js", "/assets/icon.svg"] {
        let url = format!("{base}{path}");
        let first = sandbox.http.get(&url).send().await.unwrap();
        let tag = first.headers()["etag"].to_str().unwrap().to_owned();
        assert_eq!(
            (first.status(), first.headers()["cache-control"].to_str().unwrap()),
            (StatusCode::OK, "no-cache"),
            "{path}"
        );
        assert!(!first.text().await.unwrap().is_empty());
        for (known, status) in [
            (tag.clone(), StatusCode::NOT_MODIFIED),
            (format!("\"other\", W/{tag}"), StatusCode::NOT_MODIFIED),
            ("\"other\"".to_owned(), StatusCode::OK),
        ] {
            let again =
                sandbox.http.get(&url).header("if-none-match", &known).send().await.unwrap();
            assert_eq!(again.status(), status, "{path} {known}");
            assert_eq!(again.headers()["etag"], tag.as_str());
            assert!(again.headers().contains_key("content-security-policy"));
        }
    }
}
