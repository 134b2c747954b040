//! Workers that overlap on one run, and the end of a run, with a table in memory.

pub(crate) mod world;

use serde_json::{Value, json};
use test_support::Fault;
use ulid::Ulid;

use crate::engine::worker::fence_tests::world::{NOW, completed, reached, world};
use crate::model::connection::Connection;
use crate::model::connection::Pause;
use crate::model::run::Run;
use crate::model::run::request::{Scope, Trigger};
use crate::model::time::Millis;
use crate::platform::clock;
use crate::platform::store::connected::PK;
use crate::platform::store::runs::close::CloseOutcome;
use crate::platform::store::runs::ending::Ending;
use crate::platform::store::runs::{Fence, Request, Requested};
use crate::platform::table::keys::Sk;

#[tokio::test]
async fn of_two_workers_on_one_run_the_later_one_has_it_and_the_earlier_one_writes_nothing_more() {
    let world = world().await;
    let run = world.run().await;
    let (mut earlier, run_of_earlier) = world.claim(&run).await;
    assert!(world.store.runs().checkpoint(&mut earlier, &reached(1), world.days(1)).await.unwrap());
    let (mut later, _) = world.claim(&run).await;
    let before = world.aws.dump();
    assert!(
        !world.store.runs().checkpoint(&mut earlier, &reached(2), world.days(250)).await.unwrap()
    );
    let pause = Pause::new("x", "x", Millis(0));
    assert!(!world.store.runs().pause(&earlier, &world.connection, &pause).await.unwrap());
    let closed = world
        .store
        .runs()
        .close(&earlier, &run_of_earlier, completed(), NOW, 0, clock::new_ulid())
        .await
        .unwrap();
    assert_eq!(closed, CloseOutcome::Superseded);
    assert_eq!(world.aws.dump(), before, "not even a part of what it brought along");
    assert!(world.store.runs().checkpoint(&mut later, &reached(2), world.days(250)).await.unwrap());
    assert_eq!(world.stored(&run)["progress"]["counters"]["pages"], 2);
    assert_eq!(world.aws.items(PK, "DAY#").len(), 250);
}

#[tokio::test]
async fn a_checkpoint_whose_answer_was_lost_counts_once() {
    let world = world().await;
    let run = world.run().await;
    let (mut fence, _) = world.claim(&run).await;
    for page in 1..=3 {
        world.aws.fault(
            "TransactWriteItems",
            1,
            1,
            if page == 2 { Fault::Conflict } else { Fault::LostAnswer },
        );
        assert!(
            world.store.runs().checkpoint(&mut fence, &reached(page), world.days(3)).await.unwrap(),
            "page {page}"
        );
        let stored = world.stored(&run);
        assert_eq!(
            (&stored["checkpoint"], &stored["progress"]["counters"]["pages"]),
            (&json!(page), &json!(page))
        );
    }
    // No worker can pass the same checkpoint twice.
    let mut stuck = Fence { checkpoint: 1, ..fence };
    assert!(!world.store.runs().checkpoint(&mut stuck, &reached(9), Vec::new()).await.unwrap());
}

#[tokio::test]
async fn a_completed_run_moves_the_watermark_to_when_it_began_to_read() {
    let world = world().await;
    let run = world.run().await;
    let (fence, mut run) = world.claim(&run).await;
    run.progress = reached(4);
    let closed = world
        .store
        .runs()
        .close(&fence, &run, completed(), Millis(NOW.0 + 60_000), 0, clock::new_ulid())
        .await
        .unwrap();
    assert_eq!(closed, CloseOutcome::Done(None));
    let connection = world.stored_connection();
    assert_eq!(connection["watermark"], json!(NOW.0));
    assert!(connection.get("current_run").is_none() && connection.get("reread_from").is_none());
    assert_eq!(
        world.aws.item(PK, "SUMMARY").unwrap()["tallies"],
        json!({"completed": 1, "failed": 0})
    );
    assert!(
        world
            .store
            .runs()
            .claim(&world.install, run.connection, run.id, NOW)
            .await
            .unwrap()
            .is_none(),
        "nobody can take it up again"
    );
}

#[tokio::test]
async fn a_run_that_failed_leaves_its_range_to_the_next_one() {
    let world = world().await;
    let run = world.run().await;
    let (fence, run) = world.claim(&run).await;
    world
        .store
        .runs()
        .close(&fence, &run, Ending::failed("x", "x"), NOW, 0, clock::new_ulid())
        .await
        .unwrap();
    let connection = world.stored_connection();
    assert_eq!((connection.get("watermark"), &connection["reread_from"]), (None, &json!(i64::MIN)));
    let stored: Connection = serde_json::from_value(connection).unwrap();
    let request = Request {
        id: clock::new_ulid(),
        trigger: Trigger::Manual,
        scope: Scope::New,
        now: NOW,
        launch: None,
        retention_seconds: 60,
    };
    let Requested::Created(next) =
        world.store.runs().request(&world.install, &stored, &request).await.unwrap()
    else {
        panic!("a run")
    };
    assert_eq!(next.lower, None, "from the beginning");
}

/// A request and the end of the open run at the same time, in many interleavings. Either the run
/// saw the request and another run is open, or the request was not accepted and left no trace.
#[tokio::test]
async fn a_request_is_never_lost_between_the_end_of_a_run_and_the_next() {
    let world = world().await;
    let (mut followed, mut ended) = (0, 0);
    for round in 0..16_u32 {
        let run = world.run().await;
        let (fence, run) = world.claim(&run).await;
        let ask = async {
            for _ in 0..round % 8 {
                tokio::task::yield_now().await;
                tokio::time::sleep(std::time::Duration::from_micros(300)).await;
            }
            world
                .store
                .runs()
                .request_rerun(&world.install, &world.connection, run.id, Trigger::Webhook)
                .await
                .unwrap()
        };
        let next = clock::new_ulid();
        let (closed, noted) = tokio::join!(
            world.store.runs().close(&fence, &run, completed(), NOW, NOW.seconds() + 60, next),
            ask
        );
        let connection = world.stored_connection();
        match closed.unwrap() {
            CloseOutcome::Done(Some(following)) => {
                followed += 1;
                assert!(noted, "the caller learned that the open run takes the request over");
                assert_eq!(
                    (following, &connection["current_run"]),
                    (next, &json!(next.to_string()))
                );
                let (fence, run) = world.claim(&Run { id: following, ..run }).await;
                world.aws.alter(PK, "STRIPE", "again", json!({"BOOL": false}));
                world
                    .store
                    .runs()
                    .close(&fence, &run, completed(), NOW, 0, clock::new_ulid())
                    .await
                    .unwrap();
            }
            CloseOutcome::Done(None) => {
                ended += 1;
                assert!(!noted, "the caller learned that it has to look again");
                assert!(connection.get("current_run").is_none());
                assert_eq!(connection["again"], json!(false), "a request that nobody will see");
            }
            CloseOutcome::Superseded => panic!("there was one worker"),
        }
    }
    assert!(followed > 0, "{followed} followed, {ended} ended: no interleaving was met");
}

#[tokio::test]
async fn the_end_of_a_run_whose_connection_is_gone_touches_nothing_else() {
    let world = world().await;
    let run = world.run().await;
    let (fence, run) = world.claim(&run).await;
    let other = Ulid::from_parts(1_760_000_200_000, 5);
    world.aws.alter(PK, "STRIPE", "connection", json!({"S": other.to_string()}));
    world.aws.alter(PK, "STRIPE", "current_run", Value::Null);
    let before = world.stored_connection();
    let closed = world
        .store
        .runs()
        .close(&fence, &run, Ending::cancelled("gone"), NOW, 0, clock::new_ulid())
        .await
        .unwrap();
    assert_eq!(closed, CloseOutcome::Done(None));
    assert_eq!(world.stored(&run)["state"], "cancelled");
    assert_eq!(world.stored_connection(), before);
    assert!(world.aws.item(PK, "SUMMARY").is_none());
}

/// While a scheduled run is in progress, an event requests another run, then a person does, then
/// the schedule. The next run is the person's. The label goes with the request.
#[tokio::test]
async fn the_run_that_follows_has_the_trigger_of_a_person_before_any_other() {
    let world = world().await;
    for (asked, by) in [
        (vec![Trigger::Webhook, Trigger::Manual, Trigger::Schedule], "manual"),
        (vec![Trigger::Webhook, Trigger::Schedule], "webhook"),
        (vec![Trigger::Schedule], "schedule"),
    ] {
        let run = world.run().await;
        let (fence, run) = world.claim(&run).await;
        for trigger in asked {
            assert!(
                world
                    .store
                    .runs()
                    .request_rerun(&world.install, &world.connection, run.id, trigger)
                    .await
                    .unwrap()
            );
        }
        let closed = world
            .store
            .runs()
            .close(&fence, &run, completed(), NOW, 0, clock::new_ulid())
            .await
            .unwrap();
        let CloseOutcome::Done(Some(next)) = closed else { panic!("{closed:?}") };
        let next = Run { id: next, ..run };
        assert_eq!(world.stored(&next)["trigger"], by);
        assert!(world.stored_connection().get("again_by").is_none(), "it went with the request");
        let (fence, next) = world.claim(&next).await;
        assert_eq!(
            world
                .store
                .runs()
                .close(&fence, &next, completed(), NOW, 0, clock::new_ulid())
                .await
                .unwrap(),
            CloseOutcome::Done(None)
        );
    }
}

/// The app is uninstalled while a run is in progress and another was requested. The run is closed,
/// and none follows.
#[tokio::test]
async fn no_run_follows_in_an_installation_that_is_over() {
    for (attribute, value) in
        [("status", "uninstalled"), ("generation", "01K2V7Q8ZJ4M9T3R6W5X0Y1FFF")]
    {
        let world = world().await;
        let run = world.run().await;
        let (fence, run) = world.claim(&run).await;
        assert!(
            world
                .store
                .runs()
                .request_rerun(&world.install, &world.connection, run.id, Trigger::Manual)
                .await
                .unwrap()
        );
        world.aws.alter(PK, "META", attribute, json!({"S": value}));
        let closed = world
            .store
            .runs()
            .close(&fence, &run, Ending::cancelled("gone"), NOW, 0, clock::new_ulid())
            .await
            .unwrap();
        assert_eq!(closed, CloseOutcome::Done(None), "{attribute}");
        assert_eq!(world.stored(&run)["state"], "cancelled");
        assert!(world.stored_connection().get("current_run").is_none());
        assert_eq!(world.aws.items(PK, "RUN#").len(), 1);
    }
}

/// Who may try a waiting run, and until when it waits.
#[tokio::test]
async fn a_run_that_waits_is_tried_by_a_person_and_when_its_time_has_come() {
    use crate::platform::store::runs::claim::Urgency::{Announced, AtOnce, Patient};
    let world = world().await;
    let run = world.run().await;
    let claim = async |urgency, now| {
        world
            .store
            .runs()
            .claim_for(&world.install, run.connection, run.id, urgency, now)
            .await
            .unwrap()
    };
    assert!(claim(Patient, NOW).await.is_some());
    assert!(
        claim(Announced(NOW), NOW).await.is_some(),
        "it was moved on, and whoever did so may have died"
    );
    let next = NOW.plus_seconds(60);
    let waits = |next: Millis| {
        json!({"M": {"party": {"S": "aws"}, "answer": {"S": "x"}, "since": {"N": "1"},
            "attempts": {"N": "1"},
            "next_attempt": {"N": next.0.to_string()}}})
    };
    let sk = Sk::Run(run.connection, run.id).to_string();
    world.aws.alter(PK, &sk, "waiting", waits(next));
    assert!(
        claim(Patient, NOW).await.is_none() && claim(Announced(NOW), NOW).await.is_none(),
        "not yet"
    );
    assert!(claim(Announced(next), NOW).await.is_some(), "announced for then, by whatever clock");
    assert!(
        claim(Patient, next).await.is_some() && claim(Announced(NOW), next).await.is_some(),
        "its time has come"
    );
    let held = claim(AtOnce, NOW).await.unwrap();
    assert_eq!(
        held.waiting.as_ref().map(|waiting| waiting.next_attempt),
        Some(next),
        "it waits until it has moved on"
    );
    let mut fence = Fence::of(&world.install, &held);
    assert!(world.store.runs().checkpoint(&mut fence, &reached(1), Vec::new()).await.unwrap());
    assert_eq!(world.stored(&run).get("waiting"), None, "a checkpoint is progress");
    world.aws.alter(PK, &sk, "waiting", waits(next));
    let pause = Pause::new("x", "x", Millis(0));
    assert!(world.store.runs().pause(&fence, &world.connection, &pause).await.unwrap());
    assert_eq!(world.stored(&run).get("waiting"), None, "a paused run says so by its error");
}
