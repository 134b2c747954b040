//! The function after its cold start, and what it is around.

use std::sync::Arc;

use axum::Router;
use portal_generator::handler::{State, router};
use serde_json::{Value, json};
use stripe_sync::model::install::Event;
use stripe_sync::model::retention::Retention;
use stripe_sync::model::secret_versions::Versions;
use stripe_sync::model::session::Launch;
use stripe_sync::platform::secrets::Secret;
use stripe_sync::platform::table::Store;
use stripe_sync::platform::vault::{Purpose, Vault};
use stripe_sync::platform::web::AllowedCallers;
use stripe_sync::platform::{aws, clock};
use test_support::{Aws, Call, KEY_ARN, Reply, TABLE};

pub(crate) const KEY: &str = "registration-key-current-0001";
pub(crate) const SESSION: &str = "session-secret-current-0001";
pub(crate) const BASE: &str = "https://portal.example.com";
pub(crate) const INSTALL: &str = "instapp_1";
pub(crate) const PK: &str = "INSTALL#instapp_1";

pub(crate) struct App {
    pub(crate) aws: Aws,
    pub(crate) router: Router,
}

/// The function after its cold start, with one active install.
pub(crate) async fn app() -> App {
    app_for(INSTALL).await
}

pub(crate) async fn app_for(install: &str) -> App {
    let aws = Aws::start().await;
    let sdk = aws.sdk(aws::defaults()).await;
    let store = Store { client: aws::dynamodb(&sdk), table: TABLE.to_owned() };
    let vault = Vault::new(aws::kms(&sdk), KEY_ARN.to_owned());
    let body = json!({"installed_app_id": install, "app_id": "app_1", "instance_id": "inst_1",
        "organization_id": "org_1",
        "api_key": "blnk_test_0123456789abcdef", "granted_permissions": ["data:read"],
        "idempotency_key": format!("install:{install}")});
    let Event::Install(event) = Event::parse(body.to_string().as_bytes(), None).unwrap() else {
        panic!("an install")
    };
    let sealed = vault.seal(&event.install, Purpose::BlnkApiKey, &event.api_key).await.unwrap();
    store.installs().install(&event, &sealed, clock::new_ulid(), clock::now()).await.unwrap();
    let state = State {
        store,
        registration_key: Secret::new(
            aws::secrets_manager(&sdk),
            aws.secret("registration", KEY, None),
        ),
        session_secret: Secret::new(
            aws::secrets_manager(&sdk),
            aws.secret("session", SESSION, None),
        ),
        public_base_url: BASE.to_owned(),
        retention: Retention::days(90),
        callers: AllowedCallers::parse("192.0.2.0/24").unwrap(),
    };
    state.registration_key.versions().await.unwrap();
    state.session_secret.versions().await.unwrap();
    aws.forget();
    App { aws, router: router(Arc::new(state)) }
}

pub(crate) fn body() -> Value {
    json!({"installed_app_id": INSTALL, "app_id": "app_1", "instance_id": "inst_1"})
}

pub(crate) fn with(mut body: Value, field: &str, value: &str) -> Value {
    body[field] = json!(value);
    body
}

pub(crate) fn call(body: &Value) -> Call {
    Call::new("POST", &format!("/api/portal/{KEY}")).json(body)
}

impl App {
    pub(crate) async fn launch(&self, body: &Value) -> Reply {
        call(body).to(&self.router).await
    }
}

/// What the token of a launch says, if it is one of ours.
pub(crate) fn launch_of(reply: &Reply) -> Launch {
    assert_eq!(reply.status, 200, "{}", reply.text());
    let url = reply.json()["portal_url"].as_str().unwrap().to_owned();
    let token =
        url.strip_prefix(&format!("{BASE}/portal?token=")).unwrap_or_else(|| panic!("{url}"));
    Launch::verify(
        token,
        &Versions { current: SESSION.to_owned().into(), previous: None },
        clock::now(),
    )
    .unwrap()
}
