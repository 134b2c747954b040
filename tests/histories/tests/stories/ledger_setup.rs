//! What a run reads of the ledger before it starts: it continues from worker to worker, however
//! slow the ledger is.

use std::time::Duration;

use histories::tenant::Tenant;
use histories::world::World;
use serde_json::json;
use stripe_sync::model::run::request::Scope;

use crate::common::{assert_right, counter, inject, lift, manual_entry, story, work, work_with};

/// Records that use many accounts: their types and amounts.
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

/// The account reconnects to a slow ledger that already mirrors it in many currencies. Each worker
/// has little time, and the run still ends. An entry that someone posted to one of our accounts
/// does not prevent it.
#[test]
fn a_reconnect_to_a_slow_ledger_ends_although_each_worker_has_little_time() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 5_700, 0).await;
        for currency in ["usd", "eur", "jpy", "gbp", "chf", "sek", "dkk", "nok", "pln"] {
            for (kind, amount) in KINDS {
                tenant.add(json!({"type": kind, "amount": amount, "currency": currency})).await;
            }
        }
        work(&tenant).await;
        assert_right(&tenant, "at first").await;
        assert!(
            tenant.post_by_hand(manual_entry("invoice-1", 100, "@stripe_test_fees", "@shop")).await
        );
        tenant.reconnect();
        let slow = inject(
            &tenant,
            json!({"surface": "cloud", "route": "*", "times": 0, "delay_ms": 1_000}),
        );
        let messages = work_with(&tenant, Duration::from_secs(12), Scope::New).await;
        assert!(messages > 1, "one worker had time for everything");
        lift(&tenant, slow);
        assert_right(&tenant, "reconnected").await;
        assert_eq!(counter(&tenant, "entries_posted"), 0);
    });
}
