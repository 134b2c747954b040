//! What each kind of failure says, as a whole document: its status, its code and its words are what
//! the page shows.

use serde_json::{Value, json};
use test_support::{Call, Fault, Reply};
use wiremock::matchers::{method, path, path_regex};
use wiremock::{Mock, ResponseTemplate};

use crate::world::{BASE, OTHER_KEY, PK, STRIPE_KEY, World, world, world_with};

const FREE_RUN: &str = "runs/01K2V7Q8ZJ4M9T3R6W5X0Y1EEE";

/// Compares a failure with its kind's snapshot. The name is the code, with a word where a code says
/// more than one thing.
fn is_kept(name: &str, reply: &Reply) {
    assert_eq!(reply.header("content-type"), "application/problem+json", "{}", reply.text());
    let mut document = reply.json();
    assert!(document["request_id"].is_string(), "{document}");
    assert!(name.starts_with(document["code"].as_str().unwrap()), "{name}: {document}");
    document["request_id"] = json!("[id]");
    insta::with_settings!({prepend_module_to_snapshot => false}, {
        insta::assert_json_snapshot!(format!("failure_{name}"), document);
    });
}

fn refusal(status: u16, message: &str) -> ResponseTemplate {
    ResponseTemplate::new(status)
        .set_body_json(json!({"error": {"type": "invalid_request_error", "message": message}}))
}

fn owned(id: &str, prefix: &str, owner: &str) -> Value {
    json!({"ledger_id": id, "name": format!("Stripe {owner}"), "created_at": "2026-11-24T10:30:00Z",
        "meta_data": {"stripe_sync_mirror": prefix, "stripe_sync_owner": owner}})
}

impl World {
    async fn connect_as(&self, bearer: &str, key: &str, prefix: &str) -> Reply {
        self.post(bearer, "stripe", &json!({"key": key, "prefix": prefix})).await
    }

    async fn stripe_answers_with(&self, at: &str, answer: ResponseTemplate) {
        Mock::given(path_regex(at)).respond_with(answer).with_priority(1).mount(&self.stripe).await;
    }
}

#[tokio::test]
async fn a_request_that_no_route_takes_says_what_is_wrong_with_it() {
    let world = world().await;
    let bearer = world.connected().await;
    let post = async |text: &str| {
        Call::new("POST", "/portal/api/runs").bearer(&bearer).text(text).to(&world.router).await
    };
    is_kept("bad_request_no_object", &post("[]").await);
    is_kept("bad_request_body", &post(r#"{"scope":"half"}"#).await);
    is_kept("bad_request_query", &world.get(&bearer, "runs?limit=many").await);
    is_kept("bad_request_path", &world.get(&bearer, "runs/%FF").await);
    is_kept("bad_request_field", &world.get(&bearer, "runs?before=nothing").await);
    is_kept("too_large", &post(&format!("{{\"scope\":\"{}\"}}", "x".repeat(9000))).await);
    is_kept("not_found", &world.get(&bearer, FREE_RUN).await);
    is_kept(
        "method_not_allowed",
        &Call::new("PATCH", "/portal/api/runs").bearer(&bearer).to(&world.router).await,
    );
}

#[tokio::test]
async fn an_invalid_session_says_why() {
    let world = world().await;
    is_kept(
        "unauthorized_no_session",
        &Call::new("GET", "/portal/api/overview").to(&world.router).await,
    );
    is_kept("unauthorized_not_ours", &world.get("nothing", "overview").await);
    let token = world.launch().await.sign(&world.secrets);
    let elsewhere = World::redemption(&token).header("origin", format!("{BASE}.evil.example"));
    is_kept("cross_origin", &elsewhere.to(&world.router).await);
    for _ in 0..6 {
        assert_eq!(world.redeem(&token).await.status, 200);
    }
    is_kept("session_expired", &world.redeem(&token).await);
    let bearer = world.session().await;
    world.uninstall().await;
    is_kept("session_over", &world.get(&bearer, "overview").await);
}

#[tokio::test]
async fn a_permission_that_is_missing_is_named() {
    let world = world_with(&["data:read"]).await;
    let bearer = world.connected().await;
    is_kept(
        "permission_missing",
        &world.post(&bearer, &format!("{FREE_RUN}/approve"), &json!({"code": "fuse_size"})).await,
    );
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(403))
        .with_priority(1)
        .mount(&world.blnk)
        .await;
    assert_eq!(
        Call::new("DELETE", "/portal/api/stripe").bearer(&bearer).to(&world.router).await.status,
        204
    );
    is_kept("permission_missing_at_blnk", &world.connect(&bearer, STRIPE_KEY).await);
}

#[tokio::test]
async fn a_key_that_is_refused_says_what_to_do() {
    let world = world().await;
    let bearer = world.session().await;
    world.free_ledger().await;
    is_kept("publishable_key", &world.connect(&bearer, "pk_test_51OneOneOneOneOneOne").await);
    is_kept("malformed_key", &world.connect(&bearer, "rk_test_short").await);
    world.stripe_answers_with("^/v1/", refusal(401, "Invalid API Key provided")).await;
    is_kept("invalid_key", &world.connect(&bearer, STRIPE_KEY).await);
    world.stripe.reset().await;
    world.stripe_answers(STRIPE_KEY, "acct_1").await;
    let message = "The provided key 'rk_test_*' lacks a permission. Having the 'rak_charge_read' \
        permission would allow this.";
    world.stripe_answers_with("^/v1/charges", refusal(403, message)).await;
    is_kept("missing_rights", &world.connect(&bearer, STRIPE_KEY).await);
    world
        .stripe_answers_with(
            "^/v1/account",
            refusal(403, "The provided key 'rk_test_*' lacks a permission."),
        )
        .await;
    is_kept("missing_rights_unnamed", &world.connect(&bearer, STRIPE_KEY).await);
}

#[tokio::test]
async fn a_ledger_in_use_names_its_owner() {
    let world = world().await;
    world.stripe_answers(STRIPE_KEY, "acct_1").await;
    world.stripe_answers(OTHER_KEY, "acct_2").await;
    let bearer = world.session().await;
    let ledgers = json!([
        owned("ldg_1", "@stripe_eu", "acct_1:test"),
        owned("ldg_3", "@shop", "acct_3:live")
    ]);
    world.ledger_lists("ledger", &ledgers).await;
    world.ledger_lists("balances", &json!([])).await;
    is_kept("invalid_prefix", &world.connect_as(&bearer, OTHER_KEY, "stripe").await);
    is_kept("prefix_overlaps_usual", &world.connect_as(&bearer, OTHER_KEY, "@stripe_fees").await);
    is_kept("prefix_overlaps", &world.connect_as(&bearer, OTHER_KEY, "@shop_payouts").await);
    is_kept("ledger_owned_by_other", &world.connect_as(&bearer, OTHER_KEY, "@stripe_eu").await);
    is_kept("other_prefix", &world.connect_as(&bearer, STRIPE_KEY, "@stripe_us").await);
    world.blnk.reset().await;
    let row = json!({"balance_id": "bln_1", "ledger_id": "general_ledger_id",
        "indicator": "@stripe_test", "currency": "USD", "balance": 1,
        "debit_balance": 1, "credit_balance": 2, "created_at": "2026-11-24T10:30:00Z"});
    world.ledger_lists("ledger", &json!([])).await;
    world.ledger_lists("balances", &json!([row])).await;
    world.ledger_counts(4, 7).await;
    is_kept("accounts_not_free", &world.connect(&bearer, STRIPE_KEY).await);
    world.blnk.reset().await;
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(401)).mount(&world.blnk).await;
    is_kept("blnk_key_refused", &world.connect(&bearer, STRIPE_KEY).await);
}

#[tokio::test]
async fn a_missing_or_wrong_connection_is_refused_by_name() {
    let world = world().await;
    let bearer = world.session().await;
    is_kept("not_connected", &world.post(&bearer, "runs", &json!({})).await);
    let bearer = world.connected().await;
    world.stripe_answers(OTHER_KEY, "acct_2").await;
    is_kept("other_account_connected", &world.connect(&bearer, OTHER_KEY).await);
    is_kept(
        "malformed_secret",
        &world.post(&bearer, "stripe/webhook-secret", &json!({"secret": "whsec_"})).await,
    );
    let renewed = async || world.post(&bearer, "stripe/webhook", &json!({})).await;
    let message = "The provided key does not have the required permissions. Having the \
        'rak_webhook_read' permission would allow this.";
    let at_endpoints = |verb: &str| {
        Mock::given(method(verb)).and(path("/v1/webhook_endpoints")).and(path_regex("."))
    };
    at_endpoints("GET")
        .respond_with(refusal(403, message))
        .with_priority(1)
        .up_to_n_times(1)
        .mount(&world.stripe)
        .await;
    is_kept("webhook_right_missing", &renewed().await);
    let there = json!({"id": "we_1", "object": "webhook_endpoint",
        "url": "https://else.example.com/hook", "status": "disabled",
        "created": 1_700_000_000});
    let list = ResponseTemplate::new(200)
        .set_body_json(json!({"object": "list", "data": [there], "has_more": false}));
    at_endpoints("GET").respond_with(list).with_priority(2).mount(&world.stripe).await;
    at_endpoints("POST")
        .respond_with(refusal(400, "Invalid URL"))
        .with_priority(1)
        .up_to_n_times(1)
        .mount(&world.stripe)
        .await;
    is_kept("webhook_refused", &renewed().await);
    let fixture: Value = serde_json::from_str(include_str!(
        "../../../../tests/fixtures/field/11_webhook_endpoint_cap.json"
    ))
    .unwrap();
    let full = ResponseTemplate::new(400).set_body_json(&fixture["fault"]["body"]);
    at_endpoints("POST").respond_with(full).with_priority(2).mount(&world.stripe).await;
    is_kept("webhook_refused_no_room", &renewed().await);
}

#[tokio::test]
async fn a_run_or_a_problem_that_has_moved_on_says_so() {
    let world = world().await;
    let bearer = world.connected().await;
    let run = world.post(&bearer, "runs", &json!({})).await.json()["run"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    is_kept("run_open", &world.post(&bearer, "preview", &json!({})).await);
    is_kept(
        "not_asked",
        &world.post(&bearer, &format!("runs/{run}/approve"), &json!({"code": "fuse_size"})).await,
    );
    let key =
        format!("RUN#{}#{run}", world.stored_connection().unwrap()["connection"].as_str().unwrap());
    world.aws.alter(PK, &key, "state", json!({"S": "cancelled"}));
    is_kept("run_over", &world.post(&bearer, &format!("runs/{run}/stop"), &json!({})).await);
    is_kept(
        "problem_changed",
        &world.post(&bearer, "problems/retry", &json!({"ids": ["txn_9:amount"]})).await,
    );
}

#[tokio::test]
async fn settings_that_cannot_be_stored_say_why() {
    let world = world().await;
    let bearer = world.session().await;
    let change = |revision: u64, fees: &str| {
        json!({"revision": revision, "interval": "daily", "pay_ins": "customers",
            "account_names": {"fees": fees}, "start_date": null,
            "match_by_email": false,
            "personal_data": {"name": true, "email": true, "phone": true, "address": true},
            "ceilings": {}})
    };
    let put = async |body: &Value| {
        Call::new("PUT", "/portal/api/settings").bearer(&bearer).json(body).to(&world.router).await
    };
    is_kept("invalid_setting", &put(&change(0, "costs")).await);
    is_kept("changed_meanwhile", &put(&change(7, "@costs")).await);
    // A chosen name that is free under the usual prefix, and not under the one that the account is
    // to have.
    let chosen = put(&change(0, "@stripe_eu_tax")).await;
    assert_eq!(chosen.status, 200, "{}", chosen.text());
    world.stripe_answers(STRIPE_KEY, "acct_1").await;
    world.free_ledger().await;
    is_kept("account_names", &world.connect_as(&bearer, STRIPE_KEY, "@stripe_eu").await);
}

#[tokio::test]
async fn a_defect_of_ours_tells_nothing_of_its_cause() {
    let world = world().await;
    let bearer = world.connected().await;
    world.aws.alter(PK, "STRIPE", "mirror", json!({"S": "no prefix"}));
    is_kept("internal", &world.get(&bearer, "settings").await);
}

#[tokio::test]
async fn a_service_that_does_not_respond_is_named_without_its_cause() {
    let world = world().await;
    let bearer = world.connected().await;
    world.aws.fault("BatchGetItem", 1, 9, Fault::Status(400, "AccessDeniedException"));
    let reply = world.get(&bearer, "overview").await;
    assert_eq!(reply.header("retry-after"), "5");
    is_kept("unavailable", &reply);
}
