//! What the ledger will not take: named, and in nobody's way.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails where it is wrong")]

mod common;

use std::time::Duration;

use common::{assert_right, run, work};
use histories::tenant::Tenant;
use histories::time;
use histories::world::World;
use serde_json::{Value, json};

/// Lets the ledger answer `status` and `body` to a request of this install, so often (0: until further notice). Answers the fault's id.
fn refuse(tenant: &Tenant<'_>, route: &str, times: u64, status: u16, body: &Value) -> u64 {
    let fault = json!({"surface": "core", "route": route, "method": "POST", "scope": tenant.instance, "status": status,
        "body": body, "times": times});
    tenant.world.sandbox.world.faults.add(serde_json::from_value(fault).unwrap())
}

fn hits(tenant: &Tenant<'_>, fault: u64) -> u64 {
    tenant.world.sandbox.world.faults.list().iter().find(|known| known.id == fault).unwrap().hits
}

fn last_run(tenant: &Tenant<'_>) -> Value {
    tenant.runs().pop().unwrap().1
}

/// The ledger will not make one customer, or not the balance of one: her payments are problems, in the ledger's words, and all others are
/// posted in the same run. Another try posts them once the ledger takes her.
#[test]
fn a_customer_whom_the_ledger_refuses_stops_no_other() {
    for (seed, route) in [(5_200, "*/identities"), (5_201, "*/balances")] {
        run(move || async move {
            let world = World::start().await;
            let tenant = Tenant::connect(&world, seed, 0).await;
            tenant.add(json!({"type": "charge", "amount": 500, "customer": "cus_Before"})).await;
            work(&tenant).await;
            let body = json!({"errors": "first_name: too long.", "error_detail": {"code": "IDT_VALIDATION_ERROR", "message": "first_name: too long."}});
            let fault = refuse(&tenant, route, 0, 400, &body);
            let ids = tenant.add(json!({"type": "charge", "amount": 600, "customer": "cus_Refused"})).await;
            tenant.add(json!({"type": "charge", "amount": 700, "customer": "cus_Before"})).await;
            work(&tenant).await;
            assert!(hits(&tenant, fault) > 0);
            assert_eq!(last_run(&tenant)["state"], json!("completed_with_problems"), "{}", last_run(&tenant));
            let problem = format!("{}:record", ids[0]);
            assert_eq!(tenant.problems(), [("customer_refused".to_owned(), problem.clone())]);
            let wrong = tenant.look().await.wrong;
            let missing: Vec<_> = wrong.iter().filter(|wrong| wrong.starts_with("stripe:")).collect();
            assert!(!missing.is_empty() && missing.iter().all(|entry| entry.contains(&ids[0])), "{wrong:?}");
            world.sandbox.world.faults.remove(Some(fault));
            time::jump(Duration::from_secs(10 * 86_400));
            tenant.retry(&problem).await;
            work(&tenant).await;
            assert_right(&tenant, "once the ledger takes her").await;
        });
    }
}

/// An older Core tells a fault of its own in the words of a refusal: while it may pass, nobody is given up.
#[test]
fn a_customer_refused_in_unknown_words_for_a_moment_is_made() {
    run(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 5_202, 0).await;
        tenant.add(json!({"type": "charge", "amount": 500, "customer": "cus_Moment"})).await;
        let faults = ["*/identities", "*/balances"]
            .map(|route| refuse(&tenant, route, 3, 400, &json!({"error": "failed to begin transaction: connection refused"})));
        work(&tenant).await;
        assert_eq!(faults.map(|fault| hits(&tenant, fault)), [3, 3]);
        assert_right(&tenant, "the moment passed").await;
        assert_eq!(last_run(&tenant)["progress"]["counters"]["problems"], json!(0));
    });
}
