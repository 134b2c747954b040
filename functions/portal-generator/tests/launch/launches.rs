//! What a launch leads to, and what is refused.

use portal_generator::handler::MAX_BODY;
use serde_json::{Value, json};
use stripe_sync::platform::clock;
use test_support::{Call, Fault, Logs};

use crate::world::{INSTALL, KEY, PK, SESSION, app, app_for, body, call, launch_of, with};

#[tokio::test]
async fn a_launch_is_one_transaction_and_a_url_of_the_deployments_own() {
    let app = app().await;
    let logs = Logs::capture("portal_generator");
    let reply = call(&body())
        .header("host", "evil.example")
        .header("x-forwarded-host", "evil.example")
        .to(&app.router)
        .await;
    assert_eq!(app.aws.calls(), ["TransactWriteItems"]);
    let launch = launch_of(&reply);
    assert_eq!(launch.install.as_str(), INSTALL);
    let stored = app.aws.item(PK, &format!("LAUNCH#{}", launch.id)).unwrap();
    assert_eq!(stored["redemptions"], 0);
    assert!(stored["ttl"].as_i64().unwrap() > clock::now().seconds());
    assert_eq!(reply.header("cache-control"), "no-store");
    let url = reply.json()["portal_url"].as_str().unwrap().to_owned();
    for secret in [url.split('=').next_back().unwrap(), KEY, SESSION] {
        assert!(!logs.text().is_empty() && !logs.text().contains(secret));
        assert!(!app.aws.dump().contains(secret));
    }
}

#[tokio::test]
async fn two_launches_are_two() {
    let app = app().await;
    let (older, newest) = (with(body(), "organization_id", "org_1"), body());
    let (one, other) = tokio::join!(app.launch(&older), app.launch(&newest));
    assert_ne!(launch_of(&one).id, launch_of(&other).id);
    assert_eq!(app.aws.items(PK, "LAUNCH#").len(), 2);
    assert_eq!(app.aws.items(PK, "ACTIVITY#").len(), 2);
}

#[tokio::test]
async fn the_user_an_older_platform_names_is_recorded_and_gets_nowhere_else() {
    let app = app().await;
    let reply = app.launch(&with(body(), "user_id", "user_7")).await;
    let launch = launch_of(&reply);
    let trail = &app.aws.items(PK, "ACTIVITY#")[0];
    assert_eq!(
        (&trail["kind"], &trail["subject"], &trail["launch_id"]),
        (&json!("launched"), &json!("user_7"), &json!(launch.id.to_string()))
    );
    assert!(
        !reply.text().contains("user_7"),
        "the token names the install and the launch, nothing else"
    );
    let elsewhere: Vec<_> = app
        .aws
        .items(PK, "")
        .into_iter()
        .filter(|item| item.to_string().contains("user_7"))
        .map(|item| item["sk"].clone())
        .collect();
    assert!(
        elsewhere.iter().all(|sk| sk.as_str().is_some_and(|sk| sk.starts_with("ACTIVITY#"))),
        "{elsewhere:?}"
    );
}

#[tokio::test]
async fn a_refused_launch_gets_no_url_and_leaves_no_trace() {
    let app = app().await;
    let refused = async |body: Value, status: u16, code: &str| {
        let reply = app.launch(&body).await;
        assert_eq!((reply.status, reply.code().as_str()), (status, code), "{body}");
        assert!(!reply.text().contains("token="), "{body}");
        assert!(
            app.aws.items(PK, "LAUNCH#").is_empty() && app.aws.items(PK, "ACTIVITY#").is_empty(),
            "{body}"
        );
    };
    refused(with(body(), "installed_app_id", "instapp_2"), 404, "not_found").await;
    for (field, other) in
        [("app_id", "app_2"), ("instance_id", "inst_2"), ("organization_id", "org_2")]
    {
        refused(with(body(), field, other), 403, "mismatch").await;
    }
    app.aws.alter(PK, "META", "status", json!({"S": "uninstalled"}));
    refused(body(), 409, "inactive").await;
    refused(with(body(), "app_id", "app_2"), 403, "mismatch").await;
    refused(with(body(), "app_id", ""), 400, "bad_request").await;
    refused(json!("a text"), 400, "bad_request").await;
    refused(with(body(), "filler", &"x".repeat(MAX_BODY)), 413, "too_large").await;
    assert!(app.aws.items("INSTALL#instapp_2", "").is_empty());
}

#[tokio::test]
async fn a_wrong_key_an_unlisted_address_and_a_probe_reach_nothing() {
    let app = app().await;
    let wrong = Call::new("POST", "/api/portal/wrong").json(&body());
    assert_eq!(wrong.to(&app.router).await.status, 404);
    assert_eq!(call(&body()).from("198.51.100.7").to(&app.router).await.status, 403);
    for method in ["GET", "HEAD"] {
        assert_eq!(
            Call::new(method, &format!("/api/portal/{KEY}")).to(&app.router).await.status,
            200
        );
    }
    assert_eq!(app.aws.calls(), Vec::<String>::new());
}

#[tokio::test]
async fn a_launch_that_meets_another_transaction_or_loses_its_answer_still_makes_one_url() {
    let app = app().await;
    app.aws.fault("TransactWriteItems", 1, 2, Fault::Conflict);
    launch_of(&app.launch(&body()).await);
    assert_eq!(app.aws.count("TransactWriteItems"), 3);
    app.aws.fault("TransactWriteItems", 1, 1, Fault::LostAnswer);
    launch_of(&app.launch(&body()).await);
    assert_eq!(app.aws.items(PK, "LAUNCH#").len(), 2);
    // Conflict after conflict ends as a failure that may be tried again.
    app.aws.fault("TransactWriteItems", 1, 100, Fault::Conflict);
    let reply = app.launch(&body()).await;
    assert_eq!((reply.status, reply.code().as_str()), (503, "unavailable"));
    assert_eq!(app.aws.items(PK, "LAUNCH#").len(), 2);
}

/// The events that the README invites to invoke.
#[tokio::test]
async fn every_sample_event_is_answered() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../events");
    let samples = test_support::samples(folder, "portal-generator-");
    assert!(samples.len() >= 4);
    let named = "instapp_01K2V7Q8ZJ4M9T3R6W5X0Y1B2C";
    let app = app_for(named).await;
    for (name, text) in samples {
        let event =
            |text: &str| serde_json::from_str(&text.replace("REGISTRATION_KEY_HERE", KEY)).unwrap();
        let probe = name.contains("probe");
        // The sample's install is not the one with these ids: told apart from a malformed request.
        let reply = test_support::invoke(&app.router, event(&text)).await;
        assert_eq!(reply.status, if probe { 200 } else { 403 }, "{name}");
        let ours = text
            .replace("app_01K2V7Q8ZJ4M9T3R6W5X0Y1AAA", "app_1")
            .replace("inst_01K2V7Q8ZJ4M9T3R6W5X0Y1BBB", "inst_1");
        let reply = test_support::invoke(
            &app.router,
            event(&ours.replace("org_01K2V7Q8ZJ4M9T3R6W5X0Y1CCC", "org_1")),
        )
        .await;
        assert_eq!(reply.status, 200, "{name}: {}", reply.text());
        assert_eq!(reply.json()["portal_url"].is_string(), !probe, "{name}");
    }
}
