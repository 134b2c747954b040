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

/// The ledger will not make the balance of one customer: her payments are problems, in the ledger's words, and all others are posted in the
/// same run. Another try posts them once the ledger takes her. Where it is her identity that it refuses, nothing keeps her money out.
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
            if route == "*/identities" {
                assert_eq!(tenant.problems(), [("identity_refused".to_owned(), "cus_Refused:identity".to_owned())]);
                assert!(tenant.look().await.agrees(), "{:?}", tenant.look().await.wrong);
                world.sandbox.world.faults.remove(Some(fault));
                work(&tenant).await;
                assert_right(&tenant, "once the ledger takes her").await;
                assert!(tenant.balances_without_identity().await.is_empty());
                return;
            }
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

/// What an older Core says of an entry when its database is away: nobody's rule, and no code.
fn of_its_own() -> Value {
    json!({"error": "failed to queue transaction 1 (Amount: 5.00): failed to begin transaction: timeout 4711. Previous transactions were not rolled back."})
}

/// For some seconds the ledger refuses whatever comes first, in words that nobody knows: no leg is given up for it.
#[test]
fn a_fault_told_as_a_refusal_costs_no_leg() {
    run(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 5_203, 0).await;
        for amount in [500, 600, 700] {
            tenant.add(json!({"type": "charge", "amount": amount, "fee": 30, "fee_details": [{"type": "stripe_fee", "amount": 30}]})).await;
        }
        let fault = refuse(&tenant, "*/transactions/bulk", 20, 400, &of_its_own());
        work(&tenant).await;
        assert_eq!(hits(&tenant, fault), 20);
        assert_right(&tenant, "the fault passed").await;
        assert_eq!(last_run(&tenant)["progress"]["counters"]["problems"], json!(0));
    });
}

/// The same words, for ever: each leg is set aside in the end, and the run with them.
#[test]
fn a_leg_refused_in_unknown_words_again_and_again_is_a_problem() {
    run(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 5_204, 0).await;
        let ids = tenant.add(json!({"type": "charge", "amount": 500})).await;
        let fault = refuse(&tenant, "*/transactions/bulk", 0, 400, &of_its_own());
        work(&tenant).await;
        assert_eq!(hits(&tenant, fault), 5, "believed when it stands");
        let problem = format!("{}:amount", ids[0]);
        assert_eq!(tenant.problems(), [("unrecognized".to_owned(), problem.clone())]);
        assert_eq!(last_run(&tenant)["state"], json!("completed_with_problems"));
        world.sandbox.world.faults.remove(Some(fault));
        tenant.retry(&problem).await;
        work(&tenant).await;
        assert_right(&tenant, "once it is taken").await;
    });
}
