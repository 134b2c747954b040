//! Tests of the reader against a list in which Stripe cannot render some records.

use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use secrecy::SecretString;
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use crate::engine::stages::read::*;
use crate::model::hole::UnreadableRanges;
use crate::platform::clock;
use crate::platform::http;

/// When a record cannot be rendered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Poison {
    /// With its expanded objects.
    Expanded,
    /// In a list.
    Listed,
    /// Always.
    Always,
    /// With its expanded objects, which need a permission that the key lacks.
    Denied,
}

/// A fake list of Stripe, newest first: ids and creation times.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fake {
    pub(crate) records: Vec<(String, i64)>,
    pub(crate) poison: BTreeMap<String, Poison>,
    /// No page of any size is readable after these records.
    pub(crate) broken: Vec<String>,
    /// The maximum number of records with expanded objects in a page.
    pub(crate) most: usize,
    /// No call is answered.
    pub(crate) down: bool,
    /// The key may not read the list at all.
    pub(crate) forbidden: bool,
}

fn record(id: &str, created: i64, expanded: bool) -> Value {
    let source = if expanded { json!({"id": format!("ch_{id}"), "object": "charge", "amount": 7}) } else { json!(format!("ch_{id}")) };
    json!({"id": id, "object": "balance_transaction", "amount": 7, "fee": 2, "net": 5, "currency": "usd", "created": created,
        "fee_details": [{"amount": 2, "currency": "usd", "type": "stripe_fee"}], "available_on": created, "type": "charge",
        "reporting_category": "charge", "status": "available", "source": source})
}

impl Fake {
    /// Records a fixed number of seconds apart.
    pub(crate) fn of(count: i64, apart: i64) -> Self {
        let records = (0..count).rev().map(|at| (format!("txn_{at}"), 1_700_000_000 + at * apart)).collect();
        Self { records, most: 100, ..Self::default() }
    }

    pub(crate) fn poison(mut self, id: &str, how: Poison) -> Self {
        self.poison.insert(id.to_owned(), how);
        self
    }

    fn is_written(&self, id: &str, expanded: bool, listed: bool) -> bool {
        match self.poison.get(id) {
            None => true,
            Some(Poison::Expanded | Poison::Denied) => !expanded,
            Some(Poison::Listed) => !listed,
            Some(Poison::Always) => false,
        }
    }

    fn answer(&self, request: &Request) -> (u16, Value) {
        let failed = (500, json!({"error": {"type": "api_error"}}));
        let query: Vec<(String, String)> = request.url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        let get = |name: &str| query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let expanded = get("expand[]").is_some();
        if self.down {
            return failed;
        }
        let message = "Having the 'rak_transfer_read' permission would allow this request to continue.";
        let refused = (403, json!({"error": {"type": "invalid_request_error", "message": message}}));
        if self.forbidden {
            return refused;
        }
        let is_denied = |id: &str| expanded && self.poison.get(id) == Some(&Poison::Denied);
        if let Some(id) = request.url.path().strip_prefix("/v1/balance_transactions/") {
            return match self.records.iter().find(|(known, _)| known == id) {
                Some((id, _)) if is_denied(id) => refused,
                Some((id, created)) if self.is_written(id, expanded, false) => (200, record(id, *created, expanded)),
                _ => failed,
            };
        }
        if get("starting_after").is_some_and(|after| self.broken.iter().any(|broken| broken == after)) {
            return failed;
        }
        let second = |name: &str| get(name).and_then(|value| value.parse::<i64>().ok());
        let (from, to) = (second("created[gte]").unwrap_or(i64::MIN), second("created[lt]").unwrap_or(i64::MAX));
        let listed: Vec<_> = self.records.iter().filter(|(_, created)| (from..to).contains(created)).collect();
        let at = |id: &str| self.records.iter().position(|(known, _)| known == id);
        let place = |record: &(String, i64)| at(&record.0).unwrap_or_default();
        let limit: usize = get("limit").and_then(|limit| limit.parse().ok()).unwrap_or(10);
        let (page, more) = if let Some(before) = get("ending_before").and_then(at) {
            let newer: Vec<_> = listed.into_iter().filter(|record| place(record) < before).collect();
            let cut = newer.len().saturating_sub(limit);
            (newer.get(cut..).unwrap_or_default().to_vec(), cut > 0)
        } else {
            let after = get("starting_after").and_then(at);
            let older: Vec<_> = listed.into_iter().filter(|record| after.is_none_or(|after| place(record) > after)).collect();
            (older.iter().take(limit).copied().collect(), older.len() > limit)
        };
        if page.iter().any(|(id, _)| is_denied(id)) {
            return refused;
        }
        let written = page.iter().all(|(id, _)| self.is_written(id, expanded, true)) && !(expanded && page.len() > self.most);
        let data: Vec<Value> = page.iter().map(|(id, created)| record(id, *created, expanded)).collect();
        if written { (200, json!({"object": "list", "data": data, "has_more": more})) } else { failed }
    }
}

struct Answering(Arc<Mutex<Fake>>, Arc<AtomicU64>);

impl Respond for Answering {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        self.1.fetch_add(1, Ordering::Relaxed);
        let (status, body) = self.0.lock().unwrap().answer(request);
        ResponseTemplate::new(status).set_body_json(body)
    }
}

/// The result of a walk.
#[derive(Debug, Default)]
pub(crate) struct Walked {
    pub(crate) ids: Vec<String>,
    pub(crate) bare: Vec<String>,
    pub(crate) denied: Vec<(String, Option<String>)>,
    pub(crate) holes: Vec<UnreadableRange>,
    pub(crate) failed: Vec<FailedCall>,
    pub(crate) calls: u64,
}

pub(crate) async fn walk(fake: &Fake, hints: &mut Hints) -> Result<Walked, PageError> {
    let (server, calls) = (MockServer::start().await, Arc::new(AtomicU64::new(0)));
    Mock::given(any()).respond_with(Answering(Arc::new(Mutex::new(fake.clone())), Arc::clone(&calls))).mount(&server).await;
    let stripe = StripeClient::new(http::client().unwrap(), &server.uri(), &SecretString::from("rk_test_reader")).unwrap();
    let none = RetryPolicy { base: Duration::from_millis(1), cap: Duration::from_millis(1), max_attempts: 2 };
    let mut reader = Reader::new(&stripe, Deadline::after(Duration::from_secs(60)), Known::default(), std::mem::take(hints));
    reader.quick = reader.quick.with_retry(none);
    let mut walked = Walked::default();
    let (mut after, mut newest) = (None, clock::now().seconds());
    for _ in 0..fake.records.len() + 5 {
        let mut place = reader.place(after.as_deref());
        let request = PageRequest { starting_after: after.clone(), ..PageRequest::default() };
        let read = reader.next(&request, newest, &mut place, None).await?;
        assert_eq!(place, Place::default(), "a place is left as it was found");
        walked.holes.extend(read.hole);
        walked.failed.extend(read.failed);
        for (id, lack) in read.bare {
            match lack {
                Incomplete::Fails(call) => walked.failed.extend(call),
                Incomplete::Denied(right, _) => walked.denied.push((id.clone(), right)),
            }
            walked.bare.push(id);
        }
        walked.ids.extend(read.list.data.iter().map(|record| record.id.clone()));
        for record in &read.list.data {
            assert!(record.created <= newest, "in the order of the list");
            newest = record.created;
        }
        if !read.list.has_more {
            walked.calls = calls.load(Ordering::Relaxed);
            *hints = reader.into_learnt().0;
            return Ok(walked);
        }
        after = read.list.last_id().map(str::to_owned).or(after);
    }
    panic!("the walk does not end: {walked:?}");
}

pub(crate) fn ids(fake: &Fake) -> Vec<String> {
    fake.records.iter().map(|(id, _)| id.clone()).collect()
}

#[tokio::test]
async fn a_list_that_can_be_read_costs_a_call_a_page() {
    let fake = Fake::of(250, 60);
    let walked = walk(&fake, &mut Hints::default()).await.unwrap();
    assert_eq!((walked.ids, walked.calls), (ids(&fake), 3));
}

#[tokio::test]
async fn a_page_too_large_is_asked_for_smaller_and_remembered() {
    let fake = Fake { most: 10, ..Fake::of(40, 60) };
    let mut hints = Hints::default();
    let walked = walk(&fake, &mut hints).await.unwrap();
    assert_eq!((walked.ids, walked.bare.len(), walked.holes.len()), (ids(&fake), 0, 0));
    let again = walk(&fake, &mut hints).await.unwrap();
    assert!(again.calls <= 5 && again.ids == ids(&fake), "{} calls", again.calls);
}

/// A record of which only the amounts are readable is in its place, and nothing else of the page is
/// lost.
#[tokio::test]
async fn a_record_without_what_is_behind_it_is_told_apart() {
    let fake = Fake::of(120, 60).poison("txn_60", Poison::Expanded).poison("txn_59", Poison::Listed);
    let mut hints = Hints::default();
    let walked = walk(&fake, &mut hints).await.unwrap();
    assert_eq!(walked.bare, ["txn_60"]);
    // The record that is readable alone but not in a list lies in a hole.
    let others: Vec<String> = ids(&fake).into_iter().filter(|id| id != "txn_59").collect();
    assert_eq!(walked.ids, others);
    let hole = walked.holes.first().unwrap();
    assert_eq!((hole.after.as_deref(), hole.before.as_deref(), walked.holes.len()), (Some("txn_60"), Some("txn_58"), 1));
    let calls: Vec<(&str, Option<u16>)> = walked.failed.iter().map(|call| (call.call.as_str(), call.status)).collect();
    let (record, list) = ("GET /v1/balance_transactions/:id", "GET /v1/balance_transactions");
    assert_eq!(calls, [(record, Some(500)), (list, Some(500))], "each is told with the call that failed");
}

#[tokio::test]
async fn a_record_that_only_a_page_fails_at_is_read_alone() {
    // Even a page of one record is too large.
    let fake = Fake { most: 0, ..Fake::of(3, 60) };
    let walked = walk(&fake, &mut Hints::default()).await.unwrap();
    assert_eq!((walked.ids, walked.bare.len()), (ids(&fake), 0));
}

/// Goes around a record of which not even the id is readable: at the top, in the middle, at the
/// end, and twice.
#[tokio::test]
async fn the_walk_goes_round_what_cannot_be_had() {
    for (count, apart, gone) in
        [(30, 60, vec![29]), (30, 7_200, vec![15]), (30, 60, vec![0]), (30, 0, vec![10]), (30, 3_600, vec![20, 19, 5])]
    {
        let mut fake = Fake::of(count, apart);
        for at in &gone {
            fake = fake.poison(&format!("txn_{at}"), Poison::Always);
        }
        let expected: Vec<String> = ids(&fake).into_iter().filter(|id| !gone.iter().any(|at| *id == format!("txn_{at}"))).collect();
        let mut hints = Hints::default();
        let walked = walk(&fake, &mut hints).await.unwrap();
        // Records of the same second as the one before the hole are only found from below.
        if apart > 0 {
            assert_eq!(walked.ids, expected, "{gone:?}: {:?}", walked.holes);
        }
        assert!(!walked.holes.is_empty(), "{gone:?}");
        for id in ids(&fake).iter().filter(|id| !walked.ids.contains(*id)) {
            let created = fake.records.iter().find(|(known, _)| known == id).unwrap().1;
            assert!(walked.holes.iter().any(|hole| hole.oldest <= created && created <= hole.newest), "{id}: {:?}", walked.holes);
        }
        let again = walk(&fake, &mut hints).await.unwrap();
        assert_eq!((&again.ids, &again.holes.len()), (&walked.ids, &walked.holes.len()));
        assert!(again.calls < walked.calls, "{gone:?}: {} and then {}", walked.calls, again.calls);
    }
}

/// A place at which Stripe fails, with readable records behind it, leaves no hole.
#[tokio::test]
async fn a_broken_place_hides_nothing_that_can_be_read_from_below() {
    for broken in ["txn_20", "txn_1"] {
        let fake = Fake { broken: vec![broken.to_owned()], ..Fake::of(150, 600) };
        let walked = walk(&Fake { records: fake.records.clone(), most: 100, ..fake.clone() }, &mut Hints::default()).await.unwrap();
        // The place matters only if a page ends at it.
        assert_eq!((walked.ids, walked.holes.len()), (ids(&fake), 0));
        let small = Fake { most: 5, ..fake };
        let walked = walk(&small, &mut Hints::default()).await.unwrap();
        assert_eq!((walked.ids, walked.holes.len()), (ids(&small), 0), "{broken}");
    }
}

#[tokio::test]
async fn an_outage_is_no_hole() {
    let fake = Fake { down: true, ..Fake::of(30, 60) };
    assert!(matches!(walk(&fake, &mut Hints::default()).await, Err(PageError::Error(StripeError::Unavailable { .. }))));
}

/// A hole is identified by the record before it. It covers its first and last hour and all hours
/// between.
#[test]
fn a_hole_covers_the_hours_from_its_last_to_its_first_record() {
    let holes = UnreadableRanges(vec![UnreadableRange { after: Some("txn_9".into()), before: None, newest: 7_300, oldest: 3_599 }]);
    assert_eq!([0, 3_600, 7_200, 10_800].map(|hour| holes.in_hour(hour)), [true, true, true, false]);
    assert!(holes.in_day(0) && !holes.in_day(86_400));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// Whatever cannot be rendered, each record occurs once, bare or not, or lies in a hole.
    #[test]
    fn nothing_is_lost_and_nothing_met_twice(
        count in 1_i64..60,
        apart in prop_oneof![Just(1_i64), Just(50), Just(4_000)],
        most in prop_oneof![Just(100_usize), Just(10), Just(3)],
        poison in proptest::collection::btree_map(0_i64..60, prop_oneof![Just(Poison::Expanded), Just(Poison::Listed), Just(Poison::Always)], 0..4),
    ) {
        let mut fake = Fake { most, ..Fake::of(count, apart) };
        for (at, how) in poison {
            fake = fake.poison(&format!("txn_{at}"), how);
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let walked = runtime.block_on(walk(&fake, &mut Hints::default()));
        let newest = fake.records.iter().filter(|(id, _)| fake.is_written(id, false, true)).count();
        let Ok(walked) = walked else {
            // If nothing is readable, it cannot be distinguished from an outage.
            prop_assert!(newest <= 1, "{:?}", walked);
            return Ok(());
        };
        let unique: HashSet<&String> = walked.ids.iter().collect();
        prop_assert_eq!(unique.len(), walked.ids.len());
        for (id, created) in &fake.records {
            let met = unique.contains(id);
            let in_hole = walked.holes.iter().any(|hole| hole.oldest <= *created && *created <= hole.newest);
            prop_assert!(met || in_hole, "{} is lost: {:?}", id, walked.holes);
            let bare = walked.bare.contains(id);
            prop_assert_eq!(bare, met && !fake.is_written(id, true, false), "{}", id);
        }
    }
}
