//! What an app can rely on from Blnk Cloud, check by check, and what it must expect where the
//! documentation is silent.

mod alerts;

use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{App, Installed, installed};
use crate::common::{Sandbox, answer, start, start_with};

/// An entry of 1050 minor units.
fn entry(reference: &str) -> Value {
    json!({"precise_amount": 1050, "precision": 100, "currency": "USD", "reference": reference,
        "description": "d",
        "source": "@checks-a", "destination": "@checks-b", "allow_overdraft": true,
        "skip_queue": true})
}

/// The status and the body's `error` of a bare call.
async fn bare(sandbox: &Sandbox, method: Method, path: &str, key: Option<&str>) -> (u16, Value) {
    let request = sandbox.http.request(method, sandbox.cloud(path)).json(&json!({"name": "n"}));
    let request = match key {
        Some(key) => request.bearer_auth(key),
        None => request,
    };
    let (status, body) = answer(request).await;
    (status, body["error"].clone())
}

/// Check 47: a call without an instance, without a key, or beyond the granted permissions.
#[tokio::test(flavor = "multi_thread")]
async fn c47_a_call_needs_a_key_its_instance_and_the_scope() {
    let sandbox = start(&[]).await;
    let app = App::start(&sandbox).await;
    let reader = installed(&sandbox, json!({"permissions": ["data:read", "alerts:read"]})).await;
    let other = installed(&sandbox, json!({})).await;
    let own = |path: &str| format!("{path}?instance_id={}", reader.instance);
    let foreign = format!("/data/ledgers?instance_id={}", other.instance);
    let key = Some(reader.key.as_str());

    assert_eq!(
        bare(&sandbox, Method::GET, &own("/data/ledgers"), None).await,
        (401, json!("Authorization header is required"))
    );
    assert_eq!(
        bare(&sandbox, Method::POST, &own("/proxy/ledgers"), None).await,
        (401, json!("Authorization header is required"))
    );
    assert_eq!(
        bare(&sandbox, Method::GET, &own("/data/ledgers"), Some("blnk_test_nobody")).await,
        (401, json!("Invalid API key"))
    );
    assert_eq!(
        bare(&sandbox, Method::GET, "/data/ledgers", key).await,
        (400, json!("instance_id is required"))
    );
    assert_eq!(bare(&sandbox, Method::GET, &foreign, key).await.0, 403);
    for (method, path) in [
        (Method::POST, "/proxy/ledgers"),
        (Method::POST, "/alerts/statuses"),
        (Method::PUT, "/alerts/flag/ano_1"),
    ] {
        let (status, error) = bare(&sandbox, method, &own(path), key).await;
        assert_eq!(status, 403, "{path}");
        assert!(error.as_str().unwrap().contains(":write"), "{path}: {error}");
    }
    assert_eq!(
        bare(&sandbox, Method::GET, "/alerts", key).await.0,
        200,
        "alerts are Cloud's own: no instance is asked for"
    );

    let settings = format!("/cloud/instances/{}/settings", reader.instance);
    sandbox.control_post(&settings, &json!({"wrong_instance": 404})).await;
    assert_eq!(
        bare(&sandbox, Method::GET, &foreign, key).await,
        (404, json!("Instance not found"))
    );
    sandbox.control_post(&format!("/cloud/installs/{}/revoke-key", reader.id), &json!({})).await;
    assert_eq!(bare(&sandbox, Method::GET, &own("/data/ledgers"), key).await.0, 401);
    drop(app);
}

/// Check 49: a repeated event is stored once; an app that answers late loses the key.
#[tokio::test(flavor = "multi_thread")]
async fn c49_an_install_is_stored_once_in_each_generation_and_a_late_answer_costs_the_key() {
    let sandbox = start(&["--deadline-ms", "300"]).await;
    let app = App::start(&sandbox).await;
    for payload in ["newest", "seed", "beta"] {
        let first = installed(&sandbox, json!({"payload": payload})).await;
        assert_eq!(first.status, "active", "{payload}");
        let replay =
            json!({"payload": payload, "installed_app_id": first.id, "api_key": first.key});
        let second = sandbox.control_post("/cloud/install", &replay).await;
        assert_eq!(
            (&second["callback_status"], &second["status"]),
            (&json!(200), &json!("active")),
            "{payload}"
        );
        assert_eq!(app.stored(&first.id), Some((first.key.clone(), 1)), "{payload}");
        assert_eq!(first.call(Method::GET, "/data/ledgers", Value::Null).await.0, 200, "{payload}");
    }
    app.dawdle(800);
    let late = installed(&sandbox, json!({})).await;
    assert_eq!(late.status, "failed");
    assert_eq!(late.call(Method::GET, "/data/ledgers", Value::Null).await.0, 401);
}

/// Check 50: a launch needs an active install that the app knows with the same ids; each returns a
/// new URL.
#[tokio::test(flavor = "multi_thread")]
async fn c50_a_launch_opens_only_what_is_installed_and_never_the_same_url_twice() {
    let sandbox = start(&[]).await;
    let app = App::start(&sandbox).await;
    let install = installed(&sandbox, json!({})).await;
    let launch = format!("/cloud/installs/{}/launch", install.id);
    let urls = [
        sandbox.control_post(&launch, &json!({})).await,
        sandbox.control_post(&launch, &json!({"payload": "beta"})).await,
    ];
    let urls = urls.map(|launched| launched["portal_url"].as_str().unwrap().to_owned());
    assert_ne!(urls[0], urls[1]);
    assert!(urls.iter().all(|url| !url.contains(&install.key)));

    app.forget_instance(&install.id);
    let refused = sandbox.control_post(&launch, &json!({})).await;
    assert_eq!(
        (&refused["callback_status"], &refused["portal_url"]),
        (&json!(403), &Value::Null),
        "another instance"
    );
    let install = installed(&sandbox, json!({})).await;
    let gone = sandbox
        .control_post(&format!("/cloud/installs/{}/uninstall", install.id), &json!({}))
        .await;
    assert_eq!(gone["status"], "uninstalled");
    let refused =
        sandbox.control_post(&format!("/cloud/installs/{}/launch", install.id), &json!({})).await;
    assert_eq!(
        (&refused["callback_status"], &refused["portal_url"]),
        (&json!(403), &Value::Null),
        "inactive"
    );
}

/// Each switch changes one thing for one instance, and can be reset.
#[tokio::test(flavor = "multi_thread")]
async fn switches_change_one_instance_and_no_other() {
    let sandbox = start(&[]).await;
    let _app = App::start(&sandbox).await;
    let (app, other) = (installed(&sandbox, json!({})).await, installed(&sandbox, json!({})).await);
    let big = json!({"transactions": [entry("checks-1")], "skip_queue": true});
    for own in [&app, &other] {
        assert_eq!(own.call(Method::POST, "/proxy/transactions/bulk", big.clone()).await.0, 201);
    }
    let set = |changes: Value| {
        let path = format!("/cloud/instances/{}/settings", app.instance);
        let sandbox = &sandbox;
        async move { sandbox.control_post(&path, &changes).await }
    };
    let find = "/data/balances?indicator_eq=%40checks-b";
    let row = |found: &(u16, Value)| found.1["data"][0].clone();

    set(json!({"numeric_mode": "string"})).await;
    let shown = row(&app.call(Method::GET, find, Value::Null).await);
    assert_eq!((&shown["balance"], &shown["debit_balance"]), (&json!("1050"), &json!("0")));
    assert_eq!(row(&other.call(Method::GET, find, Value::Null).await)["balance"], 1050);
    let every = json!({"filters": [{"field": "reference", "operator": "exists"}]});
    assert_eq!(
        row(&app.call(Method::POST, "/transactions/filter", every).await)["precise_amount"],
        "1050"
    );

    let detail = format!("/data/balances/{}", shown["balance_id"].as_str().unwrap());
    assert_eq!(app.call(Method::GET, &detail, Value::Null).await.1, shown);
    for status in [404, 500] {
        set(json!({"data_detail": status})).await;
        assert_eq!(app.call(Method::GET, &detail, Value::Null).await.0, status);
        assert_eq!(
            row(&app.call(Method::GET, find, Value::Null).await),
            shown,
            "lists still find it"
        );
    }

    let ledger = json!({"name": "Twice"});
    assert_eq!(app.call(Method::POST, "/proxy/ledgers", ledger.clone()).await.0, 201);
    set(json!({"duplicate_body": true})).await;
    assert_eq!(
        app.call(Method::POST, "/proxy/ledgers", ledger.clone()).await.0,
        201,
        "remembered from now on"
    );
    assert_eq!(
        app.call(Method::POST, "/proxy/ledgers", ledger.clone()).await,
        (409, json!({"error": "duplicate request"}))
    );
    assert_eq!(
        app.call(Method::POST, "/proxy/transactions/bulk", big).await.1["error_detail"]["code"],
        "TXN_DUPLICATE_REFERENCE"
    );
    assert_eq!(other.call(Method::POST, "/proxy/ledgers", ledger).await.0, 201);

    let by_core_header = |own: &Installed| {
        let url = sandbox.cloud(&format!("/proxy/ledgers?instance_id={}", own.instance));
        answer(sandbox.http.get(url).header("X-Blnk-Key", &own.key))
    };
    assert_eq!(by_core_header(&app).await.0, 401);
    set(json!({"accept_core_header": true})).await;
    assert_eq!(
        by_core_header(&app).await.0,
        405,
        "let in, but reading ledgers through the proxy is not documented"
    );
    set(json!({"open_proxy": true})).await;
    assert_eq!(by_core_header(&app).await.0, 200);
    assert_eq!(by_core_header(&other).await.0, 401);
}

/// Links into the dashboard open the ledger page, whose API reads the same parameters.
#[tokio::test(flavor = "multi_thread")]
async fn links_of_apps_open_the_ledger_of_the_last_launched_install() {
    let sandbox = start(&["--self-hosted-port", "0"]).await;
    let _app = App::start(&sandbox).await;
    let app = installed(&sandbox, json!({})).await;
    let mut entries = [entry("checks-1"), entry("checks-2")];
    entries[1]["meta_data"] = json!({"payout": "po_1"});
    for entry in entries {
        assert_eq!(app.call(Method::POST, "/proxy/transactions", entry).await.0, 201);
    }
    let (_, person) = app.call(Method::POST, "/proxy/identities", json!({"first_name": "A"})).await;
    let person = person["identity_id"].as_str().unwrap().to_owned();
    let balance =
        json!({"ledger_id": "general_ledger_id", "currency": "USD", "identity_id": person});
    assert_eq!(app.call(Method::POST, "/proxy/balances", balance).await.0, 201);
    sandbox.control_post(&format!("/cloud/installs/{}/launch", app.id), &json!({})).await;

    let urls = &sandbox.running.world.urls;
    let self_hosted = urls.self_hosted.clone().unwrap();
    let http =
        reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    for dashboard in [&urls.dashboard, &self_hosted] {
        let link = "/cloud/transactions?filters=metadata.payout_eq%3Dpo_1&page=1";
        let led = http.get(format!("{dashboard}{link}")).send().await.unwrap();
        assert_eq!(led.status(), 303);
        let to = led.headers()["location"].to_str().unwrap();
        assert_eq!(
            to,
            format!(
                "/ledger?view=transactions&filters=metadata.payout_eq%3Dpo_1&page=1&instance_id={}",
                app.instance
            )
        );
        assert_eq!(http.get(format!("{dashboard}{to}")).send().await.unwrap().status(), 200);
        let shown = format!(
            "{dashboard}/api{}",
            to.replace("view=transactions&", "").replace("/ledger", "/ledger/transactions")
        );
        let (_, rows) = answer(http.get(&shown)).await;
        assert_eq!(
            (&rows["total"], &rows["data"][0]["reference"]),
            (&json!(1), &json!("checks-2"))
        );
        let led = http
            .get(format!("{dashboard}/cloud/identities/details?id={person}"))
            .send()
            .await
            .unwrap();
        let to = led.headers()["location"].to_str().unwrap();
        assert_eq!(to, format!("/ledger?view=identity&id={person}&instance_id={}", app.instance));
        let of_instance =
            |path: &str| format!("{dashboard}/api/ledger/{path}instance_id={}", app.instance);
        let (_, identity) = answer(http.get(of_instance(&format!("identities/{person}?")))).await;
        let (_, balances) =
            answer(http.get(of_instance(&format!("balances?identity_id={person}&")))).await;
        assert_eq!((&identity["name"], &balances["total"]), (&json!("A"), &json!(1)));
        let foreign = http.get(shown).header("Origin", "https://elsewhere.example");
        assert_eq!(answer(foreign).await.0, 403);
    }
    // A self-hosted Cloud: the API is on the dashboard's origin.
    let data = format!("{self_hosted}/data/transactions?instance_id={}", app.instance);
    assert_eq!(answer(http.get(data).bearer_auth(&app.key)).await.1["total"], 2);
    assert_eq!(answer(http.get(format!("{self_hosted}/alerts"))).await.0, 401);
}

/// Stripe answers with the configured latency.
#[tokio::test(flavor = "multi_thread")]
async fn stripe_has_the_configured_latency() {
    let sandbox = start(&["--stripe-latency", "150"]).await;
    let (_, accounts) = answer(sandbox.http.get(sandbox.control("/stripe/accounts"))).await;
    let key = accounts[0]["secret_key"].as_str().unwrap();
    let began = tokio::time::Instant::now();
    let url = format!("{}/v1/balance", sandbox.running.world.urls.stripe);
    assert_eq!(answer(sandbox.http.get(url).bearer_auth(key)).await.0, 200);
    assert!(began.elapsed().as_millis() >= 150);
}

/// From 200 movements on, an account may hold what nobody documented.
#[tokio::test(flavor = "multi_thread")]
async fn the_default_account_holds_nothing_that_needs_a_decision_while_others_do() {
    let sandbox = start_with(400, &[]).await;
    let other = json!({"id": "acct_1SomeOtherAccount", "seed": 1, "movements": 400});
    sandbox.control_post("/stripe/accounts", &other).await;
    let (_, accounts) = answer(sandbox.http.get(sandbox.control("/stripe/accounts"))).await;
    for account in accounts.as_array().unwrap() {
        let key = account["restricted_key"].as_str().unwrap();
        let path = "/v1/balance_transactions?limit=100&type=network_settlement_correction";
        let url = format!("{}{path}", sandbox.running.world.urls.stripe);
        let (status, listed) = answer(sandbox.http.get(url).bearer_auth(key)).await;
        assert_eq!(status, 200, "{listed}");
        let plain = listed["data"].as_array().unwrap().is_empty();
        assert_eq!(plain, account["account"] != other["id"], "{account}");
    }
}
