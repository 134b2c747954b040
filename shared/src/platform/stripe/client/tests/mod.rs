//! The requests that the client sends, the refusals it distinguishes, and what its tests share.

mod endpoints;
mod faults;
mod ids;
mod lookups;
mod shapes;

use std::time::Duration;

use secrecy::SecretString;
use serde_json::json;
use wiremock::matchers::{header, method, path, query_param};
use wiremock::{Match, Mock, MockServer, Request, ResponseTemplate};

use crate::model::stripe::resource::Resource;
use crate::model::stripe::types::list::MAX_PAGE;
use crate::model::stripe::types::parts::Expandable;
use crate::platform::http::client;
use crate::platform::stripe::client::*;
use crate::platform::stripe::reads::{MOVEMENT_EXPANSIONS, PageRequest};

const KEY: &str = "rk_test_51SecretPartNobodyMaySee";

/// Retries without noticeable waits.
const QUICK: RetryPolicy = RetryPolicy::new(Duration::from_millis(4), Duration::from_millis(8), 4);

fn stripe_at(base: &str) -> StripeClient {
    StripeClient::new(client().unwrap(), base, &SecretString::from(KEY)).unwrap().with_retry(QUICK)
}

fn soon() -> Deadline {
    Deadline::after(Duration::from_secs(20))
}

/// The exact values of a repeated query parameter, in order.
struct Query(&'static str, &'static [&'static str]);

impl Match for Query {
    fn matches(&self, request: &Request) -> bool {
        let sent: Vec<_> = request
            .url
            .query_pairs()
            .filter(|(name, _)| name == self.0)
            .map(|(_, value)| value)
            .collect();
        sent == self.1
    }
}

fn error_body(code: Option<&str>, param: Option<&str>, message: &str) -> serde_json::Value {
    json!({"error": {"type": "invalid_request_error", "code": code, "param": param,
        "message": message,
        "doc_url": "https://stripe.com/docs/error-codes",
        "request_log_url": "https://dashboard.stripe.com/test/logs/req_1"}})
}

/// A Stripe server that answers every request alike.
async fn always(response: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("GET")).respond_with(response).mount(&server).await;
    server
}

fn charge_movement() -> serde_json::Value {
    json!({
        "id": "txn_1", "object": "balance_transaction", "amount": 9_007_199_254_740_993_i64,
        "fee": 59, "net": 9_007_199_254_740_934_i64,
        "fee_details": [{"amount": 59, "application": null, "currency": "usd",
            "description": "Stripe processing fees", "type": "stripe_fee"}],
        "available_on": 1_795_910_400, "created": 1_795_500_000, "currency": "usd",
        "description": null, "exchange_rate": null,
        "reporting_category": "charge", "status": "pending", "type": "charge",
        "balance_type": "payments",
        "source": {"id": "ch_1", "object": "charge", "amount": 9_007_199_254_740_993_i64,
            "currency": "usd", "customer":
            {"id": "cus_1", "object": "customer", "created": 1_795_000_000, "livemode": false,
                "email": "ann@example.com", "name": "Ann"}}
    })
}

#[tokio::test]
async fn a_page_is_asked_for_with_version_key_cursor_window_and_the_four_expansions() {
    let server = MockServer::start().await;
    let body = json!({"object": "list", "url": "/v1/balance_transactions", "has_more": true,
        "data": [charge_movement()]});
    Mock::given(method("GET"))
        .and(path("/v1/balance_transactions"))
        .and(header("authorization", format!("Bearer {KEY}").as_str()))
        .and(header("stripe-version", "2026-07-29.dahlia"))
        .and(query_param("limit", "100"))
        .and(query_param("created[gte]", "1795500000"))
        .and(query_param("starting_after", "txn_0"))
        .and(Query(
            "expand[]",
            &[
                "data.source",
                "data.source.customer",
                "data.source.charge",
                "data.source.charge.customer",
            ],
        ))
        .respond_with(ResponseTemplate::new(200).set_body_json(body))
        .expect(1)
        .mount(&server)
        .await;
    let stripe = stripe_at(&server.uri());
    assert!(
        MOVEMENT_EXPANSIONS.iter().all(|path| path.split('.').count() <= 4),
        "Stripe expands four levels"
    );

    let page = PageRequest {
        created_gte: Some(1_795_500_000),
        created_lt: None,
        starting_after: Some("txn_0".into()),
        limit: 200,
        ..PageRequest::default()
    };
    let list = stripe.balance_transactions(&page, soon()).await.unwrap();

    assert!(list.has_more);
    assert_eq!(
        (list.data[0].amount, list.data[0].net),
        (9_007_199_254_740_993, 9_007_199_254_740_934),
        "beyond 2^53, to the unit"
    );
    let Some(Expandable::Object(charge)) = &list.data[0].source else {
        panic!("the source was expanded")
    };
    assert_eq!(charge.customer.as_ref().map(Expandable::id), Some("cus_1"));
    assert_eq!(stripe.calls(), 1);
}

/// Responses that no retry can change, and the error for each.
fn refusals() -> Vec<(u16, serde_json::Value, StripeError)> {
    let expired = "Expired API Key provided: rk_test_*See";
    let masked = "The provided key 'rk_test_*****See' does not have the required permissions for \
        this \
                  endpoint on account 'acct_1'. Having the 'rak_charge_read' permission would \
                  allow \
                  this request to continue.";
    let gone =
        error_body(Some("resource_missing"), Some("starting_after"), "No such object: 'txn_0'");
    let unknown = error_body(Some("parameter_unknown"), Some("expand[0]"), "Unknown parameter");
    let no_code = error_body(Some("not a code: ann@example.com"), None, "x");
    let invalid = |status, code: Option<&str>, param: Option<&str>| StripeError::Invalid {
        status,
        code: code.map(str::to_owned),
        param: param.map(str::to_owned),
    };
    let unauthorized = StripeError::Unauthorized { code: Some("api_key_expired".into()) };
    let forbidden = |permission: Option<&str>| StripeError::Forbidden {
        permission: permission.map(str::to_owned),
    };
    vec![
        (401, error_body(Some("api_key_expired"), None, expired), unauthorized),
        (403, error_body(None, None, masked), forbidden(Some("rak_charge_read"))),
        (403, error_body(None, None, "No."), forbidden(None)),
        (400, gone.clone(), StripeError::CursorGone),
        (404, gone, StripeError::CursorGone),
        (400, unknown, invalid(400, Some("parameter_unknown"), Some("expand[0]"))),
        (404, json!("<html>"), invalid(404, None, None)),
        (400, no_code, invalid(400, None, None)),
    ]
}

#[tokio::test]
async fn refusals_are_told_at_once_and_by_kind() {
    for (status, body, expected) in refusals() {
        // The header promises that a retry would help: with these it cannot.
        let server = always(
            ResponseTemplate::new(status)
                .insert_header("stripe-should-retry", "true")
                .set_body_json(body),
        )
        .await;
        let stripe = stripe_at(&server.uri());
        let error = stripe.balance_transactions(&PageRequest::default(), soon()).await.unwrap_err();
        assert_eq!(error, expected);
        assert_eq!(stripe.calls(), 1, "{error}: not repeated");
        let shown = format!("{error} {error:?} {stripe:?}");
        assert!(
            !shown.contains("SecretPart")
                && !shown.contains("rk_test")
                && !shown.contains("example.com")
                && !shown.contains("acct_1"),
            "{shown}"
        );
    }
}

#[tokio::test]
async fn an_unreadable_record_is_named_in_a_walk_and_makes_a_payout_uncountable() {
    let sound = json!({"id": "txn_2", "amount": 1, "fee": 0, "net": 1, "currency": "usd",
        "created": 1, "available_on": 1, "type": "charge"});
    let page = json!({"object": "list", "data": [{"id": "txn_1", "amount": 10.5}, sound],
        "has_more": false});
    let server = always(ResponseTemplate::new(200).set_body_json(page)).await;
    let stripe = stripe_at(&server.uri());
    let read = stripe.balance_transactions(&PageRequest::default(), soon()).await.unwrap();
    assert_eq!((read.data.len(), read.unread.len()), (1, 1));
    let error = stripe.payout_members("po_1", None, MAX_PAGE, soon()).await.unwrap_err();
    assert!(
        matches!(error, StripeError::Malformed { .. }),
        "the members that are left add up to something else: {error}"
    );
}

#[tokio::test]
async fn the_permission_check_reads_one_record_of_each_resource_and_names_the_missing_one() {
    let server = MockServer::start().await;
    let refused = error_body(
        None,
        None,
        "Having the 'rak_dispute_read' permission would allow this request to continue.",
    );
    Mock::given(path("/v1/disputes"))
        .respond_with(ResponseTemplate::new(403).set_body_json(refused))
        .mount(&server)
        .await;
    let balance = json!({"object": "balance", "available": [], "pending": []});
    for (singleton, object) in
        [("/v1/account", json!({"id": "acct_1", "object": "account"})), ("/v1/balance", balance)]
    {
        Mock::given(path(singleton))
            .respond_with(ResponseTemplate::new(200).set_body_json(object))
            .mount(&server)
            .await;
    }
    let empty = json!({"object": "list", "data": [], "has_more": false, "url": "/v1/x"});
    Mock::given(query_param("limit", "1"))
        .respond_with(ResponseTemplate::new(200).set_body_json(empty))
        .mount(&server)
        .await;
    let stripe = stripe_at(&server.uri());

    let mut missing = Vec::new();
    for resource in Resource::ALL {
        if let Err(error) = stripe.probe(resource, soon()).await {
            missing.push((resource.name(), error));
        }
    }

    assert_eq!(
        missing,
        [("disputes", StripeError::Forbidden { permission: Some("rak_dispute_read".into()) })]
    );
    assert_eq!(stripe.calls(), 8);
}

#[test]
fn a_key_or_url_that_cannot_be_sent_is_refused_when_the_client_is_made() {
    let http = client().unwrap();
    let newline = SecretString::from("rk_test_a\r\nx: y");
    assert_eq!(
        StripeClient::new(http.clone(), "https://api.stripe.com", &newline).unwrap_err(),
        SetupError::Key
    );
    assert_eq!(
        StripeClient::new(http, "api.stripe.com", &SecretString::from(KEY)).unwrap_err(),
        SetupError::BaseUrl
    );
}
