//! The endpoint at Stripe and its secret: made, pasted, rolled, removed.

mod changed;
mod created;

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use stripe_sync::model::install::id::InstallId;
use stripe_sync::model::sealed::Sealed;
use stripe_sync::platform::vault::Purpose;
use test_support::Reply;
use wiremock::matchers::{header, method, path_regex};
use wiremock::{Mock, Request, ResponseTemplate};

use crate::world::{INSTALL, STRIPE_KEY, World};

const PASTED: &str = "whsec_0123456789abcdefghijABCDEFGHIJ01";
const OURS: &str = "https://portal.example.com/api/stripe/instapp_1";

/// The endpoints that Stripe has, as Stripe answers for them.
#[derive(Clone, Default)]
struct Endpoints(Arc<Mutex<Vec<Value>>>);

impl Endpoints {
    fn ids(&self) -> Vec<String> {
        self.0
            .lock()
            .unwrap()
            .iter()
            .map(|endpoint| endpoint["id"].as_str().unwrap().to_owned())
            .collect()
    }

    fn add(&self, id: &str, url: &str) {
        self.0
            .lock()
            .unwrap()
            .push(json!({"id": id, "object": "webhook_endpoint", "url": url, "status": "enabled"}));
    }
}

fn error(status: u16, message: &str) -> ResponseTemplate {
    ResponseTemplate::new(status)
        .set_body_json(json!({"error": {"type": "invalid_request_error", "message": message}}))
}

impl World {
    /// Stripe lets the key make endpoints.
    async fn endpoints(&self) -> Endpoints {
        let endpoints = Endpoints::default();
        let bearer = format!("Bearer {STRIPE_KEY}");
        let asked = |verb: &str, at: &str| {
            Mock::given(method(verb))
                .and(path_regex(at))
                .and(header("authorization", bearer.as_str()))
        };
        let all = endpoints.clone();
        let list = move |_: &Request| {
            ResponseTemplate::new(200).set_body_json(
                json!({"object": "list", "data": *all.0.lock().unwrap(), "has_more": false}),
            )
        };
        asked("GET", "^/v1/webhook_endpoints$").respond_with(list).mount(&self.stripe).await;
        let all = endpoints.clone();
        let create = move |request: &Request| {
            let form = String::from_utf8(request.body.clone()).unwrap();
            assert!(
                form.contains("url=https%3A%2F%2Fportal.example.com%2Fapi%2Fstripe%2Finstapp_1&"),
                "{form}"
            );
            assert!(
                form.contains("enabled_events%5B%5D=payout.paid")
                    && form.contains("metadata%5Bstripe_sync_install%5D=instapp_1"),
                "{form}"
            );
            assert!(
                form.contains("api_version=2026-07-29.dahlia")
                    && request.headers.contains_key("idempotency-key"),
                "{form}"
            );
            let mut all = all.0.lock().unwrap();
            let id = format!(
                "we_{}",
                request.headers["idempotency-key"].to_str().unwrap().rsplit('-').next().unwrap()
            );
            let mut made =
                json!({"id": id, "object": "webhook_endpoint", "url": OURS, "status": "enabled"});
            all.push(made.clone());
            made["secret"] = json!(format!("whsec_{id}SecretPart"));
            ResponseTemplate::new(200).set_body_json(made)
        };
        asked("POST", "^/v1/webhook_endpoints$").respond_with(create).mount(&self.stripe).await;
        let all = endpoints.clone();
        let delete = move |request: &Request| {
            let id = request.url.path().rsplit('/').next().unwrap().to_owned();
            let mut all = all.0.lock().unwrap();
            let before = all.len();
            all.retain(|endpoint| endpoint["id"] != json!(id));
            if all.len() == before {
                error(404, "No such webhook endpoint")
            } else {
                ResponseTemplate::new(200).set_body_json(json!({"deleted": true}))
            }
        };
        asked("DELETE", "^/v1/webhook_endpoints/").respond_with(delete).mount(&self.stripe).await;
        endpoints
    }

    async fn stripe_says(&self, verb: &str, answer: ResponseTemplate, times: u64) {
        let mock = Mock::given(method(verb))
            .and(path_regex("^/v1/webhook_endpoints"))
            .respond_with(answer)
            .with_priority(1);
        mock.up_to_n_times(times).mount(&self.stripe).await;
    }

    async fn opened(&self, sealed: &Value) -> String {
        use secrecy::ExposeSecret as _;
        let sealed: Sealed = serde_json::from_value(sealed.clone()).unwrap();
        let install = InstallId::parse(INSTALL).unwrap();
        assert!(
            self.vault.open(&install, Purpose::StripeApiKey, &sealed).await.is_err(),
            "bound to its purpose"
        );
        self.vault
            .open(&install, Purpose::StripeWebhookSecret, &sealed)
            .await
            .unwrap()
            .expose_secret()
            .to_owned()
    }

    async fn renew_webhook(&self, bearer: &str) -> Reply {
        self.post(bearer, "stripe/webhook", &json!({})).await
    }

    async fn paste(&self, bearer: &str, secret: &str) -> Reply {
        self.post(bearer, "stripe/webhook-secret", &json!({"secret": secret})).await
    }

    fn webhook(&self) -> Value {
        self.stored_connection().unwrap()["webhook"].clone()
    }
}

impl World {
    async fn connected_again(&self, bearer: &str) {
        self.stripe_answers(STRIPE_KEY, "acct_1").await;
        let reply = self.connect(bearer, STRIPE_KEY).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
    }
}
