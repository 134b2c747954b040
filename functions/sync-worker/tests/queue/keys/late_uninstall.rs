//! An uninstall that is dated before the present key arrived.

use serde_json::json;
use stripe_sync::platform::store::installs::removal::UninstallOutcome;
use wiremock::matchers::{any, header};
use wiremock::{Mock, ResponseTemplate};

use crate::keys::{FIRST, SECOND};
use crate::world::{PK, world};

#[tokio::test]
async fn a_late_uninstall_holds_once_all_keys_are_dead_at_once_and_a_minute_later() {
    let world = world().await;
    assert!(matches!(world.uninstall_dated(-30).await, UninstallOutcome::Late(_)));
    world.receives("keys", None).await;
    let meta = world.meta_now();
    assert_eq!(
        (&meta["status"], world.asked_with(FIRST).await),
        (&json!("active"), 1),
        "asked at once; it ends nothing yet"
    );
    assert_eq!(world.sent("keys").len(), 1, "and a minute later");
    let due = meta["uninstall_pending"]["received_at"].as_i64().unwrap() + 60_000;
    assert_eq!(world.sent("keys")[0]["at"], json!(due));
    world.a_minute_later();
    world.receives("keys", None).await;
    let meta = world.meta_now();
    assert_eq!(
        (&meta["status"], &meta["cleanup_state"], meta.get("sealed_key")),
        (&json!("uninstalled"), &json!("pending"), None)
    );
    assert_eq!(
        world.sent("cleanup")[0]["generation"],
        json!(world.connection.generation),
        "removal as always"
    );
}

#[tokio::test]
async fn a_late_uninstall_ends_nothing_while_one_key_is_alive() {
    for (alive, waits) in [(FIRST, false), (FIRST, true), (SECOND, true)] {
        let world = world().await;
        if waits {
            world.aged();
            world.install_again(SECOND).await;
        }
        assert!(matches!(world.uninstall_dated(-30).await, UninstallOutcome::Late(_)));
        world.cloud_takes(&[alive]).await;
        for _ in 0..2 {
            world.receives("keys", None).await;
            world.a_minute_later_if_pending();
        }
        let meta = world.meta_now();
        assert_eq!(
            (&meta["status"], meta.get("uninstall_pending")),
            (&json!("active"), None),
            "{alive}"
        );
        assert_eq!(world.key_in_force().await, alive);
        assert!(world.sent("cleanup").is_empty());
    }
}

/// Nobody answers: that says nothing, and the question stays open until somebody does.
#[tokio::test]
async fn a_late_uninstall_is_not_decided_in_an_outage() {
    let world = world().await;
    world.uninstall_dated(-30).await;
    world.a_minute_later();
    world.install_again(SECOND).await;
    // The present key is dead, and of the other nothing is known.
    world.blnk.reset().await;
    let bearer = header("authorization", format!("Bearer {FIRST}").as_str());
    Mock::given(any())
        .and(bearer)
        .respond_with(ResponseTemplate::new(401))
        .mount(&world.blnk)
        .await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(503))
        .with_priority(9)
        .mount(&world.blnk)
        .await;
    world.receives("keys", None).await;
    assert_eq!(
        (&world.meta_now()["status"], world.sent("keys").len()),
        (&json!("active"), 1),
        "asked again later"
    );
    world.cloud_takes(&[]).await;
    world.receives("keys", None).await;
    assert_eq!(world.meta_now()["status"], "uninstalled");
}

/// The removal of an installation leaves a key that was delivered long after it: the key begins a
/// new installation.
#[tokio::test]
async fn a_key_that_came_after_the_removal_begins_a_new_installation() {
    for alive in [true, false] {
        let world = world().await;
        world.aged();
        world.install_again(SECOND).await;
        assert!(matches!(world.uninstall_dated(-3_600).await, UninstallOutcome::Overtaken(..)));
        assert_eq!(world.meta_now()["status"], "uninstalled");
        world.cloud_takes(if alive { &[SECOND] } else { &[] }).await;
        world.receives("cleanup", None).await;
        assert_eq!(world.aws.items(PK, "KEY#").len(), 1, "the clean-up leaves it");
        world.receives("keys", None).await;
        let meta = world.meta_now();
        assert!(world.aws.items(PK, "KEY#").is_empty() && meta.get("candidates").is_none());
        if alive {
            assert_eq!(
                (&meta["status"], world.key_in_force().await.as_str()),
                (&json!("active"), SECOND)
            );
            assert_ne!(
                meta["generation"],
                json!(world.connection.generation),
                "it inherits nothing"
            );
        } else {
            assert_eq!((&meta["status"], meta.get("sealed_key")), (&json!("uninstalled"), None));
            world.install_again(SECOND).await;
            assert_eq!(world.meta_now()["status"], "uninstalled", "its replay revives nothing");
        }
    }
}
