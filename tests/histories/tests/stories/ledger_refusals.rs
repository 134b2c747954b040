//! Entries and customers that the ledger refuses: each is a problem, and everything else is posted.

use std::time::Duration;

use histories::tenant::Tenant;
use histories::time;
use histories::world::World;
use serde_json::{Value, json};

use crate::common::{assert_right, counter, hits, inject, last_run, lift, story, work};

/// Lets the ledger answer requests with `status` and `body`, `times` times (0: until lifted).
/// Returns the fault's id.
fn refuse(tenant: &Tenant<'_>, route: &str, times: u64, status: u16, body: &Value) -> u64 {
    inject(
        tenant,
        json!({"surface": "core", "route": route, "method": "POST", "status": status, "body": body,
            "times": times}),
    )
}

/// The ledger refuses the balance of one customer: her payments are problems with the ledger's
/// message, and the same run posts all others. A retry posts them once the ledger accepts her. When
/// it refuses only her identity, her payments are posted.
#[test]
fn a_customer_that_the_ledger_refuses_is_a_problem_and_others_are_posted() {
    for (seed, route) in [(5_200, "*/identities"), (5_201, "*/balances")] {
        story(move || async move {
            let world = World::start().await;
            let tenant = Tenant::connect(&world, seed, 0).await;
            tenant.add(json!({"type": "charge", "amount": 500, "customer": "cus_Before"})).await;
            work(&tenant).await;
            let body = json!({"errors": "first_name: too long.",
                "error_detail": {"code": "IDT_VALIDATION_ERROR",
                    "message": "first_name: too long."}});
            let fault = refuse(&tenant, route, 0, 400, &body);
            let ids = tenant
                .add(json!({"type": "charge", "amount": 600, "customer": "cus_Refused"}))
                .await;
            tenant.add(json!({"type": "charge", "amount": 700, "customer": "cus_Before"})).await;
            work(&tenant).await;
            assert!(hits(&tenant, fault) > 0);
            assert_eq!(
                last_run(&tenant)["state"],
                json!("completed_with_problems"),
                "{}",
                last_run(&tenant)
            );
            let problem = format!("{}:record", ids[0]);
            if route == "*/identities" {
                assert_eq!(
                    tenant.problems(),
                    [("identity_refused".to_owned(), "cus_Refused:identity".to_owned())]
                );
                assert!(
                    tenant.snapshot().await.agrees(),
                    "{:?}",
                    tenant.snapshot().await.differences
                );
                lift(&tenant, fault);
                work(&tenant).await;
                assert_right(&tenant, "once the ledger accepts her").await;
                assert!(tenant.balances_without_identity().await.is_empty());
                return;
            }
            assert_eq!(tenant.problems(), [("customer_refused".to_owned(), problem.clone())]);
            let wrong = tenant.snapshot().await.differences;
            let missing: Vec<_> =
                wrong.iter().filter(|wrong| wrong.starts_with("stripe:")).collect();
            assert!(
                !missing.is_empty() && missing.iter().all(|entry| entry.contains(&ids[0])),
                "{wrong:?}"
            );
            lift(&tenant, fault);
            time::jump(Duration::from_secs(10 * 86_400));
            tenant.retry(&problem).await;
            work(&tenant).await;
            assert_right(&tenant, "once the ledger accepts her").await;
        });
    }
}

/// An older Core reports its own fault as a refusal with an unknown message: the app tries again.
#[test]
fn a_customer_refused_for_a_moment_with_an_unknown_message_is_created() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 5_202, 0).await;
        tenant.add(json!({"type": "charge", "amount": 500, "customer": "cus_Moment"})).await;
        let faults = ["*/identities", "*/balances"].map(|route| {
            refuse(
                &tenant,
                route,
                3,
                400,
                &json!({"error": "failed to begin transaction: connection refused"}),
            )
        });
        work(&tenant).await;
        assert_eq!(faults.map(|fault| hits(&tenant, fault)), [3, 3]);
        assert_right(&tenant, "after the fault").await;
        assert_eq!(counter(&tenant, "problems"), 0);
    });
}

/// What an older Core answers for an entry when its database is down: a message without a code.
fn database_down() -> Value {
    json!({"error": "failed to queue transaction 1 (Amount: 5.00): failed to begin transaction: \
        timeout 4711. Previous transactions were not rolled back."})
}

/// For some seconds the ledger refuses the first entry of each bulk with an unknown message.
#[test]
fn a_leg_refused_for_a_moment_with_an_unknown_message_is_posted() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 5_203, 0).await;
        for amount in [500, 600, 700] {
            tenant
                .add(json!({"type": "charge", "amount": amount, "fee": 30,
                    "fee_details": [{"type": "stripe_fee", "amount": 30}]}))
                .await;
        }
        let fault = refuse(&tenant, "*/transactions/bulk", 20, 400, &database_down());
        work(&tenant).await;
        assert_eq!(hits(&tenant, fault), 20);
        assert_right(&tenant, "after the fault").await;
        assert_eq!(counter(&tenant, "problems"), 0);
    });
}

/// The same message without end: the leg is set aside, and the run ends with a problem.
#[test]
fn a_leg_refused_again_and_again_with_an_unknown_message_is_a_problem() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 5_204, 0).await;
        let ids = tenant.add(json!({"type": "charge", "amount": 500})).await;
        let fault = refuse(&tenant, "*/transactions/bulk", 0, 400, &database_down());
        work(&tenant).await;
        assert_eq!(hits(&tenant, fault), 5, "five tries before the refusal counts");
        let problem = format!("{}:amount", ids[0]);
        assert_eq!(tenant.problems(), [("unrecognized".to_owned(), problem.clone())]);
        assert_eq!(last_run(&tenant)["state"], json!("completed_with_problems"));
        lift(&tenant, fault);
        tenant.retry(&problem).await;
        work(&tenant).await;
        assert_right(&tenant, "once the ledger accepts it").await;
    });
}
