//! Webhook endpoints: the only writes.

use wiremock::matchers::{body_string_contains, header_exists};

use crate::app::webhook::endpoint;
use crate::platform::stripe::client::tests::*;
use crate::platform::stripe::endpoints::NewEndpoint;

const URL: &str = "https://app.example.com/api/stripe/instapp_1";

fn new() -> NewEndpoint<'static> {
    NewEndpoint { url: URL, install: "instapp_1", idempotency_key: "stripe-sync-endpoint-1" }
}

fn made() -> serde_json::Value {
    json!({"id": "we_1", "object": "webhook_endpoint", "url": URL, "status": "enabled",
        "secret": "whsec_SecretPartNobodyMaySee"})
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
        .and(body_string_contains(
            "enabled_events%5B%5D=balance.available&enabled_events%5B%5D=charge.dispute.closed",
        ))
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
        Mock::given(method("POST"))
            .respond_with(busy.clone())
            .up_to_n_times(2)
            .mount(&server)
            .await;
        Mock::given(method("POST"))
            .and(header_exists("idempotency-key"))
            .respond_with(ResponseTemplate::new(200).set_body_json(made()))
            .mount(&server)
            .await;
        Mock::given(method("DELETE")).respond_with(busy).up_to_n_times(1).mount(&server).await;
        let gone = error_body(
            Some("resource_missing"),
            Some("webhook_endpoint"),
            "No such webhook endpoint: 'we_1'",
        );
        Mock::given(method("DELETE"))
            .respond_with(ResponseTemplate::new(404).set_body_json(gone))
            .mount(&server)
            .await;
        let stripe = stripe_at(&server.uri());
        stripe.create_webhook_endpoint(new(), soon()).await.unwrap();
        let sent: std::collections::BTreeSet<_> = server
            .received_requests()
            .await
            .unwrap()
            .iter()
            .map(|sent| {
                (
                    sent.headers["idempotency-key"].clone().to_str().unwrap().to_owned(),
                    sent.body.clone(),
                )
            })
            .collect();
        assert_eq!((stripe.calls(), sent.len()), (3, 1), "{status}");
        stripe.delete_webhook_endpoint("we_1", soon()).await.unwrap();
        assert_eq!(stripe.calls(), 5, "{status}: gone is removed");
    }
    // A retry that cannot help is not made.
    let server = MockServer::start().await;
    let refused = error_body(Some("url_invalid"), Some("url"), "Invalid URL");
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(400).set_body_json(refused))
        .expect(1)
        .mount(&server)
        .await;
    let error = stripe_at(&server.uri()).create_webhook_endpoint(new(), soon()).await.unwrap_err();
    assert_eq!(
        error,
        StripeError::Invalid {
            status: 400,
            code: Some("url_invalid".into()),
            param: Some("url".into())
        }
    );
}

fn listed(id: u32) -> serde_json::Value {
    json!({"id": format!("we_{id}"), "object": "webhook_endpoint",
        "url": format!("https://else.example.com/{id}"), "status": "enabled"})
}

#[tokio::test]
async fn the_list_of_endpoints_is_read_to_its_end() {
    let server = MockServer::start().await;
    let page = |ids: std::ops::Range<u32>, has_more: bool| {
        let data: Vec<_> = ids.map(listed).collect();
        ResponseTemplate::new(200)
            .set_body_json(json!({"object": "list", "data": data, "has_more": has_more}))
    };
    let at = |after: &'static [&'static str]| {
        Mock::given(method("GET"))
            .and(path("/v1/webhook_endpoints"))
            .and(Query("starting_after", after))
    };
    at(&[]).respond_with(page(0..100, true)).expect(1).mount(&server).await;
    at(&["we_99"]).respond_with(page(100..200, true)).expect(1).mount(&server).await;
    at(&["we_199"]).respond_with(page(200..203, false)).expect(1).mount(&server).await;
    let all = stripe_at(&server.uri()).webhook_endpoints(soon()).await.unwrap();
    assert_eq!((all.len(), all.last().map(|last| last.id.as_str())), (203, Some("we_202")));
    // A list that never ends is not read forever.
    let server = always(page(0..2, true)).await;
    let stripe = stripe_at(&server.uri());
    assert!(matches!(stripe.webhook_endpoints(soon()).await, Err(StripeError::Malformed { .. })));
    assert_eq!(stripe.calls(), 2);
}

#[tokio::test]
async fn the_endpoint_limit_is_distinguished_from_other_refusals() {
    let fixture =
        include_str!("../../../../../../tests/fixtures/field/11_webhook_endpoint_cap.json");
    let fixture: serde_json::Value = serde_json::from_str(fixture).unwrap();
    let real = error_body(None, None, "You have reached the maximum of 16 test webhook endpoints.");
    let url = error_body(None, None, "Invalid URL: URLs must be publicly accessible.");
    for (body, limit) in [(fixture["fault"]["body"].clone(), true), (real, true), (url, false)] {
        let server = MockServer::start().await;
        Mock::given(method("POST"))
            .respond_with(ResponseTemplate::new(400).set_body_json(&body))
            .mount(&server)
            .await;
        let error =
            stripe_at(&server.uri()).create_webhook_endpoint(new(), soon()).await.unwrap_err();
        let full = endpoint::missing(&error) == crate::model::webhook::EndpointMissing::Limit;
        assert_eq!(full, limit, "{body}");
    }
}
