//! The endpoint at Stripe when nothing is connected any more: removed before the key, waited for
//! while Stripe is away, but not forever.

use serde_json::{Value, json};
use stripe_sync::model::connection::Connection;
use stripe_sync::model::install::Event;
use stripe_sync::model::install::id::InstallId;
use stripe_sync::model::webhook::Webhook;
use stripe_sync::platform::clock;
use stripe_sync::platform::table::item::to_item;
use stripe_sync::platform::table::keys::Sk;
use test_support::{Fault, TABLE};
use wiremock::matchers::{any, method, path};
use wiremock::{Mock, ResponseTemplate};

use crate::world::{INSTALL, PK, World, world};

const URL: &str = "https://app.example.com/api/stripe/instapp_1";

/// A world whose connection has the endpoint `we_1`.
async fn with_endpoint() -> World {
    let mut world = world().await;
    let webhook = Webhook {
        version: clock::new_ulid(),
        endpoint_id: Some("we_1".to_owned()),
        signing: None,
        missing: None,
    };
    world.connection.webhook = Some(webhook);
    world.stored(&world.connection).await;
    world
}

impl World {
    async fn stored(&self, connection: &Connection) {
        let item = to_item(&InstallId::parse(INSTALL).unwrap(), &Sk::Stripe, connection).unwrap();
        self.store.client.put_item().table_name(TABLE).set_item(Some(item)).send().await.unwrap();
        self.aws.forget();
    }

    async fn uninstalled(&self) {
        let body = json!({"installed_app_id": INSTALL});
        let Event::Uninstall(event) =
            Event::parse(body.to_string().as_bytes(), Some("uninstall:instapp_1")).unwrap()
        else {
            panic!("an uninstall")
        };
        self.store.installs().uninstall(&event, clock::now()).await.unwrap();
    }

    /// Stripe lists these endpoints and removes them.
    async fn stripe_has(&self, endpoints: &[(&str, &str)]) {
        self.stripe.reset().await;
        let data: Vec<Value> = endpoints
            .iter()
            .map(|(id, url)| json!({"id": id, "url": url, "status": "enabled"}))
            .collect();
        let list = ResponseTemplate::new(200)
            .set_body_json(json!({"object": "list", "data": data, "has_more": false}));
        Mock::given(method("GET"))
            .and(path("/v1/webhook_endpoints"))
            .respond_with(list)
            .mount(&self.stripe)
            .await;
        Mock::given(method("DELETE"))
            .respond_with(ResponseTemplate::new(200).set_body_json(json!({"deleted": true})))
            .mount(&self.stripe)
            .await;
    }

    /// Stripe is away, and says not to try again at once.
    async fn stripe_is_away(&self) {
        self.stripe.reset().await;
        let away = ResponseTemplate::new(503).insert_header("stripe-should-retry", "false");
        Mock::given(any()).respond_with(away).mount(&self.stripe).await;
    }

    async fn removed(&self) -> Vec<String> {
        let requests = self.stripe.received_requests().await.unwrap();
        requests
            .iter()
            .filter(|asked| asked.method.as_str() == "DELETE")
            .map(|asked| asked.url.path().replace("/v1/webhook_endpoints/", ""))
            .collect()
    }

    async fn clean_up(&self) {
        assert_eq!(
            self.failures(false, &[self.wake_up("cleanup", None)]).await,
            Vec::<String>::new(),
            "acknowledged"
        );
    }

    fn state(&self) -> (Value, bool) {
        (
            self.aws.item(PK, "META").unwrap()["cleanup_state"].clone(),
            self.aws.dump().contains("sealed_key"),
        )
    }
}

#[tokio::test]
async fn the_endpoint_goes_first_then_the_key() {
    let world = with_endpoint().await;
    world.uninstalled().await;
    world
        .stripe_has(&[
            ("we_1", URL),
            ("we_lost", URL),
            ("we_else", "https://app.example.com/api/stripe/instapp_12"),
        ])
        .await;
    world.aws.fault("TransactWriteItems", 1, 1, Fault::Status(400, "AccessDeniedException"));
    assert_eq!(world.failures(false, &[world.wake_up("cleanup", None)]).await, ["message-0"]);
    assert_eq!(
        world.removed().await,
        ["we_1", "we_lost"],
        "also one that was never recorded; nothing of another install"
    );
    assert_eq!(world.state(), (json!("pending"), true), "the key could not be deleted yet");
    world.stripe_has(&[]).await;
    world.clean_up().await;
    assert_eq!(
        world.removed().await,
        ["we_1"],
        "the one that is known is removed whatever its URL"
    );
    assert_eq!(world.state(), (json!("done"), false));
}

#[tokio::test]
async fn while_stripe_is_unreachable_endpoint_and_key_are_kept_for_a_day_at_most() {
    let world = with_endpoint().await;
    let run = world.run().await;
    world.uninstalled().await;
    world.stripe_is_away().await;
    for dead_letters in [false, true, false] {
        assert_eq!(
            world.failures(dead_letters, &[world.wake_up("cleanup", None)]).await,
            Vec::<String>::new(),
            "acknowledged"
        );
        assert_eq!(world.state(), (json!("pending"), true));
    }
    assert!(world.stored_run(&run)["ttl"].is_i64(), "everything else has its end already");
    // A repetition when Stripe is back…
    world.stripe_has(&[("we_1", URL)]).await;
    world.clean_up().await;
    assert_eq!(
        (world.removed().await, world.state()),
        (vec!["we_1".to_owned()], (json!("done"), false))
    );

    // …or a day later, when it is not.
    let world = with_endpoint().await;
    world.uninstalled().await;
    world.stripe_is_away().await;
    let ago = |seconds: i64| json!({"N": clock::now().plus_seconds(-seconds).0.to_string()});
    // The date that the platform gave does not count: it may be anything.
    world.aws.alter(PK, "META", "uninstalled_at", ago(86_400 * 700));
    world.aws.alter(PK, "META", "left_at", ago(86_400 - 60));
    world.clean_up().await;
    assert_eq!(world.state(), (json!("pending"), true));
    world.aws.alter(PK, "META", "left_at", ago(86_400 + 60));
    world.clean_up().await;
    assert_eq!(world.state(), (json!("done"), false), "a key is not kept for ever");
}

/// Removed and installed again before anything was connected: the clean-up that waits for Stripe
/// still knows since when. Where nobody knows, it counts from now: what is not known is never long
/// ago.
#[tokio::test]
async fn a_reinstall_before_connecting_leaves_the_clean_up_its_day() {
    for known in [true, false] {
        let world = with_endpoint().await;
        world.uninstalled().await;
        world.stripe_is_away().await;
        world.clean_up().await;
        world.install_again("blnk_test_another0123456789").await;
        assert_eq!(world.aws.item(PK, "META").unwrap().get("uninstalled_at"), None);
        if !known {
            world.aws.alter(PK, "META", "left_at", Value::Null);
        }
        for _ in 0..2 {
            world.clean_up().await;
            let stored = world.aws.item(PK, "STRIPE").unwrap();
            assert!(
                stored["sealed_key"].is_object(),
                "known: {known}: the endpoint could not be removed without it"
            );
        }
        let received_at = world.aws.item(PK, "META").unwrap()["left_at"].as_i64().unwrap();
        assert!((clock::now().plus_seconds(-60).0..=clock::now().0).contains(&received_at));
        world.stripe_has(&[("we_1", URL)]).await;
        world.clean_up().await;
        assert_eq!(
            (world.removed().await, world.aws.item(PK, "STRIPE")),
            (vec!["we_1".to_owned()], None)
        );
    }
}

#[tokio::test]
async fn connections_left_by_reinstalls_and_disconnects_are_cleaned_up_and_the_current_one_stays() {
    let world = with_endpoint().await;
    let generation = world.connection.generation.clone();
    let install = InstallId::parse(INSTALL).unwrap();
    // Disconnected twice while Stripe was away, and connected again.
    let mut operations = vec![world.store.installs().clean_up_in(&install, &generation).unwrap()];
    for _ in 0..2 {
        let old = Connection { connection: clock::new_ulid(), ..world.connection.clone() };
        operations.push(
            world.store.connections().put_disconnected(&install, &old, clock::now()).unwrap(),
        );
    }
    // And what an older installation left, a day ago.
    let older = Connection {
        generation: "01K2V7Q8ZJ4M9T3R6W5X0Y1FFF".to_owned(),
        ..world.connection.clone()
    };
    operations.push(
        world
            .store
            .connections()
            .put_cleanup(&install, &older, clock::now().plus_seconds(-86_500))
            .unwrap(),
    );
    assert!(world.store.transact(operations).await.unwrap().done());
    let run = world.run().await;
    world.stripe_is_away().await;
    world.clean_up().await;
    assert_eq!(world.aws.items(PK, "CLEANUP#").len(), 2, "the one that is a day old is gone");
    assert_eq!(world.state().0, json!("pending"));
    world.stripe_has(&[]).await;
    world.clean_up().await;
    assert!(world.aws.items(PK, "CLEANUP#").is_empty());
    assert_eq!(world.state().0, json!("done"));
    assert!(
        world.aws.item(PK, "STRIPE").is_some() && world.stored_run(&run).get("ttl").is_none(),
        "the present goes on"
    );
}

/// The portal shows when the last event came.
#[tokio::test]
async fn the_wake_up_of_events_notes_when_they_came() {
    let world = world().await;
    let mut wake_up = world.wake_up("webhook", None);
    let before = clock::now();
    wake_up["at"] = json!(before.0 - 8_000);
    assert_eq!(world.failures(false, &[wake_up]).await, Vec::<String>::new());
    assert_eq!(world.aws.item(PK, "STRIPE").unwrap()["event_at"], json!(before.0 - 8_000));
}
