//! Entries, and the look-ups before them.

use std::time::Duration;

use histories::tenant::Tenant;
use histories::time;
use histories::world::World;
use serde_json::json;
use stripe_sync::engine::worker;
use stripe_sync::model::certificate::CauseKind;

use crate::common::{LIMIT, assert_right, last_certificate, last_run, problem_codes, story, work};
use crate::permanent_failures::{MAX_RECEIVES, fault, for_customer, lift_all, next_message, pay};

/// One entry fails or hangs in every bulk: the others are posted, and the certificate names exactly
/// this one.
#[test]
fn an_entry_that_always_fails_is_named_and_others_are_posted() {
    for (seed, others, failure) in [
        (11_030, 0_u32, json!({"status": 500})),
        (11_031, 90, json!({"status": 500})),
        (11_032, 3, json!({"delay_ms": 40_000, "drop": "before"})),
        (11_033, 30, json!({"status": 504})),
    ] {
        story(move || async move {
            let world = World::start().await;
            let tenant = Tenant::connect(&world, seed, 0).await;
            if others > 0 {
                tenant.add(json!({"type": "charge", "amount": 700, "count": others / 2})).await;
            }
            let id = pay(&tenant, &["cus_One"]).await.remove(0);
            if others > 0 {
                tenant
                    .add(json!({"type": "charge", "amount": 700, "count": others - others / 2}))
                    .await;
            }
            let mut failure = failure;
            failure["when"] = json!({"body": format!("{id}:amount")});
            fault(&tenant, "cloud", "POST", "/proxy/transactions/bulk", &failure);
            work(&tenant).await;
            let run = last_run(&tenant);
            assert_eq!(
                (&run["state"], &run["verdict"]),
                (&json!("completed_with_problems"), &json!("mismatch")),
                "{failure} {run}"
            );
            let certificate = last_certificate(&tenant);
            let named: Vec<_> = certificate
                .causes
                .iter()
                .map(|cause| (cause.kind, cause.stripe_id.clone().unwrap()))
                .collect();
            assert_eq!(named, [(CauseKind::Missing, id.clone())], "{failure}");
            assert!(certificate.explained(), "{failure}");
            assert_eq!(tenant.problems(), [("set_aside".to_owned(), format!("{id}:amount"))]);
            work(&tenant).await;
            assert_eq!(
                tenant.problems(),
                [("set_aside".to_owned(), format!("{id}:amount"))],
                "not before it is due"
            );
            lift_all(&tenant);
            tenant.retry(&format!("{id}:amount")).await;
            work(&tenant).await;
            assert_right(&tenant, "once it is accepted").await;
        });
    }
}

/// Many calls fail although they took effect, so many that it looks like an outage. The one that
/// always fails is still named.
#[test]
fn calls_that_fail_but_take_effect_do_not_hide_the_one_that_always_fails() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 11_055, 0).await;
        fault(&tenant, "cloud", "POST", "/proxy/balances", &for_customer("cus_Failing"));
        let took_effect = json!({"status": 500, "commit": true, "times": 5,
            "when": {"body": "stripe_customer_id\":\"cus_All"}});
        fault(&tenant, "cloud", "POST", "/proxy/balances", &took_effect);
        pay(&tenant, &["cus_All0", "cus_All1", "cus_All2", "cus_All3", "cus_All4", "cus_Failing"])
            .await;
        work(&tenant).await;
        assert_eq!(
            last_run(&tenant)["state"],
            json!("completed_with_problems"),
            "{}",
            last_run(&tenant)
        );
        assert_eq!(problem_codes(&tenant), ["set_aside"]);
        assert_eq!(tenant.balances_of_customers().await, 5, "each was created once");
        lift_all(&tenant);
        time::jump(Duration::from_secs(7 * 3_600));
        work(&tenant).await;
        assert_right(&tenant, "once it can be created").await;
    });
}

/// A large amount waits for approval unless the ledger already holds it. The ledger always fails to
/// look one of them up: only this one is held back. The approval is requested once the look-up
/// works.
#[test]
fn a_large_amount_whose_look_up_always_fails_is_a_problem_and_others_are_posted() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 11_900, 0).await;
        tenant
            .add(json!({"type": "charge", "amount": 700, "customer": "cus_One", "count": 1}))
            .await;
        work(&tenant).await;
        tenant.set_ceiling("usd", 10_000).await;
        let large = tenant
            .add(json!({"type": "charge", "amount": 60_000, "customer": "cus_Two"}))
            .await
            .remove(0);
        pay(&tenant, &["cus_One", "cus_Three"]).await;
        fault(
            &tenant,
            "cloud",
            "POST",
            "/transactions/filter",
            &json!({"status": 500, "when": {"body": large}}),
        );
        work(&tenant).await;
        let run = last_run(&tenant);
        assert_eq!(run["state"], json!("completed_with_problems"), "{run}");
        assert_eq!(
            tenant.problems(),
            [("set_aside".to_owned(), format!("{large}:record"))],
            "{run}"
        );
        let differences = tenant.snapshot().await.differences;
        let others =
            differences.iter().filter(|line| line.starts_with("stripe:") && !line.contains(&large));
        assert_eq!(others.count(), 0, "all others are in the ledger: {differences:?}");
        lift_all(&tenant);
        time::jump(Duration::from_secs(7 * 3_600));
        work(&tenant).await;
        assert!(tenant.waits_for_approval(), "now it waits for approval: {}", last_run(&tenant));
        let mut wake_up = tenant.approve().await.unwrap();
        for _ in 0..MAX_RECEIVES {
            worker::handle(&tenant.worker(LIMIT), &wake_up, "m").await.unwrap();
            if !tenant.is_open() {
                break;
            }
            wake_up = next_message(&tenant).await;
        }
        work(&tenant).await;
        assert_right(&tenant, "after the approval").await;
    });
}
