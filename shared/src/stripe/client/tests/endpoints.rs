//! Webhook endpoints: the only writes.

use wiremock::matchers::{body_string_contains, header_exists};

use super::*;
use crate::stripe::NewEndpoint;

const URL: &str = "https://app.example.com/api/stripe/instapp_1";

fn new() -> NewEndpoint<'static> {
    NewEndpoint { url: URL, install: "instapp_1", idempotency_key: "stripe-sync-endpoint-1" }
}

fn made() -> serde_json::Value {
    json!({"id": "we_1", "object": "webhook_endpoint", "url": URL, "status": "enabled", "secret": "whsec_SecretPartNobodyMaySee"})
}

#[tokio::test]
async fn an_endpoint_is_asked_for_by_form_with_its_events_version_install_and_idempotency_key() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/v1/webhook_endpoints"))
        .and(header("authorization", format!("Bearer {KEY}").as_str()))
        .and(header("stripe-version", "2026-07-29.dahlia"))
        .and(header("content-type", "application/x-www-form-urlencoded"))
        .and(header("idempotency-key", "stripe-sync-endpoint-1"))
        .and(body_string_contains("url=https%3A%2F%2Fapp.example.com%2Fapi%2Fstripe%2Finstapp_1"))
        .and(body_string_contains("metadata%5Bstripe_sync_install%5D=instapp_1"))
        .and(body_string_contains("api_version=2026-07-29.dahlia"))
        .and(body_string_contains("enabled_events%5B%5D=balance.available&enabled_events%5B%5D=charge.dispute.closed"))
        .respond_with(ResponseTemplate::new(200).set_body_json(made()))
        .expect(1)
        .mount(&server)
        .await;
    let endpoint = stripe_at(&server.uri()).create_webhook_endpoint(new(), soon()).await.unwrap();
    assert!(endpoint.enabled() && endpoint.secret.is_some());
    assert!(!format!("{endpoint:?}").contains("SecretPart"), "no Debug output holds the secret");
}

#[tokio::test]
async fn writes_are_repeated_as_the_same_write_and_a_removal_that_happened_is_one() {
    for status in [409, 429, 500, 503] {
        let server = MockServer::start().await;
        let busy = ResponseTemplate::new(status).set_body_json(error_body(None, None, "Busy."));
        Mock::given(method("POST")).respond_with(busy.clone()).up_to_n_times(2).mount(&server).await;
        Mock::given(method("POST"))
            .and(header_exists("idempotency-key"))
            .respond_with(ResponseTemplate::new(200).set_body_json(made()))
            .mount(&server)
            .await;
        Mock::given(method("DELETE")).respond_with(busy).up_to_n_times(1).mount(&server).await;
        let gone = error_body(Some("resource_missing"), Some("webhook_endpoint"), "No such webhook endpoint: 'we_1'");
        Mock::given(method("DELETE")).respond_with(ResponseTemplate::new(404).set_body_json(gone)).mount(&server).await;
        let stripe = stripe_at(&server.uri());
        stripe.create_webhook_endpoint(new(), soon()).await.unwrap();
        let sent: std::collections::BTreeSet<_> = server
            .received_requests()
            .await
            .unwrap()
            .iter()
            .map(|sent| (sent.headers["idempotency-key"].clone().to_str().unwrap().to_owned(), sent.body.clone()))
            .collect();
        assert_eq!((stripe.calls(), sent.len()), (3, 1), "{status}");
        stripe.delete_webhook_endpoint("we_1", soon()).await.unwrap();
        assert_eq!(stripe.calls(), 5, "{status}: gone is removed");
    }
    // What cannot help is not repeated.
    let server = MockServer::start().await;
    let refused = error_body(Some("url_invalid"), Some("url"), "Invalid URL");
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(400).set_body_json(refused)).expect(1).mount(&server).await;
    let error = stripe_at(&server.uri()).create_webhook_endpoint(new(), soon()).await.unwrap_err();
    assert_eq!(error, StripeError::Invalid { status: 400, code: Some("url_invalid".into()), param: Some("url".into()) });
}
