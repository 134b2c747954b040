//! Which payout settled a movement.

use serde_json::{Value, json};
use stripe_sync::platform::table::keys::Sk;

use super::{CREATED, both, charge, record, text};
use crate::world::{World, world};

impl World {
    /// Stripe says that an automatic payout settled these movements.
    async fn stripe_settled(&self, payout: &str, members: &[&str]) {
        let rows: Value = members.iter().map(|id| record(id, &charge("ch_1"), CREATED)).collect();
        self.stripe_filters("balance_transactions", ("payout", payout), rows, false).await;
    }

    /// An automatic payout so many days after [`CREATED`].
    async fn stored_payout(&self, id: &str, days: i64, more: &Value) {
        let created = CREATED + days * 86_400;
        let at = jiff::Timestamp::from_second(created).unwrap().to_string();
        let mut line = json!({"id": id, "amount": "989", "currency": "USD", "status": "paid",
            "created": created, "automatic": true, "reconciliation": "reconciled",
            "complete": true});
        line.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.put_item(&Sk::PayoutLine(self.present(), &at, id), &line).await;
    }
}

/// Stripe does not name the payout of a movement. The stored payouts say which ones to ask Stripe
/// about, and what Stripe confirms is named.
#[tokio::test]
async fn the_payout_that_settled_a_movement_is_named_once_stripe_confirms_it() {
    let world = world().await;
    let bearer = world.synced().await;
    // What became available a day after the movement: only the third and the fourth can have it.
    world.stored_payout("po_before", 0, &json!({})).await;
    world.stored_payout("po_manual", 2, &json!({"automatic": false})).await;
    world.stored_payout("po_yen", 2, &json!({"currency": "JPY"})).await;
    world.stored_payout("po_open", 2, &json!({"complete": false})).await;
    world.stored_payout("po_first", 3, &json!({})).await;
    world.stored_payout("po_second", 4, &json!({})).await;
    world.stored_payout("po_third", 5, &json!({})).await;
    for id in ["txn_1", "txn_2", "txn_3"] {
        let body = record(id, &charge("ch_1"), CREATED);
        world.stripe_serves(&format!("balance_transactions/{id}"), body).await;
    }
    world.stripe_settled("po_first", &["txn_1"]).await;
    world.stripe_settled("po_second", &["txn_2"]).await;
    world.stripe_settled("po_third", &["txn_3"]).await;
    world.ledger_holds(Vec::new()).await;
    for (id, payout, state, calls) in [
        ("txn_1", json!("po_first"), "settled", (2, 1)),
        ("txn_2", json!("po_second"), "settled", (3, 1)),
        // Three calls are made at most.
        ("txn_3", Value::Null, "unknown", (3, 1)),
    ] {
        let answer = world.found(&bearer, &text(id), calls).await;
        let movement = &answer["movements"][0];
        assert_eq!((&movement["payout"], &movement["payout_state"]), (&payout, &json!(state)));
    }
    let asked = world.stripe.received_requests().await.unwrap();
    let query = asked[1].url.query().unwrap();
    for part in ["payout=po_first", "created%5Bgte%5D=1760000000", "created%5Blte%5D=1760000000"] {
        assert!(query.contains(part), "{query}");
    }
}

/// A charge that was never disputed leaves a call for its payout, also with its refunds; one call
/// asks about all movements that a payout may have settled.
#[tokio::test]
async fn a_charge_and_its_refund_are_asked_about_together() {
    let world = world().await;
    let bearer = world.synced().await;
    world.stored_payout("po_1", 2, &json!({})).await;
    let mut undisputed = charge("ch_1");
    undisputed["disputed"] = json!(false);
    let movements = json!([record("txn_1", &undisputed, CREATED)]);
    world.stripe_filters("balance_transactions", ("source", "ch_1"), movements, false).await;
    let refund = json!({"id": "re_1", "object": "refund",
        "balance_transaction": record("txn_2", &json!("re_1"), CREATED + 60)});
    world.stripe_filters("refunds", ("charge", "ch_1"), json!([refund]), false).await;
    world.stripe_settled("po_1", &["txn_1", "txn_2"]).await;
    world.ledger_holds(both("txn_1")).await;
    let answer = world.found(&bearer, &text("ch_1"), (3, 2)).await;
    let payouts = [0, 1].map(|at| answer["movements"][at]["payout"].clone());
    assert_eq!(payouts, [json!("po_1"), json!("po_1")], "{answer}");
}

/// The payout is a help: without an answer about it everything else is shown.
#[tokio::test]
async fn a_payout_that_cannot_be_asked_about_hides_nothing() {
    let world = world().await;
    let bearer = world.synced().await;
    world.stored_payout("po_1", 2, &json!({})).await;
    let mut fresh = record("txn_2", &charge("ch_1"), CREATED);
    fresh["available_on"] = json!(4_000_000_000_i64);
    world
        .stripe_serves("balance_transactions/txn_1", record("txn_1", &charge("ch_1"), CREATED))
        .await;
    world.stripe_serves("balance_transactions/txn_2", fresh).await;
    world.every_call_fails(403, json!({"type": "invalid_request_error", "message": "No."})).await;
    world.ledger_holds(both("txn_1")).await;
    let answer = world.found(&bearer, &text("txn_1"), (2, 2)).await;
    let movement = &answer["movements"][0];
    assert_eq!((&answer["outcome"], &movement["state"]), (&json!("found"), &json!("posted")));
    assert_eq!((&movement["payout"], &movement["payout_state"]), (&Value::Null, &json!("unknown")));
    assert_eq!(answer["permission"], Value::Null);
    let answer = world.found(&bearer, &text("txn_2"), (1, 1)).await;
    assert_eq!(answer["movements"][0]["payout_state"], "not_available");
}
