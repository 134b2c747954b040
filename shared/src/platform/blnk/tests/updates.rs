//! Changes of identities and balances: repeated safely, and only on exact matches.

use wiremock::matchers::{body_json, method, path, query_param};

use crate::platform::blnk::tests::*;

fn renamed() -> IdentityChange {
    let fields = [("last_name", "Lovelace".to_owned())].into();
    let meta_data = [("crm".to_owned(), json!("1815"))].into_iter().collect();
    IdentityChange { fields, meta_data: Some(meta_data) }
}

#[tokio::test]
async fn an_identity_is_changed_where_it_is_and_what_is_so_already_is_no_error() {
    let server = MockServer::start().await;
    Mock::given(method("PUT"))
        .and(path("/proxy/identities/idt_1-a"))
        .and(query_param("instance_id", INSTANCE))
        .and(body_json(json!({"last_name": "Lovelace", "meta_data": {"crm": "1815"}})))
        .respond_with(answer(200, json!({"message": "Identity updated successfully"})))
        .mount(&server)
        .await;
    let blnk = blnk_at(&server.uri());
    assert_eq!(blnk.update_identity("idt_1-a", &renamed(), soon()).await, Ok(IdentityUpdate::Done));
    assert_eq!(
        blnk.update_identity("idt_1-a", &IdentityChange::default(), soon()).await,
        Ok(IdentityUpdate::Done)
    );
    assert_eq!(blnk.calls(), 1, "nothing to change is not asked for");
    for no_id in ["", "idt_1/../../transactions", "idt 1", "idt_1?x"] {
        assert!(blnk.update_identity(no_id, &renamed(), soon()).await.is_err(), "{no_id}");
    }
    assert_eq!(blnk.calls(), 1);

    for (response, expected) in [
        (core(400, "GEN_BAD_REQUEST", "No fields provided for update"), IdentityUpdate::Done),
        (answer(400, json!({"error": "No fields provided for update"})), IdentityUpdate::Done),
        (core(404, "IDT_NOT_FOUND", "Identity with ID 'idt_1' not found"), IdentityUpdate::Gone),
        (answer(400, json!({"error": "Identity with ID 'idt_1' not found"})), IdentityUpdate::Gone),
        (
            core(400, "GEN_BAD_REQUEST", "email is too long"),
            IdentityUpdate::Refused("email is too long".into()),
        ),
    ] {
        let server = always(response).await;
        assert_eq!(
            blnk_at(&server.uri()).update_identity("idt_1", &renamed(), soon()).await,
            Ok(expected)
        );
    }
}

/// The same change twice has no further effect, so an unknown outcome is retried. A refused key is
/// not.
#[tokio::test]
async fn a_change_is_repeated_while_that_may_help() {
    for (status, calls) in [(503, 4), (423, 4), (429, 4), (401, 1), (403, 1)] {
        let server = always(answer(status, json!({"error": "no"}))).await;
        let blnk = blnk_at(&server.uri());
        assert!(blnk.update_identity("idt_1", &renamed(), soon()).await.is_err());
        assert_eq!(blnk.calls(), calls, "{status}");
    }
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer(500, json!({}))).up_to_n_times(2).mount(&server).await;
    Mock::given(any())
        .respond_with(answer(200, json!({"message": "Identity updated successfully"})))
        .mount(&server)
        .await;
    assert_eq!(
        blnk_at(&server.uri()).update_identity("idt_1", &renamed(), soon()).await,
        Ok(IdentityUpdate::Done)
    );
}

#[tokio::test]
async fn an_address_is_looked_for_in_any_case_and_what_a_pattern_lets_through_is_not_taken() {
    let server = MockServer::start().await;
    let found = |id: &str, name: &str, address: &str| {
        json!({"identity_id": id, "first_name": "A", name: address,
            "meta_data": {}})
    };
    Mock::given(path("/identities/filter"))
        .and(body_json(json!({"filters": [{"field": "email_address", "operator": "ilike",
            "value": "a_b@Example.org"}]})))
        .respond_with(answer(
            200,
            json!({"data": [found("idt_1", "email_address", "A_B@example.org"),
                found("idt_2", "email_address", "axb@example.org"),
                found("idt_3", "email", "a_b@example.org"), found("idt_4", "email_address", "")],
                    "total": 4}),
        ))
        .mount(&server)
        .await;
    let blnk = blnk_at(&server.uri());
    let rows = blnk.identities_by_email(" a_b@Example.org ", soon()).await.unwrap();
    assert_eq!(
        rows.iter().map(|row| row.identity_id.as_str()).collect::<Vec<_>>(),
        ["idt_1", "idt_3"]
    );
    for odd in ["", "  ", "100%@example.org", "a\\b@example.org"] {
        assert_eq!(blnk.identities_by_email(odd, soon()).await, Ok(Vec::new()), "{odd}");
    }
    assert_eq!(blnk.calls(), 1);
}

#[tokio::test]
async fn a_balance_is_given_its_identity_and_the_same_again_does_no_harm() {
    let server = MockServer::start().await;
    Mock::given(method("PUT"))
        .and(path("/proxy/balances/bln_1-a/identity"))
        .and(query_param("instance_id", INSTANCE))
        .and(body_json(json!({"identity_id": "idt_1"})))
        .respond_with(answer(200, json!({"message": "Balance identity updated successfully"})))
        .mount(&server)
        .await;
    let blnk = blnk_at(&server.uri());
    for _ in 0..2 {
        assert_eq!(
            blnk.link_balance_identity("bln_1-a", "idt_1", soon()).await,
            Ok(IdentityUpdate::Done)
        );
    }
    assert!(blnk.link_balance_identity("bln_1/../x", "idt_1", soon()).await.is_err());
    assert!(blnk.link_balance_identity("bln_1", "idt\u{0}1", soon()).await.is_err());
    assert_eq!(blnk.calls(), 2);
    let server = always(core(404, "BAL_NOT_FOUND", "Identity with ID 'idt_1' not found")).await;
    assert_eq!(
        blnk_at(&server.uri()).link_balance_identity("bln_1", "idt_1", soon()).await,
        Ok(IdentityUpdate::Gone)
    );
}

#[tokio::test]
async fn balances_are_found_by_customer_whatever_their_identity() {
    let row = |id: &str, customer: &str, currency: &str, ledger: &str| {
        json!({"balance_id": id, "ledger_id": ledger, "currency": currency, "identity_id": "",
            "balance": 0, "debit_balance": 0,
            "credit_balance": 0, "meta_data": {"stripe_customer_id": customer}})
    };
    let server = MockServer::start().await;
    Mock::given(path("/balances/filter"))
        .and(body_json(json!({"filters": [
            {"field": "meta_data.stripe_customer_id", "operator": "in",
                "values": ["cus_1", "cus_2"]},
            {"field": "ledger_id", "operator": "eq", "value": "ldg_1"},
            {"field": "currency", "operator": "in", "values": ["EUR", "USD"]}]})))
        .respond_with(answer(
            200,
            json!({"data": [row("bln_1", "cus_1", "EUR", "ldg_1"),
                row("bln_2", "cus_2", "USD", "ldg_1")], "total": 2}),
        ))
        .mount(&server)
        .await;
    let blnk = blnk_at(&server.uri());
    let found = blnk
        .balances_by_customer("ldg_1", &["cus_1", "cus_2"], &["EUR", "USD"], soon())
        .await
        .unwrap();
    assert_eq!(
        found.iter().map(|row| row.customer()).collect::<Vec<_>>(),
        [Some("cus_1"), Some("cus_2")]
    );
    assert_eq!(
        blnk.balances_by_customer::<&str, _>("ldg_1", &[], &["EUR"], soon()).await,
        Ok(Vec::new())
    );
    assert_eq!(
        blnk.balances_by_customer::<_, &str>("ldg_1", &["cus_1"], &[], soon()).await,
        Ok(Vec::new())
    );
    assert_eq!(blnk.calls(), 1);
    // An ignored condition returns foreign rows.
    for foreign in [
        row("bln_1", "cus_3", "EUR", "ldg_1"),
        row("bln_1", "cus_1", "JPY", "ldg_1"),
        row("bln_1", "cus_1", "EUR", "ldg_2"),
    ] {
        let server = always(answer(200, json!({"data": [foreign], "total": 1}))).await;
        let found = blnk_at(&server.uri())
            .balances_by_customer("ldg_1", &["cus_1"], &["EUR"], soon())
            .await;
        assert!(matches!(found, Err(BlnkError::Malformed { .. })));
    }
}
