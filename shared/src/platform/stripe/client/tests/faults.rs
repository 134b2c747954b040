//! What is retried, and for how long: busy and broken answers, lost connections, deadlines.

use std::time::Instant;

use tokio::net::TcpListener;

use crate::platform::stripe::client::tests::*;
use crate::platform::stripe::error::UnavailableCause;

#[tokio::test]
async fn busy_and_broken_answers_are_repeated_until_one_is_good() {
    let busy = [
        ResponseTemplate::new(429)
            .insert_header("stripe-rate-limited-reason", "endpoint-concurrency")
            .set_body_json(error_body(None, None, "slow")),
        ResponseTemplate::new(400).set_body_json(error_body(Some("rate_limit"), None, "slow")),
        ResponseTemplate::new(409).set_body_json(error_body(Some("lock_timeout"), None, "lock")),
        ResponseTemplate::new(503).set_body_string("<html>bad gateway</html>"),
    ];
    for response in busy {
        let server = MockServer::start().await;
        Mock::given(method("GET")).respond_with(response).up_to_n_times(2).mount(&server).await;
        Mock::given(method("GET"))
            .respond_with(ResponseTemplate::new(200).set_body_json(json!({"id": "acct_1"})))
            .mount(&server)
            .await;
        let stripe = stripe_at(&server.uri());
        assert_eq!(stripe.own_account(soon()).await.unwrap().id, "acct_1");
        assert_eq!(stripe.calls(), 3);
    }
}

#[tokio::test]
async fn retries_end_and_the_last_answer_is_returned() {
    let limited = ResponseTemplate::new(429)
        .insert_header("stripe-rate-limited-reason", "global-rate")
        .set_body_json(error_body(None, None, "x"));
    let stripe_down = always(limited).await;
    let stripe = stripe_at(&stripe_down.uri());
    let error = stripe.balance(soon()).await.unwrap_err();
    assert_eq!(
        error,
        StripeError::RateLimited { retry_after: None, reason: Some("global-rate".into()) }
    );
    assert_eq!(stripe.calls(), u64::from(QUICK.max_attempts));

    let forbidden_to_repeat =
        always(ResponseTemplate::new(500).insert_header("stripe-should-retry", "false")).await;
    let stripe = stripe_at(&forbidden_to_repeat.uri());
    let error = stripe.balance(soon()).await.unwrap_err();
    assert_eq!(error, StripeError::Unavailable { cause: UnavailableCause::Status(500) });
    assert_eq!(stripe.calls(), 1, "Stripe's own word wins");

    let told_to_repeat =
        always(ResponseTemplate::new(402).insert_header("stripe-should-retry", "true")).await;
    let stripe = stripe_at(&told_to_repeat.uri());
    assert!(matches!(stripe.balance(soon()).await, Err(StripeError::Invalid { status: 402, .. })));
    assert_eq!(stripe.calls(), u64::from(QUICK.max_attempts), "in both directions");
}

#[tokio::test]
async fn no_wait_and_no_call_goes_past_the_deadline() {
    // Stripe asks to wait 60 s with 5 s left: the error is returned now.
    let server = always(ResponseTemplate::new(429).insert_header("retry-after", "60")).await;
    let stripe = stripe_at(&server.uri());
    let began = Instant::now();
    let error = stripe.balance(Deadline::after(Duration::from_secs(5))).await.unwrap_err();
    assert_eq!(
        error,
        StripeError::RateLimited { retry_after: Some(Duration::from_secs(60)), reason: None }
    );
    assert!(began.elapsed() < Duration::from_secs(2) && stripe.calls() == 1);

    // A Stripe server that hangs: the call ends one reserve before the deadline.
    let server = always(ResponseTemplate::new(200).set_delay(Duration::from_secs(30))).await;
    let stripe = stripe_at(&server.uri());
    let began = Instant::now();
    let error = stripe
        .balance(Deadline::after(CALL_LIMITS.reserve + Duration::from_millis(400)))
        .await
        .unwrap_err();
    assert_eq!(
        error,
        StripeError::Unavailable { cause: UnavailableCause::Network(Fault::Timeout) }
    );
    assert!(
        began.elapsed() < Duration::from_secs(1) && stripe.calls() == 1,
        "{:?}",
        began.elapsed()
    );

    // No time at all: nothing is sent.
    let stripe = stripe_at(&server.uri());
    let error = stripe.balance(Deadline::after(Duration::ZERO)).await.unwrap_err();
    assert_eq!(
        error,
        StripeError::Unavailable { cause: UnavailableCause::Network(Fault::NoTimeLeft) }
    );
    assert_eq!(stripe.calls(), 0);
}

#[tokio::test]
async fn a_lost_connection_is_tried_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let mut accepted = 0_u64;
        while accepted < u64::from(QUICK.max_attempts) {
            drop(listener.accept().await.unwrap());
            accepted += 1;
        }
        accepted
    });
    let stripe = stripe_at(&base);
    let error = stripe.balance(soon()).await.unwrap_err();
    assert_eq!(
        error,
        StripeError::Unavailable { cause: UnavailableCause::Network(Fault::Disconnected) }
    );
    assert_eq!(stripe.calls(), server.await.unwrap());
}
