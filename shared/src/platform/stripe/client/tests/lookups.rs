//! What a search asks of Stripe.

use super::*;

use crate::platform::stripe::lookups::ChargesOf;

const BOTH: &[&str] = &["data.balance_transaction", "data.failure_balance_transaction"];

/// A server that answers one list, asked for in exactly this way.
async fn list(
    at: &str,
    by: (&str, &str),
    expand: &'static [&'static str],
    row: &serde_json::Value,
) -> MockServer {
    let server = MockServer::start().await;
    let body = json!({"object": "list", "has_more": false, "data": [row]});
    Mock::given(method("GET"))
        .and(path(at))
        .and(query_param(by.0, by.1))
        .and(query_param("limit", "10"))
        .and(Query("expand[]", expand))
        .respond_with(ResponseTemplate::new(200).set_body_json(body))
        .expect(1)
        .mount(&server)
        .await;
    server
}

#[tokio::test]
async fn each_look_up_is_one_filtered_list_with_its_movements() {
    let server = list(
        "/v1/balance_transactions",
        ("source", "ch_1"),
        &MOVEMENT_EXPANSIONS,
        &charge_movement(),
    )
    .await;
    let page = stripe_at(&server.uri()).movements_of("ch_1", 10, soon()).await.unwrap();
    assert_eq!(page.data[0].id, "txn_1");

    let row = json!({"id": "ch_1", "customer": "cus_1", "balance_transaction": charge_movement(),
        "failure_balance_transaction": null});
    for (of, name) in
        [(ChargesOf::Customer, "customer"), (ChargesOf::PaymentIntent, "payment_intent")]
    {
        let server = list("/v1/charges", (name, "x_1"), BOTH, &row).await;
        let page = stripe_at(&server.uri()).charges_of(of, "x_1", 10, soon()).await.unwrap();
        assert_eq!(page.data[0].clone().movements().len(), 1, "{name}");
    }
    let row = json!({"id": "re_1", "balance_transaction": charge_movement(),
        "failure_balance_transaction": charge_movement()});
    let server = list("/v1/refunds", ("charge", "ch_1"), BOTH, &row).await;
    let page = stripe_at(&server.uri()).refunds_of("ch_1", 10, soon()).await.unwrap();
    assert_eq!(page.data[0].clone().movements().len(), 2, "a refund that failed moved twice");

    let row = json!({"id": "du_1", "balance_transactions": [charge_movement()]});
    let server = list("/v1/disputes", ("charge", "ch_1"), &[], &row).await;
    let page = stripe_at(&server.uri()).disputes_of("ch_1", 10, soon()).await.unwrap();
    assert_eq!(page.data[0].balance_transactions.len(), 1);

    let row = json!({"id": "cus_1", "object": "customer"});
    let server = list("/v1/customers", ("email", "ann+1@example.com"), &[], &row).await;
    let stripe = stripe_at(&server.uri());
    let page = stripe.customers_by_email("ann+1@example.com", 10, soon()).await.unwrap();
    assert_eq!(page.data[0].id, "cus_1");
}

#[tokio::test]
async fn a_filter_that_names_nothing_finds_nothing_and_other_refusals_stay() {
    let gone = error_body(Some("resource_missing"), Some("customer"), "No such customer: 'cus_0'");
    let server = always(ResponseTemplate::new(400).set_body_json(gone)).await;
    let stripe = stripe_at(&server.uri());
    let page = stripe.charges_of(ChargesOf::Customer, "cus_0", 10, soon()).await.unwrap();
    assert!(page.data.is_empty() && !page.has_more);
    let unknown = error_body(Some("parameter_unknown"), Some("customer"), "Unknown parameter");
    let server = always(ResponseTemplate::new(400).set_body_json(unknown)).await;
    let stripe = stripe_at(&server.uri());
    let refused = stripe.charges_of(ChargesOf::Customer, "cus_0", 10, soon()).await;
    assert!(matches!(refused, Err(StripeError::Invalid { status: 400, .. })), "{refused:?}");
}
