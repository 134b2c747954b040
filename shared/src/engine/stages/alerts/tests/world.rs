//! Blnk Cloud with its alerts, and a connection whose alerts are raised there.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Value, json};
use test_support::{Aws, TABLE};
use ulid::Ulid;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use crate::engine::stages::alerts::wanted::{AlertDecision, kept_for, of_certificate, of_objects};
use crate::engine::stages::alerts::*;
use crate::model::ledger::Mode;
use crate::model::problem::explained::ExplainedAll;
use crate::platform::aws;
use crate::platform::http::RetryPolicy;
use crate::platform::store::tracked_objects::Objects;
use crate::platform::table::Store;

pub(crate) const NOW: Millis = Millis(1_760_000_000_000);
pub(crate) const DAY: i64 = 86_400;

/// The alert endpoints of Blnk Cloud.
#[derive(Default)]
pub(crate) struct Cloud {
    pub(crate) alerts: Vec<Value>,
    pub(crate) statuses: Vec<String>,
    pub(crate) calls: Vec<String>,
    /// The next creation succeeds and its answer is lost.
    pub(crate) lose_next: bool,
    /// Every write is refused with this status.
    pub(crate) refuse: Option<u16>,
    /// No status can be created.
    pub(crate) fixed_statuses: bool,
}

#[derive(Clone, Default)]
pub(crate) struct Server(pub(crate) Arc<Mutex<Cloud>>);

impl Respond for Server {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let mut cloud = self.0.lock().unwrap();
        let (method, path) = (request.method.to_string(), request.url.path().to_owned());
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        if path == "/balances/filter" {
            let row = json!({"balance_id": "bln_1", "ledger_id": "l", "indicator": "@stripe_test",
                "currency": "USD", "balance": 0,
                "debit_balance": 0, "credit_balance": 0});
            return ResponseTemplate::new(200).set_body_json(json!({"data": [row], "total": 1}));
        }
        if path == "/transactions/filter" {
            let asked = body["filters"][0]["values"][0].as_str().unwrap_or_default().to_owned();
            let row = json!({"transaction_id": "txn_of_entry", "reference": asked,
                "currency": "USD", "precise_amount": 1, "status": "APPLIED"});
            let rows = if asked.contains("txn_posted") { vec![row] } else { Vec::new() };
            return ResponseTemplate::new(200).set_body_json(
                json!({"data": rows, "total": rows.len(), "total_is_estimate": false}),
            );
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
            ("POST", "/alerts/statuses") if cloud.fixed_statuses => {
                ResponseTemplate::new(403).set_body_json(json!({"error": "no"}))
            }
            ("POST", "/alerts/statuses") => {
                cloud.statuses.push(body["key"].as_str().unwrap_or_default().to_owned());
                ResponseTemplate::new(201).set_body_json(body)
            }
            ("POST", path) => {
                let id = format!("ano_{}", cloud.alerts.len());
                let alert = json!({"anomaly_id": id, "on": path.rsplit('/').next(),
                    "title": body["title"], "description": body["description"],
                    "status": "FLAGGED"});
                cloud.alerts.push(alert.clone());
                let lost = std::mem::take(&mut cloud.lose_next);
                if lost {
                    ResponseTemplate::new(502)
                } else {
                    ResponseTemplate::new(201).set_body_json(alert)
                }
            }
            (_, path) => {
                let id = path.rsplit('/').next().unwrap_or_default().to_owned();
                let wanted = body["status"].as_str().unwrap_or("FLAGGED").to_owned();
                if wanted != "FLAGGED" && !cloud.statuses.contains(&wanted) {
                    return ResponseTemplate::new(400)
                        .set_body_json(json!({"error": "unknown status"}));
                }
                let Some(alert) =
                    cloud.alerts.iter_mut().find(|alert| alert["anomaly_id"] == json!(id))
                else {
                    return ResponseTemplate::new(404)
                        .set_body_json(json!({"error": "anomaly not found"}));
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

pub(crate) struct World {
    pub(crate) _aws: Aws,
    pub(crate) _server: MockServer,
    pub(crate) store: Store,
    pub(crate) cloud: Server,
    pub(crate) blnk: BlnkClient,
    pub(crate) install: InstallId,
    pub(crate) owner: Owner,
    pub(crate) may_read: bool,
    pub(crate) connection: Ulid,
}

pub(crate) async fn world() -> World {
    let aws = Aws::start().await;
    let sdk = aws.sdk(aws::defaults()).await;
    let store = Store { client: aws::dynamodb(&sdk), table: TABLE.to_owned() };
    let (server, cloud) = (MockServer::start().await, Server::default());
    Mock::given(any()).respond_with(cloud.clone()).mount(&server).await;
    let quick = RetryPolicy::new(Duration::from_millis(1), Duration::from_millis(2), 2);
    let http = crate::platform::http::client().unwrap();
    let blnk =
        BlnkClient::new(http, &server.uri(), SecretString::from("blnk_test_0123456789"), "inst_1")
            .unwrap()
            .with_retry(quick);
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
    pub(crate) const CONNECTION: Ulid = Ulid::from_parts(1, 1);

    pub(crate) async fn existing(&self) -> crate::platform::store::alerts::Existing {
        self.store.alerts().all(&self.install, self.connection).await.unwrap()
    }

    pub(crate) fn of_connection(&self) -> Alerts<'_> {
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

    pub(crate) async fn bring(&self, judged: Vec<AlertDecision>) {
        self.of_connection().bring_in_line(&self.existing().await, judged).await.unwrap();
    }

    /// The alert steps at the end of a run: takes over what earlier connections left, then these
    /// objects.
    pub(crate) async fn adopts(&self, objects: &mut Objects) {
        let (mut existing, earlier) =
            self.store.alerts().of_all_connections(&self.install, self.connection).await.unwrap();
        self.of_connection().adopt(earlier, &mut existing, objects).await.unwrap();
        assert_eq!(existing, self.existing().await, "what is in mind is what is stored");
    }

    pub(crate) async fn about(&self, objects: &Objects) {
        let existing = self.existing().await;
        let judged = of_objects(objects, &existing, &Chart::for_mode(Mode::Test), NOW);
        for object in kept_for(objects, &existing, &judged) {
            self.store
                .tracked_objects()
                .put(&self.install, self.connection, &object)
                .await
                .unwrap();
        }
        self.bring(judged).await;
    }

    pub(crate) fn alerts(&self) -> Vec<Value> {
        self.cloud.0.lock().unwrap().alerts.clone()
    }

    pub(crate) fn turn(&self, knob: impl FnOnce(&mut Cloud)) {
        knob(&mut self.cloud.0.lock().unwrap());
    }
}

pub(crate) fn certificate(ledger_difference: i128, verdict: &str) -> Certificate {
    let line = json!({"balance": "payments", "mirror": "@stripe_test", "currency": "USD",
        "exponent": 2, "ledger": (1000 - ledger_difference).to_string(),
        "expected": "1000", "d2": ledger_difference.to_string(),
        "debits": ["1000", (1000 - ledger_difference).to_string()], "credits": ["0", "0"],
        "records": 1,
        "verdict": verdict});
    serde_json::from_value(
        json!({"id": Ulid::nil().to_string(), "run": Ulid::nil().to_string(), "at": NOW.0,
            "verdict": verdict, "lines": [line]}),
    )
    .unwrap()
}

impl World {
    pub(crate) async fn drift(&self, ledger_difference: i128, verdict: &str) {
        let judged = of_certificate(
            &certificate(ledger_difference, verdict),
            &ExplainedAll::default(),
            &self.existing().await,
        );
        self.bring(judged).await;
    }
}

pub(crate) fn object(id: &str, kind: &str, status: &str, created: i64) -> ObjectItemLike {
    json!({"id": id, "kind": kind, "status": status, "amount": "12345", "currency": "USD",
        "created": NOW.seconds() - created, "settled":
        matches!(status, "failed" | "won" | "lost"), "first_seen": NOW.0, "checked_at": NOW.0,
        "next_check": NOW.0, "transaction": "txn_posted",
        "due_by": NOW.seconds() + 3 * DAY, "reason": "fraudulent"})
}

pub(crate) type ObjectItemLike = Value;

pub(crate) fn objects(of: &[ObjectItemLike]) -> Objects {
    of.iter()
        .map(|object| {
            (
                object["id"].as_str().unwrap().to_owned(),
                serde_json::from_value(object.clone()).unwrap(),
            )
        })
        .collect()
}
