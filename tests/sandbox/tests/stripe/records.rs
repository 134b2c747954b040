//! Records that a test specifies exactly.

use serde_json::{Value, json};

use crate::schema::{check, validator};
use crate::world::{NOW, World};

const LIST: &str = "/v1/balance_transactions";

#[tokio::test]
async fn a_specified_record_is_returned_exactly_even_if_it_does_not_add_up() {
    let world = World::start().await;
    let account = world.account(1, 0);
    let charge = json!({
        "type": "charge", "amount": 10_000, "currency": "eur", "fee": 131, "net": 9_000,
        "description": "Order\n7",
        "customer": "cus_acme", "customer_name": "Acme \"GmbH\"",
        "fee_details": [{"amount": 100, "type": "new_kind_of_fee"},
            {"amount": 30, "type": "tax", "description": "VAT"}],
        "exchange_rate_micros": 1_085_000, "presentment_amount": 9_217,
        "presentment_currency": "usd",
    });
    let ids = world.control(&account.account, "records", charge).await;
    let id = ids["ids"][0].as_str().unwrap();
    let path = format!("{LIST}/{id}?expand[]=source.customer");
    let record = world.ok(&account.restricted_key, &path).await;
    check(&validator("balance_transaction"), &record);
    let expected = json!({
        "amount": 10_000, "fee": 131, "net": 9_000, "description": "Order\n7", "currency": "eur",
        "type": "charge", "reporting_category": "charge", "balance_type": "payments",
    });
    for (field, value) in expected.as_object().unwrap() {
        assert_eq!(&record[field], value, "{field}");
    }
    assert_eq!(record["exchange_rate"].to_string(), "1.085");
    assert_eq!(record["fee_details"][0]["type"], "new_kind_of_fee");
    let source = &record["source"];
    assert_eq!((&source["amount"], &source["currency"]), (&json!(9_217), &json!("usd")));
    let customer = &source["customer"];
    assert_eq!((&customer["id"], &customer["name"]), (&json!("cus_acme"), &json!("Acme \"GmbH\"")));
}

#[tokio::test]
async fn refunds_and_disputes_refer_to_their_charge() {
    let world = World::start().await;
    let account = world.account(1, 0);
    let key = &account.restricted_key;
    let add = async |record: Value| {
        let added = world.control(&account.account, "records", record).await;
        added["ids"][0].as_str().unwrap().to_owned()
    };
    add(json!({"type": "charge", "amount": 5_000, "source": "ch_mine", "customer": "cus_acme"}))
        .await;
    let refund = add(json!({"type": "refund", "amount": -5_000, "source": "re_mine"})).await;
    let failure =
        add(json!({"type": "refund_failure", "amount": 5_000, "source": "re_mine"})).await;
    let refunds = world.all(key, LIST, "&source=re_mine&expand[]=data.source.charge", 10).await;
    assert_eq!(refunds.len(), 2);
    let source = &refunds[0]["source"];
    assert_eq!(source["charge"]["customer"], "cus_acme");
    assert_eq!(source["status"], "failed");
    assert_eq!(
        (&source["balance_transaction"], &source["failure_balance_transaction"]),
        (&json!(refund), &json!(failure))
    );
    let withdrawal = json!({"type": "adjustment", "reporting_category": "dispute", "amount": -5_000,
        "fee": 1_500, "charge": "ch_mine"});
    let withdrawal = add(withdrawal).await;
    let dispute = &world.all(key, "/v1/disputes", "", 10).await[0];
    assert_eq!(
        (&dispute["charge"], &dispute["balance_transactions"][0]["id"]),
        (&json!("ch_mine"), &json!(withdrawal))
    );
    let charge = world.ok(key, "/v1/charges/ch_mine").await;
    assert_eq!((&charge["disputed"], &charge["refunded"]), (&json!(true), &json!(true)));
}

#[tokio::test]
async fn unknown_types_and_future_dates_are_accepted() {
    let world = World::start().await;
    let account = world.account(1, 5);
    let (id, key) = (&account.account, &account.restricted_key);
    let odd = json!({"type": "invented", "amount": -1, "balance_type": "invented_balance",
        "source": "inv_1"});
    world.control(id, "records", odd).await;
    let odd = &world.all(key, LIST, "&type=invented&expand[]=data.source", 10).await[0];
    assert_eq!(odd["source"], "inv_1", "there is no object behind it");
    assert_eq!(
        (&odd["balance_type"], &odd["reporting_category"]),
        (&json!("invented_balance"), &json!("invented"))
    );
    // Test clocks date records into the future; they are listed at once, and first.
    let future = json!({"type": "stripe_fee", "amount": -5, "created": NOW + 9_999_999});
    let future = world.control(id, "records", future).await;
    let all = world.all(key, LIST, "", 3).await;
    assert_eq!((all.len(), &all[0]["id"]), (7, &future["ids"][0]));
}
