//! Reconciling items: payouts in transit at both ends of a period, and its open disputes.

use serde_json::{Value, json};
use stripe_sync::platform::table::keys::Sk;

use crate::world::{World, world, world_with};

impl World {
    pub(crate) async fn payout_line(&self, id: &str, created: &str, arrival: &str, status: &str) {
        let seconds =
            |text: &str| text.parse::<jiff::Timestamp>().map(jiff::Timestamp::as_second).unwrap();
        let line = json!({"id": id, "amount": "9070", "currency": "USD", "status": status,
            "created": seconds(created),
            "arrival": seconds(arrival), "automatic": true, "reconciliation": "pending"});
        self.put_item(&Sk::PayoutLine(self.present(), created, id), &line).await;
    }
}

#[tokio::test]
async fn payouts_in_transit_and_open_disputes_are_named_in_two_reads() {
    let world = world().await;
    let bearer = world.connected().await;
    for (id, created, arrival, status) in [
        ("po_1", "2026-02-27T08:00:00Z", "2026-03-03T00:00:00Z", "paid"),
        ("po_2", "2026-03-10T08:00:00Z", "2026-03-12T00:00:00Z", "paid"),
        ("po_3", "2026-03-31T08:00:00Z", "2026-04-02T00:00:00Z", "in_transit"),
        ("po_4", "2026-03-31T09:00:00Z", "2026-04-02T00:00:00Z", "failed"),
        ("po_5", "2026-04-01T00:00:00Z", "2026-04-03T00:00:00Z", "pending"),
    ] {
        world.payout_line(id, created, arrival, status).await;
    }
    for (id, created, settled) in [
        ("du_1", 1_773_000_000, false),
        ("du_2", 1_773_000_000, true),
        ("du_3", 1_760_000_000, false),
    ] {
        let dispute = json!({"id": id, "kind": "dispute", "status": "needs_response",
            "amount": "500", "currency": "JPY",
            "created": created, "settled": settled, "first_seen": 0, "checked_at": 0,
            "next_check": 0});
        world.put_item(&Sk::Object(world.present(), id), &dispute).await;
    }
    world.aws.forget();
    let found = world.get(&bearer, "reconciling-items?from=2026-03-01&to=2026-03-31").await.json();
    assert_eq!(world.reads(), 1 + 2, "the session's own and two more");
    let none = json!({"count": 0, "amount": "0"});
    let of = |currency: &str| -> Value {
        let all = found["currencies"].as_array().unwrap();
        all.iter().find(|it| it["currency"] == currency).unwrap().clone()
    };
    let in_transit = json!({"count": 1, "amount": "9070"});
    assert_eq!(
        of("USD"),
        json!({"currency": "USD", "exponent": 2, "payouts_in_transit_at_start": in_transit,
            "payouts_in_transit_at_end": in_transit, "unsettled_disputes": none})
    );
    assert_eq!(of("JPY")["unsettled_disputes"], json!({"count": 1, "amount": "500"}));
    assert_eq!(found["more"], false);
}

#[tokio::test]
async fn reconciling_items_need_a_period_and_the_permission_to_read() {
    let world = world_with(&["data:write"]).await;
    let bearer = world.session().await;
    let path = "reconciling-items?from=2026-03-01&to=2026-03-31";
    assert_eq!(world.get(&bearer, path).await.status, 403);
    let world = crate::world::world().await;
    let bearer = world.connected().await;
    for query in ["", "?from=2026-03-01", "?from=2026-03-02&to=2026-03-01"] {
        let reply = world.get(&bearer, &format!("reconciling-items{query}")).await;
        assert_eq!(reply.status, 400, "{query}");
    }
}
