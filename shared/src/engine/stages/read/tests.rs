//! Tests of the reader against a list in which Stripe cannot render some records.

pub(crate) mod fake;

use crate::engine::stages::read::*;
use crate::model::run::hole::UnreadableRanges;
use crate::model::run::list_place::Incomplete;
use crate::platform::clock;
use crate::platform::http;
use proptest::prelude::*;
use secrecy::SecretString;
use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer};

use crate::engine::stages::read::tests::fake::{Answering, Fake, Poison};

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
    Mock::given(any())
        .respond_with(Answering(Arc::new(Mutex::new(fake.clone())), Arc::clone(&calls)))
        .mount(&server)
        .await;
    let stripe = StripeClient::new(
        http::client().unwrap(),
        &server.uri(),
        &SecretString::from("rk_test_reader"),
    )
    .unwrap();
    let none = RetryPolicy::new(Duration::from_millis(1), Duration::from_millis(1), 2);
    let mut reader = Reader::new(
        &stripe,
        Deadline::after(Duration::from_secs(60)),
        KnownUnreadable::default(),
        std::mem::take(hints),
    );
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
                Incomplete::Denied(permission, _) => walked.denied.push((id.clone(), permission)),
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
            *hints = reader.into_hints().0;
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
async fn a_record_without_its_expanded_objects_is_reported_as_bare() {
    let fake =
        Fake::of(120, 60).poison("txn_60", Poison::Expanded).poison("txn_59", Poison::Listed);
    let mut hints = Hints::default();
    let walked = walk(&fake, &mut hints).await.unwrap();
    assert_eq!(walked.bare, ["txn_60"]);
    // The record that is readable alone but not in a list lies in a hole.
    let others: Vec<String> = ids(&fake).into_iter().filter(|id| id != "txn_59").collect();
    assert_eq!(walked.ids, others);
    let hole = walked.holes.first().unwrap();
    assert_eq!(
        (hole.after.as_deref(), hole.before.as_deref(), walked.holes.len()),
        (Some("txn_60"), Some("txn_58"), 1)
    );
    let calls: Vec<(&str, Option<u16>)> =
        walked.failed.iter().map(|call| (call.call.as_str(), call.status)).collect();
    let (record, list) = ("GET /v1/balance_transactions/:id", "GET /v1/balance_transactions");
    assert_eq!(
        calls,
        [(record, Some(500)), (list, Some(500))],
        "each is told with the call that failed"
    );
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
async fn the_walk_goes_around_unreadable_places() {
    for (count, apart, gone) in [
        (30, 60, vec![29]),
        (30, 7_200, vec![15]),
        (30, 60, vec![0]),
        (30, 0, vec![10]),
        (30, 3_600, vec![20, 19, 5]),
    ] {
        let mut fake = Fake::of(count, apart);
        for at in &gone {
            fake = fake.poison(&format!("txn_{at}"), Poison::Always);
        }
        let expected: Vec<String> = ids(&fake)
            .into_iter()
            .filter(|id| !gone.iter().any(|at| *id == format!("txn_{at}")))
            .collect();
        let mut hints = Hints::default();
        let walked = walk(&fake, &mut hints).await.unwrap();
        // Records of the same second as the one before the hole are only found from below.
        if apart > 0 {
            assert_eq!(walked.ids, expected, "{gone:?}: {:?}", walked.holes);
        }
        assert!(!walked.holes.is_empty(), "{gone:?}");
        for id in ids(&fake).iter().filter(|id| !walked.ids.contains(*id)) {
            let created = fake.records.iter().find(|(known, _)| known == id).unwrap().1;
            assert!(
                walked.holes.iter().any(|hole| hole.oldest <= created && created <= hole.newest),
                "{id}: {:?}",
                walked.holes
            );
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
        let walked = walk(
            &Fake { records: fake.records.clone(), most: 100, ..fake.clone() },
            &mut Hints::default(),
        )
        .await
        .unwrap();
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
    assert!(matches!(
        walk(&fake, &mut Hints::default()).await,
        Err(PageError::Error(StripeError::Unavailable { .. }))
    ));
}

/// A hole is identified by the record before it. It covers its first and last hour and all hours
/// between.
#[test]
fn a_hole_covers_the_hours_from_its_last_to_its_first_record() {
    let holes = UnreadableRanges(vec![UnreadableRange {
        after: Some("txn_9".into()),
        before: None,
        newest: 7_300,
        oldest: 3_599,
    }]);
    assert_eq!(
        [0, 3_600, 7_200, 10_800].map(|hour| holes.in_hour(hour)),
        [true, true, true, false]
    );
    assert!(holes.in_day(0) && !holes.in_day(86_400));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// Whatever cannot be rendered, each record occurs once, bare or not, or lies in a hole.
    #[test]
    fn no_record_is_lost_and_none_is_read_twice(
        count in 1_i64..60,
        apart in prop_oneof![Just(1_i64), Just(50), Just(4_000)],
        most in prop_oneof![Just(100_usize), Just(10), Just(3)],
        poison in proptest::collection::btree_map(
            0_i64..60,
            prop_oneof![Just(Poison::Expanded), Just(Poison::Listed), Just(Poison::Always)],
            0..4,
        ),
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
            let is_read = unique.contains(id);
            let in_hole = walked.holes.iter().any(|hole| hole.oldest <= *created && *created <= hole.newest);
            prop_assert!(is_read || in_hole, "{} is lost: {:?}", id, walked.holes);
            let bare = walked.bare.contains(id);
            prop_assert_eq!(bare, is_read && !fake.is_written(id, true, false), "{}", id);
        }
    }
}
