//! How the webhook endpoint comes to be when an account is connected.

use std::sync::Arc;

use serde_json::{Value, json};
use stripe_sync::model::install::id::InstallId;
use stripe_sync::platform::table::keys::Sk;
use test_support::{Fault, TABLE};
use wiremock::matchers::{method, path};
use wiremock::{Mock, Request, ResponseTemplate};

use crate::webhook::{OURS, PASTED, error};
use crate::world::{BASE, INSTALL, PK, STRIPE_KEY, world};

#[tokio::test]
async fn connecting_makes_one_endpoint_and_seals_its_secret() {
    let world = world().await;
    let endpoints = world.endpoints().await;
    // One that a connect made and could not record, and one that is none of ours.
    endpoints.add("we_lost", OURS);
    endpoints.add("we_else", "https://else.example.com/hook");
    let bearer = world.connected().await;
    let stored = world.webhook();
    let id = stored["endpoint_id"].as_str().unwrap();
    assert_eq!(endpoints.ids(), ["we_else", id]);
    assert_eq!(world.opened(&stored["signing"]["secret"]).await, format!("whsec_{id}SecretPart"));
    assert!(!world.aws.dump().contains("SecretPart"));
    let shown = world.get(&bearer, "stripe/webhook").await;
    assert_eq!(
        (shown.status, &shown.json()["status"], &shown.json()["url"]),
        (200, &json!("active"), &json!(OURS))
    );
    assert!(
        OURS.starts_with(BASE)
            && !shown.text().contains("SecretPart")
            && !shown.text().contains("wrapped_key")
    );
    assert_eq!(
        world
            .aws
            .items(PK, "ACTIVITY#")
            .iter()
            .filter(|entry| entry["kind"] == "webhook_changed")
            .count(),
        1
    );
    assert!(world.aws.messages().is_empty(), "connecting starts no run");

    // Another key of the same account: the endpoint stays, and a stray goes.
    endpoints.add("we_stray", OURS);
    assert_eq!(world.connect(&bearer, STRIPE_KEY).await.status, 200);
    assert_eq!(
        (world.webhook(), endpoints.ids()),
        (stored.clone(), vec!["we_else".to_owned(), id.to_owned()])
    );
    // Stripe has switched it off, or somebody removed it there: the next connect makes another one.
    endpoints.0.lock().unwrap()[1]["status"] = json!("disabled");
    assert_eq!(world.connect(&bearer, STRIPE_KEY).await.status, 200);
    assert_ne!(world.webhook()["endpoint_id"], stored["endpoint_id"]);
    assert_eq!(endpoints.ids().len(), 2, "never doubled: {:?}", endpoints.ids());
}

#[tokio::test]
async fn a_lost_answer_to_the_creation_leaves_no_second_endpoint() {
    let world = world().await;
    let endpoints = world.endpoints().await;
    world.stripe_says("POST", error(500, "Something went wrong"), 1).await;
    world.connected().await;
    assert_eq!(endpoints.ids().len(), 1);
    let keys: Vec<_> = world
        .stripe
        .received_requests()
        .await
        .unwrap()
        .into_iter()
        .filter(|r| r.method.as_str() == "POST")
        .collect();
    assert_eq!(keys.len(), 2);
    assert_eq!(
        keys[0].headers["idempotency-key"], keys[1].headers["idempotency-key"],
        "a repetition is known as one"
    );
}

#[tokio::test]
async fn an_endpoint_that_cannot_be_recorded_is_removed_again() {
    let world = world().await;
    let endpoints = world.endpoints().await;
    world.stripe_answers(STRIPE_KEY, "acct_1").await;
    world.free_ledger().await;
    let bearer = world.session().await;
    world.aws.fault("TransactWriteItems", 2, 1, Fault::Status(400, "AccessDeniedException"));
    assert_eq!(world.connect(&bearer, STRIPE_KEY).await.status, 503);
    assert!(
        endpoints.ids().is_empty() && world.stored_connection().unwrap().get("webhook").is_none()
    );
    assert_eq!(world.connect(&bearer, STRIPE_KEY).await.status, 200, "trying again sets it right");
    assert_eq!(endpoints.ids(), [world.webhook()["endpoint_id"].as_str().unwrap()]);
    // Uninstalled between the creation and its record.
    world.aws.alter(PK, "STRIPE", "webhook", Value::Null);
    let aws = Arc::clone(&world.aws);
    let all = endpoints.clone();
    let answer = move |_: &Request| {
        aws.alter(PK, "META", "status", json!({"S": "uninstalled"}));
        all.add("we_late", OURS);
        ResponseTemplate::new(200)
            .set_body_json(json!({"id": "we_late", "url": OURS, "status": "enabled",
                "secret": "whsec_lateSecretPart"}))
    };
    Mock::given(method("POST"))
        .and(path("/v1/webhook_endpoints"))
        .respond_with(answer)
        .with_priority(1)
        .mount(&world.stripe)
        .await;
    assert_eq!(world.renew_webhook(&bearer).await.code(), "session_over");
    assert!(endpoints.ids().is_empty(), "{:?}", endpoints.ids());
}

#[tokio::test]
async fn a_key_without_the_permission_connects_and_the_portal_says_what_to_paste_where() {
    let world = world().await;
    let message = "The provided key does not have the required permissions. Having the \
        'rak_webhook_read' permission would allow this.";
    world.stripe_says("GET", error(403, message), 2).await;
    let bearer = world.connected().await;
    let shown = world.get(&bearer, "stripe/webhook").await.json();
    assert_eq!(
        (&shown["status"], &shown["missing"], &shown["url"]),
        (&json!("missing"), &json!("right"), &json!(OURS))
    );
    assert!(shown["events"].as_array().unwrap().contains(&json!("payout.paid")));
    assert_eq!(world.renew_webhook(&bearer).await.code(), "webhook_right_missing");

    let before = world.aws.dump();
    for text in ["", "rk_test_51OneOneOneOneOneOne", "whsec_", "whsec_no spaces allowed"] {
        let reply = world.paste(&bearer, text).await;
        assert_eq!((reply.status, reply.code().as_str()), (422, "malformed_secret"), "{text}");
        assert!(text.len() < 7 || !reply.text().contains(text));
    }
    assert_eq!(world.aws.dump(), before);
    let shown = world.paste(&bearer, &format!(" {PASTED}\n")).await;
    assert_eq!(
        (shown.status, &shown.json()["status"], &shown.json()["missing"]),
        (200, &json!("registered"), &Value::Null)
    );
    assert_eq!(world.opened(&world.webhook()["signing"]["secret"]).await, PASTED);
    assert!(!world.aws.dump().contains(PASTED));

    // Rolled at Stripe and pasted again: the old one stays valid for a day.
    let rolled = "whsec_rolledrolledrolledrolled012345";
    let shown = world.paste(&bearer, rolled).await;
    assert!(shown.json()["previous_until"].is_string());
    let signing = world.webhook()["signing"].clone();
    assert_eq!(world.opened(&signing["secret"]).await, rolled);
    assert_eq!(world.opened(&signing["previous"]["secret"]).await, PASTED);
    assert_eq!(
        signing["previous"]["until"].as_i64().unwrap() - signing["since"].as_i64().unwrap(),
        86_400_000
    );
    // Pasted once more by mistake: nothing happens. Another one, before any event came: the one
    // that worked stays for its day.
    let before = world.aws.dump();
    assert_eq!(world.paste(&bearer, rolled).await.status, 200);
    assert_eq!(world.aws.dump(), before);
    assert_eq!(world.paste(&bearer, "whsec_wrongwrongwrongwrongwrong01234").await.status, 200);
    let wrong = world.webhook()["signing"].clone();
    assert_eq!(wrong["previous"], signing["previous"]);
    // An event came that the present one vouches for: it is the one that stays.
    let (_, connection) = world
        .store
        .installs()
        .meta_and_connection(&InstallId::parse(INSTALL).unwrap())
        .await
        .unwrap();
    let connection = connection.unwrap();
    let noted = Sk::Signed(connection.connection, connection.webhook.unwrap().version);
    let item = stripe_sync::platform::table::keys::key(&InstallId::parse(INSTALL).unwrap(), &noted);
    world.store.client.put_item().table_name(TABLE).set_item(Some(item)).send().await.unwrap();
    assert_eq!(world.paste(&bearer, rolled).await.status, 200);
    let signing = world.webhook()["signing"].clone();
    assert_eq!(signing["previous"]["secret"], wrong["secret"]);
    // A later key may make endpoints: the one that a person registered is theirs.
    world.stripe.reset().await;
    let endpoints = world.endpoints().await;
    endpoints.add("we_person", OURS);
    world.connected_again(&bearer).await;
    assert_eq!(
        (endpoints.ids(), world.webhook()["signing"].clone()),
        (vec!["we_person".to_owned()], signing)
    );
}
