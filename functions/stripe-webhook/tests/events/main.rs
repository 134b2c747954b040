//! One install with a connected account and a signing secret, around the function.

#[path = "tests/callers.rs"]
mod callers;

#[path = "tests/rolls.rs"]
mod rolls;

use std::sync::Arc;

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use stripe_sync::app::webhook::known::Known;
use stripe_sync::model::connection::{Connection, LegKindsVersion};
use stripe_sync::model::error::Error;
use stripe_sync::model::install::Event;
use stripe_sync::model::ledger::{LEG_KINDS_VERSION, Mode};
use stripe_sync::model::sealed::Sealed;
use stripe_sync::model::stripe::key::KeyKind;
use stripe_sync::model::time::Millis;
use stripe_sync::model::webhook::{Signing, Webhook, fingerprint};
use stripe_sync::platform::aws;
use stripe_sync::platform::clock;
use stripe_sync::platform::queue::sender::Queue;
use stripe_sync::platform::store::{Sk, Store, to_item};
use stripe_sync::platform::vault::{Purpose, Vault};
use test_support::{Aws, Call, Fault, KEY_ARN, Logs, QUEUE_URL, Reply, TABLE};

use super::*;

const INSTALL: &str = "instapp_1";
const PK: &str = "INSTALL#instapp_1";
const SECRET: &str = "whsec_0123456789abcdefghijABCDEFGHIJ01";
const DAYS_7: i64 = 7 * 86_400;

struct World {
    aws: Aws,
    store: Store,
    vault: Vault,
    receiver: Arc<Receiver>,
    router: Router,
    connection: Connection,
}

fn install() -> InstallId {
    InstallId::parse(INSTALL).unwrap()
}

fn sign_at(secret: &str, at: i64, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{at}.{body}").as_bytes());
    format!("t={at},v1={}", hex::encode(mac.finalize().into_bytes()))
}

fn sign(secret: &str, body: &str) -> String {
    sign_at(secret, clock::now().seconds(), body)
}

fn payout_paid(id: &str) -> Value {
    json!({"id": id, "object": "event", "type": "payout.paid", "created": 1_757_376_000, "livemode": false, "pending_webhooks": 1,
        "api_version": "2026-07-29.dahlia", "request": {"id": null, "idempotency_key": null}, "data": {"object": {"id": "po_1", "object": "payout", "amount": 9126}}})
}

async fn world() -> World {
    let aws = Aws::start().await;
    let sdk = aws.sdk(aws::defaults()).await;
    let store = Store { client: aws::dynamodb(&sdk), table: TABLE.to_owned() };
    let vault = Vault::new(aws::kms(&sdk), KEY_ARN.to_owned());
    let body = json!({"installed_app_id": INSTALL, "app_id": "app_1", "instance_id": "inst_1", "api_key": "blnk_test_0123456789abcdef",
        "granted_permissions": ["data:read", "data:write"], "idempotency_key": "install:instapp_1"});
    let Event::Install(event) = Event::parse(body.to_string().as_bytes(), None).unwrap() else { panic!("an install") };
    let sealed = vault.seal(&event.install, Purpose::BlnkApiKey, &event.api_key).await.unwrap();
    store.install(&event, &sealed, clock::new_ulid(), clock::now()).await.unwrap();
    let (meta, _) = store.meta_and_connection(&event.install).await.unwrap();
    let key = "rk_test_51OneOneOneOneOneOne".to_owned().into();
    let connection = Connection {
        generation: meta.and_then(|meta| meta.generation).unwrap(),
        connection: clock::new_ulid(),
        account_id: "acct_1".to_owned(),
        display_name: None,
        mode: Mode::Test,
        key_kind: KeyKind::Restricted,
        key_prefix: "rk_test_".to_owned(),
        key_last4: "eOne".to_owned(),
        sealed_key: vault.seal(&event.install, Purpose::StripeApiKey, &key).await.unwrap(),
        connected_at: clock::now(),
        mirror: "@stripe_test".to_owned(),
        ledger_id: None,
        watermark: None,
        reread_from: None,
        resume: None,
        daily_reread_at: None,
        weekly_reread_at: None,
        words: vec![LegKindsVersion { version: LEG_KINDS_VERSION, from: i64::MIN }],
        start: None,
        current_run: None,
        again: false,
        again_by: None,
        paused: None,
        confirmed: true,
        unposted: false,
        suspects: false,
        accounts: Default::default(),
        webhook: None,
        event_at: None,
        endpoint_seen: None,
        left_at: None,
    };
    let receiver = Arc::new(Receiver {
        store: store.clone(),
        vault: vault.clone(),
        queue: Queue::new(aws::sqs(&sdk), QUEUE_URL.to_owned()),
        known: Known::default(),
    });
    let router = router(receiver.clone());
    let world = World { aws, store, vault, receiver, router, connection };
    let signing = world.signing(None, SECRET).await;
    world.connect(Some(signing)).await;
    world
}

impl World {
    async fn sealed(&self, secret: &str) -> Sealed {
        self.vault.seal(&install(), Purpose::StripeWebhookSecret, &secret.to_owned().into()).await.unwrap()
    }

    /// A secret in the place of another that has worked.
    async fn signing(&self, old: Option<&Signing>, secret: &str) -> Signing {
        let fingerprint = fingerprint(self.connection.connection, &secret.to_owned().into());
        Signing::after(old, (self.sealed(secret).await, fingerprint), true, clock::now())
    }

    /// Stores the connection with these secrets, and forgets the calls.
    async fn connect(&self, signing: Option<Signing>) {
        let webhook = Webhook { version: clock::new_ulid(), endpoint_id: Some("we_1".to_owned()), signing, missing: None };
        let connection = Connection { webhook: Some(webhook), ..self.connection.clone() };
        let item = to_item(&install(), &Sk::Stripe, &connection).unwrap();
        self.store.client.put_item().table_name(TABLE).set_item(Some(item)).send().await.unwrap();
        self.aws.forget();
    }

    async fn deliver(&self, event: &Value) -> Reply {
        self.deliver_signed(SECRET, event).await
    }

    async fn deliver_signed(&self, secret: &str, event: &Value) -> Reply {
        let body = event.to_string();
        self.post(&sign(secret, &body), &body).await
    }

    async fn post(&self, header: &str, body: &str) -> Reply {
        let call = Call::new("POST", "/api/stripe/instapp_1").text(body).header("content-type", "application/json; charset=utf-8");
        call.header("stripe-signature", header).to(&self.router).await
    }

    /// At another time than now.
    async fn receive_at(&self, at: Millis, secret: &str, event: &Value) -> Result<stripe_sync::app::webhook::receive::Received, Error> {
        let body = event.to_string();
        self.receiver.receive(&install(), &sign_at(secret, at.seconds(), &body), body.as_bytes(), at).await
    }
}

#[tokio::test]
async fn an_event_costs_one_transaction_and_one_message_once_the_secret_is_known() {
    let world = world().await;
    let logs = Logs::capture("stripe_webhook");
    let before = clock::now();
    assert_eq!(world.deliver(&payout_paid("evt_1")).await.status, 200);
    assert_eq!(
        world.aws.calls(),
        ["BatchGetItem", "Decrypt", "TransactWriteItems", "SendMessage"],
        "not known: one read and one decryption more"
    );
    world.aws.forget();
    assert_eq!(world.deliver(&payout_paid("evt_2")).await.status, 200);
    assert_eq!(world.aws.calls(), ["TransactWriteItems", "SendMessage"]);

    let stored = world.aws.item(PK, "EVENT#evt_1").unwrap();
    assert_eq!((&stored["type"], &stored["object_id"]), (&json!("payout.paid"), &json!("po_1")));
    assert_eq!(stored["connection"], json!(world.connection.connection.to_string()));
    let ttl = stored["ttl"].as_i64().unwrap();
    assert!((before.seconds() + DAYS_7..=clock::now().seconds() + DAYS_7).contains(&ttl));
    assert!(stored.get("data").is_none() && !world.aws.dump().contains("9126"), "nothing of the body is kept but what is needed");
    let message = world.aws.messages().remove(0);
    let end = message.body["at"].as_i64().unwrap();
    assert_eq!((message.group.as_str(), message.deduplication_id), (INSTALL, format!("webhook:{end}")));
    assert_eq!((&message.body["reason"], &message.body["generation"]), (&json!("webhook"), &json!(world.connection.generation)));
    assert!(end % 5_000 == 0 && end >= before.0 && end - before.0 <= 10_000);
    for (place, text) in [("the table", world.aws.dump()), ("the log", logs.text())] {
        assert!(!text.is_empty() && !text.contains("whsec_"), "the secret is in {place}");
    }
}

/// An event of an object that is followed leaves a hint beside it, in the same transaction: one for each object, the latest.
#[tokio::test]
async fn an_event_of_an_object_that_is_followed_leaves_a_hint() {
    let world = world().await;
    let hints = || world.aws.items(PK, &format!("HINT#{}#", world.connection.connection));
    let event = |id: &str, kind: &str, object: &str| {
        let mut event = payout_paid(id);
        (event["type"], event["data"]["object"]["id"]) = (json!(kind), json!(object));
        event
    };
    let begun = clock::now();
    for (n, (kind, object, followed)) in [
        ("payout.paid", "po_1", true),
        ("charge.dispute.created", "du_1", true),
        ("charge.refund.updated", "re_1", true),
        ("charge.pending", "py_1", true),
        ("charge.failed", "py_2", true),
        ("charge.failed", "ch_3", false),
        ("charge.succeeded", "py_4", false),
        ("charge.succeeded", "ch_5", false),
        ("customer.updated", "cus_6", false),
    ]
    .into_iter()
    .enumerate()
    {
        let before = hints().len();
        world.aws.forget();
        assert_eq!(world.deliver(&event(&format!("evt_{n}"), kind, object)).await.status, 200);
        assert_eq!(world.aws.count("TransactWriteItems"), 1);
        assert_eq!(hints().len() - before, usize::from(followed), "{kind} {object}");
    }
    let later = begun.plus_seconds(60);
    world.receive_at(later, SECRET, &event("evt_later", "payout.failed", "po_1")).await.unwrap();
    let payout: Vec<Value> = hints().into_iter().filter(|hint| hint["object_id"] == "po_1").collect();
    assert_eq!((payout.len(), &payout[0]["received_at"]), (1, &json!(later.0)), "{payout:?}");
    assert_eq!(payout[0]["ttl"], json!(later.seconds() + DAYS_7));
}

#[tokio::test]
async fn a_repeated_event_is_taken_once_and_wakes_again() {
    let world = world().await;
    world.aws.fault("SendMessage", 1, 1, Fault::Status(400, "AccessDenied"));
    assert_eq!(world.deliver(&payout_paid("evt_1")).await.status, 503, "Stripe will repeat it");
    assert!(world.aws.messages().is_empty() && world.aws.item(PK, "EVENT#evt_1").is_some());
    let kept = world.aws.item(PK, "EVENT#evt_1");
    assert_eq!(world.deliver(&payout_paid("evt_1")).await.status, 200);
    assert_eq!(world.aws.messages().len(), 1, "the repetition makes up for the wake-up that was not sent");
    assert_eq!(world.aws.item(PK, "EVENT#evt_1"), kept);
    world.aws.forget();
    assert_eq!(world.deliver(&payout_paid("evt_1")).await.status, 200);
    assert_eq!(world.aws.calls(), ["TransactWriteItems", "SendMessage"]);
}

#[tokio::test]
async fn the_body_is_taken_byte_for_byte_also_when_the_gateway_encodes_it() {
    let world = world().await;
    let pretty = serde_json::to_string_pretty(&payout_paid("evt_1")).unwrap() + "\n\u{2013} ";
    let body = pretty.trim_end_matches("\u{2013} ");
    for encoded in [true, false] {
        let call = Call::new("POST", "/api/stripe/instapp_1").text(body).header("stripe-signature", sign(SECRET, body));
        let reply = if encoded { call.base64().to(&world.router).await } else { call.to(&world.router).await };
        assert_eq!(reply.status, 200, "{}", reply.text());
    }
    let odd = "{\"id\":\"evt_u\",\"object\":\"event\",\"type\":\"charge.updated\",\"created\":1,\"livemode\":false,\"data\":{\"object\":{\"description\":\"Café – 10 €\"}}}";
    assert_eq!(world.post(&sign(SECRET, odd), odd).await.status, 200);
    assert!(world.aws.item(PK, "EVENT#evt_u").unwrap().get("object_id").is_none(), "an object without an id");
}

#[tokio::test]
async fn what_is_not_signed_for_this_install_leaves_no_trace() {
    let world = world().await;
    world.deliver(&payout_paid("evt_0")).await;
    let (before, sent) = (world.aws.dump(), world.aws.messages().len());
    world.aws.forget();
    let body = payout_paid("evt_1").to_string();
    let now = clock::now().seconds();
    let good = sign(SECRET, &body);
    for (header, why) in [
        (String::new(), "no header"),
        ("t=,v1=".to_owned(), "an empty one"),
        (good.replace("v1=", "v0="), "v0 only"),
        (sign_at(SECRET, now - 301, &body), "too old"),
        (sign_at(SECRET, now + 330, &body), "of the future"),
    ] {
        let reply = world.post(&header, &body).await;
        assert_eq!((reply.status, reply.code().as_str()), (400, "bad_request"), "{why}");
    }
    assert_eq!(world.aws.calls(), Vec::<String>::new(), "these are refused before anything is looked up");
    for (header, body, why) in [
        (sign("whsec_another_secret_altogether", &body), body.clone(), "another secret"),
        (good.clone(), body.replace("9126", "9127"), "another body"),
        (good, body.clone() + "\n", "another byte"),
    ] {
        let reply = world.post(&header, &body).await;
        assert_eq!((reply.status, reply.code().as_str()), (400, "bad_request"), "{why}");
    }
    assert_eq!(world.aws.calls(), ["BatchGetItem", "Decrypt"], "a doubt is looked into once, however many forgeries come");
    assert_eq!((world.aws.dump(), world.aws.messages().len()), (before, sent));
}

#[tokio::test]
async fn signed_events_that_are_not_for_this_connection_are_refused_by_name() {
    let world = world().await;
    let mut live = payout_paid("evt_live");
    live["livemode"] = json!(true);
    let mut connected = payout_paid("evt_connected");
    connected["account"] = json!("acct_other");
    let thin = json!({"id": "evt_thin", "object": "v2.core.event", "type": "v1.billing.meter.error_report_triggered", "livemode": false,
        "created": "2025-09-01T00:00:00.000Z", "context": null, "related_object": null});
    for (event, code) in [(live, "wrong_mode"), (connected, "other_account"), (thin, "thin_event")] {
        let reply = world.deliver(&event).await;
        assert_eq!((reply.status, reply.code().as_str()), (422, code), "{}", reply.text());
    }
    for body in ["{}", "[]", "not json", "{\"id\":\"evt_1\",\"object\":\"event\"}"] {
        assert_eq!(world.post(&sign(SECRET, body), body).await.status, 400, "{body}");
    }
    assert!(world.aws.items(PK, "EVENT#").is_empty() && world.aws.messages().is_empty());
    // What concerns this account is welcome: also named, and of a type nobody has heard of.
    let mut own = payout_paid("evt_own");
    (own["account"], own["type"]) = (json!("acct_1"), json!("teapot.boiled"));
    assert_eq!(world.deliver(&own).await.status, 200);
    assert_eq!(world.aws.item(PK, "EVENT#evt_own").unwrap()["type"], "teapot.boiled");
}

#[tokio::test]
async fn what_no_route_takes_is_refused_before_anything_is_looked_up() {
    let world = world().await;
    let body = payout_paid("evt_1").to_string();
    let at = |path: &str| Call::new("POST", path).text(&*body).header("stripe-signature", sign(SECRET, &body));
    for path in ["/api/stripe/in%20app", "/api/stripe/", "/api/stripe/a/b"] {
        assert_eq!(at(path).to(&world.router).await.status, 404, "{path}");
    }
    assert_eq!(Call::new("GET", "/api/stripe/instapp_1").to(&world.router).await.status, 405);
    let reply = at("/api/stripe/instapp_1").text("x".repeat(MAX_BODY + 1)).to(&world.router).await;
    assert_eq!((reply.status, reply.code().as_str()), (413, "too_large"));
    assert_eq!(world.aws.calls(), Vec::<String>::new());
}

#[tokio::test]
async fn services_that_fail_make_stripe_repeat_the_delivery() {
    let world = world().await;
    for action in ["BatchGetItem", "Decrypt", "TransactWriteItems"] {
        world.aws.fault(action, 1, 1, Fault::Status(400, "AccessDeniedException"));
        assert_eq!(world.deliver(&payout_paid("evt_1")).await.status, 503, "{action}");
        assert!(world.aws.items(PK, "EVENT#").is_empty() && world.aws.messages().is_empty(), "{action}: nothing half-done");
    }
    // A conflict with another event's transaction is tried again; a lost answer is not taken for a refusal.
    world.aws.fault("TransactWriteItems", 1, 1, Fault::Conflict);
    assert_eq!(world.deliver(&payout_paid("evt_1")).await.status, 200);
    world.aws.fault("TransactWriteItems", 1, 1, Fault::LostAnswer);
    assert_eq!(world.deliver(&payout_paid("evt_2")).await.status, 200);
    assert_eq!(world.aws.items(PK, "EVENT#").len(), 2);
}

/// A thousand events in a minute: all recorded, a dozen wake-ups, and the last event lies before the end of the last of them.
#[tokio::test]
async fn a_burst_wakes_a_handful_of_times_and_the_last_event_is_not_left_out() {
    let world = world().await;
    let began = clock::now();
    let mut last = began;
    for n in 0..1_000 {
        last = Millis(began.0 + n * 60);
        world.receive_at(last, SECRET, &payout_paid(&format!("evt_{n}"))).await.unwrap();
    }
    assert_eq!(world.aws.items(PK, "EVENT#").len(), 1_000);
    let messages = world.aws.messages();
    assert!((12..=13).contains(&messages.len()), "{} wake-ups", messages.len());
    let end = messages.last().and_then(|message| message.body["at"].as_i64()).unwrap();
    assert!(end >= last.0, "reading begins after the interval's end");
}

/// The events that the README invites to invoke.
#[tokio::test]
async fn every_sample_event_is_answered() {
    let world = world().await;
    let samples = test_support::samples(concat!(env!("CARGO_MANIFEST_DIR"), "/../../events"), "stripe-webhook-");
    assert!(!samples.is_empty());
    for (name, text) in samples {
        let reply = test_support::invoke(&world.router, serde_json::from_str(&text).unwrap()).await;
        // Its signature is of the day it was written: a sample shows the form, and the answer to a replay.
        assert_eq!((reply.status, reply.code().as_str()), (400, "bad_request"), "{name}");
        assert!(reply.json()["detail"].as_str().unwrap().contains("300 s"), "{name}: {}", reply.text());
    }
}
