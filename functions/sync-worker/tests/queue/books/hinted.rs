//! Objects of Stripe that events hint at.

use serde_json::{Value, json};
use stripe_sync::model::install::id::InstallId;
use stripe_sync::platform::clock;
use stripe_sync::platform::table::item::to_item;
use stripe_sync::platform::table::keys::Sk;
use test_support::TABLE;

use super::Books;
use crate::world::{INSTALL, PK};

const MANY: usize = 45;
const A_RUN: usize = 20;

impl Books {
    /// What an event leaves behind.
    async fn hint(&self, object: &str) {
        let hint = json!({"object_id": object, "received_at": clock::now(), "ttl": i64::MAX});
        let install = InstallId::parse(INSTALL).unwrap();
        let item =
            to_item(&install, &Sk::Hint(self.world.connection.connection, object), &hint).unwrap();
        self.world
            .store
            .client
            .put_item()
            .table_name(TABLE)
            .set_item(Some(item))
            .send()
            .await
            .unwrap();
        let now = json!({"N": clock::now().0.to_string()});
        self.world.aws.alter(PK, "STRIPE", "event_at", now);
    }

    fn hints(&self) -> usize {
        self.world.aws.items(PK, &format!("HINT#{}#", self.world.connection.connection)).len()
    }

    fn object(&self, id: &str) -> Option<Value> {
        self.world.aws.item(PK, &format!("OBJECT#{}#{id}", self.world.connection.connection))
    }
}

/// More events than a run may follow, while others of the account are many too: each is followed,
/// by one of the next runs, and none is lost with the time that passes. What Stripe does not tell
/// waits.
#[tokio::test]
async fn every_object_that_an_event_hints_at_is_looked_at_however_many_they_are() {
    let books = Books::open(61, 0).await;
    books.charge(900_000, "cus_ada", json!({})).await;
    // Of a time that no page shows again.
    let made = clock::now().seconds() - 4 * 3600;
    let mut payouts = Vec::new();
    for number in 0..MANY {
        let payout = format!("po_hinted{number:02}");
        books
            .at_stripe(
                "records",
                json!({"type": "payout", "amount": -100, "currency": "usd", "source": payout,
                    "created": made}),
            )
            .await;
        payouts.push(payout);
    }
    books.sync().await;
    let connection = books.world.connection.connection;
    for payout in &payouts {
        // As if it were not known: only the event tells of it.
        let sk = Sk::Object(connection, payout);
        let key = stripe_sync::platform::table::keys::key(&InstallId::parse(INSTALL).unwrap(), &sk);
        books
            .world
            .store
            .client
            .delete_item()
            .table_name(TABLE)
            .set_key(Some(key))
            .send()
            .await
            .unwrap();
        books.hint(payout).await;
    }
    books
        .fault(json!({"surface": "stripe", "route": "/v1/payouts/*", "method": "GET",
            "status": 503, "times": 0}))
        .await;
    books.sync_again().await;
    assert_eq!(books.hints(), MANY, "Stripe did not tell");
    books.no_faults().await;
    for left in [MANY - A_RUN, MANY - 2 * A_RUN, 0] {
        books.sync().await;
        assert_eq!(books.hints(), left);
    }
    assert!(payouts.iter().all(|payout| books.object(payout).is_some()));
}

/// Stripe fails for one object, whenever it is asked for: all others are read, and it is named.
#[tokio::test]
async fn an_object_that_stripe_cannot_show_keeps_no_other_from_being_read() {
    let books = Books::open(62, 0).await;
    books.charge(900_000, "cus_ada", json!({})).await;
    books.sync().await;
    let made = clock::now().seconds() - 4 * 3600;
    for payout in ["po_one", "po_poison", "po_two"] {
        books
            .at_stripe(
                "records",
                json!({"type": "payout", "amount": -100, "currency": "usd", "source": payout,
                    "created": made}),
            )
            .await;
        books.hint(payout).await;
    }
    books
        .fault(json!({"surface": "stripe", "route": "/v1/payouts/po_poison", "method": "GET",
            "status": 500, "times": 0}))
        .await;
    let run = books.sync_again().await;
    assert_eq!(run["state"], json!("completed_with_problems"), "{run}");
    assert_eq!(books.hints(), 1);
    let states = |state: &str| {
        let items = books.world.aws.items(PK, "PROBLEM#");
        items
            .iter()
            .filter(|item| item["state"] == state)
            .map(|item| item["id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(states("open"), ["po_poison:object_read"]);
    books.no_faults().await;
    books.sync_again().await;
    assert_eq!((books.hints(), states("open").len(), states("resolved").len()), (0, 0, 1));
}
