//! The function after its cold start, and what it is around.

use std::sync::Arc;
use std::time::Duration;

use aws_lambda_events::event::sqs::SqsEvent;
use serde_json::{Value, json};
use stripe_sync::engine::services::{Limits, Services};
use stripe_sync::model::connection::{Connection, NewConnection};
use stripe_sync::model::install::Event;
use stripe_sync::model::install::id::InstallId;
use stripe_sync::model::retention::Retention;
use stripe_sync::model::run::request::{Scope, Trigger};
use stripe_sync::platform::notifier::Notifier;
use stripe_sync::platform::notifier::receivers::Receivers;
use stripe_sync::platform::queue::sender::Queue;
use stripe_sync::platform::schedule::{Deployment, Schedules};
use stripe_sync::platform::store::runs::{Request, Requested};
use stripe_sync::platform::table::Store;
use stripe_sync::platform::table::item::to_item;
use stripe_sync::platform::table::keys::Sk;
use stripe_sync::platform::vault::{Purpose, Vault};
use stripe_sync::platform::{aws, clock};
use sync_worker::handler::{State, batch};
use test_support::{Aws, DELAY_QUEUE_URL, KEY_ARN, QUEUE_URL, SCHEDULE_GROUP, TABLE};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

pub(crate) const INSTALL: &str = "instapp_1";
pub(crate) const PK: &str = "INSTALL#instapp_1";
pub(crate) const BASE: &str = "https://app.example.com";

/// An active install with a connected account; Stripe and the ledger refuse everything and count
/// what they are asked.
pub(crate) struct World {
    pub(crate) aws: Aws,
    pub(crate) stripe: MockServer,
    pub(crate) blnk: MockServer,
    pub(crate) store: Store,
    pub(crate) connection: Connection,
    pub(crate) worker: Services,
}

pub(crate) fn deployment() -> Deployment {
    Deployment {
        group: SCHEDULE_GROUP.to_owned(),
        queue_arn: "arn:aws:sqs:us-east-1:123456789012:stripe-sync-test.fifo".to_owned(),
        role_arn: "arn:aws:iam::123456789012:role/scheduler".to_owned(),
        undelivered_arn: "arn:aws:sqs:us-east-1:123456789012:undelivered".to_owned(),
        floor_minutes: 15,
    }
}

pub(crate) async fn world() -> World {
    world_for(INSTALL).await
}

pub(crate) async fn world_for(id: &str) -> World {
    world_on(Aws::start().await, id).await
}

/// The worker's services, with these servers for Stripe and the ledger.
fn services(
    store: Store,
    vault: Vault,
    queue: Queue,
    schedules: Schedules,
    [stripe, blnk]: [&MockServer; 2],
) -> Services {
    Services {
        store,
        vault,
        queue,
        schedules,
        notifier: Notifier {
            receivers: Receivers::public().unwrap(),
            topic: None,
            dashboard_url: None,
        },
        http: stripe_sync::platform::http::client().unwrap(),
        blnk_base: blnk.uri(),
        stripe_base: stripe.uri(),
        public_base_url: BASE.to_owned(),
        limits: Limits {
            stop_after: Duration::from_secs(15),
            retention: Retention::days(90),
            visibility: Duration::from_secs(90),
        },
    }
}

pub(crate) async fn world_on(aws: Aws, id: &str) -> World {
    let (stripe, blnk) = (MockServer::start().await, MockServer::start().await);
    for server in [&stripe, &blnk] {
        Mock::given(any()).respond_with(ResponseTemplate::new(401)).mount(server).await;
    }
    let sdk = aws.sdk(aws::defaults()).await;
    let store = Store { client: aws::dynamodb(&sdk), table: TABLE.to_owned() };
    let vault = Vault::new(aws::kms(&sdk), KEY_ARN.to_owned());
    let body = json!({"installed_app_id": id, "app_id": "app_1", "instance_id": "inst_1",
        "api_key": "blnk_test_0123456789abcdef",
        "granted_permissions": ["data:read", "data:write"],
        "idempotency_key": format!("install:{id}")});
    let Event::Install(event) = Event::parse(body.to_string().as_bytes(), None).unwrap() else {
        panic!("an install")
    };
    let sealed = vault.seal(&event.install, Purpose::BlnkApiKey, &event.api_key).await.unwrap();
    store.installs().install(&event, &sealed, clock::new_ulid(), clock::now()).await.unwrap();
    let (meta, _) = store.installs().meta_and_connection(&event.install).await.unwrap();
    let secret = "rk_test_51OneOneOneOneOneOne".to_owned().into();
    let begun = NewConnection {
        generation: meta.and_then(|meta| meta.generation).unwrap(),
        connection: clock::new_ulid(),
        account_id: "acct_1".to_owned(),
        mode: stripe_sync::model::ledger::Mode::Test,
        key_kind: stripe_sync::model::stripe::key::KeyKind::Restricted,
        key_prefix: "rk_test_".to_owned(),
        key_last4: "eOne".to_owned(),
        sealed_key: vault.seal(&event.install, Purpose::StripeApiKey, &secret).await.unwrap(),
        connected_at: clock::now(),
        mirror: "@stripe_test".to_owned(),
    };
    let connection = Connection { ledger_id: Some("ldg_1".to_owned()), ..Connection::new(begun) };
    let item = to_item(&event.install, &Sk::Stripe, &connection).unwrap();
    store.client.put_item().table_name(TABLE).set_item(Some(item)).send().await.unwrap();
    let queue =
        Queue::new(aws::sqs(&sdk), QUEUE_URL.to_owned()).with_delays(DELAY_QUEUE_URL.to_owned());
    let schedules = Schedules::new(aws::scheduler(&sdk), deployment());
    let worker = services(store.clone(), vault, queue, schedules, [&stripe, &blnk]);
    aws.forget();
    World { aws, stripe, blnk, store, connection, worker }
}

impl World {
    /// A run that was asked for and not yet begun.
    pub(crate) async fn run(&self) -> String {
        self.run_of(Scope::New).await
    }

    pub(crate) async fn run_of(&self, scope: Scope) -> String {
        let request = Request {
            id: clock::new_ulid(),
            trigger: Trigger::Manual,
            scope,
            now: clock::now(),
            launch: None,
            retention_seconds: 60,
        };
        let requested = self
            .store
            .runs()
            .request(&InstallId::parse(INSTALL).unwrap(), &self.connection, &request)
            .await
            .unwrap();
        let Requested::Created(run) = requested else { panic!("{requested:?}") };
        self.aws.forget();
        run.id.to_string()
    }

    pub(crate) fn wake_up(&self, reason: &str, run: Option<&str>) -> Value {
        let mut body =
            json!({"install": INSTALL, "generation": self.connection.generation, "reason": reason});
        if let Some(run) = run {
            body["run"] = json!(run);
        }
        body
    }

    /// The platform delivers the install with this key.
    pub(crate) async fn install_again(&self, key: &str) {
        let body = json!({"installed_app_id": INSTALL, "app_id": "app_1", "instance_id": "inst_1",
            "api_key": key,
            "granted_permissions": ["data:read", "data:write"],
            "idempotency_key": format!("install:{INSTALL}")});
        let Event::Install(event) = Event::parse(body.to_string().as_bytes(), None).unwrap() else {
            panic!("an install")
        };
        let sealed = self
            .worker
            .vault
            .seal(&event.install, Purpose::BlnkApiKey, &event.api_key)
            .await
            .unwrap();
        self.store
            .installs()
            .install(&event, &sealed, clock::new_ulid(), clock::now())
            .await
            .unwrap();
    }

    /// Hands the worker a batch; returns the messages that will be delivered again.
    pub(crate) async fn failures(&self, dead_letters: bool, bodies: &[Value]) -> Vec<String> {
        let records: Vec<Value> =
            bodies.iter().enumerate().map(|(at, body)| record(at, body)).collect();
        self.failures_of(dead_letters, json!({"Records": records})).await
    }

    pub(crate) async fn failures_of(&self, dead_letters: bool, event: Value) -> Vec<String> {
        let event: SqsEvent = serde_json::from_value(event).unwrap();
        let response = batch(
            Arc::new(State {
                worker: self.worker.clone(),
                dead_letters,
                stack: "stack-1".to_owned(),
            }),
            event,
        )
        .await
        .unwrap();
        response.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect()
    }

    pub(crate) async fn outside_calls(&self) -> usize {
        self.stripe.received_requests().await.unwrap().len()
            + self.blnk.received_requests().await.unwrap().len()
    }

    pub(crate) fn stored_run(&self, id: &str) -> Value {
        self.aws.item(PK, &format!("RUN#{}#{id}", self.connection.connection)).unwrap()
    }
}

pub(crate) fn record(at: usize, body: &Value) -> Value {
    let body = body.as_str().map_or_else(|| body.to_string(), str::to_owned);
    json!({"messageId": format!("message-{at}"), "receiptHandle": "r", "body": body,
        "attributes": {}, "messageAttributes": {},
        "md5OfBody": "0", "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:q.fifo",
        "awsRegion": "us-east-1"})
}
