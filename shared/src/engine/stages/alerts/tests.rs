//! One alert for each cause, against a scripted Blnk Cloud.

mod world;

use std::time::Duration;

use serde_json::json;
use ulid::Ulid;

use crate::engine::stages::alerts::tests::world::{
    DAY, NOW, ObjectItemLike, World, object, objects, world,
};
use crate::engine::stages::alerts::wanted::{AlertDecision, WantedAlert, of_objects, of_proof};
use crate::engine::stages::alerts::*;
use crate::model::ledger::Mode;
use crate::platform::store::tracked_objects::Objects;
use crate::platform::table::keys::Sk;

#[tokio::test]
async fn a_drift_is_one_alert_on_the_mirror_changed_with_its_amount_and_resolved_with_it() {
    let world = world().await;
    world.drift(0, "match").await;
    assert!(world.cloud.0.lock().unwrap().calls.is_empty(), "nothing is wrong, nothing is called");
    world.drift(5, "mismatch").await;
    world.drift(5, "mismatch").await;
    let alerts = world.alerts();
    assert_eq!((alerts.len(), &alerts[0]["on"]), (1, &json!("bln_1")));
    assert!(
        alerts[0]["description"].as_str().unwrap().contains("difference 0.05 USD"),
        "{alerts:?}"
    );
    assert_eq!(world.cloud.0.lock().unwrap().calls.len(), 1, "the same is not said twice");
    world.drift(7, "mismatch").await;
    world.drift(7, "inconclusive").await;
    let alerts = world.alerts();
    assert!(
        alerts.len() == 1
            && alerts[0]["description"].as_str().unwrap().contains("difference 0.07 USD"),
        "{alerts:?}"
    );
    world.drift(0, "match").await;
    world.drift(0, "match").await;
    let alerts = world.alerts();
    assert_eq!((alerts.len(), &alerts[0]["status"]), (1, &json!("RESOLVED")));
    let calls = world.cloud.0.lock().unwrap().calls.len();
    world.drift(0, "match").await;
    assert_eq!(world.cloud.0.lock().unwrap().calls.len(), calls, "what is over is left alone");
    world.drift(3, "mismatch").await;
    assert_eq!(world.alerts().len(), 2, "a new difference is a new alert");
}

#[tokio::test]
async fn an_alert_whose_creation_was_not_answered_is_found_again_not_raised_again() {
    for may_read in [true, false] {
        let world = World { may_read, ..world().await };
        world.turn(|cloud| cloud.lose_next = true);
        world.drift(5, "mismatch").await;
        assert_eq!(
            (world.alerts().len(), world.existing().await["drift#payments#USD"].state),
            (1, AlertState::Raising)
        );
        world.drift(5, "mismatch").await;
        assert_eq!(world.alerts().len(), 1, "the call may still be under way");
        tokio::time::sleep(Duration::from_millis(4_300)).await;
        world.drift(6, "mismatch").await;
        let stored = world.existing().await["drift#payments#USD"].clone();
        assert_eq!(stored.state, AlertState::Raised);
        assert_eq!(
            world.alerts().len(),
            if may_read { 1 } else { 2 },
            "who may not look must rather say it twice than never"
        );
        assert!(
            world.alerts().last().unwrap()["description"].as_str().unwrap().contains("0.06 USD")
        );
    }
}

#[tokio::test]
async fn alerts_that_blnk_refuses_are_retried_by_the_next_run() {
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
    assert_eq!(
        world.existing().await["drift#payments#USD"].state,
        AlertState::Raised,
        "not resolved there, not resolved here"
    );
    world.turn(|cloud| (cloud.refuse, cloud.fixed_statuses) = (None, true));
    world.drift(0, "match").await;
    let alerts = world.alerts();
    assert_eq!(
        (alerts.len(), &alerts[0]["status"]),
        (1, &json!("FLAGGED")),
        "no status for it can be made"
    );
    assert!(
        alerts[0]["title"].as_str().unwrap().starts_with("Resolved: "),
        "then the words say it"
    );
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
    assert!(
        alerts[0]["description"].as_str().unwrap().contains("0.08 USD"),
        "and follows as soon as it can be changed"
    );
}

#[tokio::test]
async fn a_failed_payout_and_a_dispute_are_alerts_on_their_entries_until_they_are_over() {
    let world = world().await;
    let chart = Chart::for_mode(Mode::Test);
    let bring = async |objects: &[ObjectItemLike]| {
        let objects: Objects = objects
            .iter()
            .map(|object| {
                (
                    object["id"].as_str().unwrap().to_owned(),
                    serde_json::from_value(object.clone()).unwrap(),
                )
            })
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
    bring(&[
        object("po_1", "payout", "failed", DAY),
        object("du_1", "dispute", "needs_response", DAY),
    ])
    .await;
    let alerts = world.alerts();
    assert_eq!((alerts.len(), &alerts[0]["on"]), (2, &json!("txn_of_entry")));
    let words = |id: &str| {
        alerts
            .iter()
            .map(|alert| alert["description"].as_str().unwrap())
            .find(|text| text.contains(id))
            .unwrap()
            .to_owned()
    };
    assert!(
        words("du_1").contains("123.45 USD")
            && words("du_1").contains("Evidence is due by 2025-10-12"),
        "{alerts:?}"
    );
    assert!(words("po_1").contains("did not reach the bank"), "{alerts:?}");
    bring(&[
        object("po_1", "payout", "failed", 30 * DAY),
        object("du_1", "dispute", "under_review", DAY),
    ])
    .await;
    let alerts = world.alerts();
    assert!(
        alerts.len() == 2 && alerts.iter().all(|alert| alert["status"] == "FLAGGED"),
        "{alerts:?}"
    );
    assert!(
        alerts.iter().any(|alert| alert["description"].as_str().unwrap().contains("under review"))
    );
    bring(&[
        object("po_1", "payout", "failed", 3 * DAY),
        object("po_2", "payout", "paid", DAY),
        object("du_1", "dispute", "won", DAY),
    ])
    .await;
    assert!(
        world.alerts().iter().all(|alert| alert["status"] == "RESOLVED"),
        "{:?}",
        world.alerts()
    );
}

#[tokio::test]
async fn a_stale_install_is_one_alert_until_both_sides_are_compared_again() {
    let world = world().await;
    let wanted = |since: i64| {
        vec![AlertDecision::Wanted(WantedAlert::stale(
            "@stripe_test".to_owned(),
            NOW.plus_seconds(since),
            Some("a new key is needed"),
        ))]
    };
    world.bring(wanted(0)).await;
    world.bring(wanted(0)).await;
    let alerts = world.alerts();
    assert_eq!(alerts.len(), 1);
    assert!(
        alerts[0]["description"]
            .as_str()
            .unwrap()
            .contains("2025-10-09T08:53Z. Reason: a new key is needed"),
        "{alerts:?}"
    );
    world.bring(of_proof(&world.existing().await)).await;
    assert_eq!(world.alerts()[0]["status"], "RESOLVED");
    assert!(of_proof(&world.existing().await).is_empty());
}

/// An account is disconnected while alerts are open, and connected again. The alerts belong to the
/// new connection, which changes and resolves them and does not raise them again. Nothing of
/// another account is taken over.
#[tokio::test]
async fn a_later_connection_of_the_account_takes_over_open_matters() {
    let mut world = world().await;
    world.drift(5, "mismatch").await;
    let failed = objects(&[
        object("po_1", "payout", "failed", DAY),
        object("du_1", "dispute", "needs_response", DAY),
    ]);
    world.about(&failed).await;
    assert_eq!(world.alerts().len(), 3);

    world.connection = Ulid::from_parts(2, 2);
    let ours = std::mem::replace(
        &mut world.owner,
        Owner::new("acct_other".to_owned(), Mode::Test).unwrap(),
    );
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
    let flagged =
        || world.alerts().into_iter().filter(|alert| alert["status"] == "FLAGGED").count();
    assert_eq!(
        (world.alerts().len(), flagged()),
        (4, 3),
        "the drift that stood twice stands once: {:?}",
        world.alerts()
    );
    let calls = world.cloud.0.lock().unwrap().calls.len();
    world.adopts(&mut known).await;
    assert_eq!(world.cloud.0.lock().unwrap().calls.len(), calls);

    known.extend(objects(&[
        object("po_2", "payout", "paid", 0),
        object("du_1", "dispute", "lost", DAY),
    ]));
    world.about(&known).await;
    world.drift(0, "match").await;
    assert_eq!(flagged(), 0, "{:?}", world.alerts());
}

/// The money of a failed payout may reach the bank long after. The object of an alert is kept until
/// then and gets its expiry afterwards. An alert whose object is gone nevertheless is resolved,
/// because nothing else could resolve it.
#[tokio::test]
async fn an_object_with_an_open_alert_is_kept_until_the_alert_is_over() {
    let world = world().await;
    let stored = |id: &str| {
        world._aws.item("INSTALL#instapp_1", &Sk::Object(World::CONNECTION, id).to_string())
    };
    let known = async || {
        world.store.tracked_objects().all(&world.install, World::CONNECTION).await.unwrap()
    };
    for object in objects(&[
        object("po_1", "payout", "failed", DAY),
        object("po_0", "payout", "failed", 90 * DAY),
    ])
    .values()
    {
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
