//! A Core over HTTP instead of the simulated ledgers: here another sandbox's, with a URL and a key
//! that Cloud knows.

use crate::app::{App, Installed, installed};
use crate::common::{Sandbox, answer, start};
use axum::Router;
use axum::http::StatusCode;
use axum::routing::{get, post};
use reqwest::Method;
use serde_json::{Value, json};

fn entry(reference: &str, meta: &Value) -> Value {
    json!({"precise_amount": 700, "precision": 100, "currency": "USD", "reference": reference,
        "description": "d",
        "source": "@real-a", "destination": "@real-b", "allow_overdraft": true, "meta_data": meta})
}

/// A Core as it is to a key with all scopes (`*:*`): lists are answered, a path without a scope of
/// its own is refused.
async fn core_with_scopes() -> String {
    let unknown = r#"{"error":"Unknown resource type","error_detail":{"code":"AUTH_UNKNOWN_RESOURCE","message":"Unknown resource type"}}"#;
    let router = Router::new()
        .route("/ledgers/filter", post(async || r#"{"data":[]}"#))
        .fallback(get(async move || (StatusCode::FORBIDDEN, unknown)));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

async fn described(sandbox: &Sandbox, instance: &str, query: &str) -> Value {
    answer(sandbox.http.get(sandbox.control(&format!("/cloud/instances/{instance}{query}"))))
        .await
        .1
}

async fn page(app: &Installed, query: &str) -> (usize, Value) {
    let (status, body) =
        app.call(Method::GET, &format!("/data/transactions?{query}"), Value::Null).await;
    assert_eq!(status, 200, "{query}: {body}");
    (body["data"].as_array().unwrap().len(), body["total"].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_instances_share_one_core_and_lists_are_answered_from_it() {
    // The Core already has a history, which this app did not write.
    let real = start(&["--core-key", "blnk_test_master"]).await;
    let foreign = json!({"transactions": (0..30).map(|at| entry(&format!("theirs-{at}"),
        &json!({}))).collect::<Vec<_>>(), "skip_queue": true});
    let (status, _) = answer(
        real.http
            .post(real.core("/transactions/bulk"))
            .header("X-Blnk-Key", "blnk_test_master")
            .json(&foreign),
    )
    .await;
    assert_eq!(status, 201);

    let sandbox = start(&["--core-url", &real.core("/"), "--core-key", "blnk_test_master"]).await;
    let _app = App::start(&sandbox).await;
    let (one, two) = (installed(&sandbox, json!({})).await, installed(&sandbox, json!({})).await);
    let items: Vec<_> = (0..95)
        .map(|at| entry(&format!("ours_x:{at}"), &json!({"lot": at / 10, "n": "5"})))
        .collect();
    let bulk = json!({"transactions": items, "skip_queue": true});
    assert_eq!(one.call(Method::POST, "/proxy/transactions/bulk", bulk).await.0, 201);
    assert_eq!(
        answer(real.http.get(real.control("/cloud/instances/inst_sandbox"))).await.1["transactions"],
        125
    );

    for app in [&one, &two] {
        assert_eq!(page(app, "").await, (20, json!(125)));
        assert_eq!(page(app, "page=3&pageSize=60").await, (5, json!(125)));
        assert_eq!(page(app, "page=9").await, (0, json!(125)), "past the end");
        assert_eq!(page(app, "pageSize=101").await, (20, json!(125)), "more than a Core gives");
        assert_eq!(page(app, "reference_eq=nobody").await, (0, json!(0)));
        assert_eq!(page(app, "reference_in=ours_x:1,theirs-1,nobody").await, (2, json!(2)));
        assert_eq!(page(app, "meta_data.lot_eq=9").await, (5, json!(5)));
        assert_eq!(page(app, "meta_data.n_eq=5").await, (0, json!(0)), "a number is not a text");
    }
    assert_eq!(
        two.call(Method::GET, "/data/identities", Value::Null).await,
        (200, json!({"data": [], "total": 0})),
        "Core's null"
    );
    let strict = json!({"filters": [{"field": "meta_data.n", "operator": "eq", "value": "5"}]});
    let (_, found) =
        two.call(Method::POST, "/transactions/filter?strict_total=true&pageSize=100", strict).await;
    assert_eq!(
        (found["data"].as_array().unwrap().len(), &found["total_source"]),
        (95, &json!("exact"))
    );

    // The underscore is literal here, not a wildcard.
    let ours = described(&sandbox, &one.instance, "?reference_prefix=ours_x:").await;
    assert_eq!(
        (&ours["transactions"], &ours["core_key"]),
        (&json!(95), &json!("blnk_test_master"))
    );
    assert_eq!(
        described(&sandbox, &one.instance, "?reference_prefix=ours%25").await["transactions"],
        0
    );
    assert_eq!(described(&sandbox, &two.instance, "").await["transactions"], 125);
    assert_eq!(
        two.call(Method::POST, "/proxy/transactions", entry("ours_x:1", &json!({}))).await.0,
        201,
        "queued, and dropped"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn one_instance_gets_its_own_core_and_the_others_keep_theirs() {
    let real = start(&[]).await;
    let sandbox = start(&[]).await;
    let _app = App::start(&sandbox).await;
    let core = json!({"instance_id": "inst_real", "core_url": real.core(""),
        "core_key": "core_test_key", "settings": {"open_proxy": true}});
    let made = sandbox.control_post("/cloud/instances", &core).await;
    assert_eq!((&made["transactions"], &made["settings"]["open_proxy"]), (&json!(0), &json!(true)));
    let (on_it, beside) = (
        installed(&sandbox, json!({"instance_id": "inst_real"})).await,
        installed(&sandbox, json!({})).await,
    );
    let ledger = json!({"name": "Real"});
    assert_eq!(on_it.call(Method::POST, "/proxy/ledgers", ledger).await.0, 201);
    assert_eq!(
        answer(real.http.get(real.control("/cloud/instances/inst_sandbox"))).await.1["ledgers"],
        2
    );
    assert_eq!(beside.call(Method::GET, "/data/ledgers", Value::Null).await.1["total"], 1);

    // A key that the Core refuses is Cloud's fault, not the app's.
    let wrong =
        json!({"instance_id": "inst_wrong", "core_url": real.core(""), "core_key": "nobody"});
    let (status, refused) =
        answer(sandbox.http.post(sandbox.control("/cloud/instances")).json(&wrong)).await;
    assert_eq!(status, 400);
    assert!(refused["error"].as_str().unwrap().contains("refuses the key"), "{refused}");
    // So is a key with scopes, even all of them: it reads lists, but Core is another one to it.
    let scopes =
        json!({"instance_id": "inst_wrong", "core_url": core_with_scopes().await, "core_key": "k"});
    let (status, refused) =
        answer(sandbox.http.post(sandbox.control("/cloud/instances")).json(&scopes)).await;
    assert_eq!(status, 400);
    assert!(refused["error"].as_str().unwrap().contains("as one with scopes"), "{refused}");
    let nowhere =
        json!({"instance_id": "inst_wrong", "core_url": "http://127.0.0.1:9", "core_key": "k"});
    assert_eq!(
        answer(sandbox.http.post(sandbox.control("/cloud/instances")).json(&nowhere)).await.0,
        400
    );
}
