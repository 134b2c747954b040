//! The function after its cold start, and what it is around.

use std::sync::Arc;

use axum::Router;
use callback::handler::{State, router};
use serde_json::{Value, json};
use stripe_sync::model::error::Error;
use stripe_sync::model::install::id::InstallId;
use stripe_sync::model::sealed::Sealed;
use stripe_sync::platform::aws;
use stripe_sync::platform::queue::sender::Queue;
use stripe_sync::platform::secrets::Secret;
use stripe_sync::platform::table::Store;
use stripe_sync::platform::vault::{Purpose, Vault};
use stripe_sync::platform::web::AllowedCallers;
use test_support::{Aws, Call, KEY_ARN, Message, QUEUE_URL, Reply, TABLE};

pub(crate) const KEY: &str = "registration-key-current-0001";
pub(crate) const PREVIOUS: &str = "registration-key-previous-0001";
pub(crate) const INSTALL: &str = "instapp_1";
pub(crate) const PK: &str = "INSTALL#instapp_1";

pub(crate) struct App {
    pub(crate) aws: Aws,
    pub(crate) vault: Vault,
    pub(crate) router: Router,
}

/// The function after its cold start, with nothing installed.
pub(crate) async fn app() -> App {
    app_for("").await
}

pub(crate) async fn app_for(callers: &str) -> App {
    let aws = Aws::start().await;
    let sdk = aws.sdk(aws::defaults()).await;
    let vault = Vault::new(aws::kms(&sdk), KEY_ARN.to_owned());
    let state = State {
        store: Store { client: aws::dynamodb(&sdk), table: TABLE.to_owned() },
        vault: vault.clone(),
        queue: Queue::new(aws::sqs(&sdk), QUEUE_URL.to_owned()),
        registration_key: Secret::new(
            aws::secrets_manager(&sdk),
            aws.secret("registration", KEY, Some(PREVIOUS)),
        ),
        callers: AllowedCallers::parse(callers).unwrap(),
    };
    state.registration_key.versions().await.unwrap();
    aws.forget();
    App { aws, vault, router: router(Arc::new(state)) }
}

impl App {
    pub(crate) async fn post(&self, body: &Value) -> Reply {
        Call::new("POST", &format!("/api/callback/{KEY}")).json(body).to(&self.router).await
    }

    /// Posts what must be accepted, and answers the calls it made.
    pub(crate) async fn accepted(&self, body: &Value) -> Vec<String> {
        self.aws.forget();
        let reply = self.post(body).await;
        assert_eq!((reply.status, reply.json()), (200, json!({"ok": true})), "{body}");
        self.aws.calls()
    }

    pub(crate) fn meta(&self) -> Value {
        self.aws.item(PK, "META").unwrap_or_default()
    }

    /// The key that is stored now, opened for an install and a purpose.
    pub(crate) async fn stored_key(
        &self,
        install: &str,
        purpose: Purpose,
    ) -> Result<String, Error> {
        use secrecy::ExposeSecret;
        let sealed: Sealed = serde_json::from_value(self.meta()["sealed_key"].clone()).unwrap();
        let opened = self.vault.open(&InstallId::parse(install).unwrap(), purpose, &sealed).await?;
        Ok(opened.expose_secret().to_owned())
    }

    pub(crate) fn cleanups(&self) -> Vec<Message> {
        self.aws
            .messages()
            .into_iter()
            .filter(|message| message.body["reason"] == "cleanup")
            .collect()
    }
}

pub(crate) fn install(key: &str) -> Value {
    json!({"installed_app_id": INSTALL, "app_id": "app_1", "instance_id": "inst_1", "api_key": key,
        "api_key_prefix": "blnk_tes",
        "granted_permissions": ["data:read", "data:write"], "idempotency_key": "install:instapp_1"})
}

pub(crate) fn uninstall() -> Value {
    json!({"installed_app_id": INSTALL, "app_id": "app_1", "instance_id": "inst_1",
        "idempotency_key": "uninstall:instapp_1"})
}

pub(crate) fn with(mut body: Value, field: &str, value: Value) -> Value {
    body[field] = value;
    body
}

pub(crate) const FIRST: &str = "blnk_test_first_0123456789abcdef";
pub(crate) const SECOND: &str = "blnk_test_second_0123456789abcdef";

pub(crate) fn samples(prefix: &str) -> Vec<(String, String)> {
    test_support::samples(concat!(env!("CARGO_MANIFEST_DIR"), "/../../events"), prefix)
}
