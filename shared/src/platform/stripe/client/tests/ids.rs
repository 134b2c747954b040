//! Ids that merchants choose for their customers, and the account named by a refusal.

use crate::platform::stripe::client::tests::*;

#[tokio::test]
async fn a_customer_of_any_id_is_asked_for_by_that_id_and_by_no_other_path() {
    let ids = [
        "cus_1",
        "user-42",
        "ann@example.com",
        "shop.de/customers/7",
        "a b?c=d#e",
        "50%25",
        "%2e%2e",
        "\\..\\..\\account",
        "...",
        "größe·1",
        "re_42",
        "txn_1:identity",
    ];
    for id in ids {
        let server = always(
            ResponseTemplate::new(200).set_body_json(json!({"id": id, "object": "customer"})),
        )
        .await;
        let found = stripe_at(&server.uri()).customer(id, soon()).await.unwrap();
        assert_eq!(found.map(|customer| customer.id).as_deref(), Some(id));
        let asked = server.received_requests().await.unwrap().remove(0).url;
        let segments: Vec<&str> = asked.path_segments().unwrap().collect();
        assert_eq!(
            (segments.len(), &segments[..2], asked.query(), asked.fragment()),
            (3, &["v1", "customers"][..], None, None),
            "{asked}"
        );
        let encoded =
            reqwest::Url::parse(&format!("http://x/?{}", segments[2].replace('+', "%2B"))).unwrap();
        let decoded = encoded.query_pairs().next().map(|(name, value)| {
            if value.is_empty() { name.into_owned() } else { format!("{name}={value}") }
        });
        assert_eq!(decoded.as_deref(), Some(id), "{asked}");
    }
}

#[tokio::test]
async fn a_text_that_can_be_no_segment_of_a_path_is_no_customer_and_asks_for_nothing() {
    let server = always(ResponseTemplate::new(200).set_body_json(json!({"id": "x"}))).await;
    let stripe = stripe_at(&server.uri());
    for id in ["", ".", "..", "a\nb", "a\u{0}b", &"x".repeat(256)] {
        assert_eq!(stripe.customer(id, soon()).await, Ok(None), "{id:?}");
    }
    assert_eq!(stripe.calls(), 0);
}

#[tokio::test]
async fn an_account_that_may_not_be_read_is_named_by_the_refusal_or_not_at_all() {
    let fixture: serde_json::Value = serde_json::from_str(include_str!(
        "../../../../../../tests/fixtures/field/12_account_403.json"
    ))
    .unwrap();
    let on = |account: &str| {
        let message = format!(
            "The provided key 'rk_test_*****See' does not have the required permissions for this \
                endpoint on account '{account}'. \
                Having the 'rak_accounts_kyc_basic_read' permission would allow this request to \
                continue."
        );
        error_body(None, None, &message)
    };
    let word = Some("rak_accounts_kyc_basic_read");
    for (body, permission, named) in [
        (fixture["faults"][0]["body"].clone(), word, None),
        (fixture["faults"][1]["body"].clone(), None, None),
        (on("acct_1TKo0EDyDQJqDq47"), word, Some("acct_1TKo0EDyDQJqDq47")),
        (on("acct_1' of 'acct_2"), word, None),
    ] {
        let server = always(ResponseTemplate::new(403).set_body_json(&body)).await;
        let error = stripe_at(&server.uri()).own_account(soon()).await.unwrap_err();
        assert_eq!(
            error.error,
            StripeError::Forbidden { permission: permission.map(str::to_owned) },
            "{body}"
        );
        assert_eq!(error.named.as_deref(), named, "{body}");
    }
    // Only the refusal for a missing permission names it: other errors may name anything.
    let server = always(ResponseTemplate::new(400).set_body_json(on("acct_1"))).await;
    assert_eq!(stripe_at(&server.uri()).own_account(soon()).await.unwrap_err().named, None);
}
