//! Someone else's entry under one of our references.

use histories::tenant::Tenant;
use histories::world::World;
use serde_json::{Value, json};

use crate::common::{manual_entry, story, work};

/// Someone posted the entry of a payment with its sides reversed, so that its offset account is the
/// mirror. The refund must not be posted from the mirror to itself, which the ledger refuses: it
/// goes to the customer's balance, and only the payment is a problem.
#[test]
fn a_refund_of_a_payment_whose_entry_is_reversed_goes_to_the_customer() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 5_500, 0).await;
        tenant.add(json!({"type": "charge", "amount": 900, "customer": "cus_Reversed"})).await;
        work(&tenant).await;
        let charge = tenant
            .add(json!({"type": "charge", "amount": 500, "customer": "cus_Reversed"}))
            .await
            .remove(0);
        let reversed = manual_entry(
            &format!("{}:{charge}:amount", tenant.owner()),
            500,
            "@somewhere",
            "@stripe_test",
        );
        assert!(tenant.post_by_hand(reversed).await);
        let list = tenant
            .world
            .stripe(&tenant.account.secret_key, &format!("/v1/balance_transactions/{charge}"))
            .await;
        let source =
            serde_json::from_slice::<Value>(&list).unwrap()["source"].as_str().unwrap().to_owned();
        let refund =
            tenant.add(json!({"type": "refund", "amount": -500, "charge": source})).await.remove(0);
        work(&tenant).await;
        let (_, run) = tenant.runs().pop().unwrap();
        assert_eq!(run["state"], json!("completed_with_problems"), "{run}");
        let problems = tenant.problems();
        assert!(
            problems.contains(&("entry_differs".to_owned(), format!("{charge}:amount"))),
            "{problems:?}"
        );
        assert!(problems.iter().all(|(_, id)| !id.contains(&refund)), "{problems:?}");
        let wrong = tenant.snapshot().await.differences;
        assert!(wrong.iter().all(|wrong| !wrong.contains(&refund)), "{wrong:?}");
    });
}
