//! Another key takes over from one that is refused.

use serde_json::{Value, json};
use stripe_sync::model::install::Event;
use stripe_sync::platform::clock;
use stripe_sync::platform::vault::Purpose;
use wiremock::matchers::{any, header, path};
use wiremock::{Mock, ResponseTemplate};

use crate::keys::{FIRST, SECOND, THIRD};
use crate::world::{INSTALL, PK, world};

/// The install's key dies, and the platform delivers the install again: whatever message comes next
/// goes on with the run.
#[tokio::test]
async fn a_run_paused_for_the_installs_key_continues_once_an_accepted_key_is_delivered() {
    let world = world().await;
    let run = world.run().await;
    world.receives("manual", Some(&run)).await;
    let paused = || world.aws.item(PK, "STRIPE").unwrap().get("paused").cloned();
    assert_eq!(paused().unwrap()["code"], "blnk_key_refused", "the ledger is asked first");
    let asked = world.outside_calls().await;
    for reason in ["schedule", "webhook", "continue"] {
        world.receives(reason, None).await;
    }
    world.install_again(FIRST).await;
    world.receives("schedule", None).await;
    assert_eq!(world.outside_calls().await, asked, "the same key again");
    world.install_again(SECOND).await;
    world.receives("schedule", None).await;
    assert_eq!(world.asked_with(SECOND).await, 1, "another is asked for, and refused too");
    world.receives("schedule", None).await;
    assert_eq!((world.asked_with(SECOND).await, paused().is_some()), (1, true), "it stays paused");
    world.cloud_takes(&[THIRD]).await;
    world.install_again(THIRD).await;
    world.receives("schedule", None).await;
    assert_eq!(world.key_in_force().await, THIRD);
    let stored = world.stored_run(&run);
    assert!(stored["attempt"].as_u64().unwrap() >= 2, "the same run goes on by itself: {stored}");
}

/// An event with a junk key displaces nothing, and the run does not even notice; when the present
/// key dies the right one takes over in the middle of the run, though junk was delivered before and
/// after it.
#[tokio::test]
async fn a_run_whose_key_is_refused_continues_with_the_accepted_key() {
    let world = world().await;
    for key in ["blnk_test_junk_1", SECOND, "blnk_test_junk_2"] {
        world.install_again(key).await;
        assert_eq!(world.key_in_force().await, FIRST);
    }
    world.cloud_takes(&[SECOND]).await;
    let before = world.meta_now();
    let run = world.run().await;
    world.receives("manual", Some(&run)).await;
    assert_eq!(world.key_in_force().await, SECOND);
    let meta = world.meta_now();
    assert_eq!(
        (&meta["generation"], &meta["installed_at"]),
        (&before["generation"], &before["installed_at"]),
        "the same installation"
    );
    assert!(meta["key_installed_at"].as_i64() > before["key_installed_at"].as_i64());
    assert_eq!(
        (world.asked_with("blnk_test_junk_1").await, world.asked_with("blnk_test_junk_2").await),
        (0, 1),
        "the newest first"
    );
    let audited: Vec<Value> = world
        .aws
        .items(PK, "ACTIVITY#")
        .into_iter()
        .filter(|one| one["kind"] == "blnk_key_replaced")
        .collect();
    assert_eq!((audited.len(), &audited[0]["subject"]), (1, &json!("blnk_tes")));
    assert_eq!(world.aws.items(PK, "KEY#").len(), 2, "the others wait on");
}

#[tokio::test]
async fn the_wake_up_asks_the_present_key_once_and_its_failure_fails_nothing() {
    let world = world().await;
    world.install_again(SECOND).await;
    for status in [200, 400, 403, 404, 429, 500, 503] {
        world.cloud_says(status).await;
        let before = world.meta_now();
        world.receives("keys", None).await;
        assert_eq!(
            (world.asked_with(FIRST).await, world.asked_with(SECOND).await),
            (1, 0),
            "{status}"
        );
        assert_eq!((world.meta_now(), world.aws.messages().len()), (before, 0), "{status}");
    }
    // Refused by the ledger itself, the key has gone all the way.
    world.blnk.reset().await;
    let refused = ResponseTemplate::new(401)
        .set_body_json(json!({"error": "no", "error_detail": {"code": "AUTH_INVALID_KEY"}}));
    Mock::given(any()).respond_with(refused).mount(&world.blnk).await;
    world.receives("keys", None).await;
    assert_eq!(world.key_in_force().await, FIRST);
}

#[tokio::test]
async fn a_true_replacement_takes_over_with_the_wake_up_and_its_grants_hold() {
    let world = world().await;
    let run = world.run().await;
    world.receives("manual", Some(&run)).await;
    assert_eq!(world.stored_run(&run)["state"], "paused", "the old key died early");
    let fewer = json!({"installed_app_id": INSTALL, "app_id": "app_1", "instance_id": "inst_1",
        "api_key": SECOND, "organization_id": "org_1",
        "granted_permissions": ["data:read"], "idempotency_key": format!("install:{INSTALL}")});
    let Event::Install(event) = Event::parse(fewer.to_string().as_bytes(), None).unwrap() else {
        panic!("an install")
    };
    let sealed =
        world.worker.vault.seal(&event.install, Purpose::BlnkApiKey, &event.api_key).await.unwrap();
    world.store.installs().install(&event, &sealed, clock::new_ulid(), clock::now()).await.unwrap();
    world.cloud_takes(&[SECOND]).await;
    world.receives("keys", None).await;
    let meta = world.meta_now();
    assert_eq!(
        (world.key_in_force().await.as_str(), &meta["granted_permissions"]),
        (SECOND, &json!(["data:read"]))
    );
    assert_eq!((&meta["organization_id"], meta.get("candidates")), (&json!("org_1"), None));
    assert_eq!(
        world.sent("continue")[0]["run"],
        json!(run),
        "what was paused for the old key is woken"
    );
    assert!(world.aws.items(PK, "KEY#").is_empty());
}

/// A key may not be taken yet when it is asked for: it is asked for again, and one that was refused
/// may be delivered again.
#[tokio::test]
async fn a_key_that_was_refused_is_tried_again() {
    let world = world().await;
    world.install_again(SECOND).await;
    world.receives("keys", None).await;
    let listed = &world.meta_now()["candidates"][0];
    assert!(listed["refused_at"].is_i64());
    let later = world.sent("keys");
    assert_eq!(later.len(), 1);
    assert!(later[0]["at"].as_i64().unwrap() > clock::now().plus_seconds(50).0, "a minute later");
    assert!(world.meta_now()["status"] == "active", "no uninstall has come: it stays");
    world.install_again(SECOND).await;
    assert_eq!(world.meta_now()["candidates"][0].get("refused_at"), None);
    world.cloud_takes(&[SECOND]).await;
    world.receives("keys", None).await;
    assert_eq!(world.key_in_force().await, SECOND);
}

/// Keys whose grants do not let them read the ledger prove themselves by what they may do.
#[tokio::test]
async fn a_key_without_data_read_is_known_by_what_it_may_do() {
    for (scope, route, status, body) in [
        ("alerts:read", "/alerts", 200, json!({"data": []})),
        (
            "data:write",
            "/proxy/transactions/bulk",
            400,
            json!({"error": "empty", "error_detail": {"code": "TXN_BULK_EMPTY"}}),
        ),
    ] {
        let world = world().await;
        let event = json!({"installed_app_id": INSTALL, "app_id": "app_1", "instance_id": "inst_1",
            "api_key": SECOND,
            "granted_permissions": [scope], "idempotency_key": format!("install:{INSTALL}")});
        let Event::Install(event) = Event::parse(event.to_string().as_bytes(), None).unwrap()
        else {
            panic!("an install")
        };
        let sealed = world
            .worker
            .vault
            .seal(&event.install, Purpose::BlnkApiKey, &event.api_key)
            .await
            .unwrap();
        world
            .store
            .installs()
            .install(&event, &sealed, clock::new_ulid(), clock::now())
            .await
            .unwrap();
        world.blnk.reset().await;
        let bearer = || header("authorization", format!("Bearer {SECOND}").as_str());
        let answer = ResponseTemplate::new(status).set_body_json(body);
        Mock::given(path(route)).and(bearer()).respond_with(answer).mount(&world.blnk).await;
        let withheld = ResponseTemplate::new(403)
            .set_body_json(json!({"error": "API key does not have the required scope"}));
        Mock::given(any())
            .and(bearer())
            .respond_with(withheld)
            .with_priority(8)
            .mount(&world.blnk)
            .await;
        Mock::given(any())
            .respond_with(ResponseTemplate::new(401))
            .with_priority(9)
            .mount(&world.blnk)
            .await;
        world.receives("keys", None).await;
        assert_eq!(world.key_in_force().await, SECOND, "{scope}");
    }
    // Known to the platform, but of another instance: it is no key of this install.
    for (status, body) in
        [(403, json!({"error": "other instance"})), (404, json!({"error": "Instance not found"}))]
    {
        let world = world().await;
        world.install_again(SECOND).await;
        world.blnk.reset().await;
        let bearer = header("authorization", format!("Bearer {SECOND}").as_str());
        let answer = ResponseTemplate::new(status).set_body_json(body);
        Mock::given(any()).and(bearer).respond_with(answer).mount(&world.blnk).await;
        Mock::given(any())
            .respond_with(ResponseTemplate::new(401))
            .with_priority(9)
            .mount(&world.blnk)
            .await;
        world.receives("keys", None).await;
        assert_eq!(world.key_in_force().await, FIRST, "{status}");
    }
}
