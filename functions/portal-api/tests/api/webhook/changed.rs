//! The webhook endpoint afterwards: rolled, removed, switched off at Stripe, or without room.

use std::sync::Arc;

use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, Request, ResponseTemplate};

use crate::webhook::{OURS, error};
use crate::world::{INSTALL, PK, world};

#[tokio::test]
async fn a_roll_makes_the_new_one_before_the_old_one_goes_and_looks_at_the_account_once() {
    let world = world().await;
    let endpoints = world.endpoints().await;
    let bearer = world.connected().await;
    let old = world.webhook();
    let shown = world.renew_webhook(&bearer).await;
    assert_eq!(
        (shown.status, &shown.json()["status"]),
        (200, &json!("active")),
        "{}",
        shown.text()
    );
    let new = world.webhook();
    assert_eq!(endpoints.ids(), [new["endpoint_id"].as_str().unwrap()]);
    assert_ne!(new["endpoint_id"], old["endpoint_id"]);
    assert_eq!(new["signing"]["previous"]["secret"], old["signing"]["secret"]);
    let messages = world.aws.messages();
    assert_eq!((messages.len(), &messages[0].body["reason"]), (1, &json!("webhook")));
    assert!(messages[0].deduplication_id.starts_with("webhook:"));

    // Stripe fails in the middle: what works stays.
    world.stripe_says("POST", error(400, "You have reached the maximum of 16 endpoints."), 1).await;
    assert_eq!(world.renew_webhook(&bearer).await.code(), "webhook_refused");
    assert_eq!((world.webhook(), endpoints.ids().len()), (new.clone(), 1));
    // Somebody else changes it between our read and our write.
    let aws = Arc::clone(&world.aws);
    let answer = move |_: &Request| {
        aws.alter(
            PK,
            "STRIPE",
            "webhook",
            json!({"M": {"version": {"S": "01K2V7Q8ZJ4M9T3R6W5X0Y1FFF"}}}),
        );
        ResponseTemplate::new(200)
            .set_body_json(json!({"id": "we_third", "url": OURS, "status": "enabled",
                "secret": "whsec_thirdSecretPart"}))
    };
    Mock::given(method("POST"))
        .and(path("/v1/webhook_endpoints"))
        .respond_with(answer)
        .with_priority(1)
        .mount(&world.stripe)
        .await;
    assert_eq!(world.renew_webhook(&bearer).await.code(), "changed_meanwhile");
    let deleted = world
        .stripe
        .received_requests()
        .await
        .unwrap()
        .into_iter()
        .filter(|r| r.method.as_str() == "DELETE");
    assert_eq!(
        deleted.last().unwrap().url.path(),
        "/v1/webhook_endpoints/we_third",
        "what was made and not recorded is removed"
    );
}

#[tokio::test]
async fn disconnecting_removes_the_endpoint_or_leaves_it_to_the_clean_up() {
    let world = world().await;
    let endpoints = world.endpoints().await;
    let bearer = world.connected().await;
    endpoints.add("we_stray", OURS);
    let gone = || async {
        test_support::Call::new("DELETE", "/portal/api/stripe")
            .bearer(&bearer)
            .to(&world.router)
            .await
    };
    assert_eq!(gone().await.status, 204);
    assert!(
        endpoints.ids().is_empty()
            && world.stored_connection().is_none()
            && world.aws.messages().is_empty()
    );
    for (verb, at) in [("GET", "stripe/webhook"), ("POST", "stripe/webhook")] {
        let reply = test_support::Call::new(verb, &format!("/portal/api/{at}"))
            .bearer(&bearer)
            .to(&world.router)
            .await;
        assert_eq!((reply.status, reply.code().as_str()), (409, "not_connected"));
    }

    world.connected_again(&bearer).await;
    let made = endpoints.ids();
    let generation = world.aws.item(PK, "META").unwrap()["generation"].clone();
    world
        .stripe_says(
            "GET",
            error(503, "Down for a moment").insert_header("stripe-should-retry", "false"),
            1,
        )
        .await;
    assert_eq!(gone().await.status, 204, "disconnected nevertheless");
    assert!(world.stored_connection().is_none());
    let kept = world.aws.items(PK, "CLEANUP#").remove(0);
    assert!(kept["sealed_key"].is_object() && kept["left_at"].is_i64());
    assert_eq!(json!(made), json!([kept["webhook"]["endpoint_id"]]));
    let meta = world.aws.item(PK, "META").unwrap();
    assert_eq!(
        (&meta["cleanup_state"], &meta["cleanup_generation"], &meta["status"]),
        (&json!("pending"), &generation, &json!("active"))
    );
    let message = world.aws.messages().pop().unwrap();
    assert_eq!(
        (&message.body["reason"], &message.body["generation"], message.group),
        (&json!("cleanup"), &generation, format!("cleanup:{INSTALL}"))
    );

    // Disconnected again while that clean-up is pending, which ends before this is written down:
    // there is one for what is put aside now.
    world.connected_again(&bearer).await;
    let aws = world.aws.clone();
    let ends = move |_: &wiremock::Request| {
        aws.alter(PK, "META", "cleanup_state", json!({"S": "done"}));
        error(503, "Down for a moment").insert_header("stripe-should-retry", "false")
    };
    Mock::given(method("GET"))
        .and(path("/v1/webhook_endpoints"))
        .respond_with(ends)
        .up_to_n_times(1)
        .with_priority(1)
        .mount(&world.stripe)
        .await;
    let sent = world.aws.messages().len();
    assert_eq!(gone().await.status, 204);
    let meta = world.aws.item(PK, "META").unwrap();
    assert_eq!(
        (&meta["cleanup_state"], &meta["cleanup_generation"]),
        (&json!("pending"), &generation)
    );
    assert_eq!((world.aws.items(PK, "CLEANUP#").len(), world.aws.messages().len() - sent), (2, 1));
}

/// What the portal shows of the endpoint is what Stripe says of it, asked when the card is opened.
#[tokio::test]
async fn a_disabled_or_missing_endpoint_is_reported_and_recreated_by_one_call() {
    let world = world().await;
    let endpoints = world.endpoints().await;
    let bearer = world.connected().await;
    let shown = || async { world.get(&bearer, "stripe/webhook").await.json() };
    let warned = || async {
        world.get(&bearer, "overview").await.json()["stripe"]["warnings"]
            .to_string()
            .contains("endpoint_off")
    };
    let aged = || {
        let seen = world.stored_connection().unwrap()["endpoint_seen"].clone();
        let at = seen["at"].as_i64().unwrap() - 60_000;
        let seen = json!({"M": {"standing": {"S": seen["standing"]}, "at": {"N": at.to_string()}}});
        world.aws.alter(PK, "STRIPE", "endpoint_seen", seen);
    };
    assert_eq!(shown().await["at_stripe"]["standing"], "enabled");
    let fixture = include_str!("../../../../../tests/fixtures/field/10_endpoint_disabled.json");
    let fixture: Value = serde_json::from_str(fixture).unwrap();
    endpoints.0.lock().unwrap()[0]["status"] = fixture["endpoint"]["status"].clone();
    assert_eq!(shown().await["at_stripe"]["standing"], "enabled", "asked a moment ago");
    aged();
    world.aws.forget();
    assert_eq!(
        world.get(&bearer, "stripe/webhook?look=false").await.json()["at_stripe"]["standing"],
        "enabled",
        "without asking"
    );
    assert_eq!(world.aws.calls(), ["BatchGetItem"]);
    assert_eq!(
        (shown().await["at_stripe"]["standing"].clone(), warned().await),
        (json!("disabled"), true)
    );
    let old = world.webhook()["endpoint_id"].clone();
    let renewed = world.renew_webhook(&bearer).await;
    let at_stripe = &renewed.json()["at_stripe"];
    assert_eq!((renewed.status, at_stripe), (200, &Value::Null), "{}", renewed.text());
    assert!(world.webhook()["endpoint_id"] != old && endpoints.ids().len() == 1 && !warned().await);
    assert_eq!(shown().await["at_stripe"]["standing"], "enabled");
    // Somebody deletes it, or gives it another address.
    aged();
    endpoints.0.lock().unwrap()[0]["url"] = json!("https://else.example.com/hook");
    assert_eq!(
        (shown().await["at_stripe"]["standing"].clone(), warned().await),
        (json!("elsewhere"), true)
    );
    aged();
    endpoints.0.lock().unwrap().clear();
    assert_eq!(shown().await["at_stripe"]["standing"], "gone");
    // Stripe is away: what is known stays, and the card is shown.
    aged();
    world
        .stripe_says(
            "GET",
            error(503, "Down for a moment").insert_header("stripe-should-retry", "false"),
            1,
        )
        .await;
    assert_eq!(shown().await["at_stripe"]["standing"], "gone");
    assert_eq!(
        (world.renew_webhook(&bearer).await.status, endpoints.ids().len(), warned().await),
        (200, 1, false)
    );
}

#[tokio::test]
async fn an_account_at_its_endpoint_limit_is_refused_with_the_list_of_its_endpoints() {
    let world = world().await;
    let endpoints = world.endpoints().await;
    let fixture = include_str!("../../../../../tests/fixtures/field/11_webhook_endpoint_cap.json");
    let fixture: Value = serde_json::from_str(fixture).unwrap();
    let full = || ResponseTemplate::new(400).set_body_json(&fixture["fault"]["body"]);
    for at in 0..3 {
        endpoints.add(&format!("we_{at}"), "https://else.example.com/hook");
        let mut all = endpoints.0.lock().unwrap();
        all[at]["created"] = json!(1_700_000_000 - i64::try_from(at).unwrap());
        all[at]["status"] = json!(if at == 1 { "disabled" } else { "enabled" });
    }
    let full_once = Mock::given(method("POST"))
        .and(path("/v1/webhook_endpoints"))
        .respond_with(full())
        .with_priority(1);
    full_once.up_to_n_times(2).mount(&world.stripe).await;
    let bearer = world.connected().await;
    let expected = ["we_1", "we_2", "we_0"].map(|id| json!(id));
    let ids = |told: &Value| {
        told["endpoints"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["id"].clone())
            .collect::<Vec<_>>()
    };
    let shown = world.get(&bearer, "stripe/webhook").await.json();
    assert_eq!(
        (&shown["missing"], ids(&shown)),
        (&json!("limit"), expected.to_vec()),
        "the one that is off first, then the oldest"
    );
    assert_eq!(shown["endpoints"][0]["created"], "2023-11-14T22:13:19.000Z");
    let refused = world.renew_webhook(&bearer).await;
    assert_eq!(
        (refused.status, refused.code().as_str(), ids(&refused.json())),
        (422, "webhook_refused", expected.to_vec())
    );
    let detail = refused.json()["detail"].as_str().unwrap().to_owned();
    assert!(
        detail.contains("as many webhook endpoints")
            && detail.contains("https://dashboard.stripe.com/test/webhooks"),
        "{detail}"
    );
    // Somebody deletes one.
    assert_eq!(world.renew_webhook(&bearer).await.status, 200);
    let shown = world.get(&bearer, "stripe/webhook").await.json();
    assert_eq!((&shown["status"], ids(&shown)), (&json!("active"), Vec::new()));

    // At the cap, one that is off makes room for its own successor.
    let own = world.webhook()["endpoint_id"].clone();
    for endpoint in endpoints.0.lock().unwrap().iter_mut().filter(|endpoint| endpoint["id"] == own)
    {
        endpoint["status"] = json!("disabled");
    }
    assert_eq!(world.renew_webhook(&bearer).await.status, 200);
    let asked = world.stripe.received_requests().await.unwrap();
    let last: Vec<&str> = asked.iter().rev().take(2).map(|asked| asked.method.as_str()).collect();
    assert_eq!(last, ["POST", "DELETE"], "removed before it is made");
}
