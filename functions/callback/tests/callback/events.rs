//! What an install and an uninstall lead to.

use callback::handler::MAX_BODY;
use serde_json::{Value, json};
use stripe_sync::model::error::Error;
use stripe_sync::platform::clock;
use stripe_sync::platform::vault::Purpose;
use test_support::{Call, Logs};

use crate::world::{
    FIRST, INSTALL, KEY, PK, SECOND, app, app_for, install, samples, uninstall, with,
};

#[tokio::test]
async fn a_new_install_costs_two_calls_and_stores_the_key_sealed() {
    let app = app().await;
    let logs = Logs::capture("callback");
    let body = with(install(FIRST), "organization_id", json!("org_1"));
    assert_eq!(app.accepted(&body).await, ["GenerateDataKey", "UpdateItem"]);
    let meta = app.meta();
    assert_eq!(meta["status"], "active");
    assert_eq!(
        (&meta["app_id"], &meta["instance_id"], &meta["organization_id"]),
        (&json!("app_1"), &json!("inst_1"), &json!("org_1"))
    );
    assert_eq!(meta["granted_permissions"], json!(["data:read", "data:write"]));
    assert_eq!(meta["installs_sk"], PK, "operators find it in the index");
    assert!(meta["generation"].as_str().is_some_and(|generation| generation.len() == 26));
    let context = &app.aws.bodies("GenerateDataKey")[0]["EncryptionContext"];
    assert_eq!(
        *context,
        json!({"purpose": "blnk-api-key", "install": INSTALL}),
        "what the policies and the audit of KMS see"
    );
    assert_eq!(app.stored_key(INSTALL, Purpose::BlnkApiKey).await.unwrap(), FIRST);
    let sent: String = app.aws.bodies("UpdateItem").iter().map(Value::to_string).collect();
    for (place, text) in [
        ("the table", app.aws.dump()),
        ("what was sent to the table", sent),
        ("the log", logs.text()),
    ] {
        assert!(
            !text.is_empty() && !text.contains("0123456789abcdef"),
            "the key is in {place}: {text}"
        );
        assert!(!text.contains(KEY), "the registration key is in {place}");
    }
    assert!(logs.text().contains("/api/callback/{key}"), "the log names the route, never the path");
}

#[tokio::test]
async fn a_ciphertext_moved_to_another_install_or_purpose_does_not_open() {
    let app = app().await;
    app.accepted(&install(FIRST)).await;
    assert!(app.stored_key(INSTALL, Purpose::BlnkApiKey).await.is_ok());
    for (install, purpose) in [("instapp_2", Purpose::BlnkApiKey), (INSTALL, Purpose::StripeApiKey)]
    {
        assert!(
            matches!(app.stored_key(install, purpose).await, Err(Error::Internal(_))),
            "{install} {purpose:?}"
        );
    }
}

#[tokio::test]
async fn a_key_seen_before_changes_nothing_whether_it_comes_twice_late_or_after_the_uninstall() {
    let app = app().await;
    app.accepted(&install(FIRST)).await;
    let after_first = app.meta();
    assert_eq!(
        app.accepted(&install(FIRST)).await,
        ["GenerateDataKey", "UpdateItem"],
        "a duplicate costs what an install costs"
    );
    assert_eq!(app.meta(), after_first, "a duplicate");
    app.accepted(&install(SECOND)).await;
    let after_second = app.meta();
    for key in [FIRST, SECOND] {
        app.accepted(&install(key)).await;
        assert_eq!(app.meta(), after_second, "a late duplicate");
    }
    app.accepted(&uninstall()).await;
    let removed = app.meta();
    for key in [FIRST, SECOND] {
        app.accepted(&install(key)).await;
        assert_eq!(app.meta(), removed, "a replay cannot revive a removed install");
    }
}

#[tokio::test]
async fn a_reinstall_begins_a_new_generation() {
    let app = app().await;
    app.accepted(&install(FIRST)).await;
    let first = app.meta();
    app.accepted(&uninstall()).await;
    assert_eq!(
        app.accepted(&install(SECOND)).await,
        ["GenerateDataKey", "UpdateItem", "TransactWriteItems", "SendMessage"]
    );
    let second = app.meta();
    assert_eq!(second["status"], "active");
    assert_ne!(second["generation"], first["generation"]);
    assert!(second["installed_at"].as_i64() >= first["installed_at"].as_i64());
    assert!(second.get("uninstalled_at").is_none());
    assert_eq!(
        second["cleanup_generation"], first["generation"],
        "what is left of the first is still to be cleaned up"
    );
    assert_eq!(app.stored_key(INSTALL, Purpose::BlnkApiKey).await.unwrap(), SECOND);
}

#[tokio::test]
async fn an_event_with_other_ids_is_refused_and_changes_nothing() {
    let app = app().await;
    app.accepted(&with(install(FIRST), "organization_id", json!("org_1"))).await;
    let before = app.meta();
    for key in [FIRST, SECOND] {
        for (field, other) in
            [("app_id", "app_2"), ("instance_id", "inst_2"), ("organization_id", "org_2")]
        {
            for body in
                [with(install(key), field, json!(other)), with(uninstall(), field, json!(other))]
            {
                let reply = app.post(&body).await;
                assert_eq!((reply.status, reply.code().as_str()), (403, "mismatch"), "{body}");
                assert_eq!(app.meta(), before, "{body}");
            }
        }
    }
    // The newest platform sends no organization: that is no mismatch, and the one that is stored
    // stays.
    app.accepted(&install(SECOND)).await;
    assert_eq!(app.meta()["organization_id"], "org_1");
    assert!(app.cleanups().is_empty());
}

#[tokio::test]
async fn an_uninstall_costs_two_calls_removes_the_key_and_sends_the_clean_up() {
    let app = app().await;
    app.accepted(&install(FIRST)).await;
    let generation = app.meta()["generation"].clone();
    assert_eq!(app.accepted(&uninstall()).await, ["UpdateItem", "SendMessage"]);
    let meta = app.meta();
    assert_eq!(
        (&meta["status"], &meta["cleanup_state"]),
        (&json!("uninstalled"), &json!("pending"))
    );
    assert_eq!(meta["cleanup_generation"], generation);
    for gone in ["sealed_key", "generation", "installed_at"] {
        assert!(meta.get(gone).is_none(), "{gone}");
    }
    let message = &app.cleanups()[0];
    assert_eq!(message.group, "cleanup:instapp_1", "a clean-up waits for no run");
    assert_eq!(
        message.body,
        json!({"install": INSTALL, "generation": generation, "reason": "cleanup"})
    );
}

#[tokio::test]
async fn an_uninstall_again_sends_the_clean_up_again_while_it_is_pending() {
    let app = app().await;
    app.accepted(&install(FIRST)).await;
    app.accepted(&uninstall()).await;
    let removed = app.meta();
    assert_eq!(app.accepted(&uninstall()).await, ["UpdateItem", "SendMessage"]);
    assert_eq!(app.meta(), removed);
    let sent = app.cleanups();
    assert_eq!(sent.len(), 2, "the queue must not take the second for a repetition of the first");
    assert_eq!(sent[0].body, sent[1].body);
    app.aws.alter(PK, "META", "cleanup_state", json!({"S": "done"}));
    assert_eq!(app.accepted(&uninstall()).await, ["UpdateItem"], "nothing is left to clean up");
}

#[tokio::test]
async fn a_stale_uninstall_and_one_of_an_unknown_install_change_nothing() {
    let app = app().await;
    assert_eq!(app.accepted(&uninstall()).await, ["UpdateItem"], "unknown");
    assert_eq!(app.meta(), Value::Null, "no tombstone of what never was");
    app.accepted(&install(FIRST)).await;
    let before = app.meta();
    let at = |seconds: i64| {
        with(uninstall(), "uninstalled_at", json!(clock::now().plus_seconds(seconds).rfc3339()))
    };
    assert_eq!(app.accepted(&at(-660)).await, ["UpdateItem"], "stale");
    assert_eq!(app.meta(), before);
    assert!(app.cleanups().is_empty());
}

#[tokio::test]
async fn the_beta_sends_its_idempotency_key_in_a_header_and_less_in_the_body() {
    let app = app().await;
    let path = format!("/api/callback/{KEY}");
    let mut body = install(FIRST);
    body.as_object_mut()
        .unwrap()
        .retain(|name, _| name != "idempotency_key" && name != "api_key_prefix");
    let sent = Call::new("POST", &path).json(&body).header("idempotency-key", "install:instapp_1");
    assert_eq!(sent.to(&app.router).await.status, 200);
    assert_eq!(app.meta()["api_key_prefix"], "blnk_tes");
    let bare = json!({"installed_app_id": INSTALL});
    let sent = Call::new("POST", &path)
        .json(&bare)
        .header("idempotency-key", "uninstall:instapp_1")
        .base64();
    assert_eq!(sent.to(&app.router).await.status, 200, "a body that the gateway encoded");
    assert_eq!(app.meta()["status"], "uninstalled");
}

#[tokio::test]
async fn malformed_and_oversized_bodies_are_named_and_cost_nothing() {
    let app = app().await;
    for (body, field) in [
        (with(install(FIRST), "installed_app_id", json!("in#app")), json!("installed_app_id")),
        (
            with(install(FIRST), "idempotency_key", json!("install:instapp_2")),
            json!("idempotency_key"),
        ),
        (
            with(install(FIRST), "idempotency_key", json!("update:instapp_1")),
            json!("idempotency_key"),
        ),
        (with(install(FIRST), "api_key", Value::Null), json!("api_key")),
        (
            with(install(FIRST), "granted_permissions", json!("data:read")),
            json!("granted_permissions"),
        ),
        (with(uninstall(), "uninstalled_at", json!("yesterday")), json!("uninstalled_at")),
        (json!([]), Value::Null),
    ] {
        let reply = app.post(&body).await;
        assert_eq!((reply.status, reply.code().as_str()), (400, "bad_request"), "{body}");
        assert_eq!(reply.json()["field"], field, "{body}");
    }
    let path = format!("/api/callback/{KEY}");
    let padded = |bytes: usize| with(install(FIRST), "later_field", json!("x".repeat(bytes)));
    for encoded in [false, true] {
        let call = Call::new("POST", &path).json(&padded(MAX_BODY));
        let reply = if encoded { call.base64() } else { call }.to(&app.router).await;
        assert_eq!((reply.status, reply.code().as_str()), (413, "too_large"));
    }
    assert_eq!(app.aws.calls(), Vec::<String>::new());
    app.accepted(&padded(MAX_BODY - 1024)).await;
}

#[tokio::test]
async fn probes_answer_and_change_nothing_whatever_the_key() {
    let app = app().await;
    for (method, key) in [("GET", KEY), ("HEAD", KEY), ("GET", "wrong"), ("HEAD", "wrong")] {
        let reply = Call::new(method, &format!("/api/callback/{key}"))
            .json(&install(FIRST))
            .to(&app.router)
            .await;
        assert_eq!(reply.status, 200);
        assert_eq!(reply.body.is_empty(), method == "HEAD");
    }
    assert_eq!(app.aws.calls(), Vec::<String>::new());
}

#[tokio::test]
async fn only_allowed_addresses_may_call_when_a_list_is_given() {
    let app = app_for("192.0.2.0/24, 2001:db8::/32").await;
    let from = async |address: &str| {
        let spoofed = Call::new("POST", &format!("/api/callback/{KEY}"))
            .json(&install(FIRST))
            .from(address)
            .header("x-forwarded-for", "192.0.2.10");
        spoofed.to(&app.router).await.status
    };
    assert_eq!(from("198.51.100.7").await, 403);
    assert_eq!(app.aws.calls(), Vec::<String>::new());
    assert_eq!(from("192.0.2.200").await, 200);
    assert_eq!(from("2001:db8::7").await, 200);
}

#[tokio::test]
async fn two_deliveries_at_once_make_one_installation() {
    let app = app().await;
    let (one, other) = (install(FIRST), install(SECOND));
    let replies = tokio::join!(app.post(&one), app.post(&one), app.post(&other), app.post(&one));
    assert_eq!([replies.0.status, replies.1.status, replies.2.status, replies.3.status], [200; 4]);
    let meta = app.meta();
    assert_eq!(
        (meta["candidates"].as_array().map(Vec::len), app.aws.items(PK, "KEY#").len()),
        (Some(1), 1),
        "the other one waits"
    );
    let key = app.stored_key(INSTALL, Purpose::BlnkApiKey).await.unwrap();
    assert!(key == FIRST || key == SECOND, "one of the two, whole");
}

/// The events that the README invites to invoke.
#[tokio::test]
async fn every_sample_event_is_accepted() {
    let app = app().await;
    let mut seen = 0;
    for (name, text) in samples("callback-") {
        let event = serde_json::from_str(&text.replace("REGISTRATION_KEY_HERE", KEY)).unwrap();
        let reply = test_support::invoke(&app.router, event).await;
        assert_eq!(reply.status, 200, "{name}: {}", reply.text());
        seen += 1;
    }
    assert!(seen >= 8, "{seen} samples");
    assert!(app.meta()["status"].is_null(), "the samples are of another install");
}
