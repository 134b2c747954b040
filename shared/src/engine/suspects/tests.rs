//! When a record is set aside, when an outage is assumed, and how both end.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use proptest::prelude::*;
use ulid::Ulid;

use crate::engine::suspects::Suspects;
use crate::engine::suspects::book::{Book, SuspectStatus};
use crate::engine::suspects::trial::{Called, Calls, Tried, each};
use crate::model::suspect::record::*;
use crate::model::time::Millis;
use crate::platform::http::Deadline;

const NOW: Millis = Millis(1_760_000_000_000);

fn key(at: usize) -> (CallKind, String) {
    (CallKind::IdentityCreate, format!("cus_{at}"))
}

fn failure(kind: FailureKind) -> CallFailure {
    CallFailure {
        kind,
        call: "POST /proxy/identities".to_owned(),
        status: Some(500),
        request_id: Some("req_1".to_owned()),
    }
}

fn book() -> Book {
    Book::new(Ulid::from_parts(1, 1))
}

/// The results of calls about records, in order.
#[derive(Debug, Clone, Copy)]
enum CallOutcome {
    Failed(usize, FailureKind),
    OtherSucceeded,
}

fn call_outcome() -> impl Strategy<Value = CallOutcome> {
    let kind = prop_oneof![
        Just(FailureKind::Error),
        Just(FailureKind::Unreadable),
        Just(FailureKind::Refused)
    ];
    prop_oneof![2 => (0_usize..30, kind).prop_map(|(at, kind)| CallOutcome::Failed(at, kind)),
        1 => Just(CallOutcome::OtherSucceeded)]
}

proptest! {
    /// A record is not convicted if its three failures were not alike, or if nothing of the kind
    /// succeeded between them.
    #[test]
    fn a_record_is_convicted_only_when_it_fails_alike_while_others_succeed(story in prop::collection::vec(call_outcome(), 0..200)) {
        let mut book = book();
        let mut failures: std::collections::BTreeMap<usize,
        Vec<(FailureKind, usize)>> = Default::default();
        let mut successes = 0;
        for outcome in story {
            match outcome {
                CallOutcome::OtherSucceeded => { successes += 1; book.controlled(CallKind::IdentityCreate); }
                CallOutcome::Failed(at, kind) => {
                    book.failed(&key(at), failure(kind), NOW);
                    failures.entry(at).or_default().push((kind, successes));
                }
            }
        }
        for (at, failures) in failures {
            let convicted = book.standing(&key(at), NOW) == SuspectStatus::Convicted;
            let (mut count, mut before) = (0, None);
            for (kind, seen) in &failures {
                count = match before {
                    Some((last, then)) if last == kind => count + u32::from(seen > then),
                    _ => 1,
                };
                before = Some((kind, seen));
            }
            prop_assert!(convicted == (count >= FAILURES) || failures.len() >= 9, "{failures:?}");
            prop_assert!(!convicted || failures.iter().any(|(_,
                seen)| *seen < failures.last().unwrap().1),
                "without a success in between nobody is");
        }
    }

    /// However long a story is, it counts as progress only a limited number of times: four times
    /// per record, and never in an outage.
    #[test]
    fn progress_is_bounded(story in prop::collection::vec(call_outcome(), 0..400)) {
        let mut book = book();
        let mut progress = 0;
        for outcome in story {
            match outcome {
                CallOutcome::OtherSucceeded => book.controlled(CallKind::IdentityCreate),
                CallOutcome::Failed(at, kind) => {
                    let recorded = book.failed(&key(at), failure(kind), NOW);
                    prop_assert!(!recorded.progress || !book.outage(CallKind::IdentityCreate));
                    progress += u32::from(recorded.progress);
                }
            }
        }
        prop_assert!(progress <= FAILURES * u32::try_from(MAX_NEW).unwrap(), "{progress}");
    }

    /// Stored facts lead to the same result as facts in memory, whenever a worker ends. Each worker
    /// first checks whether the other side answers.
    #[test]
    fn a_workers_end_forgets_no_failure(failures in 1_u32..8, controlled in any::<bool>()) {
        let mut kept = Vec::new();
        for at in 0..failures {
            let mut worker = book();
            worker.load(kept.clone());
            if at > 0 { prop_assert_ne!(worker.standing(&key(0), NOW), SuspectStatus::Suspected); }
            if controlled && at > 0 { worker.controlled(CallKind::IdentityCreate); }
            kept = vec![worker.failed(&key(0), failure(FailureKind::Error), NOW).facts];
            let stored: crate::platform::table::attribute::Item = serde_dynamo::to_item(&kept[0]).unwrap();
            prop_assert_eq!(&crate::platform::table::item::from_item::<Suspect>(stored).unwrap(),
                &kept[0]);
        }
        let mut worker = book();
        worker.load(kept);
        let standing = worker.standing(&key(0), NOW);
        prop_assert_eq!(standing,
            if controlled && failures >= FAILURES { SuspectStatus::Convicted } else { SuspectStatus::Uncontrolled });
    }
}

/// A run convicted a record and failed before it could set the record aside. The next run tries the
/// record before it does so.
#[test]
fn suspects_of_a_failed_run_are_retried_before_they_are_set_aside() {
    let alike: fn(u32) -> FailureKind = |_| FailureKind::Error;
    let in_turn: fn(u32) -> FailureKind =
        |at| if at % 2 == 0 { FailureKind::Error } else { FailureKind::Unreadable };
    for (times, kind) in [(FAILURES, alike), (3 * FAILURES, in_turn)] {
        let mut failed = book();
        for at in 0..times {
            failed.controlled(CallKind::IdentityCreate);
            failed.failed(&key(0), failure(kind(at)), NOW);
        }
        assert_eq!(failed.standing(&key(0), NOW), SuspectStatus::Convicted);
        let mut next = Book::new(Ulid::from_parts(2, 2));
        next.load(failed.facts(&key(0)).cloned());
        assert_eq!(
            next.standing(&key(0), NOW),
            SuspectStatus::Uncontrolled,
            "first it is seen whether the other side answers"
        );
        next.controlled(CallKind::IdentityCreate);
        assert_eq!(next.standing(&key(0), NOW), SuspectStatus::Suspected, "then it is tried");
        next.failed(&key(0), failure(kind(times - 1)), NOW);
        assert_eq!(
            next.standing(&key(0), NOW),
            SuspectStatus::Convicted,
            "one more failure is enough"
        );
        // Another worker of the same run relies on the conviction.
        let mut same = book();
        same.load(failed.facts(&key(0)).cloned());
        assert_eq!(same.standing(&key(0), NOW), SuspectStatus::Convicted);
    }
}

/// Each round of the proof tidies up: the connection's mark is cleared once when no facts are left,
/// and once more after there were some again.
#[tokio::test]
async fn the_mark_of_suspects_is_cleared_once_when_none_is_left() {
    let aws = test_support::Aws::start().await;
    let suspects = Suspects::for_test(&aws).await;
    suspects.load(true, &Default::default()).await.unwrap();
    let tidy_thrice = async || {
        let before = aws.count("UpdateItem");
        for _ in 0..3 {
            suspects.tidy().await.unwrap();
        }
        aws.count("UpdateItem") - before
    };
    assert_eq!(tidy_thrice().await, 1);
    suspects.failed(CallKind::IdentityCreate, "cus_0", failure(FailureKind::Error)).await.unwrap();
    assert_eq!(tidy_thrice().await, 0, "somebody is there");
    suspects.succeeded(CallKind::IdentityCreate, "cus_0").await.unwrap();
    assert_eq!(tidy_thrice().await, 1);
}

#[test]
fn many_failing_records_are_an_outage_and_few_of_many_are_not() {
    for (failing, succeeded, outage) in [
        (4, 0, false),
        (5, 0, true),
        (5, 45, true),
        (5, 46, false),
        (20, 10_000, false),
        (21, 10_000, true),
        (19, 171, true),
        (19, 172, false),
    ] {
        let mut book = book();
        book.many_succeeded(CallKind::IdentityCreate, succeeded);
        (0..failing).for_each(|at| _ = book.failed(&key(at), failure(FailureKind::Error), NOW));
        assert_eq!(
            book.outage(CallKind::IdentityCreate),
            outage,
            "{failing} of {}",
            u64::try_from(failing).unwrap() + succeeded
        );
        // Records set aside in an earlier run do not count.
        let stored: Vec<Suspect> =
            (0..failing).filter_map(|at| book.set_aside(&key(at), NOW)).collect();
        let mut next = Book::new(Ulid::from_parts(2, 2));
        next.load(stored);
        assert!(!next.outage(CallKind::IdentityCreate));
    }
}

#[test]
fn explicit_refusals_are_no_outage() {
    let mut book = book();
    (0..30).for_each(|at| _ = book.failed(&key(at), failure(FailureKind::Refused), NOW));
    assert!(!book.outage(CallKind::IdentityCreate));
}

/// A set-aside record is not retried in its own run. The next run retries it at once, and after
/// each further failure the pause grows.
#[test]
fn later_tries_come_with_growing_pauses() {
    let mut first = book();
    first.failed(&key(0), failure(FailureKind::Error), NOW);
    let mut facts = first.set_aside(&key(0), NOW).unwrap();
    assert_eq!(
        first.standing(&key(0), NOW.plus_seconds(86_400)),
        SuspectStatus::Held,
        "not twice in a run"
    );
    let mut pauses = Vec::new();
    for at in 2..14 {
        let mut run = Book::new(Ulid::from_parts(at, 1));
        run.load([facts.clone()]);
        let mut now = NOW;
        while run.standing(&key(0), now) == SuspectStatus::Held {
            now = now.plus_seconds(60);
        }
        pauses.push((now.0 - NOW.0) / 1000);
        let recorded = run.failed(&key(0), failure(FailureKind::Error), NOW);
        assert!(!recorded.progress);
        assert_eq!(run.standing(&key(0), now), SuspectStatus::Held);
        facts = recorded.facts;
    }
    assert_eq!(pauses[..4], [0, 60, 120, 240]);
    assert_eq!(u64::try_from(*pauses.last().unwrap()).unwrap(), LONGEST_PAUSE_SECONDS);
    let mut wished = Book::new(Ulid::from_parts(99, 1));
    wished.load([facts]);
    wished.make_due(&key(0), NOW);
    assert_eq!(wished.standing(&key(0), NOW), SuspectStatus::Suspected);
    assert_eq!(wished.due(NOW), [key(0)]);
}

/// A call without an answer may still be in progress. No record is set aside, and no second balance
/// creation begins, until the call must have ended.
#[test]
fn a_call_without_an_answer_is_waited_for() {
    let mut book = book();
    let balance = (CallKind::BalanceCreate, "cus_0:USD".to_owned());
    for subject in [key(0), balance.clone()] {
        book.failed(&subject, failure(FailureKind::Silence), NOW);
        assert_eq!(book.standing(&subject, NOW), SuspectStatus::Spent);
    }
    let stored: Vec<Suspect> = [key(0), balance.clone()]
        .iter()
        .filter_map(|subject| book.facts(subject).cloned())
        .collect();
    let mut next = Book::new(Ulid::from_parts(1, 1));
    next.load(stored);
    assert_eq!(
        (next.standing(&key(0), NOW), next.standing(&balance, NOW)),
        (SuspectStatus::Uncontrolled, SuspectStatus::Spent)
    );
    for _ in 0..2 {
        next.controlled(CallKind::IdentityCreate);
        next.failed(&key(0), failure(FailureKind::Silence), NOW);
    }
    assert_eq!(next.standing(&key(0), NOW.plus_seconds(29)), SuspectStatus::Lasting);
    assert_eq!(next.standing(&key(0), NOW.plus_seconds(30)), SuspectStatus::Convicted);
    assert_eq!(next.standing(&balance, NOW.plus_seconds(30)), SuspectStatus::Uncontrolled);
}

#[test]
fn a_name_in_a_problem_leads_back() {
    for kind in CallKind::ALL {
        assert_eq!(
            parse_name(&name(kind, "stripe:acct_1:txn_1:amount")),
            Some((kind, "stripe:acct_1:txn_1:amount"))
        );
    }
    assert_eq!(parse_name("unheard_of:cus_1"), None);
    let names: BTreeSet<&str> = CallKind::ALL.into_iter().map(CallKind::as_str).collect();
    assert_eq!(names.len(), CallKind::ALL.len());
}

/// The other side of a trial: which calls fail, and how.
#[derive(Default)]
struct Other {
    poison: BTreeSet<usize>,
    down: bool,
    called: Mutex<Vec<usize>>,
}

struct Output(Arc<Other>);

impl Calls for Output {
    type Key = usize;
    type Output = ();
    type Error = crate::platform::blnk::BlnkError;

    fn kind(&self) -> CallKind {
        CallKind::IdentityCreate
    }

    fn subject(&self, at: usize) -> String {
        format!("cus_{at}")
    }

    async fn call(&self, at: usize) -> Called<(), Self::Error> {
        self.0.called.lock().unwrap().push(at);
        let cause = crate::platform::blnk::UnknownCause::Status(500);
        if self.0.down || self.0.poison.contains(&at) {
            (Err(Self::Error::UnknownOutcome { cause }), None)
        } else {
            (Ok(()), None)
        }
    }

    async fn answers(&self) -> bool {
        !self.0.down
    }

    fn deadline(&self) -> crate::platform::http::Deadline {
        Deadline::after(Duration::from_secs(60))
    }
}

async fn trial(
    other: Other,
    wanted: usize,
) -> (Result<(), crate::engine::stop::Stop>, Tried<usize, ()>, usize) {
    let aws = test_support::Aws::start().await;
    let suspects = Suspects::for_test(&aws).await;
    let (other, mut tried) = (Arc::new(other), Tried::default());
    let ended =
        each(&suspects, &Output(Arc::clone(&other)), (0..wanted).collect(), &mut tried).await;
    let called = other.called.lock().unwrap().len();
    (ended, tried, called)
}

#[tokio::test]
async fn a_trial_sets_aside_what_fails_alone_and_does_the_rest() {
    for wanted in [1, 30] {
        let (ended, tried, called) =
            trial(Other { poison: [0].into(), ..Other::default() }, wanted).await;
        assert!(ended.is_ok());
        let aside: Vec<usize> = tried.aside.iter().map(|(at, _)| *at).collect();
        assert_eq!((aside, tried.done.len()), (vec![0], wanted - 1));
        assert!(called <= wanted + 3, "{called}");
    }
}

#[tokio::test]
async fn a_trial_waits_where_everything_fails_and_asks_little() {
    for wanted in [1, 3, 40] {
        let (ended, tried, called) = trial(Other { down: true, ..Other::default() }, wanted).await;
        assert!(matches!(ended, Err(crate::engine::stop::Stop::Retryable(_))));
        assert!(tried.aside.is_empty() && called <= wanted.max(9), "{called}");
    }
}

/// Many records failed at once and one of them always fails. In an outage each is tried in turn, so
/// that the outage ends when the others succeed.
#[tokio::test]
async fn an_outage_ends_although_one_of_its_records_always_fails() {
    let aws = test_support::Aws::start().await;
    let suspects = Suspects::for_test(&aws).await;
    let mut tried = Tried::default();
    let down = || Other { down: true, ..Other::default() };
    let poison = || Other { poison: [0].into(), ..Other::default() };
    for (other, done, aside) in [(down(), 0, 0), (poison(), 0, 0), (poison(), 4, 1)] {
        let open: Vec<usize> =
            (0..5).filter(|at| tried.done.iter().all(|(done, ())| done != at)).collect();
        _ = each(&suspects, &Output(Arc::new(other)), open, &mut tried).await;
        assert_eq!((tried.done.len(), tried.aside.len()), (done, aside));
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}
