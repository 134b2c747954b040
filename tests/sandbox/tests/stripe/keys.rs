//! Keys, and the errors of refused calls.

use sandbox::stripe::{AccountInfo, AccountSpec, Mode};
use serde_json::{Value, json};

use crate::schema::{check, validator};
use crate::world::{World, spec};

/// A refused call: its status and its `error`, which must have the published shape.
async fn refused(world: &World, key: &str, path: &str) -> (u16, Value) {
    let (status, body) = world.get(key, path).await;
    check(&validator("error"), &body);
    (status, body["error"].clone())
}

async fn new_key(world: &World, account: &AccountInfo, permissions: Value) -> String {
    let body = json!({ "permissions": permissions });
    let made = world.control(&account.account, "keys", body).await;
    made["key"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn unknown_publishable_and_expired_keys_are_refused_with_different_errors() {
    let world = World::start().await;
    let account = world.account(9, 20);
    let (status, error) = refused(&world, "rk_test_nobody_has_this_key_1234", "/v1/balance").await;
    let message = "Invalid API Key provided: rk_test_********************1234";
    assert_eq!((status, error["message"].as_str()), (401, Some(message)));
    let (status, error) = refused(&world, &account.publishable_key, "/v1/balance").await;
    assert_eq!((status, &error["code"]), (403, &json!("secret_key_required")));
    let anonymous = world.http.get(format!("{}/v1/balance", world.url));
    assert_eq!(anonymous.send().await.unwrap().status(), 401);

    let key = new_key(&world, &account, json!({"balance_read": true})).await;
    world.ok(&key, "/v1/balance").await;
    let url = format!("{}/stripe/accounts/{}/keys/{key}", world.url, account.account);
    assert_eq!(world.http.delete(url).send().await.unwrap().status(), 204);
    let (status, error) = refused(&world, &key, "/v1/balance").await;
    assert_eq!((status, &error["code"]), (401, &json!("api_key_expired")));
    let owner = world.stripe.account_of_key(&format!("Bearer {key}"));
    assert_eq!(owner, Some(account.account), "its calls still belong to the account");
}

#[tokio::test]
async fn a_key_without_one_permission_is_refused_only_for_its_resource() {
    let world = World::start().await;
    let account = world.account(9, 250);
    let source = "balance_transaction_source_read";
    let reads: [(&str, &[&str]); 15] = [
        ("/v1/balance", &["balance_read"]),
        ("/v1/balance_transactions", &["balance_read"]),
        ("/v1/account", &["accounts_kyc_basic_read"]),
        ("/v1/charges", &["charge_read"]),
        ("/v1/refunds", &["charge_read"]),
        ("/v1/customers", &["customer_read"]),
        ("/v1/payment_intents", &["payment_intent_read"]),
        ("/v1/disputes", &["dispute_read"]),
        ("/v1/payouts", &["payout_read"]),
        ("/v1/events", &["event_read"]),
        ("/v1/topups", &["top_up_read"]),
        ("/v1/transfers", &["transfer_read"]),
        ("/v1/application_fees", &["application_fee_read"]),
        ("/v1/balance_transactions?expand[]=data.source", &["balance_read", source]),
        ("/v1/charges?expand[]=data.customer", &["charge_read", "customer_read"]),
    ];
    for permission in reads.iter().flat_map(|(_, permissions)| *permissions) {
        // Reading sources implies three other permissions, so it must be missing with each of them.
        let without = [*permission, source];
        let key = new_key(&world, &account, json!({without[0]: false, without[1]: false})).await;
        for (path, needed) in reads {
            match needed.iter().find(|permission| without.contains(permission)) {
                None => {
                    world.ok(&key, path).await;
                }
                Some(missing) => {
                    let (status, error) = refused(&world, &key, path).await;
                    let message = error["message"].as_str().unwrap();
                    assert_eq!(status, 403, "{path}");
                    assert!(message.contains(&format!("'rak_{missing}' permission")), "{message}");
                }
            }
        }
    }
    for (path, _) in reads {
        world.ok(&account.restricted_key, path).await;
        world.ok(&account.secret_key, path).await;
    }
    let implied = new_key(&world, &account, json!({"balance_transaction_source_read": true})).await;
    world.ok(&implied, "/v1/balance_transactions?expand[]=data.source").await;
    assert_eq!(world.get(&implied, "/v1/charges").await.0, 403);
}

#[tokio::test]
async fn keys_of_one_mode_do_not_see_the_other() {
    let world = World::start().await;
    let test = world.account(9, 250);
    let live = world.stripe.create_account(AccountSpec {
        id: Some(test.account.clone()),
        mode: Mode::Live,
        ..spec(9, 30)
    });
    let path = "/v1/balance_transactions";
    let record = &world.all(&test.secret_key, path, "", 100).await[0];
    let id = record["id"].as_str().unwrap();
    assert_eq!(world.get(&live.secret_key, &format!("{path}/{id}")).await.0, 404);
    let (status, _) =
        refused(&world, &live.secret_key, &format!("{path}?starting_after={id}")).await;
    assert_eq!(status, 400);
    assert_eq!(world.all(&live.restricted_key, path, "", 100).await.len(), 30);
    for (key, livemode) in [(&live.restricted_key, true), (&test.restricted_key, false)] {
        assert_eq!(world.ok(key, "/v1/balance").await["livemode"], livemode);
    }
}

#[tokio::test]
async fn wrong_parameters_are_named() {
    let world = World::start().await;
    let key = world.account(9, 20).secret_key;
    let path = "/v1/balance_transactions";
    for (query, code, param) in [
        ("limit=abc", "parameter_invalid_integer", "limit"),
        ("limit=0", "parameter_invalid_integer", "limit"),
        ("limit=101", "parameter_invalid_integer", "limit"),
        ("created[gte]=x", "parameter_invalid_integer", "created[gte]"),
        ("foo=1", "parameter_unknown", "foo"),
        ("customer=cus_1", "parameter_unknown", "customer"),
        ("starting_after=txn_none", "resource_missing", "starting_after"),
        ("ending_before=txn_none", "resource_missing", "ending_before"),
        ("type=", "parameter_invalid_empty", "type"),
    ] {
        let (status, error) = refused(&world, &key, &format!("{path}?{query}")).await;
        let got = (status, &error["code"], &error["param"]);
        assert_eq!(got, (400, &json!(code), &json!(param)), "{query}");
    }
    for expand in ["source", "data.amount", "data.source.charge.customer.sources"] {
        let (status, _) = refused(&world, &key, &format!("{path}?expand[]={expand}")).await;
        assert_eq!(status, 400, "{expand}");
    }
    let (status, error) = refused(&world, &key, "/v1/payouts/po_missing").await;
    assert_eq!((status, &error["code"]), (404, &json!("resource_missing")));
    assert_eq!(error["message"], "No such payout: 'po_missing'");
    assert_eq!(refused(&world, &key, "/v1/nothing").await.0, 404);
}

#[tokio::test]
async fn basic_authorization_works_and_every_answer_names_its_version_and_request() {
    let world = World::start().await;
    let key = world.account(9, 20).restricted_key;
    let balance = || world.http.get(format!("{}/v1/balance", world.url));
    let version = "2025-05-28.basil";
    let request = balance().basic_auth(&key, Some("")).header("stripe-version", version);
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["stripe-version"], version);
    let one = response.headers()["request-id"].clone();
    let response = balance().bearer_auth("sk_test_nobody").send().await.unwrap();
    assert_eq!(response.headers()["stripe-version"], sandbox::stripe::API_VERSION);
    let two = response.headers()["request-id"].clone();
    assert_ne!(one, two);
    assert!(one.to_str().unwrap().starts_with("req_"));
    let strange = balance().bearer_auth(&key).header("stripe-version", "newest");
    assert_eq!(strange.send().await.unwrap().status(), 400);
}

#[tokio::test]
async fn a_rate_limit_refuses_excess_calls_until_the_next_second() {
    let world = World::start().await;
    let account = world.account(1, 10);
    let key = &account.restricted_key;
    world.control(&account.account, "settings", json!({"rate_limit": 3})).await;
    for status in [200, 200, 200, 429, 429] {
        assert_eq!(world.get(key, "/v1/balance").await.0, status);
    }
    let request = world.http.get(format!("{}/v1/balance", world.url)).bearer_auth(key);
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()["stripe-rate-limited-reason"], "global-rate");
    check(&validator("error"), &response.json().await.unwrap());
    world.clock.fetch_add(1_000, std::sync::atomic::Ordering::SeqCst);
    world.ok(key, "/v1/balance").await;
}
