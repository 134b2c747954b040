//! Posting through a gateway that refuses whole requests without saying which entry is the cause.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use secrecy::SecretString;
use serde_json::{Value, json};
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use crate::engine::stages::post::work::normalized;
use crate::engine::stages::post::*;
use crate::engine::suspects::Suspects;
use crate::model::ledger::Chart;
use crate::platform::blnk::BlnkClient;
use crate::platform::http::{Deadline, client};

/// A ledger behind a gateway that refuses whole requests and gives no details.
#[derive(Clone, Default)]
struct Gateway {
    /// Entries that make it refuse a request.
    bad: Vec<String>,
    /// More entries than this are too large.
    most: usize,
    taken: Arc<Mutex<Vec<String>>>,
    asked: Arc<Mutex<u32>>,
}

impl Respond for Gateway {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        *self.asked.lock().unwrap() += 1;
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        let entries = body["transactions"].as_array().unwrap();
        let references: Vec<String> =
            entries.iter().map(|entry| entry["reference"].as_str().unwrap().to_owned()).collect();
        if references.len() > self.most {
            return ResponseTemplate::new(413)
                .set_body_string("<html>Request Entity Too Large</html>");
        }
        if references.iter().any(|reference| self.bad.contains(reference)) {
            return ResponseTemplate::new(400).set_body_json(json!({"error": "Invalid input"}));
        }
        self.taken.lock().unwrap().extend(references.iter().cloned());
        ResponseTemplate::new(201).set_body_json(json!({"transaction_count": references.len()}))
    }
}

fn entry(at: usize) -> Entry {
    Entry {
        precise_amount: 100,
        precision: 100,
        currency: "USD".parse().unwrap(),
        reference: format!("r{at}"),
        source: "@stripe".to_owned(),
        destination: "@stripe_guests".to_owned(),
        description: "Stripe charge".to_owned(),
        effective_date: "2026-01-02T00:00:00Z".to_owned(),
        allow_overdraft: true,
        meta_data: BTreeMap::new(),
    }
}

async fn post(gateway: &Gateway, entries: usize) -> Result<Posted, Stop> {
    let server = MockServer::start().await;
    Mock::given(path("/proxy/transactions/bulk"))
        .respond_with(gateway.clone())
        .mount(&server)
        .await;
    let nothing = json!({"data": [], "total": 0});
    Mock::given(path("/transactions/filter"))
        .respond_with(ResponseTemplate::new(200).set_body_json(nothing))
        .mount(&server)
        .await;
    let blnk = BlnkClient::new(
        client().unwrap(),
        &server.uri(),
        SecretString::from("blnk_test_0123456789"),
        "instance_1",
    )
    .unwrap();
    let chart = Chart::new("@stripe".to_owned()).unwrap();
    let aws = test_support::Aws::start().await;
    let suspects = Suspects::for_test(&aws).await;
    let deadline = Deadline::after(Duration::from_secs(30));
    let poster =
        Poster { blnk: &blnk, chart: &chart, suspects: &suspects, deadline, look_first: false };
    poster.post((0..entries).map(entry).collect(), &mut FIRST_BATCH.clone()).await
}

/// An entry that gets whole bulks refused is found with smaller bulks. It is set aside, all others
/// are posted once, and the bulks grow again.
#[tokio::test]
async fn a_bulk_refused_as_a_whole_is_halved_until_the_entry_is_alone() {
    let gateway =
        Gateway { bad: vec!["r7".to_owned(), "r130".to_owned()], most: 200, ..Gateway::default() };
    let posted = post(&gateway, 300).await.unwrap();
    let aside: Vec<_> = posted
        .problems
        .iter()
        .map(|report| (report.references[0].as_str(), report.code.as_str()))
        .collect();
    assert_eq!((posted.posted, aside), (298, vec![("r7", "validation"), ("r130", "validation")]));
    let taken = gateway.taken.lock().unwrap();
    let distinct: HashSet<&String> = taken.iter().collect();
    assert_eq!((taken.len(), distinct.len()), (298, 298));
    assert!(*gateway.asked.lock().unwrap() < 60, "{}", gateway.asked.lock().unwrap());
}

/// A gateway that accepts nothing at all does not point to any entry, so no entry is set aside.
#[tokio::test]
async fn a_ledger_that_accepts_no_entry_ends_the_run() {
    let gateway = Gateway {
        bad: (0..60).map(|at| format!("r{at}")).collect(),
        most: 500,
        ..Gateway::default()
    };
    assert!(matches!(post(&gateway, 60).await, Err(Stop::Fail { code: "ledger_refused", .. })));
}

/// The same message about another time or place counts as the same message.
#[test]
fn numbers_and_ids_make_no_other_refusal() {
    assert_eq!(
        normalized("Reference: txn_3 timed out after 41 ms"),
        normalized("Reference: txn_4 timed out after 1177 ms")
    );
    assert_ne!(normalized("timed out after 41 ms"), normalized("no such table"));
    let mut work = Work::default();
    let believed: Vec<bool> = (0..unknown_refusal::SAME_REFUSALS)
        .map(|time| work.count_unknown_refusal("r1", &format!("process {time} died")))
        .collect();
    assert_eq!(believed, [false, false, false, false, true]);
    assert!(
        !work.count_unknown_refusal("r1", "something else"),
        "another cause starts a new count"
    );
}

/// A bulk that the end of the worker's time would break off is made smaller, or not sent.
#[test]
fn a_bulk_fits_into_the_time_that_is_left() {
    let seconds = Duration::from_secs;
    assert_eq!(entries_in(seconds(30), 500), 5_000, "there is time for more than a full one");
    assert_eq!(entries_in(seconds(3), 500), 500);
    assert_eq!(entries_in(seconds(1), 500), 166);
    assert_eq!(entries_in(seconds(1), 25), 8, "a slow ledger takes fewer");
    assert_eq!(entries_in(Duration::from_millis(100), 25), 0);
    assert_eq!(entries_in(Duration::ZERO, 500), 0);
}
