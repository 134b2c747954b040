//! Defects that random histories found, each as a story.

use std::time::Duration;

use histories::tenant::Tenant;
use histories::time;
use histories::world::World;
use serde_json::json;

use crate::common::{assert_right, hits, inject, story, work};

/// A test clock dates a record of the issuing balance into the future. Until then it is pending at
/// Stripe, and the proof must count it so.
#[test]
fn an_issuing_record_in_the_future_is_pending_until_it_is_available() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 5_000, 0).await;
        let future = time::now().div_euclid(1000) + 86_400;
        tenant
            .add(json!({"type": "issuing_transaction", "amount": -1_180, "created": future,
                "balance_type": "issuing"}))
            .await;
        for wait in [0, 600, 600, 2 * 86_400, 600] {
            time::jump(Duration::from_secs(wait));
            work(&tenant).await;
            assert_right(&tenant, &format!("after another {wait} s")).await;
        }
    });
}

/// Core answers 409 both for what exists and for what it could not lock.
#[test]
fn an_identity_that_a_busy_ledger_refuses_is_created_by_the_next_try() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 5_001, 0).await;
        tenant.add(json!({"type": "charge", "amount": 500, "customer": "cus_Found1"})).await;
        let busy = inject(
            &tenant,
            json!({"surface": "core", "route": "*/identities", "method": "POST", "status": 409}),
        );
        work(&tenant).await;
        assert_eq!(hits(&tenant, busy), 1);
        assert_right(&tenant, "once it is free").await;
    });
}
