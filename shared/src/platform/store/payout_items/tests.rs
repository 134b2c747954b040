//! Payouts in the table: whole and as a line, and who may write them.

use serde_json::json;
use test_support::{Aws, TABLE};

use crate::platform::store::payout_items::*;

const CONNECTION: Ulid = Ulid(7);

struct World {
    aws: Aws,
    store: Store,
    install: InstallId,
}

impl World {
    async fn new() -> Self {
        let aws = Aws::direct();
        let sdk = aws.sdk(crate::platform::aws::defaults()).await;
        let store = Store { client: crate::platform::aws::dynamodb(&sdk), table: TABLE.to_owned() };
        Self { aws, store, install: InstallId::parse("instapp_1").unwrap() }
    }

    async fn put(&self, items: &[PayoutItem]) -> bool {
        self.store.payout_items().put(&self.install, CONNECTION, items).await.unwrap()
    }

    async fn get(&self, id: &str) -> PayoutItem {
        self.store.payout_items().get(&self.install, CONNECTION, id).await.unwrap().unwrap()
    }
}

fn item(id: &str, created: i64) -> PayoutItem {
    serde_json::from_value(json!({"id": id, "status": "paid", "created": created, "read_at": 1}))
        .unwrap()
}

#[tokio::test]
async fn of_two_writers_the_one_that_read_first_loses_and_unknown_attributes_stay() {
    let world = World::new().await;
    assert!(world.put(&[item("po_1", 1_760_000_000)]).await);
    let (one, other) = (world.get("po_1").await, world.get("po_1").await);
    let key = Sk::Payout(CONNECTION, "po_1").to_string();
    world.aws.alter("INSTALL#instapp_1", &key, "of_tomorrow", json!({"S": "kept"}));
    assert!(world.put(&[PayoutItem { status: "failed".to_owned(), ..one }]).await);
    assert!(!world.put(&[PayoutItem { status: "canceled".to_owned(), ..other }]).await);
    let stored = world.get("po_1").await;
    assert_eq!((stored.status.as_str(), stored.revision), ("failed", 2));
    let raw = world.aws.item("INSTALL#instapp_1", &key).unwrap();
    assert_eq!(raw["of_tomorrow"], "kept");
    let page = world
        .store
        .payout_items()
        .page(&world.install, CONNECTION, &PayoutFilter::default(), None, 5)
        .await
        .unwrap();
    assert_eq!(page.payouts[0].status, "failed", "the line follows");
}

#[tokio::test]
async fn a_hundred_payouts_are_read_in_one_call_and_written_in_few() {
    let world = World::new().await;
    let items: Vec<PayoutItem> =
        (0..100).map(|n| item(&format!("po_{n}"), 1_760_000_000 + n)).collect();
    assert!(world.put(&items).await);
    assert_eq!(world.aws.count("TransactWriteItems"), 3);
    world.aws.forget();
    let ids = items.iter().map(|item| item.id.as_str());
    let found = world.store.payout_items().get_all(&world.install, CONNECTION, ids).await.unwrap();
    assert_eq!((found.len(), world.aws.count("BatchGetItem")), (100, 1));
}

#[test]
fn a_place_is_what_a_page_gave_and_nothing_else() {
    let place = PayoutPlace::of(1_760_000_000, "po_1").unwrap();
    assert_eq!(place.to_string(), "2025-10-09T08:53:20Z.po_1");
    assert_eq!(PayoutPlace::parse(&place.to_string()), Some(place.clone()));
    let october = PayoutFilter { month: Some("2025-10".to_owned()), ..PayoutFilter::default() };
    let may = PayoutFilter { month: Some("2025-05".to_owned()), ..PayoutFilter::default() };
    assert!(october.may_end_at(&place) && !may.may_end_at(&place));
    for text in [
        "",
        ".",
        "po_1",
        "2025-10-09T08:53:20Z",
        "2025-10-09T08:53:20.5Z.po_1",
        "2025-10-09T08:53:20Z.po_1#x",
    ] {
        assert_eq!(PayoutPlace::parse(text), None, "{text}");
    }
}
