//! Keys that come while another one is in force, and uninstalls that come late.

use serde_json::{Value, json};
use stripe_sync::model::install::id::InstallId;
use stripe_sync::model::sealed::Sealed;
use stripe_sync::platform::clock;
use stripe_sync::platform::vault::Purpose;
use test_support::Message;

use crate::world::{App, FIRST, INSTALL, PK, SECOND, app, install, uninstall, with};

/// A body of a recorded delivery.
fn recorded(name: &str) -> Value {
    let path = format!("{}/../../tests/fixtures/field/{name}", env!("CARGO_MANIFEST_DIR"));
    let whole: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    whole["body"].clone()
}

/// The same install under the id of these tests.
fn ours(mut body: Value) -> Value {
    body["idempotency_key"] = json!(
        body["idempotency_key"]
            .as_str()
            .unwrap()
            .replace(body["installed_app_id"].as_str().unwrap(), INSTALL)
    );
    body["installed_app_id"] = json!(INSTALL);
    for (name, ours) in [("app_id", "app_1"), ("instance_id", "inst_1")] {
        body[name] = json!(ours);
    }
    body
}

fn dated(at: stripe_sync::model::time::Millis) -> Value {
    with(uninstall(), "uninstalled_at", json!(at.rfc3339()))
}

fn key(n: usize) -> String {
    format!("blnk_test_{n:03}_0123456789abcdef")
}

impl App {
    fn questions(&self) -> Vec<Message> {
        self.aws.messages().into_iter().filter(|message| message.body["reason"] == "keys").collect()
    }

    fn candidates(&self) -> Vec<Value> {
        self.meta()["candidates"].as_array().cloned().unwrap_or_default()
    }
}

#[tokio::test]
async fn an_empty_optional_field_and_a_zero_time_are_taken_as_absent() {
    let app = app().await;
    app.accepted(&ours(recorded("06a_install_empty_optional.json"))).await;
    let meta = app.meta();
    assert_eq!(
        (&meta["status"], meta.get("organization_id"), &meta["api_key_prefix"]),
        (&json!("active"), None, &json!("blnk_tes"))
    );
    app.accepted(&ours(recorded("06c_uninstall_zero_time.json"))).await;
    let meta = app.meta();
    assert_eq!(meta["status"], "uninstalled", "a zero time does not make it stale");
    assert!(meta["uninstalled_at"].as_i64().unwrap() > clock::now().plus_seconds(-60).0);
    let none = with(install(SECOND), "granted_permissions", Value::Null);
    app.accepted(&none).await;
    assert_eq!(app.meta()["granted_permissions"], json!([]));
}

/// The payload's date is kept, and our own deadlines count from the receipt.
#[tokio::test]
async fn the_time_of_receipt_counts_and_a_date_in_the_future_is_clamped() {
    let app = app().await;
    app.accepted(&install(FIRST)).await;
    let before = clock::now().0;
    app.accepted(&dated(clock::now().plus_seconds(86_400 * 365))).await;
    let meta = app.meta();
    for name in ["uninstalled_at", "left_at"] {
        assert!(
            (before..=clock::now().0).contains(&meta[name].as_i64().unwrap()),
            "{name}: {meta}"
        );
    }
    // The reinstall forgets the date, not since when the remains are kept.
    app.accepted(&install(SECOND)).await;
    let again = app.meta();
    assert_eq!((again.get("uninstalled_at"), &again["left_at"]), (None, &meta["left_at"]));
}

#[tokio::test]
async fn a_new_key_for_an_active_install_waits_and_the_present_one_stays() {
    let app = app().await;
    app.accepted(&install(FIRST)).await;
    let before = app.meta();
    let fewer = with(install(SECOND), "granted_permissions", json!(["data:read"]));
    assert_eq!(
        app.accepted(&fewer).await,
        ["GenerateDataKey", "UpdateItem", "TransactWriteItems", "SendMessage"]
    );
    let after = app.meta();
    for same in [
        "generation",
        "installed_at",
        "key_installed_at",
        "granted_permissions",
        "sealed_key",
        "api_key_prefix",
    ] {
        assert_eq!(after[same], before[same], "{same}");
    }
    assert_eq!(app.stored_key(INSTALL, Purpose::BlnkApiKey).await.unwrap(), FIRST);
    let waiting = app.aws.items(PK, "KEY#").remove(0);
    assert_eq!(waiting["granted_permissions"], json!(["data:read"]));
    let sealed: Sealed = serde_json::from_value(waiting["sealed_key"].clone()).unwrap();
    let opened = app
        .vault
        .open(&InstallId::parse(INSTALL).unwrap(), Purpose::BlnkApiKey, &sealed)
        .await
        .unwrap();
    assert_eq!(secrecy::ExposeSecret::expose_secret(&opened), SECOND);
    assert!(!app.aws.dump().contains("0123456789abcdef"), "no key is in the table");
    let asked = app.questions();
    assert_eq!(
        asked[0].body,
        json!({"install": INSTALL, "generation": before["generation"], "reason": "keys"})
    );
    // Repeated, it is the same question; the one who could not be told is told by the repetition.
    assert_eq!(app.accepted(&fewer).await, ["GenerateDataKey", "UpdateItem", "SendMessage"]);
    assert_eq!((app.questions().len(), app.meta()), (1, after));
    app.aws.fault("SendMessage", 1, 1, test_support::Fault::Status(403, "AccessDeniedException"));
    assert_eq!(app.post(&install(&key(3))).await.status, 503);
    app.accepted(&install(&key(3))).await;
    assert_eq!((app.questions().len(), app.candidates().len()), (2, 2));
}

#[tokio::test]
async fn ten_keys_wait_at_most_and_fifty_are_known_at_most() {
    let app = app().await;
    app.accepted(&install(FIRST)).await;
    for n in 0..80 {
        let cost = app.accepted(&install(&key(n))).await.len();
        assert!(cost <= 4, "{cost} calls");
        assert_eq!(
            (app.candidates().len(), app.aws.items(PK, "KEY#").len()),
            ((n + 1).min(10), (n + 1).min(10))
        );
    }
    let meta = app.meta();
    let seen = meta["keys_seen"].as_object().unwrap();
    assert_eq!(seen.len(), 50);
    assert!(
        seen.iter().all(|(print, key)| print.len() == 32 && key["at"].is_i64()),
        "16 bytes each, with its time"
    );
    assert_eq!(
        app.stored_key(INSTALL, Purpose::BlnkApiKey).await.unwrap(),
        FIRST,
        "none of them took its place"
    );
    assert!(meta.to_string().len() < 8_000, "{} bytes", meta.to_string().len());
    // Refused ones leave first.
    let mut listed = app.candidates();
    let newest = listed.len() - 1;
    listed[newest]["refused_at"] = json!(1);
    let place = listed[newest]["place"].clone();
    let attribute = json!({"L": listed.iter().map(|one| {
        let mut fields = json!({"place": {"N": one["place"].to_string()},
            "fingerprint": {"S": one["fingerprint"]},
            "arrived_at": {"N": one["arrived_at"].to_string()}});
        if let Some(refused) = one.get("refused_at") {
            fields["refused_at"] = json!({"N": refused.to_string()});
        }
        json!({"M": fields})
    }).collect::<Vec<_>>()});
    app.aws.alter(PK, "META", "candidates", attribute);
    app.accepted(&install(&key(99))).await;
    assert_eq!(app.candidates().last().unwrap()["place"], place);
}

/// A record of an earlier version, with a set of whole fingerprints and nothing of what came later.
#[tokio::test]
async fn a_record_of_an_earlier_version_knows_its_keys() {
    let app = app().await;
    app.accepted(&install(FIRST)).await;
    let whole =
        |meta: &Value| meta["key_fingerprint"].as_str().unwrap().to_owned() + &"0".repeat(32);
    let set = json!({"SS": [whole(&app.meta()), "f".repeat(64)]});
    for new in ["keys_seen", "key_fingerprint", "key_arrived_at", "keys_version"] {
        app.aws.alter(PK, "META", new, Value::Null);
    }
    app.aws.alter(PK, "META", "key_fingerprints", set);
    let earlier = app.meta();
    app.accepted(&install(FIRST)).await;
    assert_eq!(app.meta(), earlier, "a duplicate");
    app.accepted(&install(SECOND)).await;
    let meta = app.meta();
    assert_eq!(
        (meta.get("key_fingerprints"), meta["keys_seen"].as_object().map(serde_json::Map::len)),
        (None, Some(2))
    );
    app.accepted(&uninstall()).await;
    let removed = app.meta();
    assert_eq!(removed["status"], "uninstalled");
    for known in [FIRST, SECOND] {
        app.accepted(&install(known)).await;
        assert_eq!(app.meta(), removed, "a replay cannot revive it");
    }
}

#[tokio::test]
async fn an_uninstall_takes_the_waiting_keys_with_it() {
    let app = app().await;
    app.accepted(&install(FIRST)).await;
    app.accepted(&install(SECOND)).await;
    app.accepted(&with(
        uninstall(),
        "uninstalled_at",
        json!(clock::now().plus_seconds(2).rfc3339()),
    ))
    .await;
    let meta = app.meta();
    assert_eq!(
        (&meta["status"], meta.get("candidates"), &meta["cleanup_state"]),
        (&json!("uninstalled"), None, &json!("pending"))
    );
    assert!(!app.aws.dump().contains("sealed_key"), "no key of the install is left, sealed or not");
    assert_eq!(app.cleanups().len(), 1);
}

/// Removed and installed again within seconds, and only then the uninstall is delivered: the new
/// installation stays.
#[tokio::test]
async fn an_uninstall_that_comes_after_a_quick_reinstall_ends_nothing_by_itself() {
    for waits in [false, true] {
        let app = app().await;
        app.accepted(&install(if waits { FIRST } else { SECOND })).await;
        if waits {
            // The first one has been there for long.
            for name in ["key_installed_at", "key_arrived_at"] {
                app.aws.alter(
                    PK,
                    "META",
                    name,
                    json!({"N": clock::now().plus_seconds(-7_200).0.to_string()}),
                );
            }
            app.accepted(&install(SECOND)).await;
        }
        let before = app.meta();
        let late = with(
            ours(recorded("07_uninstall_after_quick_reinstall.json")),
            "uninstalled_at",
            json!(clock::now().plus_seconds(-30).rfc3339()),
        );
        let told = app.questions().len();
        assert_eq!(app.accepted(&late).await, ["UpdateItem", "TransactWriteItems", "SendMessage"]);
        let meta = app.meta();
        assert_eq!(
            (&meta["status"], &meta["sealed_key"]),
            (&json!("active"), &before["sealed_key"])
        );
        assert!(meta["uninstall_pending"]["received_at"].is_i64());
        assert_eq!(
            (app.questions().len(), app.aws.messages().len()),
            (told + 1, told + 1),
            "the keys are asked, and nothing else happens"
        );
        // Again: the same question.
        app.accepted(&late).await;
        assert_eq!(app.meta()["uninstall_pending"], meta["uninstall_pending"]);
        assert_eq!(app.questions().len(), told + 1);
        // One that is dated after everything ends it at once.
        app.accepted(&with(
            uninstall(),
            "uninstalled_at",
            json!(clock::now().plus_seconds(1).rfc3339()),
        ))
        .await;
        assert_eq!(
            (app.meta()["status"].clone(), app.meta().get("uninstall_pending").cloned()),
            (json!("uninstalled"), None)
        );
    }
}

#[tokio::test]
async fn an_uninstall_of_long_before_ends_nothing_and_leaves_what_came_long_after() {
    let app = app().await;
    app.accepted(&install(FIRST)).await;
    let before = app.meta();
    for seconds in [-660, -86_400, -86_400 * 400] {
        assert_eq!(app.accepted(&dated(clock::now().plus_seconds(seconds))).await, ["UpdateItem"]);
        assert_eq!(app.meta(), before, "dated {seconds} s from now");
    }
    assert!(app.cleanups().is_empty());
    // It is dated after the present key, and a key came long after it: the present installation
    // ends, and that key stays.
    for name in ["key_installed_at", "key_arrived_at"] {
        app.aws.alter(
            PK,
            "META",
            name,
            json!({"N": clock::now().plus_seconds(-7_200).0.to_string()}),
        );
    }
    app.accepted(&install(SECOND)).await;
    assert_eq!(app.accepted(&dated(clock::now().plus_seconds(-3_600))).await.len(), 4);
    let meta = app.meta();
    assert_eq!(
        (&meta["status"], meta.get("sealed_key"), app.candidates().len()),
        (&json!("uninstalled"), None, 1)
    );
    assert!(app.aws.items(PK, "KEY#")[0]["sealed_key"].is_object());
    let sent: Vec<Value> =
        app.aws.messages().iter().map(|message| message.body["reason"].clone()).collect();
    assert_eq!(
        sent,
        ["keys", "cleanup", "keys"],
        "its key is asked for, and what is left is cleaned up"
    );
}

/// An id as long as is taken: with our prefix before it it is longer than a message group may be.
#[tokio::test]
async fn the_longest_id_of_an_install_fits_every_message() {
    let app = app().await;
    let long = "i".repeat(128);
    let named = |mut body: Value, kind: &str, id: &str| {
        (body["installed_app_id"], body["idempotency_key"]) =
            (json!(id), json!(format!("{kind}:{id}")));
        body
    };
    app.accepted(&named(install(FIRST), "install", &long)).await;
    app.accepted(&named(install(SECOND), "install", &long)).await;
    app.accepted(&named(uninstall(), "uninstall", &long)).await;
    assert!(
        app.aws
            .messages()
            .iter()
            .all(|message| message.group.starts_with("cleanup:") && message.group.len() <= 128)
    );
    assert_eq!((app.questions().len(), app.cleanups().len()), (1, 1));
    let longer = format!("{long}i");
    for body in
        [named(install(FIRST), "install", &longer), named(uninstall(), "uninstall", &longer)]
    {
        let reply = app.post(&body).await;
        assert_eq!((reply.status, reply.json()["field"].clone()), (400, json!("installed_app_id")));
    }
}
