//! A clean-up beside what is still going on.

use std::time::Duration;

use serde_json::{Value, json};
use stripe_sync::model::connection::Connection;
use stripe_sync::model::install::Event;
use stripe_sync::model::install::id::InstallId;
use stripe_sync::platform::clock;
use stripe_sync::platform::table::item::to_item;
use stripe_sync::platform::table::keys::Sk;
use test_support::TABLE;
use wiremock::matchers::any;
use wiremock::{Mock, ResponseTemplate};

use crate::world::{INSTALL, PK, World, world};

const VISIBILITY: i64 = 90;

impl World {
    async fn removed_from_the_workspace(&self) {
        let body = json!({"installed_app_id": INSTALL});
        let Event::Uninstall(event) =
            Event::parse(body.to_string().as_bytes(), Some("uninstall:instapp_1")).unwrap()
        else {
            panic!("an uninstall")
        };
        self.store.installs().uninstall(&event, clock::now()).await.unwrap();
    }

    fn meta(&self) -> Value {
        self.aws.item(PK, "META").unwrap()
    }

    async fn cleaned(&self) {
        assert_eq!(
            self.failures(false, &[self.wake_up("cleanup", None)]).await,
            Vec::<String>::new(),
            "acknowledged"
        );
    }

    /// Something that a worker writes without a look at its run.
    async fn writes_an_object(&self, id: &str) {
        let object = json!({"id": id, "kind": "dispute", "status": "needs_response", "created": 1,
            "settled": false, "first_seen": 1,
            "checked_at": 1, "next_check": 1});
        let item = to_item(
            &InstallId::parse(INSTALL).unwrap(),
            &Sk::Object(self.connection.connection, id),
            &object,
        )
        .unwrap();
        self.store.client.put_item().table_name(TABLE).set_item(Some(item)).send().await.unwrap();
    }
}

/// Uninstalled while a worker is in the middle of a page. The clean-up ends its run and takes the
/// key, and is not done before the worker must have ended: what it still wrote gets its end too.
#[tokio::test]
async fn items_that_a_worker_writes_after_the_uninstall_get_an_expiry_too() {
    let world = world().await;
    let run = world.run().await;
    let key = format!("RUN#{}#{run}", world.connection.connection);
    let now = clock::now();
    world.aws.alter(PK, &key, "state", json!({"S": "running"}));
    world.aws.alter(PK, &key, "touched_at", json!({"N": now.plus_seconds(-10).0.to_string()}));
    let attempt = world.stored_run(&run)["attempt"].as_u64().unwrap();
    world.writes_an_object("du_before").await;
    world.removed_from_the_workspace().await;
    world.cleaned().await;
    let stored = world.stored_run(&run);
    assert_eq!(
        (&stored["state"], stored["attempt"].as_u64()),
        (&json!("cancelled"), Some(attempt + 1)),
        "what it checkpoints is refused"
    );
    assert_eq!(
        (&world.meta()["cleanup_state"], world.aws.item(PK, "STRIPE")),
        (&json!("pending"), None),
        "the key is gone at once"
    );
    assert_eq!(world.meta()["cleanup_settles_at"], json!(now.plus_seconds(VISIBILITY - 10).0));
    world.writes_an_object("du_before").await;
    world.writes_an_object("du_late").await;
    world.cleaned().await;
    assert_eq!(world.meta()["cleanup_state"], "pending", "the worker may write still");
    world.aws.alter(
        PK,
        "META",
        "cleanup_settles_at",
        json!({"N": clock::now().plus_seconds(-1).0.to_string()}),
    );
    world.writes_an_object("du_late").await;
    world.cleaned().await;
    assert_eq!(
        (&world.meta()["cleanup_state"], world.meta().get("cleanup_settles_at")),
        (&json!("done"), None)
    );
    let without: Vec<String> = world
        .aws
        .items(PK, "")
        .into_iter()
        .filter(|item| item.get("ttl").is_none())
        .map(|item| item["sk"].as_str().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(without, ["META"], "everything else has its end");
}

/// While a clean-up is asking Stripe, the next account is disconnected too, and what it leaves is
/// put aside: that clean-up, which has not seen it, does not say that it is done. The same for an
/// uninstall that comes in its middle.
#[tokio::test]
async fn a_clean_up_that_was_given_more_to_do_is_not_done() {
    for uninstall in [false, true] {
        let world = world().await;
        let install = InstallId::parse(INSTALL).unwrap();
        let generation = world.connection.generation.clone();
        let aside = |connection: &Connection, condition| {
            let put = world
                .store
                .connections()
                .put_disconnected(&install, connection, clock::now())
                .unwrap();
            world.store.transact(vec![condition, put])
        };
        let one = Connection { connection: clock::new_ulid(), ..world.connection.clone() };
        assert!(
            aside(&one, world.store.installs().clean_up_in(&install, &generation).unwrap())
                .await
                .unwrap()
                .done()
        );
        // Stripe takes its time.
        world.stripe.reset().await;
        let slow = ResponseTemplate::new(401).set_delay(Duration::from_millis(600));
        Mock::given(any()).respond_with(slow).mount(&world.stripe).await;
        let meanwhile = async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            if uninstall {
                world.removed_from_the_workspace().await;
            } else {
                let other =
                    Connection { connection: clock::new_ulid(), ..world.connection.clone() };
                let condition = world
                    .store
                    .installs()
                    .clean_up_more_in(&install, &generation, &generation)
                    .unwrap();
                assert!(aside(&other, condition).await.unwrap().done());
            }
        };
        tokio::join!(world.cleaned(), meanwhile);
        assert_eq!(world.meta()["cleanup_state"], "pending", "there is more to do");
        world.cleaned().await;
        assert_eq!(
            (&world.meta()["cleanup_state"], world.aws.items(PK, "CLEANUP#").len()),
            (&json!("done"), 0)
        );
        assert_eq!(world.aws.item(PK, "STRIPE").is_some(), !uninstall);
        // Nobody looks at what is put aside for a clean-up that has ended: it is refused.
        let late =
            world.store.installs().clean_up_more_in(&install, &generation, &generation).unwrap();
        assert!(!aside(&one, late).await.unwrap().done());
    }
}
