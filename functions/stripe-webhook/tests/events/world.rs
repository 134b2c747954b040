//! One install with a connected account and a signing secret, around the function.

use std::sync::Arc;

use axum::Router;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use stripe_sync::app::webhook::cache::InstallCache;
use stripe_sync::app::webhook::receive::Receiver;
use stripe_sync::model::connection::{Connection, NewConnection};
use stripe_sync::model::error::Error;
use stripe_sync::model::install::Event;
use stripe_sync::model::install::id::InstallId;
use stripe_sync::model::ledger::Mode;
use stripe_sync::model::sealed::Sealed;
use stripe_sync::model::stripe::key::KeyKind;
use stripe_sync::model::time::Millis;
use stripe_sync::model::webhook::{Signing, Webhook, fingerprint};
use stripe_sync::platform::queue::sender::Queue;
use stripe_sync::platform::table::Store;
use stripe_sync::platform::table::item::to_item;
use stripe_sync::platform::table::keys::Sk;
use stripe_sync::platform::vault::{Purpose, Vault};
use stripe_sync::platform::{aws, clock};
use stripe_webhook::handler::router;
use test_support::{Aws, Call, KEY_ARN, QUEUE_URL, Reply, TABLE};

pub(crate) const INSTALL: &str = "instapp_1";
pub(crate) const PK: &str = "INSTALL#instapp_1";
pub(crate) const SECRET: &str = "whsec_0123456789abcdefghijABCDEFGHIJ01";
pub(crate) const DAYS_7: i64 = 7 * 86_400;

pub(crate) struct World {
    pub(crate) aws: Aws,
    pub(crate) store: Store,
    pub(crate) vault: Vault,
    pub(crate) receiver: Arc<Receiver>,
    pub(crate) router: Router,
    pub(crate) connection: Connection,
}

pub(crate) fn install() -> InstallId {
    InstallId::parse(INSTALL).unwrap()
}

pub(crate) fn sign_at(secret: &str, at: i64, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{at}.{body}").as_bytes());
    format!("t={at},v1={}", hex::encode(mac.finalize().into_bytes()))
}

pub(crate) fn sign(secret: &str, body: &str) -> String {
    sign_at(secret, clock::now().seconds(), body)
}

pub(crate) fn payout_paid(id: &str) -> Value {
    json!({"id": id, "object": "event", "type": "payout.paid", "created": 1_757_376_000,
        "livemode": false, "pending_webhooks": 1,
        "api_version": "2026-07-29.dahlia", "request": {"id": null, "idempotency_key": null},
        "data": {"object": {"id": "po_1", "object": "payout", "amount": 9126}}})
}

pub(crate) async fn world() -> World {
    let aws = Aws::start().await;
    let sdk = aws.sdk(aws::defaults()).await;
    let store = Store { client: aws::dynamodb(&sdk), table: TABLE.to_owned() };
    let vault = Vault::new(aws::kms(&sdk), KEY_ARN.to_owned());
    let body = json!({"installed_app_id": INSTALL, "app_id": "app_1", "instance_id": "inst_1",
        "api_key": "blnk_test_0123456789abcdef",
        "granted_permissions": ["data:read", "data:write"],
        "idempotency_key": "install:instapp_1"});
    let Event::Install(event) = Event::parse(body.to_string().as_bytes(), None).unwrap() else {
        panic!("an install")
    };
    let sealed = vault.seal(&event.install, Purpose::BlnkApiKey, &event.api_key).await.unwrap();
    store.installs().install(&event, &sealed, clock::new_ulid(), clock::now()).await.unwrap();
    let (meta, _) = store.installs().meta_and_connection(&event.install).await.unwrap();
    let key = "rk_test_51OneOneOneOneOneOne".to_owned().into();
    let begun = NewConnection {
        generation: meta.and_then(|meta| meta.generation).unwrap(),
        connection: clock::new_ulid(),
        account_id: "acct_1".to_owned(),
        mode: Mode::Test,
        key_kind: KeyKind::Restricted,
        key_prefix: "rk_test_".to_owned(),
        key_last4: "eOne".to_owned(),
        sealed_key: vault.seal(&event.install, Purpose::StripeApiKey, &key).await.unwrap(),
        connected_at: clock::now(),
        mirror: "@stripe_test".to_owned(),
    };
    let connection = Connection { first_sync_confirmed: true, ..Connection::new(begun) };
    let receiver = Arc::new(Receiver {
        store: store.clone(),
        vault: vault.clone(),
        queue: Queue::new(aws::sqs(&sdk), QUEUE_URL.to_owned()),
        cache: InstallCache::default(),
    });
    let router = router(receiver.clone());
    let world = World { aws, store, vault, receiver, router, connection };
    let signing = world.signing(None, SECRET).await;
    world.connect(Some(signing)).await;
    world
}

impl World {
    pub(crate) async fn sealed(&self, secret: &str) -> Sealed {
        self.vault
            .seal(&install(), Purpose::StripeWebhookSecret, &secret.to_owned().into())
            .await
            .unwrap()
    }

    /// A secret in place of another that has worked.
    pub(crate) async fn signing(&self, old: Option<&Signing>, secret: &str) -> Signing {
        let fingerprint = fingerprint(self.connection.connection, &secret.to_owned().into());
        Signing::after(old, self.sealed(secret).await, fingerprint, true, clock::now())
    }

    /// Stores the connection with these secrets, and forgets the calls.
    pub(crate) async fn connect(&self, signing: Option<Signing>) {
        let webhook = Webhook {
            version: clock::new_ulid(),
            endpoint_id: Some("we_1".to_owned()),
            signing,
            missing: None,
        };
        let connection = Connection { webhook: Some(webhook), ..self.connection.clone() };
        let item = to_item(&install(), &Sk::Stripe, &connection).unwrap();
        self.store.client.put_item().table_name(TABLE).set_item(Some(item)).send().await.unwrap();
        self.aws.forget();
    }

    pub(crate) async fn deliver(&self, event: &Value) -> Reply {
        self.deliver_signed(SECRET, event).await
    }

    pub(crate) async fn deliver_signed(&self, secret: &str, event: &Value) -> Reply {
        let body = event.to_string();
        self.post(&sign(secret, &body), &body).await
    }

    pub(crate) async fn post(&self, header: &str, body: &str) -> Reply {
        let call = Call::new("POST", "/api/stripe/instapp_1")
            .text(body)
            .header("content-type", "application/json; charset=utf-8");
        call.header("stripe-signature", header).to(&self.router).await
    }

    /// At another time than now.
    pub(crate) async fn receive_at(
        &self,
        at: Millis,
        secret: &str,
        event: &Value,
    ) -> Result<stripe_sync::app::webhook::receive::Received, Error> {
        let body = event.to_string();
        self.receiver
            .receive(&install(), &sign_at(secret, at.seconds(), &body), body.as_bytes(), at)
            .await
    }
}
