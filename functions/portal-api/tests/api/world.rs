//! One install, a Stripe account and a ledger, around the function.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use portal_api::router::router;
use portal_api::state::State;
use serde_json::{Value, json};
use stripe_sync::app::connect::connector::Connector;
use stripe_sync::model::install::{Event, LaunchEvent};
use stripe_sync::model::retention::Retention;
use stripe_sync::model::secret_versions::Versions;
use stripe_sync::model::session::{Launch, SessionLimits};
use stripe_sync::platform::notifier::receivers::{NameResolver, Receivers};
use stripe_sync::platform::notifier::{Notifier, Topic};
use stripe_sync::platform::queue::sender::Queue;
use stripe_sync::platform::schedule::{Deployment, Schedules};
use stripe_sync::platform::secrets::Secret;
use stripe_sync::platform::table::Store;
use stripe_sync::platform::vault::{Purpose, Vault};
use stripe_sync::platform::{aws, clock};
use test_support::{Aws, Call, KEY_ARN, QUEUE_URL, Reply, SCHEDULE_GROUP, TABLE, TOPIC_ARN};
use wiremock::matchers::{body_string_contains, header, method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

pub(crate) const INSTALL: &str = "instapp_1";
pub(crate) const PK: &str = "INSTALL#instapp_1";
pub(crate) const BASE: &str = "https://portal.example.com";
pub(crate) const DASHBOARD: &str = "https://cloud.example.com";
/// A restricted key of the account `acct_1`, and one of `acct_2`.
pub(crate) const STRIPE_KEY: &str = "rk_test_51OneOneOneOneOneOne";
pub(crate) const OTHER_KEY: &str = "rk_test_51TwoTwoTwoTwoTwoTwo";
const BLNK_KEY: &str = "blnk_test_0123456789abcdef";
const SESSION: &str = "session-secret-current-0001";
pub(crate) const PREVIOUS_SESSION: &str = "session-secret-previous-001";
const RESOURCES: [&str; 7] =
    ["balance", "balance_transactions", "charges", "customers", "refunds", "disputes", "payouts"];

pub(crate) struct World {
    pub(crate) aws: Arc<Aws>,
    pub(crate) stripe: MockServer,
    pub(crate) blnk: MockServer,
    pub(crate) store: Store,
    pub(crate) vault: Vault,
    pub(crate) secrets: Versions,
    pub(crate) router: Router,
}

/// Every name leads to this machine.
#[derive(Debug)]
struct Loopback;

impl NameResolver for Loopback {
    fn look_up(
        &self,
        _: String,
    ) -> Pin<Box<dyn Future<Output = std::io::Result<Vec<SocketAddr>>> + Send>> {
        Box::pin(async { Ok(vec![SocketAddr::from(([127, 0, 0, 1], 0))]) })
    }
}

fn deployment(floor_minutes: u32) -> Deployment {
    Deployment {
        group: SCHEDULE_GROUP.to_owned(),
        queue_arn: "arn:aws:sqs:us-east-1:123456789012:stripe-sync-test.fifo".to_owned(),
        role_arn: "arn:aws:iam::123456789012:role/scheduler".to_owned(),
        undelivered_arn: "arn:aws:sqs:us-east-1:123456789012:undelivered".to_owned(),
        floor_minutes,
    }
}

/// Everything granted, nothing connected.
pub(crate) async fn world() -> World {
    world_with(&ALL).await
}

/// Every permission.
pub(crate) const ALL: [&str; 4] = ["data:read", "data:write", "alerts:read", "alerts:write"];

pub(crate) async fn world_with(scopes: &[&str]) -> World {
    world_of(scopes, 15).await
}

/// A deployment whose sessions live for so many minutes at most if they are renewed.
pub(crate) async fn world_of(scopes: &[&str], maximum_minutes: i64) -> World {
    let aws = Aws::start().await;
    let (stripe, blnk) = (MockServer::start().await, MockServer::start().await);
    let sdk = aws.sdk(aws::defaults()).await;
    let store = Store { client: aws::dynamodb(&sdk), table: TABLE.to_owned() };
    let vault = Vault::new(aws::kms(&sdk), KEY_ARN.to_owned());
    let state = State {
        connector: Connector {
            store: store.clone(),
            vault: vault.clone(),
            queue: Queue::new(aws::sqs(&sdk), QUEUE_URL.to_owned()),
            http: stripe_sync::platform::http::client().unwrap(),
            blnk_base: blnk.uri(),
            stripe_base: stripe.uri(),
            public_base_url: BASE.to_owned(),
            retention: Retention::days(90),
        },
        session_secret: Secret::new(
            aws::secrets_manager(&sdk),
            aws.secret("session", SESSION, Some(PREVIOUS_SESSION)),
        ),
        limits: SessionLimits {
            maximum_minutes,
            redemptions: 6,
            session_minutes: 15,
            retention: Retention::days(90),
        },
        public_base_url: BASE.to_owned(),
        dashboard_origins: DASHBOARD.to_owned(),
        dashboard_url: Some(DASHBOARD.to_owned()),
        schedules: Schedules::new(aws::scheduler(&sdk), deployment(15)),
        notifier: Notifier {
            receivers: Receivers::named_by(Arc::new(Loopback)).unwrap(),
            topic: Some(Topic::new(aws::sns(&sdk), TOPIC_ARN.to_owned())),
            dashboard_url: Some(DASHBOARD.to_owned()),
        },
    };
    let secrets = state.session_secret.versions().await.unwrap();
    let world = World {
        aws: Arc::new(aws),
        stripe,
        blnk,
        store,
        vault,
        secrets,
        router: router(Arc::new(state)),
    };
    world.install(BLNK_KEY, scopes).await;
    world.aws.forget();
    world
}

impl World {
    pub(crate) async fn install(&self, key: &str, scopes: &[&str]) {
        let body = json!({"installed_app_id": INSTALL, "app_id": "app_1", "instance_id": "inst_1",
            "api_key": key, "granted_permissions": scopes});
        let Event::Install(event) =
            Event::parse(body.to_string().as_bytes(), Some("install:instapp_1")).unwrap()
        else {
            panic!("an install")
        };
        let sealed =
            self.vault.seal(&event.install, Purpose::BlnkApiKey, &event.api_key).await.unwrap();
        self.store
            .installs()
            .install(&event, &sealed, clock::new_ulid(), clock::now())
            .await
            .unwrap();
    }

    pub(crate) async fn uninstall(&self) {
        let body = json!({"installed_app_id": INSTALL});
        let Event::Uninstall(event) =
            Event::parse(body.to_string().as_bytes(), Some("uninstall:instapp_1")).unwrap()
        else {
            panic!("an uninstall")
        };
        self.store.installs().uninstall(&event, clock::now()).await.unwrap();
    }

    pub(crate) async fn launch(&self) -> Launch {
        let body = json!({"installed_app_id": INSTALL, "app_id": "app_1", "instance_id": "inst_1"});
        let event = LaunchEvent::parse(body.to_string().as_bytes()).unwrap();
        self.store
            .launches()
            .record(&event, clock::new_ulid(), clock::now(), Retention::days(90))
            .await
            .unwrap()
    }

    pub(crate) fn redemption(token: &str) -> Call {
        Call::new("POST", "/portal/api/session")
            .json(&json!({"token": token}))
            .header("sec-fetch-site", "same-origin")
            .header("origin", BASE)
    }

    pub(crate) async fn redeem(&self, token: &str) -> Reply {
        Self::redemption(token).to(&self.router).await
    }

    pub(crate) async fn renew(&self, bearer: &str) -> Reply {
        Call::new("POST", "/portal/api/session/renew")
            .bearer(bearer)
            .header("sec-fetch-site", "same-origin")
            .header("origin", BASE)
            .to(&self.router)
            .await
    }

    /// Launches and opens a session, and forgets the calls.
    pub(crate) async fn session(&self) -> String {
        let reply = self.redeem(&self.launch().await.sign(&self.secrets)).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        self.aws.forget();
        reply.json()["bearer"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn get(&self, bearer: &str, path: &str) -> Reply {
        Call::new("GET", &format!("/portal/api/{path}")).bearer(bearer).to(&self.router).await
    }

    pub(crate) async fn post(&self, bearer: &str, path: &str, body: &Value) -> Reply {
        Call::new("POST", &format!("/portal/api/{path}"))
            .bearer(bearer)
            .json(body)
            .to(&self.router)
            .await
    }

    pub(crate) async fn connect(&self, bearer: &str, key: &str) -> Reply {
        self.post(bearer, "stripe", &json!({"key": key})).await
    }

    /// A session of an install whose account is connected.
    pub(crate) async fn connected(&self) -> String {
        self.stripe_answers(STRIPE_KEY, "acct_1").await;
        self.free_ledger().await;
        let bearer = self.session().await;
        let reply = self.connect(&bearer, STRIPE_KEY).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        self.aws.forget();
        bearer
    }

    /// Stripe knows this key: it belongs to this account and may read everything.
    pub(crate) async fn stripe_answers(&self, key: &str, account: &str) {
        let bearer = format!("Bearer {key}");
        let body = json!({"id": account, "object": "account",
            "settings": {"dashboard": {"display_name": "Example Ltd"}}});
        let answer = ResponseTemplate::new(200).set_body_json(body);
        Mock::given(path("/v1/account"))
            .and(header("authorization", bearer.as_str()))
            .respond_with(answer)
            .mount(&self.stripe)
            .await;
        for resource in RESOURCES {
            let answer = ResponseTemplate::new(200)
                .set_body_json(json!({"object": "list", "data": [], "has_more": false}));
            let asked = Mock::given(path(format!("/v1/{resource}")))
                .and(header("authorization", bearer.as_str()));
            asked.respond_with(answer).mount(&self.stripe).await;
        }
    }

    /// The ledger answers a kind of list with these rows.
    pub(crate) async fn ledger_lists(&self, kind: &str, rows: &Value) {
        let total = rows.as_array().map_or(0, Vec::len);
        let body = json!({"data": rows, "total": total, "total_is_estimate": false});
        let answer = ResponseTemplate::new(200).set_body_json(body);
        Mock::given(method("POST"))
            .and(path(format!("/{kind}/filter")))
            .respond_with(answer)
            .mount(&self.blnk)
            .await;
    }

    /// The ledger has this many entries: in all, and with a reference of ours.
    pub(crate) async fn ledger_counts(&self, ours: u64, all: u64) {
        let counted = |total: u64| {
            move |_: &Request| {
                ResponseTemplate::new(200)
                    .set_body_json(json!({"data": [], "total": total, "total_is_estimate": false}))
            }
        };
        let asked = || Mock::given(method("POST")).and(path("/transactions/filter"));
        asked()
            .and(body_string_contains("\"reference\""))
            .respond_with(counted(ours))
            .mount(&self.blnk)
            .await;
        asked().respond_with(counted(all)).mount(&self.blnk).await;
    }

    pub(crate) async fn free_ledger(&self) {
        self.ledger_lists("ledger", &json!([])).await;
        self.ledger_lists("balances", &json!([])).await;
    }

    pub(crate) fn stored_connection(&self) -> Option<Value> {
        self.aws.item(PK, "STRIPE")
    }
}
