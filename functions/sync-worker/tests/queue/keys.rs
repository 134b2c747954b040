//! Which of an install's keys is in force, and what an uninstall that came late leads to.

use serde_json::{Value, json};
use stripe_sync::model::install::Event;
use stripe_sync::model::install::id::InstallId;
use stripe_sync::platform::clock;
use stripe_sync::platform::store::installs::removal::UninstallOutcome;
use stripe_sync::platform::vault::Purpose;
use wiremock::matchers::{any, header, method, path};
use wiremock::{Mock, ResponseTemplate};

use crate::world::{INSTALL, PK, World, world};

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
            Mock::given(method("POST")).and(path("/ledger/filter")).and(bearer).respond_with(none).mount(&self.blnk).await;
        }
        Mock::given(any()).respond_with(ResponseTemplate::new(401)).with_priority(9).mount(&self.blnk).await;
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
        requests.iter().filter(|asked| asked.headers.get("authorization").is_some_and(|value| *value == *bearer)).count()
    }

    fn meta_now(&self) -> Value {
        self.aws.item(PK, "META").unwrap()
    }

    async fn key_in_force(&self) -> String {
        let sealed = serde_json::from_value(self.meta_now()["sealed_key"].clone()).unwrap();
        let opened = self.worker.vault.open(&InstallId::parse(INSTALL).unwrap(), Purpose::BlnkApiKey, &sealed).await.unwrap();
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
            self.aws.alter(PK, "META", name, json!({"N": clock::now().plus_seconds(-7_200).0.to_string()}));
        }
    }

    async fn uninstall_dated(&self, seconds: i64) -> UninstallOutcome {
        let body = json!({"installed_app_id": INSTALL, "uninstalled_at": clock::now().plus_seconds(seconds).rfc3339()});
        let Event::Uninstall(event) = Event::parse(body.to_string().as_bytes(), Some("uninstall:instapp_1")).unwrap() else {
            panic!("an uninstall")
        };
        self.store.installs().uninstall(&event, clock::now()).await.unwrap()
    }

    /// A minute has passed since the late uninstall came.
    fn a_minute_later(&self) {
        let pending = self.meta_now()["uninstall_pending"].clone();
        let at = json!({"N": pending["at"].to_string()});
        let received = json!({"N": (pending["received_at"].as_i64().unwrap() - 61_000).to_string()});
        self.aws.alter(PK, "META", "uninstall_pending", json!({"M": {"at": at, "received_at": received}}));
    }
}

/// The install's key dies, and the platform delivers the install again: whatever message comes next goes on with the run.
#[tokio::test]
async fn a_run_that_rests_for_the_installs_key_goes_on_once_one_that_is_taken_was_delivered() {
    let world = world().await;
    let run = world.run().await;
    world.receives("manual", Some(&run)).await;
    let paused = || world.aws.item(PK, "STRIPE").unwrap().get("paused").cloned();
    assert_eq!(paused().unwrap()["code"], "blnk_key_refused", "the ledger is asked first");
    let asked = world.outside_calls().await;
    for reason in ["schedule", "webhook", "continue"] {
        world.receives(reason, None).await;
    }
    world.install_again(FIRST).await;
    world.receives("schedule", None).await;
    assert_eq!(world.outside_calls().await, asked, "the same key again");
    world.install_again(SECOND).await;
    world.receives("schedule", None).await;
    assert_eq!(world.asked_with(SECOND).await, 1, "another is asked for, and refused too");
    world.receives("schedule", None).await;
    assert_eq!((world.asked_with(SECOND).await, paused().is_some()), (1, true), "it rests on");
    world.cloud_takes(&[THIRD]).await;
    world.install_again(THIRD).await;
    world.receives("schedule", None).await;
    assert_eq!(world.key_in_force().await, THIRD);
    let stored = world.stored_run(&run);
    assert!(stored["attempt"].as_u64().unwrap() >= 2, "the same run goes on by itself: {stored}");
}

/// An event with a junk key displaces nothing, and the run does not even notice; when the present key dies the right one takes over in the
/// middle of the run, though junk was delivered before and after it.
#[tokio::test]
async fn a_run_meets_the_end_of_its_key_and_takes_up_the_one_that_is_taken() {
    let world = world().await;
    for key in ["blnk_test_junk_1", SECOND, "blnk_test_junk_2"] {
        world.install_again(key).await;
        assert_eq!(world.key_in_force().await, FIRST);
    }
    world.cloud_takes(&[SECOND]).await;
    let before = world.meta_now();
    let run = world.run().await;
    world.receives("manual", Some(&run)).await;
    assert_eq!(world.key_in_force().await, SECOND);
    let meta = world.meta_now();
    assert_eq!((&meta["generation"], &meta["installed_at"]), (&before["generation"], &before["installed_at"]), "the same installation");
    assert!(meta["key_installed_at"].as_i64() > before["key_installed_at"].as_i64());
    assert_eq!((world.asked_with("blnk_test_junk_1").await, world.asked_with("blnk_test_junk_2").await), (0, 1), "the newest first");
    let audited: Vec<Value> = world.aws.items(PK, "ACTIVITY#").into_iter().filter(|one| one["kind"] == "blnk_key_replaced").collect();
    assert_eq!((audited.len(), &audited[0]["subject"]), (1, &json!("blnk_tes")));
    assert_eq!(world.aws.items(PK, "KEY#").len(), 2, "the others wait on");
}

#[tokio::test]
async fn the_wake_up_asks_the_present_key_once_and_its_failure_fails_nothing() {
    let world = world().await;
    world.install_again(SECOND).await;
    for status in [200, 400, 403, 404, 429, 500, 503] {
        world.cloud_says(status).await;
        let before = world.meta_now();
        world.receives("keys", None).await;
        assert_eq!((world.asked_with(FIRST).await, world.asked_with(SECOND).await), (1, 0), "{status}");
        assert_eq!((world.meta_now(), world.aws.messages().len()), (before, 0), "{status}");
    }
    // Refused by the ledger itself, the key has gone all the way.
    world.blnk.reset().await;
    let refused = ResponseTemplate::new(401).set_body_json(json!({"error": "no", "error_detail": {"code": "AUTH_INVALID_KEY"}}));
    Mock::given(any()).respond_with(refused).mount(&world.blnk).await;
    world.receives("keys", None).await;
    assert_eq!(world.key_in_force().await, FIRST);
}

#[tokio::test]
async fn a_true_replacement_takes_over_with_the_wake_up_and_its_grants_hold() {
    let world = world().await;
    let run = world.run().await;
    world.receives("manual", Some(&run)).await;
    assert_eq!(world.stored_run(&run)["state"], "paused", "the old key died early");
    let fewer = json!({"installed_app_id": INSTALL, "app_id": "app_1", "instance_id": "inst_1", "api_key": SECOND, "organization_id": "org_1",
        "granted_permissions": ["data:read"], "idempotency_key": format!("install:{INSTALL}")});
    let Event::Install(event) = Event::parse(fewer.to_string().as_bytes(), None).unwrap() else { panic!("an install") };
    let sealed = world.worker.vault.seal(&event.install, Purpose::BlnkApiKey, &event.api_key).await.unwrap();
    world.store.installs().install(&event, &sealed, clock::new_ulid(), clock::now()).await.unwrap();
    world.cloud_takes(&[SECOND]).await;
    world.receives("keys", None).await;
    let meta = world.meta_now();
    assert_eq!((world.key_in_force().await.as_str(), &meta["granted_permissions"]), (SECOND, &json!(["data:read"])));
    assert_eq!((&meta["organization_id"], meta.get("candidates")), (&json!("org_1"), None));
    assert_eq!(world.sent("continue")[0]["run"], json!(run), "what rested for the old key is woken");
    assert!(world.aws.items(PK, "KEY#").is_empty());
}

/// A key may not be taken yet when it is asked for: it is asked for again, and one that was refused may be delivered again.
#[tokio::test]
async fn a_key_that_was_refused_is_tried_again() {
    let world = world().await;
    world.install_again(SECOND).await;
    world.receives("keys", None).await;
    let listed = &world.meta_now()["candidates"][0];
    assert!(listed["refused_at"].is_i64());
    let later = world.sent("keys");
    assert_eq!(later.len(), 1);
    assert!(later[0]["at"].as_i64().unwrap() > clock::now().plus_seconds(50).0, "a minute later");
    assert!(world.meta_now()["status"] == "active", "no uninstall has come: it stays");
    world.install_again(SECOND).await;
    assert_eq!(world.meta_now()["candidates"][0].get("refused_at"), None);
    world.cloud_takes(&[SECOND]).await;
    world.receives("keys", None).await;
    assert_eq!(world.key_in_force().await, SECOND);
}

/// Keys whose grants do not let them read the ledger prove themselves by what they may do.
#[tokio::test]
async fn a_key_without_data_read_is_known_by_what_it_may_do() {
    for (scope, route, status, body) in [
        ("alerts:read", "/alerts", 200, json!({"data": []})),
        ("data:write", "/proxy/transactions/bulk", 400, json!({"error": "empty", "error_detail": {"code": "TXN_BULK_EMPTY"}})),
    ] {
        let world = world().await;
        let event = json!({"installed_app_id": INSTALL, "app_id": "app_1", "instance_id": "inst_1", "api_key": SECOND,
            "granted_permissions": [scope], "idempotency_key": format!("install:{INSTALL}")});
        let Event::Install(event) = Event::parse(event.to_string().as_bytes(), None).unwrap() else { panic!("an install") };
        let sealed = world.worker.vault.seal(&event.install, Purpose::BlnkApiKey, &event.api_key).await.unwrap();
        world.store.installs().install(&event, &sealed, clock::new_ulid(), clock::now()).await.unwrap();
        world.blnk.reset().await;
        let bearer = || header("authorization", format!("Bearer {SECOND}").as_str());
        let answer = ResponseTemplate::new(status).set_body_json(body);
        Mock::given(path(route)).and(bearer()).respond_with(answer).mount(&world.blnk).await;
        let withheld = ResponseTemplate::new(403).set_body_json(json!({"error": "API key does not have the required scope"}));
        Mock::given(any()).and(bearer()).respond_with(withheld).with_priority(8).mount(&world.blnk).await;
        Mock::given(any()).respond_with(ResponseTemplate::new(401)).with_priority(9).mount(&world.blnk).await;
        world.receives("keys", None).await;
        assert_eq!(world.key_in_force().await, SECOND, "{scope}");
    }
    // Known to the platform, but of another instance: it is no key of this install.
    for (status, body) in [(403, json!({"error": "other instance"})), (404, json!({"error": "Instance not found"}))] {
        let world = world().await;
        world.install_again(SECOND).await;
        world.blnk.reset().await;
        let bearer = header("authorization", format!("Bearer {SECOND}").as_str());
        let answer = ResponseTemplate::new(status).set_body_json(body);
        Mock::given(any()).and(bearer).respond_with(answer).mount(&world.blnk).await;
        Mock::given(any()).respond_with(ResponseTemplate::new(401)).with_priority(9).mount(&world.blnk).await;
        world.receives("keys", None).await;
        assert_eq!(world.key_in_force().await, FIRST, "{status}");
    }
}

#[tokio::test]
async fn a_late_uninstall_holds_once_all_keys_are_dead_at_once_and_a_minute_later() {
    let world = world().await;
    assert!(matches!(world.uninstall_dated(-30).await, UninstallOutcome::Late(_)));
    world.receives("keys", None).await;
    let meta = world.meta_now();
    assert_eq!((&meta["status"], world.asked_with(FIRST).await), (&json!("active"), 1), "asked at once; it ends nothing yet");
    assert_eq!(world.sent("keys").len(), 1, "and a minute later");
    let due = meta["uninstall_pending"]["received_at"].as_i64().unwrap() + 60_000;
    assert_eq!(world.sent("keys")[0]["at"], json!(due));
    world.a_minute_later();
    world.receives("keys", None).await;
    let meta = world.meta_now();
    assert_eq!((&meta["status"], &meta["cleanup_state"], meta.get("sealed_key")), (&json!("uninstalled"), &json!("pending"), None));
    assert_eq!(world.sent("cleanup")[0]["generation"], json!(world.connection.generation), "removal as always");
}

#[tokio::test]
async fn a_late_uninstall_ends_nothing_while_one_key_is_alive() {
    for (alive, waits) in [(FIRST, false), (FIRST, true), (SECOND, true)] {
        let world = world().await;
        if waits {
            world.aged();
            world.install_again(SECOND).await;
        }
        assert!(matches!(world.uninstall_dated(-30).await, UninstallOutcome::Late(_)));
        world.cloud_takes(&[alive]).await;
        for _ in 0..2 {
            world.receives("keys", None).await;
            world.a_minute_later_if_pending();
        }
        let meta = world.meta_now();
        assert_eq!((&meta["status"], meta.get("uninstall_pending")), (&json!("active"), None), "{alive}");
        assert_eq!(world.key_in_force().await, alive);
        assert!(world.sent("cleanup").is_empty());
    }
}

/// Nobody answers: that says nothing, and the question stays open until somebody does.
#[tokio::test]
async fn a_late_uninstall_is_not_decided_in_an_outage() {
    let world = world().await;
    world.uninstall_dated(-30).await;
    world.a_minute_later();
    world.install_again(SECOND).await;
    // The present key is dead, and of the other nothing is known.
    world.blnk.reset().await;
    let bearer = header("authorization", format!("Bearer {FIRST}").as_str());
    Mock::given(any()).and(bearer).respond_with(ResponseTemplate::new(401)).mount(&world.blnk).await;
    Mock::given(any()).respond_with(ResponseTemplate::new(503)).with_priority(9).mount(&world.blnk).await;
    world.receives("keys", None).await;
    assert_eq!((&world.meta_now()["status"], world.sent("keys").len()), (&json!("active"), 1), "asked again later");
    world.cloud_takes(&[]).await;
    world.receives("keys", None).await;
    assert_eq!(world.meta_now()["status"], "uninstalled");
}

/// The removal of an installation leaves a key that was delivered long after it: the key begins a new installation.
#[tokio::test]
async fn a_key_that_came_after_the_removal_begins_a_new_installation() {
    for alive in [true, false] {
        let world = world().await;
        world.aged();
        world.install_again(SECOND).await;
        assert!(matches!(world.uninstall_dated(-3_600).await, UninstallOutcome::Overtaken(..)));
        assert_eq!(world.meta_now()["status"], "uninstalled");
        world.cloud_takes(if alive { &[SECOND] } else { &[] }).await;
        world.receives("cleanup", None).await;
        assert_eq!(world.aws.items(PK, "KEY#").len(), 1, "the clean-up leaves it");
        world.receives("keys", None).await;
        let meta = world.meta_now();
        assert!(world.aws.items(PK, "KEY#").is_empty() && meta.get("candidates").is_none());
        if alive {
            assert_eq!((&meta["status"], world.key_in_force().await.as_str()), (&json!("active"), SECOND));
            assert_ne!(meta["generation"], json!(world.connection.generation), "it inherits nothing");
        } else {
            assert_eq!((&meta["status"], meta.get("sealed_key")), (&json!("uninstalled"), None));
            world.install_again(SECOND).await;
            assert_eq!(world.meta_now()["status"], "uninstalled", "its replay revives nothing");
        }
    }
}

impl World {
    fn a_minute_later_if_pending(&self) {
        if self.meta_now().get("uninstall_pending").is_some() {
            self.a_minute_later();
        }
    }
}
