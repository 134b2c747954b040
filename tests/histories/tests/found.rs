//! What random histories found, each as a story of its own.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails where it is wrong")]

mod common;

use std::time::Duration;

use common::{assert_right, run, work};
use histories::tenant::Tenant;
use histories::time;
use histories::world::World;
use serde_json::json;

/// A test clock dates a record of the issuing balance into the future: Stripe has it pending until then, and so must the proof, however
/// often and however long it looks; and also once the time has come.
#[test]
fn an_issuing_record_of_the_future_is_pending_until_its_time_has_come() {
    run(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 5_000, 0).await;
        let future = time::now().div_euclid(1000) + 86_400;
        tenant.add(json!({"type": "issuing_transaction", "amount": -1_180, "created": future, "balance_type": "issuing"})).await;
        for wait in [0, 600, 600, 2 * 86_400, 600] {
            time::jump(Duration::from_secs(wait));
            work(&tenant).await;
            assert_right(&tenant, &format!("after another {wait} s")).await;
        }
    });
}

/// Core answers 409 for what exists, and for what it could not lock.
#[test]
fn a_ledger_that_is_busy_when_an_identity_is_made_is_asked_again() {
    run(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 5_001, 0).await;
        tenant.add(json!({"type": "charge", "amount": 500, "customer": "cus_Found1"})).await;
        let fault = json!({"surface": "core", "route": "*/identities", "method": "POST", "scope": tenant.instance, "status": 409});
        let id = world.sandbox.world.faults.add(serde_json::from_value(fault).unwrap());
        work(&tenant).await;
        assert!(world.sandbox.world.faults.list().iter().any(|fault| fault.id == id && fault.hits == 1));
        assert_right(&tenant, "once it is free").await;
    });
}
