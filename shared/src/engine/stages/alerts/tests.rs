//! One alert for each cause, against a scripted Blnk Cloud.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Value, json};
use test_support::{Aws, TABLE};
use ulid::Ulid;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use crate::engine::stages::alerts::wanted::{Judged, Wanted, kept_for, of_certificate, of_objects, of_proof};
use crate::engine::stages::alerts::*;
use crate::model::ledger::Mode;
use crate::model::problem::explained::ExplainedAll;
use crate::platform::aws;
use crate::platform::http::RetryPolicy;
use crate::platform::store::Store;
use crate::platform::store::keys::Sk;
use crate::platform::store::tracked_objects::Objects;

const NOW: Millis = Millis(1_760_000_000_000);

const DAY: i64 = 86_400;

/// The alert endpoints of Blnk Cloud.
#[derive(Default)]
struct Cloud {
    alerts: Vec<Value>,
    statuses: Vec<String>,
    calls: Vec<String>,
    /// The next creation succeeds and its answer is lost.
    lose_next: bool,
    /// Every write is refused with this status.
    refuse: Option<u16>,
    /// No status can be created.
    fixed_statuses: bool,
}

#[derive(Clone, Default)]
struct Server(Arc<Mutex<Cloud>>);

impl Respond for Server {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let mut cloud = self.0.lock().unwrap();
        let (method, path) = (request.method.to_string(), request.url.path().to_owned());
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        if path == "/balances/filter" {
            let row = json!({"balance_id": "bln_1", "ledger_id": "l", "indicator": "@stripe_test", "currency": "USD", "balance": 0,
                "debit_balance": 0, "credit_balance": 0});
            return ResponseTemplate::new(200).set_body_json(json!({"data": [row], "total": 1}));
        }
        if path == "/transactions/filter" {
            let asked = body["filters"][0]["values"][0].as_str().unwrap_or_default().to_owned();
            let row =
                json!({"transaction_id": "txn_of_entry", "reference": asked, "currency": "USD", "precise_amount": 1, "status": "APPLIED"});
            let rows = if asked.contains("txn_posted") { vec![row] } else { Vec::new() };
            return ResponseTemplate::new(200).set_body_json(json!({"data": rows, "total": rows.len(), "total_is_estimate": false}));
        }
        cloud.calls.push(format!("{method} {path}"));
        if let Some(status) = cloud.refuse.filter(|_| method != "GET") {
            return ResponseTemplate::new(status).set_body_json(json!({"error": "refused"}));
        }
        match (method.as_str(), path.as_str()) {
            ("GET", "/alerts") => {
                let rows: Vec<&Value> = cloud.alerts.iter().rev().collect();
                ResponseTemplate::new(200).set_body_json(json!({"data": rows, "total": rows.len()}))
            }
            ("POST", "/alerts/statuses") if cloud.fixed_statuses => ResponseTemplate::new(403).set_body_json(json!({"error": "no"})),
            ("POST", "/alerts/statuses") => {
                cloud.statuses.push(body["key"].as_str().unwrap_or_default().to_owned());
                ResponseTemplate::new(201).set_body_json(body)
            }
            ("POST", path) => {
                let id = format!("ano_{}", cloud.alerts.len());
                let alert = json!({"anomaly_id": id, "on": path.rsplit('/').next(), "title": body["title"], "description": body["description"], "status": "FLAGGED"});
                cloud.alerts.push(alert.clone());
                let lost = std::mem::take(&mut cloud.lose_next);
                if lost { ResponseTemplate::new(502) } else { ResponseTemplate::new(201).set_body_json(alert) }
            }
            (_, path) => {
                let id = path.rsplit('/').next().unwrap_or_default().to_owned();
                let wanted = body["status"].as_str().unwrap_or("FLAGGED").to_owned();
                if wanted != "FLAGGED" && !cloud.statuses.contains(&wanted) {
                    return ResponseTemplate::new(400).set_body_json(json!({"error": "unknown status"}));
                }
                let Some(alert) = cloud.alerts.iter_mut().find(|alert| alert["anomaly_id"] == json!(id)) else {
                    return ResponseTemplate::new(404).set_body_json(json!({"error": "anomaly not found"}));
                };
                for name in ["title", "description", "status"] {
                    if body.get(name).is_some() {
                        alert[name] = body[name].clone();
                    }
                }
                ResponseTemplate::new(200).set_body_json(alert.clone())
            }
        }
    }
}

struct World {
    _aws: Aws,
    _server: MockServer,
    store: Store,
    cloud: Server,
    blnk: BlnkClient,
    install: InstallId,
    owner: Owner,
    may_read: bool,
    connection: Ulid,
}

async fn world() -> World {
    let aws = Aws::start().await;
    let sdk = aws.sdk(aws::defaults()).await;
    let store = Store { client: aws::dynamodb(&sdk), table: TABLE.to_owned() };
    let (server, cloud) = (MockServer::start().await, Server::default());
    Mock::given(any()).respond_with(cloud.clone()).mount(&server).await;
    let quick = RetryPolicy { base: Duration::from_millis(1), cap: Duration::from_millis(2), max_attempts: 2 };
    let http = crate::platform::http::client().unwrap();
    let blnk = BlnkClient::new(http, &server.uri(), SecretString::from("blnk_test_0123456789"), "inst_1").unwrap().with_retry(quick);
    let owner = Owner::new("acct_1".to_owned(), Mode::Test).unwrap();
    World {
        _aws: aws,
        _server: server,
        store,
        cloud,
        blnk,
        install: InstallId::parse("instapp_1").unwrap(),
        owner,
        may_read: true,
        connection: World::CONNECTION,
    }
}

impl World {
    const CONNECTION: Ulid = Ulid::from_parts(1, 1);

    async fn existing(&self) -> crate::platform::store::alerts::Existing {
        self.store.alerts().all(&self.install, self.connection).await.unwrap()
    }

    fn of_connection(&self) -> Alerts<'_> {
        Alerts {
            store: &self.store,
            install: &self.install,
            connection: self.connection,
            blnk: &self.blnk,
            owner: &self.owner,
            may_read: self.may_read,
            // Short, so that an unanswered creation ends soon.
            deadline: Deadline::after(Duration::from_millis(4_200)),
            suspects: None,
        }
    }

    async fn bring(&self, judged: Vec<Judged>) {
        self.of_connection().bring_in_line(&self.existing().await, judged).await.unwrap();
    }

    /// The alert steps at the end of a run: takes over what earlier connections left, then these
    /// objects.
    async fn adopts(&self, objects: &mut Objects) {
        let (mut existing, earlier) = self.store.alerts().of_all_connections(&self.install, self.connection).await.unwrap();
        self.of_connection().adopt(earlier, &mut existing, objects).await.unwrap();
        assert_eq!(existing, self.existing().await, "what is in mind is what is stored");
    }

    async fn about(&self, objects: &Objects) {
        let existing = self.existing().await;
        let judged = of_objects(objects, &existing, &Chart::for_mode(Mode::Test), NOW);
        for object in kept_for(objects, &existing, &judged) {
            self.store.tracked_objects().put(&self.install, self.connection, &object).await.unwrap();
        }
        self.bring(judged).await;
    }

    fn alerts(&self) -> Vec<Value> {
        self.cloud.0.lock().unwrap().alerts.clone()
    }

    fn turn(&self, knob: impl FnOnce(&mut Cloud)) {
        knob(&mut self.cloud.0.lock().unwrap());
    }
}

fn certificate(ledger_difference: i128, verdict: &str) -> Certificate {
    let line = json!({"balance": "payments", "mirror": "@stripe_test", "currency": "USD", "exponent": 2, "ledger": (1000 - ledger_difference).to_string(),
        "expected": "1000", "d2": ledger_difference.to_string(), "debits": ["1000", (1000 - ledger_difference).to_string()], "credits": ["0", "0"], "records": 1,
        "verdict": verdict});
    serde_json::from_value(
        json!({"id": Ulid::nil().to_string(), "run": Ulid::nil().to_string(), "at": NOW.0, "verdict": verdict, "lines": [line]}),
    )
    .unwrap()
}

impl World {
    async fn drift(&self, ledger_difference: i128, verdict: &str) {
        let judged = of_certificate(&certificate(ledger_difference, verdict), &ExplainedAll::default(), &self.existing().await);
        self.bring(judged).await;
    }
}

#[tokio::test]
async fn a_drift_is_one_alert_on_the_mirror_changed_with_its_amount_and_resolved_with_it() {
    let world = world().await;
    world.drift(0, "match").await;
    assert!(world.cloud.0.lock().unwrap().calls.is_empty(), "nothing is wrong, nothing is called");
    world.drift(5, "mismatch").await;
    world.drift(5, "mismatch").await;
    let alerts = world.alerts();
    assert_eq!((alerts.len(), &alerts[0]["on"]), (1, &json!("bln_1")));
    assert!(alerts[0]["description"].as_str().unwrap().contains("difference 0.05 USD"), "{alerts:?}");
    assert_eq!(world.cloud.0.lock().unwrap().calls.len(), 1, "the same is not said twice");
    world.drift(7, "mismatch").await;
    world.drift(7, "inconclusive").await;
    let alerts = world.alerts();
    assert!(alerts.len() == 1 && alerts[0]["description"].as_str().unwrap().contains("difference 0.07 USD"), "{alerts:?}");
    world.drift(0, "match").await;
    world.drift(0, "match").await;
    let alerts = world.alerts();
    assert_eq!((alerts.len(), &alerts[0]["status"]), (1, &json!("RESOLVED")));
    let said = world.cloud.0.lock().unwrap().calls.len();
    world.drift(0, "match").await;
    assert_eq!(world.cloud.0.lock().unwrap().calls.len(), said, "what is over is left alone");
    world.drift(3, "mismatch").await;
    assert_eq!(world.alerts().len(), 2, "a new difference is a new alert");
}

#[tokio::test]
async fn an_alert_whose_creation_was_not_answered_is_found_again_not_raised_again() {
    for may_read in [true, false] {
        let world = World { may_read, ..world().await };
        world.turn(|cloud| cloud.lose_next = true);
        world.drift(5, "mismatch").await;
        assert_eq!((world.alerts().len(), world.existing().await["drift#payments#USD"].state), (1, AlertState::Raising));
        world.drift(5, "mismatch").await;
        assert_eq!(world.alerts().len(), 1, "the call may still be under way");
        tokio::time::sleep(Duration::from_millis(4_300)).await;
        world.drift(6, "mismatch").await;
        let stored = world.existing().await["drift#payments#USD"].clone();
        assert_eq!(stored.state, AlertState::Raised);
        assert_eq!(world.alerts().len(), if may_read { 1 } else { 2 }, "who may not look must rather say it twice than never");
        assert!(world.alerts().last().unwrap()["description"].as_str().unwrap().contains("0.06 USD"));
    }
}

#[tokio::test]
async fn what_blnk_refuses_is_tried_again_by_the_next_run() {
    let world = world().await;
    for status in [403, 429, 503] {
        world.turn(|cloud| cloud.refuse = Some(status));
        world.drift(5, "mismatch").await;
        assert_eq!(world.alerts().len(), 0);
        if status == 503 {
            tokio::time::sleep(Duration::from_millis(4_300)).await;
        }
    }
    world.turn(|cloud| cloud.refuse = None);
    world.drift(5, "mismatch").await;
    assert_eq!(world.alerts().len(), 1);
    world.turn(|cloud| cloud.refuse = Some(503));
    world.drift(0, "match").await;
    assert_eq!(world.existing().await["drift#payments#USD"].state, AlertState::Raised, "not resolved there, not resolved here");
    world.turn(|cloud| (cloud.refuse, cloud.fixed_statuses) = (None, true));
    world.drift(0, "match").await;
    let alerts = world.alerts();
    assert_eq!((alerts.len(), &alerts[0]["status"]), (1, &json!("FLAGGED")), "no status for it can be made");
    assert!(alerts[0]["title"].as_str().unwrap().starts_with("Resolved: "), "then the words say it");
    world.drift(5, "mismatch").await;
    world.turn(|cloud| cloud.alerts.clear());
    world.drift(6, "mismatch").await;
    assert_eq!(world.alerts().len(), 1, "removed by somebody, while its cause stands");
    // An intermediary answers a change with not found. The list shows the alert, so it is not
    // raised again.
    world.turn(|cloud| cloud.refuse = Some(404));
    world.drift(7, "mismatch").await;
    world.turn(|cloud| cloud.refuse = None);
    world.drift(8, "mismatch").await;
    let alerts = world.alerts();
    assert_eq!(alerts.len(), 1);
    assert!(alerts[0]["description"].as_str().unwrap().contains("0.08 USD"), "and follows as soon as it can be changed");
}

fn object(id: &str, kind: &str, status: &str, created: i64) -> ObjectItemLike {
    json!({"id": id, "kind": kind, "status": status, "amount": "12345", "currency": "USD", "created": NOW.seconds() - created, "settled":
        matches!(status, "failed" | "won" | "lost"), "first_seen": NOW.0, "checked_at": NOW.0, "next_check": NOW.0, "transaction": "txn_posted",
        "due_by": NOW.seconds() + 3 * DAY, "reason": "fraudulent"})
}

type ObjectItemLike = Value;

#[tokio::test]
async fn a_failed_payout_and_a_dispute_are_alerts_on_their_entries_until_they_are_over() {
    let world = world().await;
    let chart = Chart::for_mode(Mode::Test);
    let bring = async |objects: &[ObjectItemLike]| {
        let objects: Objects = objects
            .iter()
            .map(|object| (object["id"].as_str().unwrap().to_owned(), serde_json::from_value(object.clone()).unwrap()))
            .collect();
        world.bring(of_objects(&objects, &world.existing().await, &chart, NOW)).await;
    };
    bring(&[
        object("po_1", "payout", "paid", DAY),
        object("du_1", "dispute", "warning_under_review", DAY),
        object("po_0", "payout", "failed", 90 * DAY),
    ])
    .await;
    assert!(world.alerts().is_empty(), "paid, answered, or long ago");
    bring(&[object("po_1", "payout", "failed", DAY), object("du_1", "dispute", "needs_response", DAY)]).await;
    let alerts = world.alerts();
    assert_eq!((alerts.len(), &alerts[0]["on"]), (2, &json!("txn_of_entry")));
    let words =
        |id: &str| alerts.iter().map(|alert| alert["description"].as_str().unwrap()).find(|text| text.contains(id)).unwrap().to_owned();
    assert!(words("du_1").contains("123.45 USD") && words("du_1").contains("Evidence is due by 2025-10-12"), "{alerts:?}");
    assert!(words("po_1").contains("did not reach the bank"), "{alerts:?}");
    bring(&[object("po_1", "payout", "failed", 30 * DAY), object("du_1", "dispute", "under_review", DAY)]).await;
    let alerts = world.alerts();
    assert!(alerts.len() == 2 && alerts.iter().all(|alert| alert["status"] == "FLAGGED"), "{alerts:?}");
    assert!(alerts.iter().any(|alert| alert["description"].as_str().unwrap().contains("under review")));
    bring(&[object("po_1", "payout", "failed", 3 * DAY), object("po_2", "payout", "paid", DAY), object("du_1", "dispute", "won", DAY)])
        .await;
    assert!(world.alerts().iter().all(|alert| alert["status"] == "RESOLVED"), "{:?}", world.alerts());
}

#[tokio::test]
async fn a_stale_install_is_one_alert_until_both_sides_are_compared_again() {
    let world = world().await;
    let wanted =
        |since: i64| vec![Judged::Wanted(Wanted::stale("@stripe_test".to_owned(), NOW.plus_seconds(since), Some("a new key is needed")))];
    world.bring(wanted(0)).await;
    world.bring(wanted(0)).await;
    let alerts = world.alerts();
    assert_eq!(alerts.len(), 1);
    assert!(alerts[0]["description"].as_str().unwrap().contains("2025-10-09T08:53Z. Reason: a new key is needed"), "{alerts:?}");
    world.bring(of_proof(&world.existing().await)).await;
    assert_eq!(world.alerts()[0]["status"], "RESOLVED");
    assert!(of_proof(&world.existing().await).is_empty());
}

fn objects(of: &[ObjectItemLike]) -> Objects {
    of.iter().map(|object| (object["id"].as_str().unwrap().to_owned(), serde_json::from_value(object.clone()).unwrap())).collect()
}

/// An account is disconnected while alerts are open, and connected again. The alerts belong to the
/// new connection, which changes and resolves them and does not raise them again. Nothing of
/// another account is taken over.
#[tokio::test]
async fn a_later_connection_of_the_account_takes_over_what_stands() {
    let mut world = world().await;
    world.drift(5, "mismatch").await;
    let failed = objects(&[object("po_1", "payout", "failed", DAY), object("du_1", "dispute", "needs_response", DAY)]);
    world.about(&failed).await;
    assert_eq!(world.alerts().len(), 3);

    world.connection = Ulid::from_parts(2, 2);
    let ours = std::mem::replace(&mut world.owner, Owner::new("acct_other".to_owned(), Mode::Test).unwrap());
    world.adopts(&mut Objects::new()).await;
    assert!(world.existing().await.is_empty(), "another account's");
    world.owner = ours;
    // It found the dispute and a drift without the earlier connection. The drift was raised again
    // in a run whose table failed while taking over.
    let mut known = objects(&[object("du_1", "dispute", "needs_response", DAY)]);
    world.drift(5, "mismatch").await;
    world.adopts(&mut known).await;
    assert!(known.contains_key("po_1"), "what an alert stands on comes with it");
    world.drift(5, "mismatch").await;
    world.about(&known).await;
    let flagged = || world.alerts().into_iter().filter(|alert| alert["status"] == "FLAGGED").count();
    assert_eq!((world.alerts().len(), flagged()), (4, 3), "the drift that stood twice stands once: {:?}", world.alerts());
    let said = world.cloud.0.lock().unwrap().calls.len();
    world.adopts(&mut known).await;
    assert_eq!(world.cloud.0.lock().unwrap().calls.len(), said);

    known.extend(objects(&[object("po_2", "payout", "paid", 0), object("du_1", "dispute", "lost", DAY)]));
    world.about(&known).await;
    world.drift(0, "match").await;
    assert_eq!(flagged(), 0, "{:?}", world.alerts());
}

/// The money of a failed payout may reach the bank long after. The object of an alert is kept until
/// then and gets its expiry afterwards. An alert whose object is gone nevertheless is resolved,
/// because nothing else could resolve it.
#[tokio::test]
async fn what_an_alert_stands_on_is_not_forgotten_before_it_is_over() {
    let world = world().await;
    let stored = |id: &str| world._aws.item("INSTALL#instapp_1", &Sk::Object(World::CONNECTION, id).to_string());
    let known = async || world.store.tracked_objects().all(&world.install, World::CONNECTION).await.unwrap();
    for object in objects(&[object("po_1", "payout", "failed", DAY), object("po_0", "payout", "failed", 90 * DAY)]).values() {
        world.store.tracked_objects().put(&world.install, World::CONNECTION, object).await.unwrap();
    }
    assert!(stored("po_1").unwrap()["ttl"].is_i64());
    world.about(&known().await).await;
    assert!(stored("po_1").unwrap().get("ttl").is_none(), "an alert stands on it");
    assert!(stored("po_0").unwrap()["ttl"].is_i64(), "none on this one, which is no news");
    let mut later = known().await;
    later.extend(objects(&[object("po_2", "payout", "paid", 0)]));
    world.about(&later).await;
    assert_eq!(world.alerts()[0]["status"], "RESOLVED");
    later.extend(known().await);
    world.about(&later).await;
    assert!(stored("po_1").unwrap()["ttl"].is_i64(), "over, and forgotten in its time");

    world.about(&objects(&[object("po_3", "payout", "failed", DAY)])).await;
    assert_eq!((world.alerts().len(), &world.alerts()[1]["status"]), (2, &json!("FLAGGED")));
    world.about(&Objects::new()).await;
    assert_eq!(world.alerts()[1]["status"], "RESOLVED", "what it was about is gone");
}
