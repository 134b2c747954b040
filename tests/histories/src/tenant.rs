//! One install: its AWS, its ledger, its Stripe account, and the worker that serves it.
//!
//! | module | what it does |
//! |---|---|
//! | `actions` | what a person does in the portal |
//! | `outside` | the Stripe account and the ledger |
//! | `queue` | the messages, as the queues deliver them |
//! | `settings` | the settings |
//! | `statements` | the statements, and Stripe's own reports |
//! | `stored` | the items in the table |

mod actions;
mod outside;
mod queue;
mod settings;
mod statements;
mod stored;

use std::cell::{Cell, RefCell};
use std::time::Duration;

use sandbox::stripe::AccountInfo;
use serde_json::{Value, json};
use stripe_sync::engine::services::{Limits, Services};
use stripe_sync::model::connection::{Connection, LegKindsSince};
use stripe_sync::model::install::id::InstallId;
use stripe_sync::model::install::{Event, InstallEvent};
use stripe_sync::model::ledger;
use stripe_sync::model::retention::Retention;
use stripe_sync::model::stripe::key::KeyKind;
use stripe_sync::platform::aws;
use stripe_sync::platform::clock;
use stripe_sync::platform::queue::Delayed;
use stripe_sync::platform::queue::sender::Queue;
use stripe_sync::platform::schedule::{Deployment, Schedules};
use stripe_sync::platform::table::Store;
use stripe_sync::platform::table::item::to_item;
use stripe_sync::platform::table::keys::Sk;
use stripe_sync::platform::vault::{Purpose, Vault};
use test_support::{Aws, DELAY_QUEUE_URL, KEY_ARN, QUEUE_URL, SCHEDULE_GROUP, TABLE};
use ulid::Ulid;

use crate::world::World;

const RETENTION: Retention = Retention::days(90);
const VISIBILITY: Duration = Duration::from_secs(90);

/// An install with a connected account.
#[derive(Debug)]
pub struct Tenant<'w> {
    /// The simulated world.
    pub world: &'w World,
    /// Its own AWS.
    pub aws: Aws,
    /// Its instance in Blnk Cloud.
    pub instance: String,
    /// Its Stripe account.
    pub account: AccountInfo,
    install: InstallId,
    generation: String,
    connection: Cell<Ulid>,
    store: Store,
    vault: Vault,
    queue: Queue,
    schedules: Schedules,
    /// Messages of the delay queue that are not due yet.
    waiting: RefCell<Vec<Delayed>>,
}

impl<'w> Tenant<'w> {
    /// Installs and connects.
    ///
    /// # Panics
    /// When a step fails.
    #[expect(clippy::unwrap_used, reason = "the test's own set-up")]
    pub async fn connect(world: &'w World, seed: u64, movements: u32) -> Self {
        let (instance, install) = (format!("inst_h{seed}"), format!("instapp_h{seed}"));
        let api_key = format!("blnk_test_history{seed:012}");
        world.install(&instance, &install, &api_key);
        let account = world.account(seed, movements);
        let aws = Aws::direct();
        let sdk = aws.sdk(aws::defaults()).await;
        let store = Store { client: aws::dynamodb(&sdk), table: TABLE.to_owned() };
        let vault = Vault::new(aws::kms(&sdk), KEY_ARN.to_owned());
        let event = install_event(&instance, &install, &api_key);
        let sealed = vault.seal(&event.install, Purpose::BlnkApiKey, &event.api_key).await.unwrap();
        store.installs().install(&event, &sealed, clock::new_ulid(), clock::now()).await.unwrap();
        let (meta, _) = store.installs().meta_and_connection(&event.install).await.unwrap();
        let generation = meta.and_then(|meta| meta.generation).unwrap();
        let connection = new_connection(&vault, &event.install, &generation, &account).await;
        let item = to_item(&event.install, &Sk::Stripe, &connection).unwrap();
        store.client.put_item().table_name(TABLE).set_item(Some(item)).send().await.unwrap();
        let queue = Queue::new(aws::sqs(&sdk), QUEUE_URL.to_owned())
            .with_delays(DELAY_QUEUE_URL.to_owned());
        let schedules = Schedules::new(aws::scheduler(&sdk), deployment());
        let (generation, connection) = (connection.generation, Cell::new(connection.connection));
        let (install, waiting) = (event.install, RefCell::default());
        Self {
            world,
            aws,
            instance,
            account,
            install,
            generation,
            connection,
            store,
            vault,
            queue,
            schedules,
            waiting,
        }
    }

    /// A worker that stops itself after this long.
    #[must_use]
    pub fn worker(&self, stop_after: Duration) -> Services {
        Services {
            store: self.store.clone(),
            vault: self.vault.clone(),
            queue: self.queue.clone(),
            schedules: self.schedules.clone(),
            notifier: self.world.notifier.clone(),
            http: self.world.http.clone(),
            blnk_base: self.world.cloud_url(),
            stripe_base: self.world.stripe_url(),
            public_base_url: "https://app.example.com".to_owned(),
            limits: Limits { stop_after, retention: RETENTION, visibility: VISIBILITY },
        }
    }
}

#[expect(clippy::unwrap_used, clippy::panic, reason = "the test's own set-up")]
fn install_event(instance: &str, install: &str, api_key: &str) -> InstallEvent {
    let body = json!({"installed_app_id": install, "app_id": "app_histories",
        "instance_id": instance, "api_key": api_key,
        "granted_permissions": ["data:read", "data:write", "alerts:read", "alerts:write"],
        "idempotency_key": format!("install:{install}")});
    let Event::Install(event) = Event::parse(body.to_string().as_bytes(), None).unwrap() else {
        panic!("an install")
    };
    event
}

#[expect(clippy::unwrap_used, reason = "the test's own set-up")]
async fn new_connection(
    vault: &Vault,
    install: &InstallId,
    generation: &str,
    account: &AccountInfo,
) -> Connection {
    let key = account.restricted_key.clone();
    let connection: Value = json!({
        "generation": generation,
        "connection": clock::new_ulid(),
        "account_id": account.account,
        "mode": "test",
        "key_kind": KeyKind::Restricted,
        "key_prefix": "rk_test_",
        "key_last4": &key[key.len() - 4..],
        "sealed_key": vault.seal(install, Purpose::StripeApiKey, &key.into()).await.unwrap(),
        "connected_at": clock::now(),
        "mirror": "@stripe_test",
        "figures_complete": true,
        "words": [LegKindsSince { version: ledger::LEG_KINDS_VERSION, from: i64::MIN }],
    });
    serde_json::from_value(connection).unwrap()
}

fn deployment() -> Deployment {
    Deployment {
        group: SCHEDULE_GROUP.to_owned(),
        queue_arn: "arn:aws:sqs:us-east-1:123456789012:stripe-sync-test.fifo".to_owned(),
        role_arn: "arn:aws:iam::123456789012:role/scheduler".to_owned(),
        undelivered_arn: "arn:aws:sqs:us-east-1:123456789012:undelivered".to_owned(),
        floor_minutes: 1,
    }
}
