//! A clean-up of an install that has more than one call can take.

use std::time::Duration;

use serde_json::{Value, json};
use stripe_sync::model::install::Event;
use stripe_sync::model::install::id::InstallId;
use stripe_sync::platform::clock;
use stripe_sync::platform::table::keys::Sk;
use test_support::{Aws, TABLE};

use crate::world::{INSTALL, PK, World, world_on};

/// As many items as an app leaves that synced every 15 minutes for well over a year.
const ITEMS: usize = 60_000;
/// One of so many has no end yet…
const ENDLESS: usize = 10;
/// …and the others have one of their own.
const OWN_END: i64 = 1_999_999_999;
/// Less than any page needs: a message does as little as it can.
const LITTLE: Duration = Duration::from_secs(2);

impl World {
    fn leaves(&self, at: usize) {
        let kind = ["RUN", "PROOF", "DAY", "CUSTOMER", "PROBLEM"][at % 7 % 5];
        let sk = format!("{kind}#{}#{at:06}", self.connection.connection);
        let mut item = json!({"pk": {"S": PK}, "sk": {"S": sk}});
        if !at.is_multiple_of(ENDLESS) {
            item["ttl"] = json!({"N": OWN_END.to_string()});
        }
        self.aws.place(&item);
    }

    async fn is_uninstalled(&self) {
        let body = json!({"installed_app_id": INSTALL});
        let Event::Uninstall(event) =
            Event::parse(body.to_string().as_bytes(), Some("uninstall:instapp_1")).unwrap()
        else {
            panic!("an uninstall")
        };
        self.store.installs().uninstall(&event, clock::now()).await.unwrap();
    }

    /// Nothing is connected any more: Stripe is not asked.
    async fn is_disconnected(&self) {
        let key = stripe_sync::platform::table::keys::key(
            &InstallId::parse(INSTALL).unwrap(),
            &Sk::Stripe,
        );
        self.store.client.delete_item().table_name(TABLE).set_key(Some(key)).send().await.unwrap();
    }

    /// Takes a message, and answers what it sent on.
    async fn takes(&self, body: &Value, dead_letters: bool) -> Option<Value> {
        self.aws.forget();
        assert_eq!(
            self.failures(dead_letters, std::slice::from_ref(body)).await,
            Vec::<String>::new()
        );
        let sent = self.aws.bodies("SendMessage");
        assert!(sent.len() < 2, "one message goes on");
        sent.first()
            .map(|call| serde_json::from_str(call["MessageBody"].as_str().unwrap()).unwrap())
    }

    fn endless(&self) -> Vec<String> {
        let items = self.aws.items(PK, "").into_iter().filter(|item| item.get("ttl").is_none());
        items.map(|item| item["sk"].as_str().unwrap().to_owned()).collect()
    }
}

/// Each message goes on where the one before came to: it ends however many items there are, and
/// writes each of them once.
#[tokio::test]
async fn the_clean_up_of_a_large_install_ends() {
    let mut world = world_on(Aws::direct(), INSTALL).await;
    world.worker.limits.stop_after = LITTLE;
    (0..ITEMS).for_each(|at| world.leaves(at));
    world.is_uninstalled().await;
    world.is_disconnected().await;
    let (mut message, mut messages, mut written) = (Some(world.wake_up("cleanup", None)), 0, 0);
    let mut places = Vec::new();
    while let Some(body) = message.take() {
        message = world.takes(&body, false).await;
        messages += 1;
        written += world
            .aws
            .bodies("UpdateItem")
            .iter()
            .filter(|call| call["ExpressionAttributeNames"]["#ttl"] == json!("ttl"))
            .count();
        places.extend(message.iter().map(|body| body["after"].as_str().unwrap().to_owned()));
        assert!(messages <= ITEMS, "it goes round in circles");
    }
    assert!(places.is_sorted() && messages > ITEMS / 400, "{messages} messages");
    assert_eq!(
        written,
        ITEMS / ENDLESS,
        "each item that had no end is written once, the others never"
    );
    assert_eq!(world.endless(), ["META"]);
    let kept = world.aws.items(PK, "").iter().filter(|item| item["ttl"] == json!(OWN_END)).count();
    assert_eq!(kept, ITEMS - ITEMS / ENDLESS, "an end of its own stays");
    assert_eq!(world.aws.item(PK, "META").unwrap()["cleanup_state"], "done");
}

/// In the dead-letter queue's consumer too: what it cannot do in its time goes on in the worker.
#[tokio::test]
async fn a_clean_up_from_the_dead_letter_queue_continues() {
    let mut world = world_on(Aws::direct(), INSTALL).await;
    world.worker.limits.stop_after = LITTLE;
    (0..3_000).for_each(|at| world.leaves(at));
    world.is_uninstalled().await;
    world.is_disconnected().await;
    let first = world.takes(&world.wake_up("cleanup", None), true).await.unwrap();
    let before = world.endless().len();
    let second = world.takes(&first, true).await.unwrap();
    assert!(world.endless().len() < before && second != first, "it comes further");
}

/// A worker that was still alive when the first items got their end may have written one of them
/// again: the clean-up is done only by a pass that began when no worker could be.
#[tokio::test]
async fn a_pass_that_began_too_early_is_not_the_last() {
    let world = world_on(Aws::direct(), INSTALL).await;
    world.is_uninstalled().await;
    world.is_disconnected().await;
    let now = clock::now();
    world.aws.alter(
        PK,
        "META",
        "cleanup_settles_at",
        json!({"N": now.plus_seconds(-5).0.to_string()}),
    );
    let mut rest = world.wake_up("cleanup", None);
    rest["after"] = json!("PROOF#");
    rest["began"] = json!(now.plus_seconds(-10).0);
    assert_eq!(world.takes(&rest, false).await, None);
    assert_eq!(world.aws.item(PK, "META").unwrap()["cleanup_state"], "pending");
    assert_eq!(world.takes(&world.wake_up("cleanup", None), false).await, None);
    assert_eq!(world.aws.item(PK, "META").unwrap()["cleanup_state"], "done");
}
