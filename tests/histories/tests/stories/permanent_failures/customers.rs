//! Identities and balances of customers.

use std::time::Duration;

use histories::tenant::Tenant;
use histories::time;
use histories::world::World;
use serde_json::json;

use crate::common::{assert_right, last_certificate, last_run, problem_codes, story, work};
use crate::permanent_failures::{fault, for_customer, lift_all, pay};

/// A customer's identity cannot be created, not even without personal data: the payments are posted
/// to a balance without an identity, which gets one as soon as it can be created.
#[test]
fn a_customer_whose_identity_fails_is_posted_to_a_balance_without_one() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 11_000, 0).await;
        fault(&tenant, "cloud", "POST", "/proxy/identities", &for_customer("cus_Failing"));
        pay(&tenant, &["cus_One", "cus_Failing", "cus_Two", "cus_Failing"]).await;
        let began = time::now();
        work(&tenant).await;
        assert!(time::now() - began < 30_000, "the fault costs a run less than ten seconds");
        let run = last_run(&tenant);
        assert_eq!(
            (&run["state"], &run["verdict"]),
            (&json!("completed_with_problems"), &json!("match")),
            "{run}"
        );
        assert_eq!(
            tenant.problems(),
            [("identity_set_aside".to_owned(), "cus_Failing:identity".to_owned())]
        );
        assert!(tenant.snapshot().await.agrees(), "{:?}", tenant.snapshot().await.differences);
        // Another run before the fault is lifted makes one try.
        work(&tenant).await;
        assert_eq!(problem_codes(&tenant), ["identity_set_aside"]);
        lift_all(&tenant);
        time::jump(Duration::from_secs(7 * 3_600));
        work(&tenant).await;
        assert_right(&tenant, "once it can be created").await;
        assert!(tenant.balances_without_identity().await.is_empty());
    });
}

/// The ledger accepts an identity only without personal data: it is created without, and completed
/// later.
#[test]
fn an_identity_that_fails_with_personal_data_is_created_without() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 11_001, 0).await;
        let failing = json!({"status": 500, "when": {"body": "Failing"}});
        fault(&tenant, "cloud", "POST", "/proxy/identities", &failing);
        fault(&tenant, "cloud", "PUT", "*/identities/*", &failing);
        tenant
            .add(json!({"type": "charge", "amount": 900, "customer": "cus_Bare",
                "customer_name": "Ada Failing"}))
            .await;
        work(&tenant).await;
        let run = last_run(&tenant);
        assert_eq!(run["verdict"], json!("match"), "{run}");
        assert_eq!(
            tenant.problems(),
            [("identity_set_aside".to_owned(), "cus_Bare:identity".to_owned())]
        );
        assert!(
            tenant.balances_without_identity().await.is_empty(),
            "it has the identity without personal data"
        );
        lift_all(&tenant);
        work(&tenant).await;
        assert_right(&tenant, "once the ledger accepts the rest").await;
    });
}

/// The balance of one customer cannot be created: each of her payments is a problem, and all others
/// are mirrored.
#[test]
fn a_customer_whose_balance_fails_is_a_problem_and_others_are_posted() {
    for (seed, customers) in [
        (11_010, vec!["cus_One", "cus_Failing", "cus_Two", "cus_Failing"]),
        (11_011, vec!["cus_Failing"]),
    ] {
        story(move || async move {
            let world = World::start().await;
            let tenant = Tenant::connect(&world, seed, 0).await;
            fault(&tenant, "cloud", "POST", "/proxy/balances", &for_customer("cus_Failing"));
            let ids = pay(&tenant, &customers).await;
            tenant.add(json!({"type": "charge", "amount": 500})).await;
            work(&tenant).await;
            let run = last_run(&tenant);
            assert_eq!(
                (&run["state"], &run["verdict"]),
                (&json!("completed_with_problems"), &json!("mismatch")),
                "{run}"
            );
            let certificate = last_certificate(&tenant);
            assert!(certificate.explained(), "{certificate:?}");
            let failing: Vec<&String> = ids
                .iter()
                .zip(&customers)
                .filter(|(_, customer)| **customer == "cus_Failing")
                .map(|(id, _)| id)
                .collect();
            assert_eq!(tenant.problems().len(), failing.len());
            assert!(problem_codes(&tenant).iter().all(|code| code == "set_aside"));
            lift_all(&tenant);
            work(&tenant).await;
            assert_right(&tenant, "once it can be created").await;
        });
    }
}

/// A balance is created although its call fails: the app finds it by its customer and does not
/// create a second one.
#[test]
fn a_balance_whose_creation_has_no_answer_is_created_once() {
    for (seed, failure) in [
        (11_020, json!({"status": 500, "commit": true, "times": 1})),
        (11_021, json!({"drop": "after", "times": 1})),
        (11_022, json!({"status": 504, "commit": true, "times": 3})),
        (11_023, json!({"delay_ms": 40_000, "drop": "after", "times": 2})),
    ] {
        story(move || async move {
            let world = World::start().await;
            let tenant = Tenant::connect(&world, seed, 0).await;
            fault(&tenant, "cloud", "POST", "/proxy/identities", &for_customer("cus_Failing"));
            fault(&tenant, "cloud", "POST", "/proxy/balances", &failure);
            pay(&tenant, &["cus_One", "cus_Failing"]).await;
            work(&tenant).await;
            assert!(
                tenant.snapshot().await.agrees(),
                "{failure}: {:?}",
                tenant.snapshot().await.differences
            );
            lift_all(&tenant);
            time::jump(Duration::from_secs(86_400));
            work(&tenant).await;
            assert_right(&tenant, &format!("{failure}")).await;
            assert_eq!(tenant.balances_of_customers().await, 2, "{failure}");
        });
    }
}

/// The update of an identity always fails: the certificate does not wait for it.
#[test]
fn an_identity_whose_update_always_fails_is_a_problem_and_the_run_ends() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 11_040, 0).await;
        tenant
            .add(json!({"type": "charge", "amount": 900, "customer": "cus_One",
                "customer_name": "Ada One"}))
            .await;
        work(&tenant).await;
        fault(
            &tenant,
            "cloud",
            "PUT",
            "*/identities/*",
            &json!({"status": 500, "when": {"body": "Changed"}}),
        );
        let path = format!("/accounts/{}/customers/cus_One", tenant.account.account);
        let (status, answer) =
            world.control_stripe(&path, json!({"name": "Ada Changed", "silent": true})).await;
        assert_eq!(status, 200, "{answer}");
        pay(&tenant, &["cus_One"]).await;
        let began = time::now();
        work(&tenant).await;
        assert!(time::now() - began < 30_000, "the fault costs a run less than ten seconds");
        let run = last_run(&tenant);
        assert_eq!(
            (&run["state"], &run["verdict"]),
            (&json!("completed_with_problems"), &json!("match")),
            "{run}"
        );
        assert_eq!(
            tenant.problems(),
            [("identity_set_aside".to_owned(), "cus_One:identity".to_owned())]
        );
        lift_all(&tenant);
        work(&tenant).await;
        assert_right(&tenant, "once it can be updated").await;
    });
}
