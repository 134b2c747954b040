//! What a run asks of the ledger before it begins: it goes on from worker to worker, however far the ledger is.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails where it is wrong")]

mod common;

use std::time::Duration;

use common::{assert_right, run, work, work_with};
use histories::tenant::Tenant;
use histories::world::World;
use serde_json::json;
use stripe_sync::model::asked::Scope;

/// Movements on as many accounts.
const KINDS: [(&str, i64); 8] = [
    ("charge", 9_000),
    ("stripe_fee", -300),
    ("tax_fee", -50),
    ("payout", -500),
    ("transfer", -700),
    ("contribution", -40),
    ("application_fee", 90),
    ("reserve_transaction", -60),
];

/// Connected anew to a ledger that is far away and mirrors the account already in many currencies: each worker has little time, and the
/// run comes to its end. What others posted to an account of ours meanwhile keeps nobody out.
#[test]
fn a_mirror_that_is_there_is_taken_up_by_workers_with_little_time() {
    run(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 5_700, 0).await;
        for currency in ["usd", "eur", "jpy", "gbp", "chf", "sek", "dkk", "nok", "pln"] {
            for (kind, amount) in KINDS {
                tenant.add(json!({"type": kind, "amount": amount, "currency": currency})).await;
            }
        }
        work(&tenant).await;
        assert_right(&tenant, "at first").await;
        let cleared = json!({"precise_amount": 100, "precision": 100, "currency": "USD", "reference": "invoice-1", "allow_overdraft": true,
            "source": "@stripe_test_fees", "destination": "@shop", "skip_queue": true, "description": "by hand"});
        assert!(tenant.by_hand(cleared).await);
        tenant.connect_anew();
        let far = json!({"surface": "cloud", "route": "*", "scope": tenant.instance, "times": 0, "delay_ms": 1_000});
        let far = world.sandbox.world.faults.add(serde_json::from_value(far).unwrap());
        let messages = work_with(&tenant, Duration::from_secs(12), Scope::New).await;
        assert!(messages > 1, "one worker had time for everything");
        world.sandbox.world.faults.remove(Some(far));
        assert_right(&tenant, "taken up").await;
        let (_, run) = tenant.runs().pop().unwrap();
        assert_eq!(run["progress"]["counters"]["entries_posted"], json!(0));
    });
}
