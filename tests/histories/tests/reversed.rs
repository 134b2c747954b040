//! Somebody else's entry under one of our references.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails where it is wrong")]

mod common;

use common::{run, work};
use histories::tenant::Tenant;
use histories::world::World;
use serde_json::{Value, json};

/// The entry of a payment stands in the ledger the wrong way round: from somewhere to the mirror. Its refund must not go from the mirror to
/// itself, which the ledger would refuse for ever: it follows the customer, and only the payment is a problem.
#[test]
fn a_refund_does_not_follow_an_entry_that_is_not_ours() {
    run(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 5_500, 0).await;
        tenant.add(json!({"type": "charge", "amount": 900, "customer": "cus_Reversed"})).await;
        work(&tenant).await;
        let charge = tenant.add(json!({"type": "charge", "amount": 500, "customer": "cus_Reversed"})).await.remove(0);
        let by_hand = json!({"precise_amount": 500, "precision": 100, "currency": "USD", "description": "wrong way round", "skip_queue": true,
            "reference": format!("{}:{charge}:amount", tenant.owner()), "source": "@somewhere", "destination": "@stripe_test",
            "allow_overdraft": true});
        assert!(tenant.by_hand(by_hand).await);
        let list = tenant.world.stripe(&tenant.account.secret_key, &format!("/v1/balance_transactions/{charge}")).await;
        let source = serde_json::from_slice::<Value>(&list).unwrap()["source"].as_str().unwrap().to_owned();
        let refund = tenant.add(json!({"type": "refund", "amount": -500, "charge": source})).await.remove(0);
        work(&tenant).await;
        let (_, run) = tenant.runs().pop().unwrap();
        assert_eq!(run["state"], json!("completed_with_problems"), "{run}");
        let problems = tenant.problems();
        assert!(problems.contains(&("entry_differs".to_owned(), format!("{charge}:amount"))), "{problems:?}");
        assert!(problems.iter().all(|(_, id)| !id.contains(&refund)), "{problems:?}");
        let wrong = tenant.look().await.wrong;
        assert!(wrong.iter().all(|wrong| !wrong.contains(&refund)), "{wrong:?}");
    });
}
