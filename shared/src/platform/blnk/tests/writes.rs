//! Bulks of entries: how far a failed one came, and when that is unknown.

use std::time::Instant;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use wiremock::matchers::{body_json, header, method, path, query_param};

use crate::platform::blnk::tests::*;
use crate::platform::http::reply::Fault;

fn entry(n: usize) -> Value {
    json!({"precise_amount": 1050, "precision": 100, "currency": "USD",
        "reference": format!("stripe:acct_1:test:txn_{n}"),
        "description": "Charge", "source": "@stripe_test_guests", "destination": "@stripe_test",
        "allow_overdraft": true})
}

/// Core's response to a bulk that stopped at its third entry.
fn stopped(cause: &str) -> String {
    format!(
        "failed to queue transaction 3 (Reference: stripe:acct_1:test:txn_2, Source: bln_1, \
            Destination: bln_2, Amount: 10.50): {cause}. \
         Previous transactions were not rolled back."
    )
}

#[tokio::test]
async fn a_bulk_is_sent_as_agreed_and_201_means_all_applied() {
    let server = MockServer::start().await;
    let entries = [entry(0), entry(1)];
    let expected = json!({"transactions": entries, "atomic": false, "inflight": false,
        "run_async": false, "skip_queue": true});
    Mock::given(method("POST"))
        .and(path("/cloud/proxy/transactions/bulk"))
        .and(query_param("instance_id", INSTANCE))
        .and(header("authorization", format!("Bearer {KEY}").as_str()))
        .and(header("content-type", "application/json"))
        .and(body_json(expected))
        .respond_with(answer(
            201,
            json!({"batch_id": "bulk_1", "status": "applied", "transaction_count": 2}),
        ))
        .expect(1)
        .mount(&server)
        .await;
    let blnk = blnk_at(&format!("{}/cloud/", server.uri()));

    assert_eq!(blnk.bulk(&entries, soon()).await, BulkOutcome::AllApplied);
    assert_eq!(
        blnk.bulk::<Value>(&[], soon()).await,
        BulkOutcome::AllApplied,
        "nothing to post needs no call"
    );
    assert_eq!(blnk.calls(), 1);
    shows_no_secret(&format!("{blnk:?}"));
}

#[tokio::test]
async fn a_refused_bulk_names_the_entry_in_both_generations_of_core() {
    use RefusalCode::{
        AlreadyExists, Conflict, Duplicate, InsufficientFunds, Locked, NotFound, Validation,
    };
    let used =
        "transaction validation failed: reference stripe:acct_1:test:txn_2 has already been used";
    let funds = "failed to apply transaction to balances: insufficient funds in source balance";
    let lock = "failed to acquire lock: lock is already held";
    let optimistic = "Optimistic locking failure: balance with ID 'bln_1' may have been updated or \
        deleted by another transaction";
    let exists = "Balance already exists for indicator '@stripe' and 'USD'";
    let unknown = "Balance with ID 'bln_2' not found";
    let zero = "transaction precise amount must be positive";
    let cases = [
        (409, "TXN_DUPLICATE_REFERENCE", used, Duplicate, false),
        (400, "TXN_INSUFFICIENT_FUNDS", funds, InsufficientFunds, false),
        (423, "GEN_RESOURCE_LOCKED", lock, Locked, true),
        (409, "GEN_CONFLICT", exists, AlreadyExists, false),
        (409, "GEN_CONFLICT", optimistic, Conflict, true),
        (404, "TXN_NOT_FOUND", unknown, NotFound, false),
        (400, "TXN_VALIDATION_ERROR", zero, Validation, false),
    ];
    for (status, core_code, cause, expected, may_retry) in cases {
        let message = stopped(cause);
        // Before 0.15: status 400, no code, the same message.
        for response in [
            core(status, core_code, &message),
            answer(400, json!({"error": message, "batch_id": "bulk_1"})),
        ] {
            let server = always(response).await;
            let blnk = blnk_at(&server.uri());
            let outcome = blnk.bulk(&[entry(0), entry(1), entry(2), entry(3)], soon()).await;
            let BulkOutcome::Refused {
                position, reference, code, retryable, message: kept, ..
            } = outcome
            else {
                panic!("{outcome:?}")
            };
            assert_eq!(
                (position, reference.as_deref()),
                (Some(2), Some("stripe:acct_1:test:txn_2")),
                "{core_code}"
            );
            assert_eq!((code, retryable), (expected, may_retry), "{core_code}");
            assert!(kept.contains(cause));
            assert_eq!(blnk.calls(), 1, "a write is never repeated by the client");
        }
    }
}

#[tokio::test]
async fn an_invalid_item_is_distinguished_from_refusals_by_cloud() {
    let invalid = json!({"errors": "transactions[1]: currency: cannot be blank.",
        "error_detail": {"code": "TXN_VALIDATION_ERROR",
            "message": "transactions[1]: currency: cannot be blank.", "details": {"index": 1}}});
    let legacy = json!({"errors": "transactions[1]: currency: cannot be blank."});
    let cases = [
        (answer(400, invalid), Some(1), RefusalCode::Validation, false),
        (answer(400, legacy), Some(1), RefusalCode::Validation, false),
        (
            answer(401, json!({"error": "Authorization header is required"})),
            None,
            RefusalCode::Unauthorized,
            false,
        ),
        (
            answer(401, json!({"error": format!("unknown key {KEY}\r\nretry")})),
            None,
            RefusalCode::Unauthorized,
            false,
        ),
        (answer(403, json!({"error": "insufficient scope"})), None, RefusalCode::Forbidden, false),
        (
            ResponseTemplate::new(429)
                .insert_header("retry-after", "7")
                .set_body_string("slow down"),
            None,
            RefusalCode::RateLimited,
            true,
        ),
        (core(400, "TXN_BULK_LIMIT_EXCEEDED", "too many"), None, RefusalCode::Validation, false),
        (
            ResponseTemplate::new(413).set_body_string("<html>"),
            None,
            RefusalCode::Validation,
            false,
        ),
        (
            answer(400, json!({"error": "failed to begin transaction"})),
            None,
            RefusalCode::Unrecognized,
            false,
        ),
    ];
    for (response, at, expected, may_retry) in cases {
        let server = always(response).await;
        let blnk = blnk_at(&server.uri());
        let outcome = blnk.bulk(&[entry(0), entry(1)], soon()).await;
        shows_no_secret(&format!("{outcome:?}"));
        let BulkOutcome::Refused { position, code, retryable, message, retry_after, .. } = outcome
        else {
            panic!("{outcome:?}")
        };
        assert_eq!((position, code, retryable), (at, expected, may_retry));
        assert!(!message.contains('\n') && !message.contains('\r'), "{message:?}");
        assert_eq!(retry_after.is_some(), code == RefusalCode::RateLimited);
        assert_eq!(blnk.calls(), 1);
    }
}

#[tokio::test]
async fn every_answer_that_does_not_say_what_was_done_is_an_unknown_outcome() {
    let cases = [
        (core(500, "GEN_INTERNAL", "Failed to record transaction"), UnknownCause::Status(500)),
        (core(503, "QUEUE_BACKPRESSURE", "queue is full"), UnknownCause::Status(503)),
        (ResponseTemplate::new(504).set_body_string("<html>"), UnknownCause::Status(504)),
        (
            answer(202, json!({"status": "processing", "batch_id": "bulk_1"})),
            UnknownCause::Status(202),
        ),
        (answer(200, json!({"would_apply": true})), UnknownCause::Status(200)),
        (
            ResponseTemplate::new(302).insert_header("location", "http://127.0.0.1:1/"),
            UnknownCause::Status(302),
        ),
        (answer(409, json!({"error": "duplicate request"})), UnknownCause::DuplicateRequest),
        (
            answer(201, json!({"batch_id": "bulk_1", "status": "applied", "transaction_count": 1})),
            UnknownCause::Unreadable,
        ),
    ];
    for (response, expected) in cases {
        let server = always(response).await;
        let blnk = blnk_at(&server.uri());
        assert_eq!(blnk.bulk(&[entry(0), entry(1)], soon()).await, BulkOutcome::Unknown(expected));
        assert_eq!(blnk.calls(), 1);
    }
}

#[tokio::test]
async fn a_bulk_cut_off_is_unknown_unless_nothing_was_sent_or_201_had_come() {
    // A ledger that hangs: the client gives up 3 s before the deadline.
    let server = always(ResponseTemplate::new(201).set_delay(Duration::from_secs(30))).await;
    let blnk = blnk_at(&server.uri());
    let began = Instant::now();
    let outcome = blnk.bulk(&[entry(0)], Deadline::after(Duration::from_millis(3_400))).await;
    assert_eq!(outcome, BulkOutcome::Unknown(UnknownCause::Network(Fault::Timeout)));
    assert!(began.elapsed() < Duration::from_secs(2) && blnk.calls() == 1, "{:?}", began.elapsed());

    // Too late to start.
    let blnk = blnk_at(&server.uri());
    let outcome = blnk.bulk(&[entry(0)], Deadline::after(Duration::from_secs(3))).await;
    assert_eq!(
        (outcome, blnk.calls()),
        (BulkOutcome::NotSent(NotSent::Network(Fault::NoTimeLeft)), 0)
    );

    // Larger than Core accepts.
    let large = json!({"description": "x".repeat(MAX_BULK_BYTES)});
    assert_eq!(
        (blnk.bulk(&[large], soon()).await, blnk.calls()),
        (BulkOutcome::NotSent(NotSent::TooLarge), 0)
    );

    // No server, then one that hangs up after the request, then one that hangs up in the middle of
    // a 201's body.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        for first_bytes in ["", "HTTP/1.1 201 Created\r\ncontent-length: 80\r\n\r\n{\"batch_id"] {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 8_192]).await.unwrap();
            stream.write_all(first_bytes.as_bytes()).await.unwrap();
        }
    });
    let blnk = blnk_at(&base);
    assert_eq!(
        blnk.bulk(&[entry(0)], soon()).await,
        BulkOutcome::Unknown(UnknownCause::Network(Fault::Disconnected))
    );
    assert_eq!(
        blnk.bulk(&[entry(0)], soon()).await,
        BulkOutcome::AllApplied,
        "201 is only said when all are applied"
    );
    server.await.unwrap();
    assert_eq!(
        blnk.bulk(&[entry(0)], soon()).await,
        BulkOutcome::NotSent(NotSent::Network(Fault::Connect))
    );
}
