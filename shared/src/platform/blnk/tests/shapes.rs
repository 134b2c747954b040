//! Successful statuses with unusable bodies: the absence of a value in them proves nothing.

use wiremock::matchers::{body_string_contains, path};

use crate::model::shape::Shape;
use crate::platform::blnk::tests::*;

const LIES: [&str; 10] = [
    "{\"message\":\"ok\"}",
    "{\"error\":\"no such instance\",\"data\":[]}",
    "{\"errors\":[],\"data\":null,\"total\":0}",
    "{\"total\":5}",
    "null",
    "\"x\"",
    "{\"data\":{}}",
    "{\"data\":\"\",\"total\":0}",
    "<html>Service suspended</html>",
    "",
];

async fn saying(status: u16, body: &str) -> MockServer {
    always(ResponseTemplate::new(status).set_body_string(body)).await
}

/// The results of every read for one response.
async fn all_reads(blnk: &BlnkClient) -> Vec<BlnkError> {
    let errors = [
        blnk.transactions_by_reference(&["r1"], soon()).await.err(),
        blnk.transactions(&[], 10, soon()).await.err(),
        blnk.count_transactions(&[], soon()).await.err(),
        blnk.balances_by_indicator(&["@stripe"], soon()).await.err(),
        blnk.balances(&["bln_1"], soon()).await.err(),
        blnk.balances_by_identity(&["idt_1"], "ldg_1", soon()).await.err(),
        blnk.balances_by_customer("ldg_1", &["cus_1"], &["USD"], soon()).await.err(),
        blnk.identities(&["idt_1"], soon()).await.err(),
        blnk.identities_by_email("a@example.org", soon()).await.err(),
        blnk.ledgers_named_like("Stripe ", soon()).await.err(),
    ];
    errors.into_iter().map(|error| error.expect("no answer was taken for one")).collect()
}

#[tokio::test]
async fn a_list_in_an_unknown_shape_is_repeated_and_never_taken_for_an_empty_one() {
    for lie in LIES {
        let server = saying(200, lie).await;
        let blnk = blnk_at(&server.uri());
        let errors = all_reads(&blnk).await;
        for error in &errors {
            assert!(
                matches!(error, BlnkError::Unavailable { cause: UnknownCause::Shape(_) }),
                "{lie}: {error:?}"
            );
        }
        assert_eq!(blnk.calls(), errors.len() as u64 * u64::from(QUICK.max_attempts), "{lie}");
        let found = blnk.find_alert("text", soon()).await;
        assert!(
            found.is_err_and(|error| error
                .shape()
                .is_some_and(|shape| shape.call() == "GET /alerts")),
            "{lie}"
        );
    }
    let server = saying(200, "{\"message\":\"ann@example.com\"}").await;
    let error = blnk_at(&server.uri()).balances(&["bln_1"], soon()).await.unwrap_err();
    let text = "the ledger is not available (/balances/filter was answered in an unknown shape: an \
        object with message)";
    assert_eq!(error.to_string(), text);
}

/// A real Core's empty lists: each kind has its own form, with and without a count.
#[tokio::test]
async fn the_empty_lists_of_a_real_core_are_empty_lists() {
    for (empty, kinds) in [
        ("{\"data\":[],\"total\":0,\"stats\":{}}", 0b1111),
        ("{\"data\":null,\"total\":0}", 0b1111),
        ("{\"data\":[]}", 0b1111),
        ("{\"data\":null}", 0b1111),
        // Without a count, a bare array arrives, and only two of the four kinds have an empty
        // array.
        ("[]", 0b0011),
    ] {
        let server = saying(200, empty).await;
        let blnk = blnk_at(&server.uri());
        let found = [
            blnk.transactions(&[], 10, soon()).await.map(|rows| rows.len()),
            blnk.ledgers_named_like("Stripe ", soon()).await.map(|rows| rows.len()),
            blnk.balances(&["bln_1"], soon()).await.map(|rows| rows.len()),
            blnk.identities(&["idt_1"], soon()).await.map(|rows| rows.len()),
        ];
        for (at, found) in found.into_iter().enumerate() {
            assert_eq!(found == Ok(0), kinds >> at & 1 == 1, "{empty}, kind {at}: {found:?}");
        }
    }
    let server = saying(200, "[{\"identity_id\":\"idt_1\"}]").await;
    assert_eq!(
        blnk_at(&server.uri()).identities(&["idt_1"], soon()).await.map(|rows| rows.len()),
        Ok(1)
    );
}

#[tokio::test]
async fn an_empty_list_that_denies_its_own_count_is_not_believed() {
    for body in ["{\"data\":null,\"total\":5}", "{\"data\":[],\"total\":\"1\"}"] {
        let server = saying(200, body).await;
        let blnk = blnk_at(&server.uri());
        let incomplete = BlnkError::Unavailable { cause: UnknownCause::Incomplete };
        assert_eq!(blnk.balances(&["bln_1"], soon()).await, Err(incomplete.clone()), "{body}");
        assert_eq!(blnk.ledgers_named_like("Stripe ", soon()).await, Err(incomplete), "{body}");
    }
    let server = saying(200, "{\"data\":[{\"balance_id\":7}],\"total\":1}").await;
    let error = blnk_at(&server.uri()).balances(&["bln_1"], soon()).await.unwrap_err();
    assert_eq!(
        error.shape().map(|shape| shape.seen()),
        Some("a list with a row of balance_id".to_owned())
    );
}

#[tokio::test]
async fn a_read_that_is_answered_in_the_right_shape_the_next_time_is_good() {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(200).set_body_string("{\"total\":5}"))
        .up_to_n_times(2)
        .mount(&server)
        .await;
    Mock::given(any())
        .respond_with(answer(200, json!({"data": [], "total": 0})))
        .mount(&server)
        .await;
    let blnk = blnk_at(&server.uri());
    assert_eq!(blnk.balances(&["bln_1"], soon()).await, Ok(Vec::new()));
    assert_eq!(blnk.calls(), 3);
}

#[tokio::test]
async fn a_write_that_is_answered_in_an_unknown_shape_has_an_unknown_outcome() {
    let meta = MetaData::new();
    let identity = NewIdentity { identity_id: "idt_1".into(), ..NewIdentity::default() };
    let new =
        NewBalance { ledger_id: "ldg_1", currency: "USD", identity_id: None, meta_data: &meta };
    let change = IdentityChange { fields: [("city", "Ulm".to_owned())].into(), meta_data: None };
    for lie in [
        "{\"error\":\"no\",\"message\":\"ok\",\"batch_id\":\"b\"}",
        "{\"total\":5}",
        "null",
        "[]",
        "\"x\"",
        "{\"data\":{}}",
        "<html>",
        "",
    ] {
        let server = saying(201, lie).await;
        let blnk = blnk_at(&server.uri());
        let outcome = blnk.bulk(&[json!({"reference": "r1"})], soon()).await;
        assert_eq!(
            outcome,
            BulkOutcome::Unknown(UnknownCause::Shape(Shape::of(
                "/proxy/transactions/bulk",
                lie.as_bytes()
            ))),
            "{lie}"
        );
        let mut errors = vec![
            blnk.create_ledger("x", &meta, soon()).await.err(),
            blnk.create_balance(&new, soon()).await.err(),
            blnk.create_identity(&identity, soon()).await.err(),
            blnk.raise_alert("bln_1", "t", "d", soon()).await.err(),
        ];
        assert_eq!(blnk.calls(), 5, "{lie}: once each");
        errors.push(blnk.update_identity("idt_1", &change, soon()).await.err());
        errors.push(blnk.link_balance_identity("bln_1", "idt_1", soon()).await.err());
        for error in errors {
            assert!(
                matches!(error, Some(BlnkError::UnknownOutcome { cause: UnknownCause::Shape(_) })),
                "{lie}: {error:?}"
            );
        }
    }
    for none in ["{\"error\":\"no\"}", "null", "\"x\"", "<html>"] {
        let server = saying(200, none).await;
        assert!(
            blnk_at(&server.uri()).change_alert("ano_1", "t", "d", None, soon()).await.is_err(),
            "{none}"
        );
        assert!(blnk_at(&server.uri()).ensure_resolved_status(soon()).await.is_err(), "{none}");
    }
}

/// What a ledger cannot store is removed from texts, and never occurs in an id, a reference or a
/// filter.
#[tokio::test]
async fn nothing_is_sent_that_a_ledger_cannot_store() {
    let server = MockServer::start().await;
    Mock::given(body_string_contains("\\u00"))
        .respond_with(ResponseTemplate::new(500))
        .mount(&server)
        .await;
    Mock::given(path("/proxy/identities"))
        .respond_with(answer(201, json!({"identity_id": "idt_1"})))
        .mount(&server)
        .await;
    Mock::given(path("/proxy/transactions/bulk"))
        .respond_with(answer(201, json!({"batch_id": "b", "transaction_count": 1})))
        .mount(&server)
        .await;
    Mock::given(path("/alerts/flag/bln_1"))
        .respond_with(answer(201, json!({"anomaly_id": "ano_1"})))
        .mount(&server)
        .await;
    let blnk = blnk_at(&server.uri());
    let identity = NewIdentity {
        identity_id: "idt_1".into(),
        first_name: Some("A\u{0}da".into()),
        ..NewIdentity::default()
    };
    assert!(blnk.create_identity(&identity, soon()).await.is_ok());
    assert_eq!(
        blnk.bulk(&[json!({"reference": "r1", "description": "a\u{0}"})], soon()).await,
        BulkOutcome::AllApplied
    );
    assert!(blnk.raise_alert("bln_1", "t\u{0}", "d\u{0}", soon()).await.is_ok());
    let calls = blnk.calls();
    let two = [
        json!({"reference": "r1", "description": "a"}),
        json!({"reference": "r\u{0}2", "description": "a"}),
    ];
    let outcome = blnk.bulk(&two, soon()).await;
    assert!(
        matches!(
            outcome,
            BulkOutcome::Refused {
                position: Some(1),
                code: RefusalCode::Unstorable,
                retryable: false,
                ..
            }
        ),
        "{outcome:?}"
    );
    let errors = [
        blnk.transactions_by_reference(&["r\u{0}"], soon()).await.err(),
        blnk.balances_by_customer("ldg_1", &["cus_\u{7f}"], &["USD"], soon()).await.err(),
        blnk.ledgers_named_like("Stripe\u{0}", soon()).await.err(),
    ];
    assert!(
        errors
            .iter()
            .all(|error| error.as_ref().and_then(BlnkError::code) == Some(RefusalCode::Unstorable)),
        "{errors:?}"
    );
    assert_eq!(blnk.identities_by_email("a\u{0}@example.org", soon()).await, Ok(Vec::new()));
    assert_eq!(blnk.calls(), calls, "none of them was sent");
}
