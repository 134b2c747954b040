//! The life of an install against a model of the platform. Whatever arrives in whatever order, the
//! install ends with the key that the platform holds, or removed if it holds none.

mod cloud;
mod steps;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};
use test_support::{Aws, DELAY_QUEUE_URL, KEY_ARN, QUEUE_URL, SCHEDULE_GROUP, TABLE};
use wiremock::matchers::any as anything;
use wiremock::{Mock, MockServer};

use crate::app::install::InstallEvents;
use crate::engine::cleanup::KeyAccess;
use crate::engine::services::{Limits, Services};
use crate::engine::worker::keys_tests::cloud::{Answers, Cloud};
use crate::engine::worker::keys_tests::steps::{Step, steps};
use crate::model::install::id::InstallId;
use crate::model::install::{Event, Meta, Status, fingerprint};
use crate::model::retention::Retention;
use crate::model::time::Millis;
use crate::platform::aws;
use crate::platform::clock;
use crate::platform::http::Deadline;
use crate::platform::notifier::Notifier;
use crate::platform::notifier::receivers::Receivers;
use crate::platform::queue::message::{Reason, WakeUp};
use crate::platform::queue::sender::Queue;
use crate::platform::queue::wake_ups::KeyCheck;
use crate::platform::schedule::{Deployment, Schedules};
use crate::platform::store::installs::keys::keys_open;
use crate::platform::table::Store;
use crate::platform::vault::Vault;

const INSTALL: &str = "instapp_model";
const PK: &str = "INSTALL#instapp_model";

/// Longer than any step takes.
const PATIENCE: Duration = Duration::from_secs(20);

struct World {
    aws: Aws,
    services: Services,
    cloud: Arc<Mutex<Cloud>>,
    _server: MockServer,
    install: InstallId,
    now: Millis,
    /// The key that the platform holds.
    held: Option<String>,
    /// Keys that are about to be revoked.
    dying: Vec<String>,
    /// Events that were delivered, and those on their way.
    delivered: Vec<Value>,
    underway: Vec<Value>,
    keys: u32,
    taken: usize,
}

async fn world() -> World {
    let cloud = Arc::new(Mutex::new(Cloud::default()));
    let server = MockServer::builder().disable_request_recording().start().await;
    Mock::given(anything()).respond_with(Answers(cloud.clone())).mount(&server).await;
    let aws = Aws::direct();
    let sdk = aws.sdk(aws::defaults()).await;
    let services = Services {
        store: Store { client: aws::dynamodb(&sdk), table: TABLE.to_owned() },
        vault: Vault::new(aws::kms(&sdk), KEY_ARN.to_owned()),
        queue: Queue::new(aws::sqs(&sdk), QUEUE_URL.to_owned())
            .with_delays(DELAY_QUEUE_URL.to_owned()),
        schedules: Schedules::new(
            aws::scheduler(&sdk),
            Deployment {
                group: SCHEDULE_GROUP.to_owned(),
                queue_arn: "arn:aws:sqs:us-east-1:123456789012:stripe-sync-test.fifo".to_owned(),
                role_arn: "arn:aws:iam::123456789012:role/scheduler".to_owned(),
                undelivered_arn: "arn:aws:sqs:us-east-1:123456789012:undelivered".to_owned(),
                floor_minutes: 15,
            },
        ),
        notifier: Notifier {
            receivers: Receivers::public().unwrap(),
            topic: None,
            dashboard_url: None,
        },
        http: crate::platform::http::client().unwrap(),
        blnk_base: server.uri(),
        stripe_base: "http://127.0.0.1:9".to_owned(),
        public_base_url: "https://app.example.com".to_owned(),
        limits: Limits {
            stop_after: Duration::from_secs(40),
            retention: Retention::days(90),
            visibility: Duration::from_secs(90),
        },
    };
    World {
        aws,
        services,
        cloud,
        _server: server,
        install: InstallId::parse(INSTALL).unwrap(),
        now: clock::now(),
        held: None,
        dying: Vec::new(),
        delivered: Vec::new(),
        underway: Vec::new(),
        keys: 0,
        taken: 0,
    }
}

impl World {
    fn new_key(&mut self) -> String {
        self.keys += 1;
        format!("blnk_test_{:03}_0123456789abcdef", self.keys)
    }

    fn installed(key: &str) -> Value {
        json!({"installed_app_id": INSTALL, "app_id": "app_1", "instance_id": "inst_1",
            "api_key": key,
            "granted_permissions": ["data:read", "data:write"],
            "idempotency_key": format!("install:{INSTALL}")})
    }

    fn removed(&self) -> Value {
        json!({"installed_app_id": INSTALL, "app_id": "app_1", "instance_id": "inst_1",
            "uninstalled_at": self.now.rfc3339(),
            "idempotency_key": format!("uninstall:{INSTALL}")})
    }

    /// The platform issues a key and revokes the one before it.
    fn hand_out(&mut self, early: bool) -> Value {
        let key = self.new_key();
        self.kill_held(early);
        self.cloud.lock().unwrap().alive.insert(key.clone());
        self.held = Some(key.clone());
        Self::installed(&key)
    }

    fn kill_held(&mut self, early: bool) {
        let Some(key) = self.held.take() else { return };
        if early {
            self.cloud.lock().unwrap().alive.remove(&key);
        } else {
            self.dying.push(key);
        }
    }

    fn settle_deaths(&mut self) {
        for key in self.dying.drain(..) {
            self.cloud.lock().unwrap().alive.remove(&key);
        }
    }

    async fn deliver(&mut self, event: Value) {
        let install_events = InstallEvents {
            store: &self.services.store,
            vault: &self.services.vault,
            queue: &self.services.queue,
        };
        match Event::parse(event.to_string().as_bytes(), None).unwrap() {
            Event::Install(event) => {
                drop(install_events.installed(&event, clock::new_ulid(), self.now).await.unwrap());
            }
            Event::Uninstall(event) => {
                drop(
                    install_events.uninstalled(&event, clock::new_ulid(), self.now).await.unwrap(),
                );
            }
        }
        self.delivered.push(event);
    }

    /// No two events have the same time, and none is dated in whole seconds, because such a date
    /// stands for the whole second.
    fn tick(&mut self) {
        let next = self.now.0 + 7;
        self.now = Millis(if next % 1000 == 0 { next + 1 } else { next });
    }

    async fn send(&mut self, event: Value, delayed: bool) {
        if delayed { self.underway.push(event) } else { self.deliver(event).await }
    }

    async fn meta(&self) -> Option<Meta> {
        self.services.store.installs().meta_and_connection(&self.install).await.unwrap().0
    }

    async fn run(&self) {
        if let Some(meta) = self.meta().await.filter(|meta| meta.status == Status::Active) {
            crate::engine::worker::keys::replaced_key(
                &self.services,
                &self.install,
                &meta,
                Deadline::after(PATIENCE),
            )
            .await
            .unwrap();
        }
    }

    /// Processes the messages that are due. Returns whether some are left for later.
    async fn work(&mut self) -> bool {
        let (mut later, mut waiting) = (Vec::new(), Vec::new());
        loop {
            // Messages delayed by the machine's clock arrive in the model's time.
            let delayed =
                self.aws.take_delayed().into_iter().map(|delayed| delayed.body["wake_up"].clone());
            waiting.extend(delayed);
            let messages = self.aws.messages();
            let sent = messages.get(self.taken).map(|message| message.body.clone());
            self.taken += usize::from(sent.is_some());
            let Some(body) = sent.or_else(|| waiting.pop()) else { break };
            let wake_up: WakeUp = serde_json::from_value(body).unwrap();
            match wake_up.reason {
                Reason::Keys if wake_up.at.is_some_and(|at| at > self.now) => later.push(wake_up),
                Reason::Keys => {
                    crate::engine::worker::keys::ask_keys(
                        &self.services,
                        &wake_up,
                        self.now,
                        Deadline::after(PATIENCE),
                    )
                    .await
                    .unwrap();
                }
                Reason::Cleanup => {
                    crate::engine::cleanup::clean_up(
                        &self.services,
                        &wake_up,
                        None,
                        Deadline::after(PATIENCE),
                        KeyAccess::None,
                    )
                    .await
                    .unwrap();
                }
                other => panic!("{other:?}"),
            }
        }
        for wake_up in &later {
            let again = wake_up.postponed(&clock::new_ulid().to_string());
            self.services.queue.send(&again).await.unwrap();
        }
        !later.is_empty()
    }

    async fn step(&mut self, step: &Step) {
        self.tick();
        match step {
            Step::Install if self.held.is_none() => {
                let event = self.hand_out(true);
                self.deliver(event).await;
            }
            Step::Replace { early, delayed } if self.held.is_some() => {
                let event = self.hand_out(*early);
                self.send(event, *delayed).await;
            }
            // The platform itself never delivers one before it has installed the app.
            Step::Junk if self.meta().await.is_some() => {
                let event = Self::installed(&self.new_key());
                self.deliver(event).await;
            }
            Step::Duplicate(which) if !self.delivered.is_empty() => {
                let event = which.get(&self.delivered).clone();
                // A repeated uninstall comes from a platform that holds no key, or arrives too
                // late.
                self.deliver(event).await;
            }
            Step::Uninstall { early, delayed } if self.held.is_some() => {
                let event = self.removed();
                self.kill_held(*early);
                self.send(event, *delayed).await;
            }
            Step::Arrive(which) if !self.underway.is_empty() => {
                let event = self.underway.remove(which.index(self.underway.len()));
                self.deliver(event).await;
            }
            Step::Outage(away) => self.cloud.lock().unwrap().away = *away,
            Step::Run => self.run().await,
            Step::Work => drop(self.work().await),
            Step::Pass(seconds) => {
                self.now = self.now.plus_seconds(*seconds);
                self.settle_deaths();
            }
            _ => {}
        }
    }

    /// Everything on its way arrives, and time passes until nothing is left to do.
    async fn end(&mut self) {
        self.cloud.lock().unwrap().away = false;
        self.settle_deaths();
        for event in std::mem::take(&mut self.underway) {
            self.tick();
            self.deliver(event).await;
        }
        for _ in 0..30 {
            let later = self.work().await;
            self.run().await;
            let open = match self.meta().await {
                Some(meta) if keys_open(&meta, None) => meta.generation.or(meta.cleanup_generation),
                _ => None,
            };
            if !later && open.is_none() && self.taken == self.aws.messages().len() {
                return;
            }
            self.now = self.now.plus_seconds(61);
            if let Some(generation) = open.filter(|_| !later) {
                // As the sweep does.
                let why = KeyCheck::Sweep(clock::new_ulid());
                let check = WakeUp::keys(&self.install, &generation, &why);
                self.services.queue.send(&check).await.unwrap();
            }
        }
        panic!("it never comes to rest");
    }

    async fn check(&self) {
        let meta = self.meta().await;
        match (&self.held, &meta) {
            (None, None) => return,
            (None, Some(meta)) => {
                assert_eq!(meta.status, Status::Uninstalled, "the platform holds no key");
            }
            (Some(key), Some(meta)) => {
                assert_eq!(meta.status, Status::Active, "the platform holds a key");
                let held = fingerprint(&self.install, &key.clone().into());
                assert_eq!(
                    meta.key_fingerprint.as_deref(),
                    Some(held.as_str()),
                    "the one that the platform holds"
                );
                let sealed = meta.sealed_key.as_ref().unwrap();
                let opened = self
                    .services
                    .vault
                    .open(&self.install, crate::platform::vault::Purpose::BlnkApiKey, sealed)
                    .await
                    .unwrap();
                assert_eq!(secrecy::ExposeSecret::expose_secret(&opened), key);
            }
            (Some(_), None) => panic!("an install that nobody knows"),
        }
        let meta = meta.unwrap();
        assert_eq!(
            self.aws.items(PK, "KEY#").len(),
            meta.candidates.len(),
            "no key is left that is not listed"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, max_shrink_iters: 400,
        ..ProptestConfig::default() })]

    #[test]
    fn an_install_ends_with_the_key_that_the_platform_holds_or_removed(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut world = world().await;
            for step in &steps {
                world.step(step).await;
            }
            world.end().await;
            world.check().await;
        });
    }
}
