//! One install: its AWS, its ledger, its Stripe account, and the worker that serves it.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use sandbox::stripe::AccountInfo;
use serde_json::{Value, json};
use stripe_sync::engine::services::{Limits, Services};
use stripe_sync::model::activity::{Activity, Kind};
use stripe_sync::model::approval::is_approval_code;
use stripe_sync::model::asked::{Scope, Trigger};
use stripe_sync::model::certificate::Certificate;
use stripe_sync::model::connection::{Connection, LegKindsVersion};
use stripe_sync::model::install::Event;
use stripe_sync::model::install::id::InstallId;
use stripe_sync::model::ledger;
use stripe_sync::model::run::RunState;
use stripe_sync::model::settings::Settings;
use stripe_sync::platform::aws;
use stripe_sync::platform::clock;
use stripe_sync::platform::queue::Delayed;
use stripe_sync::platform::queue::message::WakeUp;
use stripe_sync::platform::queue::sender::Queue;
use stripe_sync::platform::schedule::{Deployment, Schedules};
use stripe_sync::platform::store::Store;
use stripe_sync::platform::store::item::to_item;
use stripe_sync::platform::store::keys::Sk;
use stripe_sync::platform::store::problems::actions::{Audit, ProblemAction};
use stripe_sync::platform::store::runs::{Request, Requested};
use stripe_sync::platform::vault::{Purpose, Vault};
use test_support::{Aws, DELAY_QUEUE_URL, KEY_ARN, QUEUE_URL, SCHEDULE_GROUP, TABLE};
use ulid::Ulid;

use crate::oracle::{self, Record, Seen};
use crate::world::World;
use crate::{history, time};

const RETENTION_DAYS: i64 = 90;
const VISIBILITY: Duration = Duration::from_secs(90);
/// When a message of the delay queue comes again that could not be passed on.
const DELAY_COMES_AGAIN: Duration = Duration::from_secs(30);

/// How often the test's own preparations are tried again.
const SET_UP_TRIES: u32 = 5;

/// An install with a connected account.
#[derive(Debug)]
pub struct Tenant<'w> {
    /// The outside world.
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
    /// Messages of the delay queue whose time has not come.
    waiting: RefCell<Vec<Delayed>>,
}

impl<'w> Tenant<'w> {
    /// Installs and connects.
    ///
    /// # Panics
    /// When something of that does not succeed.
    #[expect(clippy::unwrap_used, clippy::panic, reason = "the test's own set-up")]
    pub async fn connect(world: &'w World, seed: u64, movements: u32) -> Self {
        let (instance, install) = (format!("inst_h{seed}"), format!("instapp_h{seed}"));
        let api_key = format!("blnk_test_history{seed:012}");
        world.install(&instance, &install, &api_key);
        let account = world.account(seed, movements);
        let aws = Aws::direct();
        let sdk = aws.sdk(aws::defaults()).await;
        let store = Store { client: aws::dynamodb(&sdk), table: TABLE.to_owned() };
        let vault = Vault::new(aws::kms(&sdk), KEY_ARN.to_owned());
        let body = json!({"installed_app_id": install, "app_id": "app_histories", "instance_id": instance, "api_key": api_key,
            "granted_permissions": ["data:read", "data:write", "alerts:read", "alerts:write"],
            "idempotency_key": format!("install:{install}")});
        let Event::Install(event) = Event::parse(body.to_string().as_bytes(), None).unwrap() else { panic!("an install") };
        let sealed = vault.seal(&event.install, Purpose::BlnkApiKey, &event.api_key).await.unwrap();
        store.installs().install(&event, &sealed, clock::new_ulid(), clock::now()).await.unwrap();
        let (meta, _) = store.installs().meta_and_connection(&event.install).await.unwrap();
        let key = account.restricted_key.clone();
        let connection = json!({
            "generation": meta.and_then(|meta| meta.generation).unwrap(),
            "connection": clock::new_ulid(),
            "account_id": account.account,
            "mode": "test",
            "key_kind": stripe_sync::model::stripe::key::KeyKind::Restricted,
            "key_prefix": "rk_test_",
            "key_last4": &key[key.len() - 4..],
            "sealed_key": vault.seal(&event.install, Purpose::StripeApiKey, &key.into()).await.unwrap(),
            "connected_at": clock::now(),
            "mirror": "@stripe_test",
            "words": [LegKindsVersion { version: ledger::LEG_KINDS_VERSION, from: i64::MIN }],
        });
        let connection: Connection = serde_json::from_value(connection).unwrap();
        let item = to_item(&event.install, &Sk::Stripe, &connection).unwrap();
        store.client.put_item().table_name(TABLE).set_item(Some(item)).send().await.unwrap();
        let queue = Queue::new(aws::sqs(&sdk), QUEUE_URL.to_owned()).with_delays(DELAY_QUEUE_URL.to_owned());
        let deployment = Deployment {
            group: SCHEDULE_GROUP.to_owned(),
            queue_arn: "arn:aws:sqs:us-east-1:123456789012:stripe-sync-test.fifo".to_owned(),
            role_arn: "arn:aws:iam::123456789012:role/scheduler".to_owned(),
            undelivered_arn: "arn:aws:sqs:us-east-1:123456789012:undelivered".to_owned(),
            floor_minutes: 1,
        };
        let schedules = Schedules::new(aws::scheduler(&sdk), deployment);
        let (generation, connection) = (connection.generation, Cell::new(connection.connection));
        let (install, waiting) = (event.install, RefCell::default());
        Self { world, aws, instance, account, install, generation, connection, store, vault, queue, schedules, waiting }
    }

    /// A worker that stops itself after so long.
    #[must_use]
    pub fn worker(&self, stop_after: Duration) -> Services {
        Services {
            store: self.store.clone(),
            vault: self.vault.clone(),
            queue: self.queue.clone(),
            schedules: self.schedules.clone(),
            http: self.world.http.clone(),
            blnk_base: self.world.cloud_url(),
            stripe_base: self.world.stripe_url(),
            public_base_url: "https://app.example.com".to_owned(),
            limits: Limits { stop_after, retention_days: RETENTION_DAYS, visibility: VISIBILITY },
        }
    }

    /// Waits for the next delayed message and gives it to the work queue, as the delay queue's consumer does. Answers whether there was one.
    pub async fn pass_next_on(&self) -> bool {
        let Some(delayed) = self.next_delayed() else { return false };
        let left = delayed.not_before.0.saturating_sub(clock::now().0);
        tokio::time::sleep(Duration::from_millis(u64::try_from(left).unwrap_or_default())).await;
        // What could not be passed on comes again.
        while self.queue.pass_on(&delayed, clock::now()).await.is_err() {
            tokio::time::sleep(DELAY_COMES_AGAIN).await;
        }
        true
    }

    fn next_delayed(&self) -> Option<Delayed> {
        let mut waiting = self.waiting.borrow_mut();
        waiting.extend(self.aws.take_delayed().into_iter().filter_map(|sent| serde_json::from_value::<Delayed>(sent.body).ok()));
        let next = (0..waiting.len()).min_by_key(|at| waiting.get(*at).map(|delayed| delayed.not_before))?;
        Some(waiting.swap_remove(next))
    }

    /// Asks for a run as the portal does: makes one, or notes the wish with the open one. Answers the message to send; nothing when AWS
    /// does not answer, which the person who asked is told.
    pub async fn request(&self, scope: Scope) -> Option<WakeUp> {
        let (_, connection) = self.store.installs().meta_and_connection(&self.install).await.ok()?;
        let request = Request {
            id: clock::new_ulid(),
            trigger: Trigger::Manual,
            scope,
            now: clock::now(),
            launch: None,
            retention_seconds: RETENTION_DAYS * 86_400,
        };
        let run = match self.store.runs().request(&self.install, &connection?, &request).await.ok()? {
            Requested::Created(run) => Some(run.id),
            Requested::Open(_) => None,
            Requested::Uninstalled | Requested::Gone => return None,
        };
        Some(self.wake_up(&json!({"reason": "manual", "run": run, "at": request.now})))
    }

    /// Consents to what a run rests for, as a person does in the portal. Answers the message that lets it go on; nothing when no run
    /// waits for a consent, or AWS does not answer.
    pub async fn approve(&self) -> Option<WakeUp> {
        let paused = self.aws.item(&self.pk(), "STRIPE")?["paused"]["code"].as_str()?.to_owned();
        let (_, connection) = self.store.installs().meta_and_connection(&self.install).await.ok()?;
        let connection = connection?;
        let run = connection.current_run?;
        let trail = Activity { kind: Kind::FuseApproved, at: clock::now(), launch_id: None, subject: None, ttl: i64::MAX / 2 };
        self.store.runs().approve(&self.install, &connection, run, &paused, (clock::new_ulid(), &trail)).await.ok()?;
        Some(self.wake_up(&json!({"reason": "continue", "run": run})))
    }

    /// What the connection rests for, as a stable word.
    #[must_use]
    pub fn paused(&self) -> Option<String> {
        self.connection()["paused"]["code"].as_str().map(str::to_owned)
    }

    /// Lifts a pause, as a person does in the portal once its cause is gone. Answers the message that lets the run go on; nothing when
    /// there is none, or AWS does not answer.
    pub async fn resume(&self) -> Option<WakeUp> {
        let (_, connection) = self.store.installs().meta_and_connection(&self.install).await.ok()?;
        let connection = connection?;
        self.store.runs().lift_pause(&self.install, connection.connection).await.ok()?;
        Some(self.wake_up(&json!({"reason": "continue", "run": connection.current_run?})))
    }

    /// Whether a run rests until a person consents.
    #[must_use]
    pub fn waits_for_consent(&self) -> bool {
        let connection = self.aws.item(&self.pk(), "STRIPE").unwrap_or_default();
        connection["paused"]["code"].as_str().is_some_and(is_approval_code)
    }

    /// Whether runs have completed that posted in a currency: the app knows its account there.
    #[must_use]
    pub fn knows(&self, currency: &str) -> bool {
        let summary = self.aws.item(&self.pk(), "SUMMARY").unwrap_or_default();
        summary["usual"]["currencies"].as_array().is_some_and(|known| known.iter().any(|known| known == currency))
    }

    /// Its connection, as it is stored.
    #[must_use]
    pub fn connection(&self) -> Value {
        self.aws.item(&self.pk(), "STRIPE").unwrap_or_default()
    }

    /// A message for this install.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    #[expect(clippy::unwrap_used, reason = "the test's own message")]
    pub fn wake_up(&self, with: &Value) -> WakeUp {
        let mut body = json!({"install": self.install, "generation": self.generation});
        for (name, value) in with.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        serde_json::from_value(body).unwrap()
    }

    fn pk(&self) -> String {
        format!("INSTALL#{}", self.install)
    }

    /// All certificates, oldest first.
    ///
    /// # Panics
    /// When what is stored is none.
    #[must_use]
    #[expect(clippy::unwrap_used, reason = "what the app stored")]
    pub fn certificates(&self) -> Vec<Certificate> {
        let items = self.aws.items(&self.pk(), &format!("PROOF#{}#", self.connection.get()));
        items.into_iter().map(|item| serde_json::from_value(item).unwrap()).collect()
    }

    /// The states of all runs, oldest first.
    ///
    /// # Panics
    /// When what is stored is none.
    #[must_use]
    #[expect(clippy::unwrap_used, reason = "what the app stored")]
    pub fn runs(&self) -> Vec<(RunState, Value)> {
        let items = self.aws.items(&self.pk(), &format!("RUN#{}#", self.connection.get()));
        items.into_iter().map(|item| (serde_json::from_value(item["state"].clone()).unwrap(), item)).collect()
    }

    /// The problems of this connection that are open, by code and id.
    #[must_use]
    pub fn problems(&self) -> Vec<(String, String)> {
        let text = |item: &Value, name: &str| item[name].as_str().unwrap_or_default().to_owned();
        let items = self.aws.items(&self.pk(), &format!("PROBLEM#{}#", self.connection.get()));
        items.iter().filter(|item| item["state"] == "open").map(|item| (text(item, "code"), text(item, "id"))).collect()
    }

    /// What a problem says of its cause; nothing where there is none.
    #[must_use]
    pub fn cause(&self, problem: &str) -> String {
        let items = self.aws.items(&self.pk(), "PROBLEM#");
        let found = items.iter().find(|item| item["id"] == problem);
        found.and_then(|item| item["cause"].as_str()).unwrap_or_default().to_owned()
    }

    /// Asks for another try of a problem, as a person does in the portal.
    ///
    /// # Panics
    /// When there is no such problem.
    #[expect(clippy::unwrap_used, reason = "the test's own wish")]
    pub async fn retry(&self, problem: &str) {
        let (_, connection) = self.store.installs().meta_and_connection(&self.install).await.unwrap();
        let trail = Audit { now: clock::now(), launch: clock::new_ulid(), retention_seconds: RETENTION_DAYS * 86_400 };
        let ids = [problem.to_owned()];
        let steered =
            self.store.problems().act(&self.install, &connection.unwrap(), &ids, &ProblemAction::Retry, (&trail, problem)).await.unwrap();
        assert_eq!(steered.changed, ids);
    }

    /// Changes an attribute of one of its items, given in DynamoDB's own form; `null` removes it.
    pub fn alter(&self, sk: &str, attribute: &str, value: Value) {
        self.aws.alter(&self.pk(), sk, attribute, value);
    }

    /// Connects the account anew, as after a reinstall: nothing that was learnt before is known.
    pub fn connect_anew(&self) {
        self.connection.set(clock::new_ulid());
        let learnt = self.aws.item(&self.pk(), "STRIPE").unwrap_or_default();
        let kept =
            ["generation", "account_id", "mode", "key_kind", "key_prefix", "key_last4", "sealed_key", "connected_at", "mirror", "words"];
        for attribute in learnt.as_object().into_iter().flatten().map(|(name, _)| name) {
            if !["pk", "sk"].contains(&attribute.as_str()) && !kept.contains(&attribute.as_str()) {
                self.alter("STRIPE", attribute, Value::Null);
            }
        }
        self.alter("STRIPE", "connection", json!({"S": self.connection.get()}));
    }

    /// Whether a run is open.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.aws.item(&self.pk(), "STRIPE").is_some_and(|item| item.get("current_run").is_some())
    }

    /// Whether a run has completed.
    #[must_use]
    pub fn has_completed(&self) -> bool {
        self.aws.item(&self.pk(), "STRIPE").is_some_and(|item| item.get("watermark").is_some())
    }

    /// `stripe:<account>:test`, the beginning of every reference.
    #[must_use]
    pub fn owner(&self) -> String {
        format!("stripe:{}:test", self.account.account)
    }

    /// Stripe's list, now.
    pub async fn records(&self) -> Vec<Record> {
        oracle::listed(async |path: String| self.world.stripe(&self.account.secret_key, &path).await).await
    }

    /// What the oracle sees, now.
    ///
    /// # Panics
    /// When the ledger's rows cannot be read.
    #[expect(clippy::unwrap_used, reason = "the test's own world")]
    pub async fn look(&self) -> Seen {
        let records = self.records().await;
        let balance = self.world.stripe(&self.account.secret_key, "/v1/balance").await;
        let balance = serde_json::from_slice(&balance).unwrap();
        let ledger = serde_json::from_slice(&self.world.ledger(&self.instance).await).unwrap();
        oracle::compare(&self.owner(), &records, &balance, &ledger, (self.start().unwrap_or_default(), time::now()))
    }

    /// How often the same difference was looked for and not all of it named.
    #[must_use]
    pub fn partly_named(&self) -> u64 {
        self.aws.item(&self.pk(), "SUMMARY").and_then(|summary| summary["partly"].as_u64()).unwrap_or_default()
    }

    /// From when on records are posted, Unix seconds, as soon as a run has fixed it.
    #[must_use]
    pub fn start(&self) -> Option<i64> {
        self.aws.item(&self.pk(), "STRIPE")?["start"]["at"].as_i64()
    }

    /// Chooses a start in the settings: a UTC midnight, Unix seconds, or none.
    ///
    /// # Panics
    /// When the settings cannot be stored.
    #[expect(clippy::unwrap_used, reason = "the test's own set-up")]
    pub async fn choose_start(&self, start: Option<i64>) {
        let start_date = start.map(|start| ledger::utc_date(start).unwrap());
        self.choose(|settings| settings.start_date = start_date).await;
    }

    /// Sets the amount above which a movement in a currency waits for a person, minor units.
    ///
    /// # Panics
    /// When the settings cannot be stored.
    #[expect(clippy::unwrap_used, reason = "the test's own set-up")]
    pub async fn choose_ceiling(&self, currency: &str, amount: u64) {
        let currency = currency.parse().unwrap();
        self.choose(|settings| _ = settings.ceilings.insert(currency, amount)).await;
    }

    #[expect(clippy::unwrap_used, reason = "the test's own set-up")]
    async fn choose(&self, change: impl FnOnce(&mut Settings)) {
        let mut read = self.store.settings().read(&self.install, &self.generation).await;
        // On a busy machine the table may need longer than a call may last; that is none of the history's faults.
        for _ in 0..SET_UP_TRIES {
            if read.is_ok() {
                break;
            }
            read = self.store.settings().read(&self.install, &self.generation).await;
        }
        let mut settings = read.unwrap();
        settings.revision += 1;
        change(&mut settings);
        let item = to_item(&self.install, &Sk::Settings, &settings).unwrap();
        let put = || self.store.client.put_item().table_name(TABLE).set_item(Some(item.clone())).send();
        let mut written = put().await;
        for _ in 0..SET_UP_TRIES {
            if written.is_ok() {
                break;
            }
            written = put().await;
        }
        written.unwrap();
    }

    /// Adds records at Stripe; a record that cannot be (a refund without a charge) becomes a charge. Answers the ids.
    ///
    /// # Panics
    /// When not even a charge can be added.
    pub async fn add(&self, mut spec: Value) -> Vec<String> {
        let path = format!("/accounts/{}/records", self.account.account);
        let (mut status, mut answer) = self.world.at_stripe(&path, spec.clone()).await;
        if status == 422 {
            history::into_charge(&mut spec);
            (status, answer) = self.world.at_stripe(&path, spec.clone()).await;
        }
        assert_eq!(status, 200, "{spec}: {answer}");
        let ids = answer["ids"].as_array().into_iter().flatten();
        ids.filter_map(|id| id.as_str().map(str::to_owned)).collect()
    }

    /// Makes Stripe's balance differ from its list by so much, in a currency each.
    pub async fn offset(&self, offsets: &Value) {
        let path = format!("/accounts/{}/settings", self.account.account);
        let (status, answer) = self.world.at_stripe(&path, json!({"balance_offset": offsets})).await;
        assert_eq!(status, 204, "{answer}");
    }

    /// The balances in the app's own ledger: how many there are, and the ids of those that belong to nobody.
    ///
    /// # Panics
    /// When the ledger's rows cannot be read.
    #[expect(clippy::unwrap_used, reason = "the test's own world")]
    async fn balances(&self) -> (usize, Vec<String>) {
        let rows: Value = serde_json::from_slice(&self.world.ledger(&self.instance).await).unwrap();
        let balances = rows["balances"].as_array().into_iter().flatten();
        let marked: Vec<&Value> = balances.filter(|row| row["meta_data"]["stripe_customer_id"].is_string()).collect();
        let nobodys = marked.iter().filter(|row| row["identity"].as_str().is_none_or(str::is_empty));
        (marked.len(), nobodys.map(|row| row["id"].as_str().unwrap_or_default().to_owned()).collect())
    }

    /// How many balances were made for customers.
    pub async fn balances_of_customers(&self) -> usize {
        self.balances().await.0
    }

    /// The balances of customers that belong to no identity.
    pub async fn balances_without_identity(&self) -> Vec<String> {
        self.balances().await.1
    }

    /// Posts an entry by hand. Answers whether the ledger took it.
    pub async fn by_hand(&self, entry: Value) -> bool {
        let (status, _) = self.world.core(&self.instance, "/transactions", Some(entry)).await;
        status == 201
    }
}
