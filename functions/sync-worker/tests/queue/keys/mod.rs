//! Which of an install's keys is in force, and what an uninstall that came late leads to.

mod late_uninstall;
mod replaced;

use serde_json::{Value, json};
use stripe_sync::model::install::Event;
use stripe_sync::model::install::id::InstallId;
use stripe_sync::platform::clock;
use stripe_sync::platform::store::installs::removal::UninstallOutcome;
use stripe_sync::platform::vault::Purpose;
use wiremock::matchers::{any, header, method, path};
use wiremock::{Mock, ResponseTemplate};

use crate::world::{INSTALL, PK, World};

const FIRST: &str = "blnk_test_0123456789abcdef";
const SECOND: &str = "blnk_test_another0123456789";
const THIRD: &str = "blnk_test_third0123456789ab";

impl World {
    /// Blnk Cloud takes these keys for reads of ledgers, and no others for anything.
    async fn cloud_takes(&self, keys: &[&str]) {
        self.blnk.reset().await;
        for key in keys {
            let none = ResponseTemplate::new(200).set_body_json(json!({"data": [], "total": 0}));
            let bearer = header("authorization", format!("Bearer {key}").as_str());
            Mock::given(method("POST"))
                .and(path("/ledger/filter"))
                .and(bearer)
                .respond_with(none)
                .mount(&self.blnk)
                .await;
        }
        Mock::given(any())
            .respond_with(ResponseTemplate::new(401))
            .with_priority(9)
            .mount(&self.blnk)
            .await;
    }

    async fn cloud_says(&self, status: u16) {
        self.blnk.reset().await;
        Mock::given(any()).respond_with(ResponseTemplate::new(status)).mount(&self.blnk).await;
    }

    async fn receives(&self, reason: &str, run: Option<&str>) {
        assert_eq!(self.failures(false, &[self.wake_up(reason, run)]).await, Vec::<String>::new());
    }

    /// How often Blnk Cloud was asked with a key.
    async fn asked_with(&self, key: &str) -> usize {
        let bearer = format!("Bearer {key}");
        let requests = self.blnk.received_requests().await.unwrap();
        requests
            .iter()
            .filter(|asked| {
                asked.headers.get("authorization").is_some_and(|value| *value == *bearer)
            })
            .count()
    }

    fn meta_now(&self) -> Value {
        self.aws.item(PK, "META").unwrap()
    }

    async fn key_in_force(&self) -> String {
        let sealed = serde_json::from_value(self.meta_now()["sealed_key"].clone()).unwrap();
        let opened = self
            .worker
            .vault
            .open(&InstallId::parse(INSTALL).unwrap(), Purpose::BlnkApiKey, &sealed)
            .await
            .unwrap();
        secrecy::ExposeSecret::expose_secret(&opened).to_owned()
    }

    fn sent(&self, reason: &str) -> Vec<Value> {
        let at_once = self.aws.messages().into_iter().map(|message| message.body);
        let later = self.aws.delayed().into_iter().map(|body| body["wake_up"].clone());
        at_once.chain(later).filter(|body| body["reason"] == reason).collect()
    }

    /// The present key was delivered long ago.
    fn aged(&self) {
        for name in ["key_installed_at", "key_arrived_at"] {
            self.aws.alter(
                PK,
                "META",
                name,
                json!({"N": clock::now().plus_seconds(-7_200).0.to_string()}),
            );
        }
    }

    async fn uninstall_dated(&self, seconds: i64) -> UninstallOutcome {
        let body = json!({"installed_app_id": INSTALL,
            "uninstalled_at": clock::now().plus_seconds(seconds).rfc3339()});
        let Event::Uninstall(event) =
            Event::parse(body.to_string().as_bytes(), Some("uninstall:instapp_1")).unwrap()
        else {
            panic!("an uninstall")
        };
        self.store.installs().uninstall(&event, clock::now()).await.unwrap()
    }

    /// A minute has passed since the late uninstall came.
    fn a_minute_later(&self) {
        let pending = self.meta_now()["uninstall_pending"].clone();
        let at = json!({"N": pending["at"].to_string()});
        let received =
            json!({"N": (pending["received_at"].as_i64().unwrap() - 61_000).to_string()});
        self.aws.alter(
            PK,
            "META",
            "uninstall_pending",
            json!({"M": {"at": at, "received_at": received}}),
        );
    }
}

impl World {
    fn a_minute_later_if_pending(&self) {
        if self.meta_now().get("uninstall_pending").is_some() {
            self.a_minute_later();
        }
    }
}
