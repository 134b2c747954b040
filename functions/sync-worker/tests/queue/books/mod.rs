//! A worker between a simulated Stripe and a simulated ledger: what it makes of accounts and
//! customers.

mod accounts;
mod hinted;
mod identities;
mod openings;
mod payouts;
mod permissions;
mod previews;

use std::time::Duration;

use clap::Parser as _;
use sandbox::args::Args;
use sandbox::cloud::state::{Install, Status};
use sandbox::server;
use sandbox::stripe::AccountInfo;
use serde_json::{Value, json};
use stripe_sync::model::activity::{Activity, Kind};
use stripe_sync::model::install::id::InstallId;
use stripe_sync::model::run::request::{Scope, Trigger};
use stripe_sync::model::settings::{PersonalData, Settings};
use stripe_sync::platform::clock;
use stripe_sync::platform::store::certificates::kept_in;
use stripe_sync::platform::store::runs::{Request, Requested};
use stripe_sync::platform::table::item::to_item;
use stripe_sync::platform::table::keys::Sk;
use stripe_sync::platform::vault::Purpose;
use test_support::TABLE;

use crate::world::{INSTALL, World, world};

const INSTANCE: &str = "inst_books";
const API_KEY: &str = "blnk_test_books0123456789";
/// When made histories end, Unix seconds: whatever the date, a seed makes the same.
const HISTORIES_END: i64 = 1_750_240_800;
const OFF: PersonalData = PersonalData { name: false, email: false, phone: false, address: false };

/// An install with a connected account and a ledger.
struct Books {
    world: World,
    sandbox: server::Running,
    http: reqwest::Client,
    account: AccountInfo,
    settings: Settings,
}

impl Books {
    async fn open(seed: u64, movements: u32) -> Self {
        let mut flags = vec!["sandbox", "--movements", "0"];
        for port in
            ["--dashboard-port", "--cloud-port", "--stripe-port", "--control-port", "--core-port"]
        {
            flags.extend([port, "0"]);
        }
        let sandbox = server::start(Args::try_parse_from(flags).unwrap()).await.unwrap();
        let account = json!({"seed": seed, "movements": movements,
            "id": format!("acct_1Books{seed:06}"), "now": HISTORIES_END});
        let account = sandbox.world.stripe.create_account(serde_json::from_value(account).unwrap());
        sandbox.world.cloud.ensure_instance(INSTANCE, "org_books");
        sandbox.world.cloud.state().begin_install(Install {
            installed_app_id: INSTALL.to_owned(),
            app_id: "app_1".to_owned(),
            instance_id: INSTANCE.to_owned(),
            organization_id: "org_books".to_owned(),
            api_key: API_KEY.to_owned(),
            permissions: ["data:read", "data:write"].map(str::to_owned).to_vec(),
            status: Status::Active,
        });
        let mut world = world().await;
        let install = InstallId::parse(INSTALL).unwrap();
        let sealed = |purpose, secret: String| {
            let (vault, install) = (world.worker.vault.clone(), install.clone());
            async move { json!(vault.seal(&install, purpose, &secret.into()).await.unwrap()) }
        };
        let (blnk_key, stripe_key) = (
            sealed(Purpose::BlnkApiKey, API_KEY.to_owned()).await,
            sealed(Purpose::StripeApiKey, account.restricted_key.clone()).await,
        );
        world.connection.ledger_id = None;
        world.connection.account_id.clone_from(&account.account);
        world.connection.sealed_key = serde_json::from_value(stripe_key).unwrap();
        for (sk, item) in [
            (Sk::Stripe, to_item(&install, &Sk::Stripe, &world.connection).unwrap()),
            (Sk::Meta, {
                let (meta, _) = world.store.installs().meta_and_connection(&install).await.unwrap();
                let mut meta = meta.unwrap();
                meta.sealed_key = Some(serde_json::from_value(blnk_key).unwrap());
                meta.instance_id = INSTANCE.to_owned();
                to_item(&install, &Sk::Meta, &meta).unwrap()
            }),
        ] {
            let put = world.store.client.put_item().table_name(TABLE).set_item(Some(item));
            put.send().await.unwrap_or_else(|error| panic!("{sk}: {error:?}"));
        }
        (world.worker.blnk_base, world.worker.stripe_base) =
            (sandbox.world.urls.cloud.clone(), sandbox.world.urls.stripe.clone());
        let settings =
            Settings { generation: world.connection.generation.clone(), ..Settings::default() };
        Self {
            world,
            sandbox,
            http: stripe_sync::platform::http::client().unwrap(),
            account,
            settings,
        }
    }

    /// A person changes settings.
    async fn set(&mut self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.settings);
        self.settings.revision += 1;
        let activity = Activity {
            kind: Kind::SettingsChanged,
            at: clock::now(),
            launch_id: None,
            subject: None,
            ttl: i64::MAX,
        };
        let install = InstallId::parse(INSTALL).unwrap();
        self.world
            .store
            .settings()
            .put(&install, &self.settings, &activity, clock::new_ulid())
            .await
            .unwrap();
    }

    /// A run to its end.
    async fn sync_again(&self) -> Value {
        self.run(Scope::New).await
    }

    /// What a sync would make, as it is stored.
    async fn preview(&self) -> Value {
        let before = self.ledger().await;
        let run = self.run(Scope::Preview).await;
        assert_eq!(
            (&run["state"], self.ledger().await),
            (&json!("completed"), before),
            "nothing is written: {run}"
        );
        run["progress"]["preview"].clone()
    }

    /// The certificate of a run.
    fn certificate(&self, run: &Value) -> Value {
        let connection = self.world.connection.connection;
        let id = run["certificate"].as_str().unwrap();
        let sk = format!("PROOF#{connection}#{id}");
        let stored = self.world.aws.stored(crate::world::PK, &sk).remove(0);
        kept_in(stored).unwrap().unwrap().document().unwrap()
    }

    async fn run(&self, scope: Scope) -> Value {
        let install = InstallId::parse(INSTALL).unwrap();
        let (_, connection) =
            self.world.store.installs().meta_and_connection(&install).await.unwrap();
        let request = Request {
            id: clock::new_ulid(),
            trigger: Trigger::Manual,
            scope,
            now: clock::now(),
            launch: None,
            retention_seconds: 60,
        };
        let requested = self
            .world
            .store
            .runs()
            .request(&install, &connection.unwrap(), &request)
            .await
            .unwrap();
        let Requested::Created(run) = requested else { panic!("{requested:?}") };
        self.on(&run.id.to_string()).await
    }

    /// Works on a run until it ends or is paused; one that waits is tried when its time has come.
    async fn on(&self, run: &str) -> Value {
        let message = self.world.wake_up("manual", Some(run));
        for _ in 0..20 {
            assert_eq!(
                Box::pin(self.world.failures(false, std::slice::from_ref(&message))).await,
                Vec::<String>::new()
            );
            let stored = self.world.stored_run(run);
            if !matches!(stored["state"].as_str(), Some("queued" | "running")) {
                return stored;
            }
            let next = stored["waiting"]["next_attempt"].as_i64().unwrap_or_default();
            tokio::time::sleep(Duration::from_millis(
                u64::try_from(next - clock::now().0).unwrap_or_default(),
            ))
            .await;
        }
        panic!("the run did not end: {}", self.world.stored_run(run));
    }

    /// A run that ends in a match.
    async fn sync(&self) -> Value {
        let run = self.sync_again().await;
        assert_eq!(
            (&run["state"], &run["verdict"]),
            (&json!("completed"), &json!("match")),
            "{run}"
        );
        run
    }

    async fn call(&self, method: &str, url: String, body: Option<Value>) -> Value {
        let mut request = self
            .http
            .request(method.parse().unwrap(), &url)
            .header("X-Blnk-Key", format!("core_{INSTANCE}"));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let (status, text) = (response.status(), response.text().await.unwrap());
        assert!(status.is_success(), "{method} {url}: {status} {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    /// Something happens at Stripe.
    async fn at_stripe(&self, path: &str, body: Value) -> Value {
        let urls = &self.sandbox.world.urls;
        self.call(
            "POST",
            format!("{}/stripe/accounts/{}/{path}", urls.control, self.account.account),
            Some(body),
        )
        .await
    }

    async fn charge(&self, amount: i64, customer: &str, more: Value) -> String {
        let mut record = json!({"type": "charge", "amount": amount, "fee": 59, "currency": "usd",
            "customer": customer});
        record.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.at_stripe("records", record).await["ids"][0].as_str().unwrap().to_owned()
    }

    /// Somebody else writes to the ledger, or reads it.
    async fn core(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        self.call(method, format!("{}{path}", self.sandbox.world.urls.core), body).await
    }

    /// Rows of the ledger where a field has a value.
    async fn rows(&self, kind: &str, field: &str, value: &str) -> Vec<Value> {
        let body =
            json!({"filters": [{"field": field, "operator": "eq", "value": value}], "limit": 100});
        let answer = self.core("POST", &format!("/{kind}/filter"), Some(body)).await;
        let rows = answer.get("data").cloned().unwrap_or(answer);
        rows.as_array().cloned().unwrap_or_default()
    }

    /// The entry of a leg.
    async fn entry(&self, record: &str, leg: &str) -> Value {
        let reference = format!("stripe:{}:test:{record}:{leg}", self.account.account);
        let mut rows = self.rows("transactions", "reference", &reference).await;
        assert_eq!(rows.len(), 1, "{reference}");
        rows.remove(0)
    }

    /// The balance of a name.
    async fn named(&self, indicator: &str) -> Option<Value> {
        self.rows("balances", "indicator", indicator)
            .await
            .into_iter()
            .find(|row| row["currency"] == "USD")
    }

    /// The balances that were made for a customer.
    async fn balances(&self, customer: &str) -> Vec<Value> {
        self.rows("balances", "meta_data.stripe_customer_id", customer).await
    }

    /// The identity behind a customer's balances.
    async fn identity(&self, customer: &str) -> Value {
        let balances = self.balances(customer).await;
        let ids: std::collections::BTreeSet<&str> =
            balances.iter().filter_map(|row| row["identity_id"].as_str()).collect();
        assert_eq!(ids.len(), 1, "{customer}: {balances:?}");
        let id = ids.into_iter().next().unwrap();
        self.core("GET", &format!("/identities/{id}"), None).await
    }

    /// What hits calls from now on.
    async fn fault(&self, fault: Value) {
        self.call("POST", format!("{}/faults", self.sandbox.world.urls.control), Some(fault)).await;
    }

    async fn no_faults(&self) {
        self.call("DELETE", format!("{}/faults", self.sandbox.world.urls.control), None).await;
    }

    /// All rows of the ledger, as text.
    async fn ledger(&self) -> String {
        self.call(
            "GET",
            format!("{}/core/instances/{INSTANCE}/state", self.sandbox.world.urls.control),
            None,
        )
        .await
        .to_string()
    }
}

/// The charge behind a record.
async fn charge_of(books: &Books, record: &str) -> Value {
    let url = format!("{}/v1/balance_transactions/{record}", books.sandbox.world.urls.stripe);
    let request = books.http.get(url).bearer_auth(&books.account.restricted_key);
    let text = request.send().await.unwrap().text().await.unwrap();
    serde_json::from_str::<Value>(&text).unwrap()["source"].clone()
}
