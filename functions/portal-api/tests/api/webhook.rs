//! The endpoint at Stripe and its secret: made, pasted, rolled, removed.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use stripe_sync::model::install::id::InstallId;
use stripe_sync::model::sealed::Sealed;
use stripe_sync::platform::store::keys::Sk;
use stripe_sync::platform::vault::Purpose;
use test_support::{Fault, Reply, TABLE};
use wiremock::matchers::{header, method, path, path_regex};
use wiremock::{Mock, Request, ResponseTemplate};

use crate::world::{BASE, INSTALL, PK, STRIPE_KEY, World, world};

const PASTED: &str = "whsec_0123456789abcdefghijABCDEFGHIJ01";
const OURS: &str = "https://portal.example.com/api/stripe/instapp_1";

/// The endpoints that Stripe has, as Stripe answers for them.
#[derive(Clone, Default)]
struct Endpoints(Arc<Mutex<Vec<Value>>>);

impl Endpoints {
    fn ids(&self) -> Vec<String> {
        self.0.lock().unwrap().iter().map(|endpoint| endpoint["id"].as_str().unwrap().to_owned()).collect()
    }

    fn add(&self, id: &str, url: &str) {
        self.0.lock().unwrap().push(json!({"id": id, "object": "webhook_endpoint", "url": url, "status": "enabled"}));
    }
}

fn error(status: u16, message: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(json!({"error": {"type": "invalid_request_error", "message": message}}))
}

impl World {
    /// Stripe lets the key make endpoints.
    async fn endpoints(&self) -> Endpoints {
        let endpoints = Endpoints::default();
        let bearer = format!("Bearer {STRIPE_KEY}");
        let asked = |verb: &str, at: &str| Mock::given(method(verb)).and(path_regex(at)).and(header("authorization", bearer.as_str()));
        let all = endpoints.clone();
        let list = move |_: &Request| {
            ResponseTemplate::new(200).set_body_json(json!({"object": "list", "data": *all.0.lock().unwrap(), "has_more": false}))
        };
        asked("GET", "^/v1/webhook_endpoints$").respond_with(list).mount(&self.stripe).await;
        let all = endpoints.clone();
        let create = move |request: &Request| {
            let form = String::from_utf8(request.body.clone()).unwrap();
            assert!(form.contains("url=https%3A%2F%2Fportal.example.com%2Fapi%2Fstripe%2Finstapp_1&"), "{form}");
            assert!(
                form.contains("enabled_events%5B%5D=payout.paid") && form.contains("metadata%5Bstripe_sync_install%5D=instapp_1"),
                "{form}"
            );
            assert!(form.contains("api_version=2026-07-29.dahlia") && request.headers.contains_key("idempotency-key"), "{form}");
            let mut all = all.0.lock().unwrap();
            let id = format!("we_{}", request.headers["idempotency-key"].to_str().unwrap().rsplit('-').next().unwrap());
            let mut made = json!({"id": id, "object": "webhook_endpoint", "url": OURS, "status": "enabled"});
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
        let mock = Mock::given(method(verb)).and(path_regex("^/v1/webhook_endpoints")).respond_with(answer).with_priority(1);
        mock.up_to_n_times(times).mount(&self.stripe).await;
    }

    async fn opened(&self, sealed: &Value) -> String {
        use secrecy::ExposeSecret as _;
        let sealed: Sealed = serde_json::from_value(sealed.clone()).unwrap();
        let install = InstallId::parse(INSTALL).unwrap();
        assert!(self.vault.open(&install, Purpose::StripeApiKey, &sealed).await.is_err(), "bound to its purpose");
        self.vault.open(&install, Purpose::StripeWebhookSecret, &sealed).await.unwrap().expose_secret().to_owned()
    }

    async fn renew(&self, bearer: &str) -> Reply {
        self.post(bearer, "stripe/webhook", &json!({})).await
    }

    async fn paste(&self, bearer: &str, secret: &str) -> Reply {
        self.post(bearer, "stripe/webhook-secret", &json!({"secret": secret})).await
    }

    fn webhook(&self) -> Value {
        self.stored_connection().unwrap()["webhook"].clone()
    }
}

#[tokio::test]
async fn connecting_makes_one_endpoint_and_seals_its_secret() {
    let world = world().await;
    let endpoints = world.endpoints().await;
    // One that a connect made and could not record, and one that is none of ours.
    endpoints.add("we_lost", OURS);
    endpoints.add("we_else", "https://else.example.com/hook");
    let bearer = world.connected().await;
    let stored = world.webhook();
    let id = stored["endpoint_id"].as_str().unwrap();
    assert_eq!(endpoints.ids(), ["we_else", id]);
    assert_eq!(world.opened(&stored["signing"]["secret"]).await, format!("whsec_{id}SecretPart"));
    assert!(!world.aws.dump().contains("SecretPart"));
    let shown = world.get(&bearer, "stripe/webhook").await;
    assert_eq!((shown.status, &shown.json()["status"], &shown.json()["url"]), (200, &json!("active"), &json!(OURS)));
    assert!(OURS.starts_with(BASE) && !shown.text().contains("SecretPart") && !shown.text().contains("wrapped_key"));
    assert_eq!(world.aws.items(PK, "ACTIVITY#").iter().filter(|entry| entry["kind"] == "webhook_changed").count(), 1);
    assert!(world.aws.messages().is_empty(), "connecting starts no run");

    // Another key of the same account: the endpoint stays, and a stray goes.
    endpoints.add("we_stray", OURS);
    assert_eq!(world.connect(&bearer, STRIPE_KEY).await.status, 200);
    assert_eq!((world.webhook(), endpoints.ids()), (stored.clone(), vec!["we_else".to_owned(), id.to_owned()]));
    // Stripe has switched it off, or somebody removed it there: the next connect makes another one.
    endpoints.0.lock().unwrap()[1]["status"] = json!("disabled");
    assert_eq!(world.connect(&bearer, STRIPE_KEY).await.status, 200);
    assert_ne!(world.webhook()["endpoint_id"], stored["endpoint_id"]);
    assert_eq!(endpoints.ids().len(), 2, "never doubled: {:?}", endpoints.ids());
}

#[tokio::test]
async fn a_lost_answer_to_the_creation_leaves_no_second_endpoint() {
    let world = world().await;
    let endpoints = world.endpoints().await;
    world.stripe_says("POST", error(500, "Something went wrong"), 1).await;
    world.connected().await;
    assert_eq!(endpoints.ids().len(), 1);
    let keys: Vec<_> = world.stripe.received_requests().await.unwrap().into_iter().filter(|r| r.method.as_str() == "POST").collect();
    assert_eq!(keys.len(), 2);
    assert_eq!(keys[0].headers["idempotency-key"], keys[1].headers["idempotency-key"], "a repetition is known as one");
}

#[tokio::test]
async fn an_endpoint_that_cannot_be_recorded_is_removed_again() {
    let world = world().await;
    let endpoints = world.endpoints().await;
    world.stripe_answers(STRIPE_KEY, "acct_1").await;
    world.free_ledger().await;
    let bearer = world.session().await;
    world.aws.fault("TransactWriteItems", 2, 1, Fault::Status(400, "AccessDeniedException"));
    assert_eq!(world.connect(&bearer, STRIPE_KEY).await.status, 503);
    assert!(endpoints.ids().is_empty() && world.stored_connection().unwrap().get("webhook").is_none());
    assert_eq!(world.connect(&bearer, STRIPE_KEY).await.status, 200, "trying again sets it right");
    assert_eq!(endpoints.ids(), [world.webhook()["endpoint_id"].as_str().unwrap()]);
    // Uninstalled between the creation and its record.
    world.aws.alter(PK, "STRIPE", "webhook", Value::Null);
    let aws = Arc::clone(&world.aws);
    let all = endpoints.clone();
    let answer = move |_: &Request| {
        aws.alter(PK, "META", "status", json!({"S": "uninstalled"}));
        all.add("we_late", OURS);
        ResponseTemplate::new(200)
            .set_body_json(json!({"id": "we_late", "url": OURS, "status": "enabled", "secret": "whsec_lateSecretPart"}))
    };
    Mock::given(method("POST")).and(path("/v1/webhook_endpoints")).respond_with(answer).with_priority(1).mount(&world.stripe).await;
    assert_eq!(world.renew(&bearer).await.code(), "session_over");
    assert!(endpoints.ids().is_empty(), "{:?}", endpoints.ids());
}

#[tokio::test]
async fn a_key_without_the_right_connects_and_the_portal_says_what_to_paste_where() {
    let world = world().await;
    let message = "The provided key does not have the required permissions. Having the 'rak_webhook_read' permission would allow this.";
    world.stripe_says("GET", error(403, message), 2).await;
    let bearer = world.connected().await;
    let shown = world.get(&bearer, "stripe/webhook").await.json();
    assert_eq!((&shown["status"], &shown["missing"], &shown["url"]), (&json!("missing"), &json!("right"), &json!(OURS)));
    assert!(shown["events"].as_array().unwrap().contains(&json!("payout.paid")));
    assert_eq!(world.renew(&bearer).await.code(), "webhook_right_missing");

    let before = world.aws.dump();
    for text in ["", "rk_test_51OneOneOneOneOneOne", "whsec_", "whsec_no spaces allowed"] {
        let reply = world.paste(&bearer, text).await;
        assert_eq!((reply.status, reply.code().as_str()), (422, "malformed_secret"), "{text}");
        assert!(text.len() < 7 || !reply.text().contains(text));
    }
    assert_eq!(world.aws.dump(), before);
    let shown = world.paste(&bearer, &format!(" {PASTED}\n")).await;
    assert_eq!((shown.status, &shown.json()["status"], &shown.json()["missing"]), (200, &json!("registered"), &Value::Null));
    assert_eq!(world.opened(&world.webhook()["signing"]["secret"]).await, PASTED);
    assert!(!world.aws.dump().contains(PASTED));

    // Rolled at Stripe and pasted again: the old one stays valid for a day.
    let rolled = "whsec_rolledrolledrolledrolled012345";
    let shown = world.paste(&bearer, rolled).await;
    assert!(shown.json()["previous_until"].is_string());
    let signing = world.webhook()["signing"].clone();
    assert_eq!(world.opened(&signing["secret"]).await, rolled);
    assert_eq!(world.opened(&signing["previous"]["secret"]).await, PASTED);
    assert_eq!(signing["previous"]["until"].as_i64().unwrap() - signing["since"].as_i64().unwrap(), 86_400_000);
    // Pasted once more by mistake: nothing happens. Another one, before any event came: the one that worked stays for its day.
    let before = world.aws.dump();
    assert_eq!(world.paste(&bearer, rolled).await.status, 200);
    assert_eq!(world.aws.dump(), before);
    assert_eq!(world.paste(&bearer, "whsec_wrongwrongwrongwrongwrong01234").await.status, 200);
    let wrong = world.webhook()["signing"].clone();
    assert_eq!(wrong["previous"], signing["previous"]);
    // An event came that the present one vouches for: it is the one that stays.
    let (_, connection) = world.store.installs().meta_and_connection(&InstallId::parse(INSTALL).unwrap()).await.unwrap();
    let connection = connection.unwrap();
    let noted = Sk::Signed(connection.connection, connection.webhook.unwrap().version);
    let item = stripe_sync::platform::store::keys::key(&InstallId::parse(INSTALL).unwrap(), &noted);
    world.store.client.put_item().table_name(TABLE).set_item(Some(item)).send().await.unwrap();
    assert_eq!(world.paste(&bearer, rolled).await.status, 200);
    let signing = world.webhook()["signing"].clone();
    assert_eq!(signing["previous"]["secret"], wrong["secret"]);
    // A later key may make endpoints: the one that a person registered is theirs.
    world.stripe.reset().await;
    let endpoints = world.endpoints().await;
    endpoints.add("we_person", OURS);
    world.connected_again(&bearer).await;
    assert_eq!((endpoints.ids(), world.webhook()["signing"].clone()), (vec!["we_person".to_owned()], signing));
}

impl World {
    async fn connected_again(&self, bearer: &str) {
        self.stripe_answers(STRIPE_KEY, "acct_1").await;
        let reply = self.connect(bearer, STRIPE_KEY).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
    }
}

#[tokio::test]
async fn a_roll_makes_the_new_one_before_the_old_one_goes_and_looks_at_the_account_once() {
    let world = world().await;
    let endpoints = world.endpoints().await;
    let bearer = world.connected().await;
    let old = world.webhook();
    let shown = world.renew(&bearer).await;
    assert_eq!((shown.status, &shown.json()["status"]), (200, &json!("active")), "{}", shown.text());
    let new = world.webhook();
    assert_eq!(endpoints.ids(), [new["endpoint_id"].as_str().unwrap()]);
    assert_ne!(new["endpoint_id"], old["endpoint_id"]);
    assert_eq!(new["signing"]["previous"]["secret"], old["signing"]["secret"]);
    let messages = world.aws.messages();
    assert_eq!((messages.len(), &messages[0].body["reason"]), (1, &json!("webhook")));
    assert!(messages[0].deduplication_id.starts_with("webhook:"));

    // Stripe fails in the middle: what works stays.
    world.stripe_says("POST", error(400, "You have reached the maximum of 16 endpoints."), 1).await;
    assert_eq!(world.renew(&bearer).await.code(), "webhook_refused");
    assert_eq!((world.webhook(), endpoints.ids().len()), (new.clone(), 1));
    // Somebody else changes it between our read and our write.
    let aws = Arc::clone(&world.aws);
    let answer = move |_: &Request| {
        aws.alter(PK, "STRIPE", "webhook", json!({"M": {"version": {"S": "01K2V7Q8ZJ4M9T3R6W5X0Y1FFF"}}}));
        ResponseTemplate::new(200)
            .set_body_json(json!({"id": "we_third", "url": OURS, "status": "enabled", "secret": "whsec_thirdSecretPart"}))
    };
    Mock::given(method("POST")).and(path("/v1/webhook_endpoints")).respond_with(answer).with_priority(1).mount(&world.stripe).await;
    assert_eq!(world.renew(&bearer).await.code(), "changed_meanwhile");
    let deleted = world.stripe.received_requests().await.unwrap().into_iter().filter(|r| r.method.as_str() == "DELETE");
    assert_eq!(deleted.last().unwrap().url.path(), "/v1/webhook_endpoints/we_third", "what was made and not recorded is removed");
}

#[tokio::test]
async fn disconnecting_removes_the_endpoint_or_leaves_it_to_the_clean_up() {
    let world = world().await;
    let endpoints = world.endpoints().await;
    let bearer = world.connected().await;
    endpoints.add("we_stray", OURS);
    let gone = || async { test_support::Call::new("DELETE", "/portal/api/stripe").bearer(&bearer).to(&world.router).await };
    assert_eq!(gone().await.status, 204);
    assert!(endpoints.ids().is_empty() && world.stored_connection().is_none() && world.aws.messages().is_empty());
    for (verb, at) in [("GET", "stripe/webhook"), ("POST", "stripe/webhook")] {
        let reply = test_support::Call::new(verb, &format!("/portal/api/{at}")).bearer(&bearer).to(&world.router).await;
        assert_eq!((reply.status, reply.code().as_str()), (409, "not_connected"));
    }

    world.connected_again(&bearer).await;
    let made = endpoints.ids();
    let generation = world.aws.item(PK, "META").unwrap()["generation"].clone();
    world.stripe_says("GET", error(503, "Down for a moment").insert_header("stripe-should-retry", "false"), 1).await;
    assert_eq!(gone().await.status, 204, "disconnected all the same");
    assert!(world.stored_connection().is_none());
    let kept = world.aws.items(PK, "CLEANUP#").remove(0);
    assert!(kept["sealed_key"].is_object() && kept["left_at"].is_i64());
    assert_eq!(json!(made), json!([kept["webhook"]["endpoint_id"]]));
    let meta = world.aws.item(PK, "META").unwrap();
    assert_eq!((&meta["cleanup_state"], &meta["cleanup_generation"], &meta["status"]), (&json!("pending"), &generation, &json!("active")));
    let message = world.aws.messages().pop().unwrap();
    assert_eq!(
        (&message.body["reason"], &message.body["generation"], message.group),
        (&json!("cleanup"), &generation, format!("cleanup:{INSTALL}"))
    );

    // Disconnected again while that clean-up is pending, which ends before this is written down: there is one for what is put aside now.
    world.connected_again(&bearer).await;
    let aws = world.aws.clone();
    let ends = move |_: &wiremock::Request| {
        aws.alter(PK, "META", "cleanup_state", json!({"S": "done"}));
        error(503, "Down for a moment").insert_header("stripe-should-retry", "false")
    };
    Mock::given(method("GET"))
        .and(path("/v1/webhook_endpoints"))
        .respond_with(ends)
        .up_to_n_times(1)
        .with_priority(1)
        .mount(&world.stripe)
        .await;
    let sent = world.aws.messages().len();
    assert_eq!(gone().await.status, 204);
    let meta = world.aws.item(PK, "META").unwrap();
    assert_eq!((&meta["cleanup_state"], &meta["cleanup_generation"]), (&json!("pending"), &generation));
    assert_eq!((world.aws.items(PK, "CLEANUP#").len(), world.aws.messages().len() - sent), (2, 1));
}

/// What the portal shows of the endpoint is what Stripe says of it, asked when the card is opened.
#[tokio::test]
async fn an_endpoint_that_stripe_switched_off_or_lost_is_told_and_made_anew_by_one_call() {
    let world = world().await;
    let endpoints = world.endpoints().await;
    let bearer = world.connected().await;
    let shown = || async { world.get(&bearer, "stripe/webhook").await.json() };
    let warned = || async { world.get(&bearer, "overview").await.json()["stripe"]["warnings"].to_string().contains("endpoint_off") };
    let aged = || {
        let seen = world.stored_connection().unwrap()["endpoint_seen"].clone();
        let at = seen["at"].as_i64().unwrap() - 60_000;
        let seen = json!({"M": {"standing": {"S": seen["standing"]}, "at": {"N": at.to_string()}}});
        world.aws.alter(PK, "STRIPE", "endpoint_seen", seen);
    };
    assert_eq!(shown().await["at_stripe"]["standing"], "enabled");
    let fixture = include_str!("../../../../tests/fixtures/field/10_endpoint_disabled.json");
    let fixture: Value = serde_json::from_str(fixture).unwrap();
    endpoints.0.lock().unwrap()[0]["status"] = fixture["endpoint"]["status"].clone();
    assert_eq!(shown().await["at_stripe"]["standing"], "enabled", "asked a moment ago");
    aged();
    world.aws.forget();
    assert_eq!(world.get(&bearer, "stripe/webhook?look=false").await.json()["at_stripe"]["standing"], "enabled", "without asking");
    assert_eq!(world.aws.calls(), ["BatchGetItem"]);
    assert_eq!((shown().await["at_stripe"]["standing"].clone(), warned().await), (json!("disabled"), true));
    let old = world.webhook()["endpoint_id"].clone();
    let anew = world.renew(&bearer).await;
    assert_eq!((anew.status, &anew.json()["at_stripe"]), (200, &Value::Null), "{}", anew.text());
    assert!(world.webhook()["endpoint_id"] != old && endpoints.ids().len() == 1 && !warned().await);
    assert_eq!(shown().await["at_stripe"]["standing"], "enabled");
    // Somebody deletes it, or gives it another address.
    aged();
    endpoints.0.lock().unwrap()[0]["url"] = json!("https://else.example.com/hook");
    assert_eq!((shown().await["at_stripe"]["standing"].clone(), warned().await), (json!("elsewhere"), true));
    aged();
    endpoints.0.lock().unwrap().clear();
    assert_eq!(shown().await["at_stripe"]["standing"], "gone");
    // Stripe is away: what is known stays, and the card is shown.
    aged();
    world.stripe_says("GET", error(503, "Down for a moment").insert_header("stripe-should-retry", "false"), 1).await;
    assert_eq!(shown().await["at_stripe"]["standing"], "gone");
    assert_eq!((world.renew(&bearer).await.status, endpoints.ids().len(), warned().await), (200, 1, false));
}

#[tokio::test]
async fn an_account_full_of_endpoints_is_told_with_those_that_could_go() {
    let world = world().await;
    let endpoints = world.endpoints().await;
    let fixture = include_str!("../../../../tests/fixtures/field/11_webhook_endpoint_cap.json");
    let fixture: Value = serde_json::from_str(fixture).unwrap();
    let full = || ResponseTemplate::new(400).set_body_json(&fixture["fault"]["body"]);
    for at in 0..3 {
        endpoints.add(&format!("we_{at}"), "https://else.example.com/hook");
        let mut all = endpoints.0.lock().unwrap();
        all[at]["created"] = json!(1_700_000_000 - i64::try_from(at).unwrap());
        all[at]["status"] = json!(if at == 1 { "disabled" } else { "enabled" });
    }
    let full_once = Mock::given(method("POST")).and(path("/v1/webhook_endpoints")).respond_with(full()).with_priority(1);
    full_once.up_to_n_times(2).mount(&world.stripe).await;
    let bearer = world.connected().await;
    let expected = ["we_1", "we_2", "we_0"].map(|id| json!(id));
    let ids = |told: &Value| told["endpoints"].as_array().unwrap().iter().map(|one| one["id"].clone()).collect::<Vec<_>>();
    let shown = world.get(&bearer, "stripe/webhook").await.json();
    assert_eq!((&shown["missing"], ids(&shown)), (&json!("limit"), expected.to_vec()), "the one that is off first, then the oldest");
    assert_eq!(shown["endpoints"][0]["created"], "2023-11-14T22:13:19.000Z");
    let refused = world.renew(&bearer).await;
    assert_eq!((refused.status, refused.code().as_str(), ids(&refused.json())), (422, "webhook_refused", expected.to_vec()));
    let detail = refused.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("as many webhook endpoints") && detail.contains("https://dashboard.stripe.com/test/webhooks"), "{detail}");
    // Somebody deletes one.
    assert_eq!(world.renew(&bearer).await.status, 200);
    let shown = world.get(&bearer, "stripe/webhook").await.json();
    assert_eq!((&shown["status"], ids(&shown)), (&json!("active"), Vec::new()));

    // At the cap, one that is off makes room for its own successor.
    let own = world.webhook()["endpoint_id"].clone();
    for endpoint in endpoints.0.lock().unwrap().iter_mut().filter(|endpoint| endpoint["id"] == own) {
        endpoint["status"] = json!("disabled");
    }
    assert_eq!(world.renew(&bearer).await.status, 200);
    let asked = world.stripe.received_requests().await.unwrap();
    let last: Vec<&str> = asked.iter().rev().take(2).map(|asked| asked.method.as_str()).collect();
    assert_eq!(last, ["POST", "DELETE"], "removed before it is made");
}
