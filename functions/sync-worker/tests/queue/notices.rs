//! People are told after a run and by the sweep, and neither depends on it.

use std::time::{Duration, Instant};

use serde_json::json;
use stripe_sync::model::install::id::InstallId;
use stripe_sync::model::notice::{NoticeKind, NoticeSettings};
use stripe_sync::model::settings::Settings;
use stripe_sync::platform::aws;
use stripe_sync::platform::clock;
use stripe_sync::platform::notifier::Topic;
use stripe_sync::platform::table::item::to_item;
use stripe_sync::platform::table::keys::Sk;
use test_support::{Fault, TABLE, TOPIC_ARN};

use crate::world::{INSTALL, PK, World, world};

/// An install that wants these kinds as e-mail.
async fn with_notices(kinds: &[NoticeKind]) -> World {
    let mut world = world().await;
    let sdk = world.aws.sdk(aws::defaults()).await;
    world.worker.notifier.topic = Some(Topic::new(aws::sns(&sdk), TOPIC_ARN.to_owned()));
    let email = kinds.iter().copied().collect();
    let settings = Settings {
        generation: world.connection.generation.clone(),
        revision: 1,
        notices: NoticeSettings { email, ..NoticeSettings::default() },
        ..Settings::default()
    };
    let install = InstallId::parse(INSTALL).unwrap();
    let item = to_item(&install, &Sk::Settings, &settings).unwrap();
    world.store.client.put_item().table_name(TABLE).set_item(Some(item)).send().await.unwrap();
    world.aws.forget();
    world
}

/// Both partners refuse the keys here: the run pauses until a person acts.
#[tokio::test]
async fn a_run_that_pauses_sends_one_notice() {
    let world = with_notices(&[NoticeKind::Paused]).await;
    let run = world.run().await;
    let wake_up = world.wake_up("manual", Some(&run));
    for _ in 0..2 {
        assert!(world.failures(false, std::slice::from_ref(&wake_up)).await.is_empty());
    }
    assert_eq!(world.stored_run(&run)["state"], "paused");
    let messages = world.aws.bodies("Publish");
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert!(messages[0]["Subject"].as_str().unwrap().contains("Syncing is paused"), "{messages:?}");
}

#[tokio::test]
async fn a_run_ends_unchanged_when_no_notice_can_be_sent() {
    let failing = with_notices(&[NoticeKind::Paused]).await;
    failing.aws.fault("Publish", 1, 99, Fault::Hang);
    let quiet = world().await;
    for world in [&failing, &quiet] {
        let run = world.run().await;
        let began = Instant::now();
        let wake_up = world.wake_up("manual", Some(&run));
        assert!(world.failures(false, &[wake_up]).await.is_empty(), "acknowledged");
        assert_eq!(world.stored_run(&run)["state"], "paused");
        assert!(began.elapsed() < Duration::from_secs(14), "{:?}", began.elapsed());
    }
    assert_eq!(failing.aws.items(PK, "NOTICE#").len(), 2, "the matter and its message, for later");
    assert!(quiet.aws.items(PK, "NOTICE#").is_empty());
}

#[tokio::test]
async fn the_sweep_sends_notices_about_what_cannot_report_itself() {
    let world = with_notices(&[NoticeKind::Stale]).await;
    let long_ago = clock::now().plus_seconds(-5 * 3600).0.to_string();
    world.aws.alter(PK, "STRIPE", "confirmed", json!({"BOOL": true}));
    world.aws.alter(PK, "STRIPE", "watermark", json!({"N": long_ago}));
    for round in ["1", "2"] {
        assert!(world.failures(false, &[json!({"sweep": round})]).await.is_empty());
    }
    let messages = world.aws.bodies("Publish");
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert!(messages[0]["Message"].as_str().unwrap().contains("out of date"), "{messages:?}");
}
