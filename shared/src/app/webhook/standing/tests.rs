//! Which endpoint counts as ours, when Stripe is asked about it, and what a refusal to show it
//! means.

use serde_json::json;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::app::webhook::standing::*;
use crate::model::connection::Connection;
use crate::model::connection::tests::connection as test_connection;
use crate::model::sealed::Sealed;
use crate::model::time::Millis;
use crate::model::webhook::{Signing, Webhook};
use crate::platform::http::Deadline;
use crate::platform::stripe::{StripeClient, WebhookEndpoint};

const URL: &str = "https://sync.example.com/api/stripe/instapp_1";

const NOW: Millis = Millis(1_795_528_800_000);

fn connection(endpoint_id: Option<&str>) -> Connection {
    let secret: Sealed =
        serde_json::from_value(json!({"v": 1, "wrapped_key": "", "nonce": "", "ciphertext": ""}))
            .unwrap();
    let signing = Signing { secret, fingerprint: String::new(), since: NOW, previous: None };
    let webhook = Webhook {
        version: ulid::Ulid::from(1_u128),
        endpoint_id: endpoint_id.map(str::to_owned),
        signing: Some(signing),
        missing: None,
    };
    Connection { webhook: Some(webhook), ..test_connection() }
}

fn endpoint(id: &str, url: &str, status: &str) -> WebhookEndpoint {
    serde_json::from_value(json!({"id": id, "object": "webhook_endpoint", "url": url,
        "status": status, "created": 1_795_000_000}))
    .unwrap()
}

#[test]
fn an_endpoint_of_ours_is_known_by_its_id_and_must_lead_here() {
    let ours = connection(Some("we_1"));
    let other = endpoint("we_2", "https://else.example.com", "enabled");
    for (url, status, expected) in [
        (URL, "enabled", EndpointStanding::Enabled),
        ("https://Sync.Example.com:443/api/stripe/instapp_1", "enabled", EndpointStanding::Enabled),
        (URL, "disabled", EndpointStanding::Disabled),
        ("https://old.example.com/api/stripe/instapp_1", "enabled", EndpointStanding::Elsewhere),
    ] {
        assert_eq!(
            standing_of(&ours, &[other.clone(), endpoint("we_1", url, status)], URL, NOW),
            expected,
            "{url} {status}"
        );
    }
    assert_eq!(
        standing_of(&ours, &[other.clone(), endpoint("we_3", URL, "enabled")], URL, NOW),
        EndpointStanding::Gone
    );
}

#[test]
fn an_endpoint_of_a_persons_is_known_by_its_address_or_by_what_it_delivers() {
    let theirs = connection(None);
    assert_eq!(
        standing_of(&theirs, &[endpoint("we_1", URL, "disabled")], URL, NOW),
        EndpointStanding::Disabled
    );
    let two = [endpoint("we_1", URL, "disabled"), endpoint("we_2", URL, "enabled")];
    assert_eq!(standing_of(&theirs, &two, URL, NOW), EndpointStanding::Enabled);
    assert_eq!(standing_of(&theirs, &[], URL, NOW), EndpointStanding::Gone);
    let heard = Connection { event_at: Some(NOW.plus_seconds(-3600)), ..theirs };
    assert_eq!(standing_of(&heard, &[], URL, NOW), EndpointStanding::Enabled);
}

#[test]
fn an_endpoint_is_checked_at_most_once_a_day_without_a_request() {
    assert!(!is_due(&test_connection(), NOW), "there is nothing to look at");
    let made = connection(Some("we_1"));
    assert!(!is_due(&made, NOW.plus_seconds(86_399)) && is_due(&made, NOW.plus_seconds(86_400)));
    let seen = EndpointSeen { standing: EndpointStanding::Unknown, at: NOW.plus_seconds(90_000) };
    let looked = Connection { endpoint_seen: Some(seen), ..made };
    assert!(
        !is_due(&looked, NOW.plus_seconds(176_399)) && is_due(&looked, NOW.plus_seconds(176_400))
    );
}

#[tokio::test]
async fn a_key_that_may_not_read_endpoints_is_an_answer_and_an_outage_is_none() {
    let server = MockServer::start().await;
    let at = || Mock::given(method("GET")).and(path("/v1/webhook_endpoints"));
    let client = StripeClient::new(
        crate::platform::http::client().unwrap(),
        &server.uri(),
        &"rk_test_51OneOneOne".to_owned().into(),
    )
    .unwrap();
    let soon = || Deadline::after(std::time::Duration::from_secs(5));
    let ours = connection(Some("we_1"));
    let refused = json!({"error": {"type": "invalid_request_error",
        "message": "Having the 'rak_webhook_read' permission would allow this."}});
    at().respond_with(ResponseTemplate::new(403).set_body_json(refused))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    let (seen, _) = look(&client, &ours, URL, NOW, soon()).await.unwrap();
    assert_eq!((seen.standing, seen.is_off()), (EndpointStanding::Unknown, false));
    let down = ResponseTemplate::new(503).insert_header("stripe-should-retry", "false");
    at().respond_with(down).mount(&server).await;
    assert!(look(&client, &ours, URL, NOW, soon()).await.is_err());
}
