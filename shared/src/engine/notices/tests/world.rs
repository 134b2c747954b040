//! An install with a connection, a receiver of its notices, and the deployment's topic.

use std::time::Duration;

use serde_json::{Value, json};
use test_support::{Aws, KEY_ARN, QUEUE_URL, SCHEDULE_GROUP, TABLE, TOPIC_ARN};
use ulid::Ulid;

use crate::engine::notices::send;
use crate::engine::services::{Limits, Services};
use crate::model::connection::tests::connection;
use crate::model::connection::{Connection, Pause};
use crate::model::install::Event;
use crate::model::install::id::InstallId;
use crate::model::notice::secret::{SECRET_BYTES, secret};
use crate::model::notice::{NoticeKind, NoticeSettings, WebhookChoice};
use crate::model::retention::Retention;
use crate::model::sealed::Sealed;
use crate::model::settings::Settings;
use crate::model::summary::Summary;
use crate::model::time::Millis;
use crate::platform::http::Deadline;
use crate::platform::notifier::receivers::Receivers;
use crate::platform::notifier::tests::receiver::{Manner, Receiver};
use crate::platform::notifier::tests::{Script, URL, all_but_the_first};
use crate::platform::notifier::{Notifier, Topic};
use crate::platform::queue::sender::Queue;
use crate::platform::schedule::{Deployment, Schedules};
use crate::platform::table::Store;
use crate::platform::table::item::to_item;
use crate::platform::table::keys::Sk;
use crate::platform::vault::{Purpose, Vault};
use crate::platform::{aws, clock};

const PK: &str = "INSTALL#instapp_1";

/// The secret of the webhook.
pub(crate) const SECRET: &str =
    "nsec_0707070707070707070707070707070707070707070707070707070707070707";

/// A payout that failed.
pub(crate) const FAILED: &str = "failed";

pub(crate) struct World {
    pub(crate) aws: Aws,
    pub(crate) receiver: Receiver,
    services: Services,
    install: InstallId,
    connection: Connection,
    sealed: Sealed,
}

pub(crate) async fn world() -> World {
    let aws = Aws::start().await;
    let receiver = Receiver::start([127, 0, 0, 2], Manner::Status(200)).await;
    let sdk = aws.sdk(aws::defaults()).await;
    let names = Script::of(&[&[receiver.address]]);
    let services = Services {
        store: Store { client: aws::dynamodb(&sdk), table: TABLE.to_owned() },
        vault: Vault::new(aws::kms(&sdk), KEY_ARN.to_owned()),
        queue: Queue::new(aws::sqs(&sdk), QUEUE_URL.to_owned()),
        schedules: Schedules::new(
            aws::scheduler(&sdk),
            Deployment {
                group: SCHEDULE_GROUP.to_owned(),
                queue_arn: String::new(),
                role_arn: String::new(),
                undelivered_arn: String::new(),
                floor_minutes: 15,
            },
        ),
        notifier: Notifier {
            receivers: Receivers::tested(names, all_but_the_first, true),
            topic: Some(Topic::new(aws::sns(&sdk), TOPIC_ARN.to_owned())),
            dashboard_url: Some("https://cloud.example.com".to_owned()),
        },
        http: crate::platform::http::client().unwrap(),
        blnk_base: "http://127.0.0.1:9".to_owned(),
        stripe_base: "http://127.0.0.1:9".to_owned(),
        public_base_url: "https://app.example.com".to_owned(),
        limits: Limits {
            stop_after: Duration::from_secs(40),
            retention: Retention::days(90),
            visibility: Duration::from_secs(90),
        },
    };
    let body = json!({"installed_app_id": "instapp_1", "app_id": "app_1", "instance_id": "inst_1",
        "api_key": "blnk_test_0123456789", "granted_permissions": ["data:read", "data:write"],
        "idempotency_key": "install:instapp_1"});
    let Event::Install(event) = Event::parse(body.to_string().as_bytes(), None).unwrap() else {
        panic!("an install")
    };
    let generation = clock::new_ulid();
    let (installs, now) = (services.store.installs(), clock::now());
    installs.install(&event, &connection().sealed_key, generation, now).await.unwrap();
    let made = secret(&[7; SECRET_BYTES]);
    let sealed = services.vault.seal(&event.install, Purpose::NoticeSecret, &made).await.unwrap();
    let connection = Connection { generation: generation.to_string(), ..connection() };
    let world = World { aws, receiver, services, install: event.install, connection, sealed };
    world.put(&Sk::Stripe, &world.connection).await;
    world.proof("match", 0).await;
    world.aws.forget();
    world
}

/// Both channels for these kinds.
pub(crate) fn both(kinds: &[NoticeKind]) -> NoticeSettings {
    let sealed = connection().sealed_key;
    let webhook = WebhookChoice {
        url: URL.to_owned(),
        kinds: kinds.iter().copied().collect(),
        secret: sealed,
        secret_since: Millis(0),
        replaced: None,
    };
    NoticeSettings { webhook: Some(webhook), email: kinds.iter().copied().collect() }
}

impl World {
    async fn put<T: serde::Serialize>(&self, sk: &Sk<'_>, value: &T) {
        let item = to_item(&self.install, sk, value).unwrap();
        let client = &self.services.store.client;
        client.put_item().table_name(TABLE).set_item(Some(item)).send().await.unwrap();
    }

    pub(crate) async fn choose(&self, notices: &NoticeSettings) {
        let mut notices = notices.clone();
        if let Some(webhook) = &mut notices.webhook {
            webhook.secret = self.sealed.clone();
        }
        let generation = self.connection.generation.clone();
        let settings = Settings { generation, revision: 1, notices, ..Settings::default() };
        self.put(&Sk::Settings, &settings).await;
        self.aws.forget();
    }

    pub(crate) async fn object(&self, id: &str, kind: &str, status: &str) {
        self.object_with(id, kind, status, &json!({})).await;
    }

    /// The same, with other attributes.
    pub(crate) async fn object_with(&self, id: &str, kind: &str, status: &str, more: &Value) {
        let now = clock::now().seconds();
        let mut object = json!({"id": id, "kind": kind, "status": status, "amount": "50000",
            "currency": "USD", "created": now - 3600, "settled": false, "first_seen": now * 1000,
            "checked_at": now * 1000, "next_check": now * 1000, "arrival": now - 86_400,
            "reason": "account_closed", "due_by": now + 9 * 86_400});
        object.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.put(&Sk::Object(self.connection.connection, id), &object).await;
    }

    pub(crate) async fn pause(&self, code: &str) {
        let pause = Pause::new(code, "A person must act.", clock::now());
        let current_run = Some(Ulid::from_parts(1, 1));
        let paused = Connection { paused: Some(pause), current_run, ..self.connection.clone() };
        self.put(&Sk::Stripe, &paused).await;
    }

    /// The connection goes on, with a proof of now.
    pub(crate) async fn active(&self) {
        let watermark = Some(clock::now());
        let active = Connection { watermark, ..self.connection.clone() };
        self.put(&Sk::Stripe, &active).await;
    }

    pub(crate) async fn stale(&self) {
        let watermark = Some(clock::now().plus_seconds(-5 * 3600));
        let stale = Connection { watermark, first_sync_confirmed: true, ..self.connection.clone() };
        self.put(&Sk::Stripe, &stale).await;
    }

    /// The account is disconnected, and this one is connected: nothing is known of it yet.
    pub(crate) async fn connect(&mut self, account: &str) {
        let connection = clock::new_ulid();
        let account_id = account.to_owned();
        self.connection = Connection { connection, account_id, ..self.connection.clone() };
        self.put(&Sk::Stripe, &self.connection).await;
    }

    /// The newest proof, hours old.
    pub(crate) async fn proof(&self, verdict: &str, difference: i64) {
        self.proof_with(verdict, difference, &[]).await;
    }

    /// The newest proof; the differences of these lines are dismissed.
    pub(crate) async fn proof_with(&self, verdict: &str, difference: i64, dismissed: &[&str]) {
        let at = clock::now().plus_seconds(-5 * 3600);
        let line = json!({"balance": "payments", "mirror": "@stripe_test", "currency": "USD",
            "exponent": 2, "ledger": (1000 - difference).to_string(), "expected": "1000",
            "d2": difference.to_string(), "debits": ["1000", (1000 - difference).to_string()],
            "credits": ["0", "0"], "records": 1, "verdict": verdict});
        let proof = json!({"id": Ulid::nil().to_string(), "run": Ulid::nil().to_string(),
            "at": at.0, "verdict": verdict, "lines": [line]});
        let proof = serde_json::from_value(proof).unwrap();
        let summary = Summary {
            last_proof: Some(proof),
            dismissed: dismissed.iter().map(|line| (*line).to_owned()).collect(),
            ..Summary::new(self.connection.connection)
        };
        self.put(&Sk::Summary, &summary).await;
    }

    pub(crate) async fn send(&self) {
        self.send_within(Duration::from_secs(20)).await;
    }

    pub(crate) async fn send_within(&self, time: Duration) {
        send(&self.services, &self.install, Deadline::after(time)).await;
    }

    pub(crate) fn items(&self) -> Vec<Value> {
        self.aws.items(PK, "NOTICE#")
    }

    /// How many matters stand.
    pub(crate) fn open(&self) -> usize {
        self.items().iter().filter(|item| item["sk"].as_str().unwrap().contains("#open#")).count()
    }

    /// The newest message to the webhook.
    pub(crate) fn webhook_message(&self) -> Value {
        let mut items = self.items();
        items.retain(|item| item["channel"] == "webhook");
        assert!(items.iter().all(|item| item["ttl"].is_i64()), "it goes in its time");
        items.pop().unwrap()
    }

    /// Whatever waits is due.
    pub(crate) fn time_passes(&self) {
        for item in self.items().iter().filter(|item| item["next_attempt"].is_i64()) {
            let due = json!({"N": clock::now().plus_seconds(-1).0.to_string()});
            self.aws.alter(PK, item["sk"].as_str().unwrap(), "next_attempt", due);
        }
    }
}
