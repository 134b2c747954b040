//! Identities, ledgers and balances: created once, and what an existing one or an unclear answer
//! means.

use wiremock::matchers::{body_json, path};

use crate::model::shape::Shape;
use crate::platform::blnk::tests::*;
use crate::platform::http::reply::Fault;

#[tokio::test]
async fn an_identity_that_exists_is_no_error_in_any_generation() {
    let exists = "Identity already exists: idt_1";
    let answers = [
        core(400, "IDT_VALIDATION_ERROR", exists),
        core(409, "GEN_CONFLICT", exists),
        answer(400, json!({"error": exists})),
    ];
    let identity = NewIdentity {
        identity_id: "idt_1".into(),
        identity_type: "individual".into(),
        ..NewIdentity::default()
    };
    for response in answers {
        let server = always(response).await;
        assert_eq!(
            blnk_at(&server.uri()).create_identity(&identity, soon()).await,
            Ok(IdentityCreation::AlreadyExists)
        );
    }
    for (rows, there) in [(json!([{"identity_id": "idt_1"}]), true), (json!([]), false)] {
        let server = MockServer::start().await;
        Mock::given(path("/proxy/identities"))
            .respond_with(answer(409, json!({"error": "conflict"})))
            .mount(&server)
            .await;
        Mock::given(path("/identities/filter"))
            .respond_with(answer(200, json!({"data": rows})))
            .mount(&server)
            .await;
        let made = blnk_at(&server.uri()).create_identity(&identity, soon()).await;
        assert_eq!(
            made == Ok(IdentityCreation::AlreadyExists),
            there,
            "a busy ledger says the same: {made:?}"
        );
    }
    let server = always(core(400, "IDT_VALIDATION_ERROR", "identity_id must be idt_<uuid>")).await;
    let error = blnk_at(&server.uri()).create_identity(&identity, soon()).await.unwrap_err();
    assert_eq!(error.code(), Some(RefusalCode::Validation), "another fault of an identity is one");

    let server = MockServer::start().await;
    Mock::given(path("/proxy/identities"))
        .and(body_json(json!({"identity_id": "idt_1", "identity_type": "individual",
            "meta_data": {}})))
        .respond_with(answer(
            201,
            json!({"identity_id": "idt_1", "created_at": "2026-11-24T10:30:00Z",
                "dob": "0001-01-01T00:00:00Z", "meta_data": null}),
        ))
        .mount(&server)
        .await;
    let created = blnk_at(&server.uri()).create_identity(&identity, soon()).await.unwrap();
    assert!(matches!(created, IdentityCreation::Created(made) if made.identity_id == "idt_1"));
}

#[tokio::test]
async fn a_ledger_or_balance_is_created_once_and_an_unknown_outcome_is_reported() {
    let meta: MetaData = [("owner".to_owned(), json!("acct_1:test"))].into_iter().collect();
    let server = MockServer::start().await;
    Mock::given(path("/proxy/ledgers"))
        .and(body_json(json!({"name": "Stripe Sync", "meta_data": {"owner": "acct_1:test"}})))
        .respond_with(answer(
            201,
            json!({"ledger_id": "ldg_1", "name": "Stripe Sync",
                "created_at": "2026-11-24T10:30:00Z", "meta_data": {"owner": "acct_1:test"}}),
        ))
        .mount(&server)
        .await;
    Mock::given(path("/proxy/balances"))
        .and(body_json(json!({"ledger_id": "ldg_1", "currency": "USD", "identity_id": "idt_1",
            "meta_data": {"owner": "acct_1:test"}})))
        .respond_with(answer(
            201,
            json!({"balance_id": "bln_9", "ledger_id": "ldg_1", "currency": "USD",
                "identity_id": "idt_1", "balance": 0,
            "credit_balance": 0, "debit_balance": 0, "version": 0,
            "meta_data": {"owner": "acct_1:test"}}),
        ))
        .mount(&server)
        .await;
    let blnk = blnk_at(&server.uri());
    let ledger = blnk.create_ledger("Stripe Sync", &meta, soon()).await.unwrap();
    let new = NewBalance {
        ledger_id: &ledger.ledger_id,
        currency: "USD",
        identity_id: Some("idt_1"),
        meta_data: &meta,
    };
    assert_eq!(blnk.create_balance(&new, soon()).await.unwrap().balance_id, "bln_9");

    let unclear = [
        (core(500, "GEN_INTERNAL", "x"), UnknownCause::Status(500)),
        (
            ResponseTemplate::new(201).set_body_string("{\"ledger"),
            UnknownCause::Shape(Shape::of("/proxy/ledgers", b"{\"ledger")),
        ),
        (
            ResponseTemplate::new(201).set_delay(Duration::from_secs(30)),
            UnknownCause::Network(Fault::Timeout),
        ),
    ];
    for (response, cause) in unclear {
        let server = always(response).await;
        let blnk = blnk_at(&server.uri());
        let error = blnk
            .create_ledger("Stripe Sync", &meta, Deadline::after(Duration::from_millis(3_500)))
            .await
            .unwrap_err();
        assert_eq!(
            (error, blnk.calls()),
            (BlnkError::UnknownOutcome { cause }, 1),
            "once, whatever happened"
        );
    }
    let nobody = blnk_at("http://127.0.0.1:1")
        .create_ledger("Stripe Sync", &meta, soon())
        .await
        .unwrap_err();
    assert_eq!(
        nobody,
        BlnkError::Unavailable { cause: UnknownCause::Network(Fault::Connect) },
        "nothing was sent, so the outcome is known"
    );
}
