//! How long a run pauses between two attempts, and when it is given up.

use crate::engine::worker::waiting::*;
use crate::model::connection::tests::connection;
use crate::model::run::request::{Scope, Trigger};
use crate::platform::store::runs::{Request, new_run};
use crate::platform::table::attribute::Item;
use crate::platform::table::item::from_item;

const NOW: Millis = Millis(1_760_000_000_000);

fn run() -> Run {
    let request = Request {
        id: ulid::Ulid::from_parts(1, 1),
        trigger: Trigger::Manual,
        scope: Scope::New,
        now: NOW,
        launch: None,
        retention_seconds: 0,
    };
    new_run(&connection(), &request)
}

fn failure() -> PartyFailure {
    PartyFailure {
        call: Some("POST /transactions/bulk".into()),
        status: Some(503),
        ..PartyFailure::new(Party::Blnk, "the ledger is not available")
    }
}

#[test]
fn pauses_grow_with_the_trouble_and_a_day_of_it_is_some_dozens_of_attempts() {
    let (mut now, mut before, mut pauses) = (NOW, None, Vec::new());
    while now < NOW.plus_seconds(86_400) {
        let waiting = Waiting::after(&failure(), before.as_ref(), now);
        assert_eq!((waiting.since, waiting.party), (NOW, Party::Blnk));
        let (pause, stood_still) = (waiting.next_attempt.0 - now.0, now.0 - NOW.0);
        assert!(
            pause >= 3_750 && pause <= stood_still.clamp(5_000, 600_000),
            "{pause} ms after {stood_still} ms"
        );
        assert!(pause >= (stood_still * 3 / 4).min(450_000), "{pause} ms after {stood_still} ms");
        pauses.push(pause);
        now = waiting.next_attempt;
        before = Some(waiting);
    }
    assert_eq!(before.map(|last| usize::try_from(last.attempts).unwrap()), Some(pauses.len()));
    assert!((140..=210).contains(&pauses.len()), "{} attempts in a day", pauses.len());
    let in_the_first_hour = pauses
        .iter()
        .scan(0, |sum, pause| {
            *sum += pause;
            Some(*sum)
        })
        .filter(|sum| *sum < 3_600_000)
        .count();
    assert!(in_the_first_hour <= 18, "{in_the_first_hour}");
}

#[test]
fn a_requested_pause_is_respected() {
    let asked = PartyFailure { retry_after: Some(Duration::from_secs(40)), ..failure() };
    assert_eq!(Waiting::after(&asked, None, NOW).next_attempt, NOW.plus_seconds(40));
    let mut pauses = ShortPauses::of(&run());
    assert_eq!(pauses.next(&run(), asked.retry_after), None, "no worker is held for it");
    let mut pauses = ShortPauses::of(&run());
    assert_eq!(pauses.next(&run(), Some(Duration::from_secs(1))), Some(Duration::from_secs(1)));
}

#[tokio::test(start_paused = true)]
async fn a_worker_waits_for_moments_only_and_again_after_the_run_moved_on() {
    let mut run = run();
    let mut pauses = ShortPauses::of(&run);
    let mut all = Duration::ZERO;
    while let Some(pause) = pauses.next(&run, None) {
        all += pause;
    }
    assert_eq!(all, Duration::from_millis(1_750));
    assert!(!pauses.moved_on(&run));
    run.checkpoint += 1;
    tokio::time::advance(SHORT_PAUSES_WITHIN).await;
    assert!(pauses.next(&run, None).is_some() && pauses.moved_on(&run));
    tokio::time::advance(SHORT_PAUSES_WITHIN).await;
    assert_eq!(pauses.next(&run, None), None, "its clients have waited before");
    run.waiting = Some(Waiting::after(&failure(), None, NOW));
    assert_eq!(ShortPauses::of(&run).next(&run, None), None, "a waiting run is tried once");
}

#[test]
fn a_run_is_given_up_after_a_day_of_trouble_or_when_its_workers_die() {
    let mut run = run();
    run.attempts_without_progress = MAX_ATTEMPTS_WITHOUT_PROGRESS;
    assert_eq!(given_up(&run, NOW), None);
    run.attempts_without_progress += 1;
    assert!(given_up(&run, NOW).unwrap().contains("after 10 attempts"));
    run.waiting = Some(Waiting::after(&failure(), None, NOW));
    assert_eq!(given_up(&run, NOW.plus_seconds(86_400)), None, "it says what it waits for");
    let own = PartyFailure::new(Party::App, "internal error");
    let waits = Run { waiting: Some(Waiting::after(&own, None, NOW)), ..run.clone() };
    assert_eq!(given_up(&waits, NOW.plus_seconds(3_600)), None, "however often a person asked");
    assert!(
        given_up(&waits, NOW.plus_seconds(3_601)).is_some(),
        "a defect of the app's own is no outage"
    );
    let why = given_up(&run, NOW.plus_seconds(86_401)).unwrap();
    assert!(why.contains("24 h and 1 attempts: the ledger is not available."), "{why}");
}

#[test]
fn a_waiting_state_is_stored_and_read_unchanged_and_absent_in_older_items() {
    let mut run = run();
    let mut item: Item = serde_dynamo::to_item(&run).unwrap();
    assert!(!item.contains_key("waiting"));
    run.waiting = Some(Waiting::after(&failure(), None, NOW));
    item = serde_dynamo::to_item(&run).unwrap();
    let next = item["waiting"].as_m().unwrap()["next_attempt"].as_n().unwrap();
    assert!(next.parse::<i64>().unwrap() > NOW.0, "a number, for conditions");
    let back: Run = from_item(item).unwrap();
    assert_eq!(back.waiting, run.waiting);
}
